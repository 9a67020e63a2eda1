//! Reverse proxies that run a recipe of `docs/proxies`.

mod apache;
mod caddy;
mod haproxy;
mod lighttpd;
mod nginx;
mod recipe;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use tempfile::TempDir;

pub use apache::Apache;
pub use caddy::Caddy;
pub use haproxy::Haproxy;
pub use lighttpd::Lighttpd;
pub use nginx::Nginx;
pub use recipe::Recipe;

use crate::process::{self, Daemon};

/// The only user that proxies with passwords know: alice, whose password is `wonderland`.
const PASSWORDS: &str = "alice:{SHA}tiY7sUhYKUwI5L3866kDY+ENcrQ=\n";

/// A kind of reverse proxy.
pub trait Software {
    /// What people call it.
    const NAME: &'static str;

    /// Returns the whole configuration: the recipe listens at `address`, and everything else is in `folder`.
    fn configuration(recipe: Recipe, address: SocketAddr, folder: &Path) -> Result<String>;

    /// Returns the command that runs a configuration in the foreground, and writes only into `folder`.
    fn command(configuration: &Path, folder: &Path) -> Result<Command>;
}

/// A running reverse proxy, which is stopped when dropped.
pub struct Proxy {
    /// The address where it listens.
    pub address: SocketAddr,
    // Fields are dropped in this order: the process before its folder.
    _daemon: Daemon,
    _folder: TempDir,
}

impl Proxy {
    /// Starts a proxy with a recipe, on a free port of 127.0.0.1, and waits until it listens.
    pub fn start<S: Software>(recipe: Recipe) -> Result<Self> {
        let folder = process::temporary_folder("proxy")?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, process::free_port()?));
        fs::write(password_file(folder.path()), PASSWORDS)?;
        let configuration = folder.path().join("configuration");
        fs::write(&configuration, S::configuration(recipe, address, folder.path())?)?;
        let command = S::command(&configuration, folder.path())?;
        let mut daemon = Daemon::start(S::NAME, command, &folder.path().join("output"), "TERM")?;
        daemon.wait_until(Duration::from_secs(20), || TcpStream::connect(address).is_ok())?;
        Ok(Self { address, _daemon: daemon, _folder: folder })
    }
}

/// Returns the path of the users' passwords, in the format of Apache's `htpasswd`.
fn password_file(folder: &Path) -> PathBuf {
    folder.join("passwords")
}
