//! Apache httpd with a configuration for one test.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Recipe, Software, password_file};
use crate::process::{self, tied_command};
use crate::tools::{self, APACHE};

/// Debian's folder of modules.
const MODULES: &str = "/usr/lib/apache2/modules";
/// The modules that the recipes need. Debian enables all but `headers`, `proxy` and `proxy_http` by default.
const NEEDED: [&str; 9] = [
    "mpm_event",
    "authn_core",
    "authn_file",
    "auth_basic",
    "authz_core",
    "authz_user",
    "headers",
    "proxy",
    "proxy_http",
];

/// A module that one recipe needs.
const OPENIDC: &str = "auth_openidc";

/// Apache httpd, whose recipes are virtual hosts on port 80.
pub struct Apache;

impl Software for Apache {
    const NAME: &'static str = "Apache";

    fn configuration(recipe: Recipe, address: SocketAddr, folder: &Path) -> Result<String> {
        let recipe = recipe.with("<VirtualHost *:80>", &format!("<VirtualHost {address}>"))?;
        let names = "ServerName codes.example.org\n    ServerAlias 127.0.0.1 localhost";
        let recipe = recipe.with("ServerName codes.example.org", names)?;
        let recipe = recipe.moved("https://codes.example.org", &format!("http://{address}"));
        let hosts = recipe.text().replace("/etc/apache2/sixpin.htpasswd", &password_file(folder).to_string_lossy());
        let folder = folder.display();
        let further = recipe.text().contains("openid-connect").then_some(OPENIDC);
        let modules = NEEDED.into_iter().chain(further);
        let modules: Vec<String> =
            modules.map(|name| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n")).collect();
        let modules = modules.concat();
        Ok(format!(
            "ServerRoot {folder}\nDefaultRuntimeDir {folder}\nPidFile {folder}/pid\nErrorLog {folder}/error.log\n\
             Mutex file:{folder}\nServerName localhost\nListen {address}\n{modules}{hosts}\n"
        ))
    }

    fn command(configuration: &Path, folder: &Path) -> Result<Command> {
        // Apache refuses to run as root.
        let user = tools::is_root().then_some("www-data");
        if let Some(user) = user {
            process::run(Command::new("chown").args(["-R", user]).arg(folder))?;
        }
        let mut command = tied_command(&APACHE.path()?, "TERM", user);
        command.arg("-DFOREGROUND").arg("-f").arg(configuration);
        Ok(command)
    }
}
