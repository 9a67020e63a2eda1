//! A reverse proxy that runs a recipe for one test.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use tempfile::TempDir;

use super::recipe::Recipe;
use crate::process::{self, Daemon};

/// The one person whom proxies with passwords know: alice, whose password is `wonderland`.
const PASSWORDS: &str = "alice:{SHA}tiY7sUhYKUwI5L3866kDY+ENcrQ=\n";

/// A kind of reverse proxy.
pub(crate) trait Kind {
    /// What people call it.
    const NAME: &'static str;

    /// The whole configuration: the recipe listens at `address`, and everything else lies in `folder`.
    fn configuration(recipe: Recipe, address: SocketAddr, folder: &Path) -> Result<String>;

    /// The command that runs this configuration in the foreground, writing into `folder` alone.
    fn command(configuration: &Path, folder: &Path) -> Result<Command>;
}

/// A running reverse proxy.
pub(crate) struct Front {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    // Fields are dropped in this order: the process before its folder.
    _daemon: Daemon,
    _folder: TempDir,
}

impl Front {
    /// Starts a proxy with a recipe, on a free port of 127.0.0.1, and waits until it listens.
    pub(crate) fn start<K: Kind>(recipe: Recipe) -> Result<Self> {
        let folder = super::folder("proxy")?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, process::free_port()?));
        fs::write(password_file(folder.path()), PASSWORDS)?;
        let configuration = folder.path().join("configuration");
        fs::write(&configuration, K::configuration(recipe, address, folder.path())?)?;
        let command = K::command(&configuration, folder.path())?;
        let mut daemon = Daemon::start(K::NAME, command, &folder.path().join("output"), "TERM")?;
        daemon.wait_until(Duration::from_secs(20), || TcpStream::connect(address).is_ok())?;
        Ok(Self { address, _daemon: daemon, _folder: folder })
    }
}

/// The file of the people's passwords, in the format of Apache's `htpasswd`.
pub(super) fn password_file(folder: &Path) -> PathBuf {
    folder.join("passwords")
}
