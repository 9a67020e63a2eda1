//! nginx with a configuration made for one test.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::process::{self, Daemon, tied};
use crate::tools::NGINX;

/// A running nginx.
pub(crate) struct Nginx {
    /// Where its server block listens.
    pub(crate) address: SocketAddr,
    // Fields are dropped in this order: the process before its folder.
    _daemon: Daemon,
    _folder: TempDir,
}

/// A configuration file of `docs/proxies`, adapted to one test by replacing what is site-specific in it.
pub(crate) struct Recipe {
    text: String,
}

impl Recipe {
    /// Reads a recipe.
    pub(crate) fn read(root: &Path, name: &str) -> Result<Self> {
        Ok(Self { text: fs::read_to_string(root.join("docs/proxies").join(name))? })
    }

    /// Replaces a text that must be there, so that a test can't silently run something else than the recipe.
    pub(crate) fn with(self, from: &str, to: &str) -> Result<Self> {
        ensure!(self.text.contains(from), "the recipe has no `{from}`");
        Ok(Self { text: self.text.replace(from, to) })
    }

    /// Adds server blocks beside the recipe's own.
    pub(crate) fn and(self, more: &str) -> Self {
        Self { text: format!("{}\n{more}\n", self.text) }
    }
}

impl Nginx {
    /// Starts nginx with a recipe whose server listens on port 80, here on a free one, and forwards to `upstream`.
    ///
    /// `passwords` become the file `/etc/nginx/sixpin.htpasswd` of the recipe: lines of `NAME:{PLAIN}PASSWORD`.
    pub(crate) fn start(recipe: Recipe, upstream: SocketAddr, passwords: &str) -> Result<Self> {
        let folder = super::folder("nginx")?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, process::free_port()?));
        let password_file = folder.path().join("passwords");
        fs::write(&password_file, passwords)?;
        let recipe = recipe
            .with("listen 80;", &format!("listen {address};"))?
            .with("http://127.0.0.1:8000", &format!("http://{upstream}"))?;
        let text = recipe.text.replace("/etc/nginx/sixpin.htpasswd", &password_file.to_string_lossy());
        let configuration = folder.path().join("nginx.conf");
        fs::write(&configuration, whole_configuration(folder.path(), &text))?;

        let mut serve = tied(&NGINX.path()?, "TERM", None);
        serve.arg("-p").arg(folder.path()).arg("-e").arg(log_file(folder.path())).arg("-c").arg(&configuration);
        let mut daemon = Daemon::start("nginx", serve, &folder.path().join("output"), "TERM")?;
        daemon.wait_until(Duration::from_secs(20), || TcpStream::connect(address).is_ok())?;
        Ok(Self { address, _daemon: daemon, _folder: folder })
    }
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("error.log")
}

/// The server blocks in an otherwise minimal configuration, of one process that writes into `folder` alone.
fn whole_configuration(folder: &Path, servers: &str) -> String {
    let folder = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("    {kind}_temp_path {folder}/{kind};\n"))
        .concat();
    format!(
        "daemon off;\nmaster_process off;\nworker_processes 1;\npid {folder}/pid;\nevents {{}}\n\
         http {{\n    access_log off;\n{temporary}{servers}\n}}\n"
    )
}
