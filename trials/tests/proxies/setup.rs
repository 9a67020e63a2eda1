//! A server that expects a proxy, for one test.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::Result;
use tempfile::TempDir;
use trials::instance::{Instance, Server};
use trials::proxy::{Proxy, Recipe, Software};
use trials::tap::Tap;
use trials::{checkout, process};

/// The secret that proxy and server share.
const SECRET: &str = "5d41402abc4b2a76b9719d911017c592";

/// A running server, and the tap in front of it.
pub(crate) struct Setup {
    pub(crate) tap: Tap,
    pub(crate) server: Server,
    pub(crate) instance: Instance,
    socket: PathBuf,
    _folder: TempDir,
}

impl Setup {
    /// A server in proxy mode that knows the secret and has an administrator, worth impersonating.
    pub(crate) fn new(settings: &[(&str, &str)]) -> Result<Self> {
        Self::without_secret(&[&[("AUTH_PROXY_SECRET", SECRET)], settings].concat())
    }

    /// The same without a secret: every identity from the proxy's address counts.
    pub(crate) fn without_secret(settings: &[(&str, &str)]) -> Result<Self> {
        Self::listening_at("", settings)
    }

    /// The same as [`Setup::without_secret`], and the server also listens at `address`.
    pub(crate) fn listening_at(address: &str, settings: &[(&str, &str)]) -> Result<Self> {
        let base = [("AUTHENTICATION_GUARD", "reverse-proxy-guard"), ("TRUSTED_PROXIES", "127.0.0.1")];
        let folder = process::temporary_folder("socket")?;
        let socket = folder.path().join("sixpin.sock");
        let instance = Instance::new(checkout::debug_server()?)?.with(&base).with(settings);
        let listen = format!("{},unix:{},{address}", instance.address, socket.display());
        let instance = instance.with(&[("LISTEN", &listen)]);
        instance.add_administrator("admin", "admin@example.org")?;
        let server = instance.serve()?;
        // Proxies may run as other accounts: which accounts are trusted is not tested here.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o666))?;
        let tap = Tap::before(instance.address)?;
        Ok(Self { tap, server, instance, socket, _folder: folder })
    }

    /// Starts a proxy in front of the tap.
    pub(crate) fn start_proxy<S: Software>(&self, recipe: Recipe) -> Result<Proxy> {
        Proxy::start::<S>(recipe.upstream(self.tap.address)?)
    }

    /// Starts a proxy that reaches the server through its socket, by the line that the recipe offers for that.
    pub(crate) fn start_proxy_over_socket<S: Software>(
        &self,
        recipe: Recipe,
        usual: &str,
        offered: &str,
    ) -> Result<Proxy> {
        Proxy::start::<S>(recipe.over_socket(usual, offered, &self.socket)?)
    }
}

/// Reads a recipe and puts the secret into it.
pub(crate) fn read_recipe(name: &str) -> Result<Recipe> {
    Recipe::read(name)?.secret(SECRET)
}
