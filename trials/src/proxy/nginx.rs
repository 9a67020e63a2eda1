//! nginx with a configuration for one test.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Recipe, Software, password_file};
use crate::process::tied_command;
use crate::tools::NGINX;

/// nginx, whose recipes are server blocks that listen on port 80.
pub struct Nginx;

impl Software for Nginx {
    const NAME: &'static str = "nginx";

    fn configuration(recipe: Recipe, address: SocketAddr, folder: &Path) -> Result<String> {
        let default = format!("listen {address} default_server;");
        let recipe =
            recipe.with("listen 80;", &format!("listen {address};"))?.with("listen 80 default_server;", &default)?;
        let servers = recipe
            .text()
            .replace(".example.org;", ".example.org 127.0.0.1 localhost;")
            .replace("/etc/nginx/sixpin.htpasswd", &password_file(folder).to_string_lossy());
        let folder = folder.display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("    {kind}_temp_path {folder}/{kind};\n"))
            .concat();
        Ok(format!(
            "daemon off;\nmaster_process off;\nworker_processes 1;\npid {folder}/pid;\nevents {{}}\n\
             http {{\n    access_log off;\n{temporary}{servers}\n}}\n"
        ))
    }

    fn command(configuration: &Path, folder: &Path) -> Result<Command> {
        let mut command = tied_command(&NGINX.path()?, "TERM", None);
        command.arg("-p").arg(folder).arg("-e").arg(folder.join("error.log")).arg("-c").arg(configuration);
        Ok(command)
    }
}
