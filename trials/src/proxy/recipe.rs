//! Configurations of `docs/proxies`, adapted to one test by replacing what is site-specific in them.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::checkout;

/// The server's address in every recipe.
const UPSTREAM: &str = "127.0.0.1:8000";
/// The same where address and port stand apart.
const UPSTREAM_PARTS: &str = r#""host" => "127.0.0.1", "port" => 8000"#;
/// The server's socket in every recipe that offers one.
const SOCKET: &str = "/run/sixpin/sixpin.sock";
/// The placeholder for the secret in every recipe.
const NO_SECRET: &str = "put the secret here";

/// The text of a configuration file.
#[derive(Clone)]
pub struct Recipe {
    text: String,
}

impl Recipe {
    /// Reads a file of `docs/proxies`.
    pub fn read(name: &str) -> Result<Self> {
        Ok(Self { text: fs::read_to_string(checkout::root().join("docs/proxies").join(name))? })
    }

    /// Replaces a text. Fails if it isn't there, so that a test can't silently run something else than the recipe.
    pub fn with(self, from: &str, to: &str) -> Result<Self> {
        ensure!(self.text.contains(from), "the recipe has no `{from}`");
        Ok(Self { text: self.text.replace(from, to) })
    }

    /// Replaces the public address where the recipe names it.
    #[must_use]
    pub fn moved(self, from: &str, to: &str) -> Self {
        Self { text: self.text.replace(from, to) }
    }

    /// Removes a text. Fails if it isn't there.
    pub fn without(self, text: &str) -> Result<Self> {
        self.with(text, "")
    }

    /// Sets the server to which it forwards.
    pub fn upstream(self, address: SocketAddr) -> Result<Self> {
        if self.text.contains(UPSTREAM_PARTS) {
            let parts = format!(r#""host" => "{}", "port" => {}"#, address.ip(), address.port());
            return self.with(UPSTREAM_PARTS, &parts);
        }
        self.with(UPSTREAM, &address.to_string())
    }

    /// Forwards to a Unix socket: the `usual` line is replaced by the one that a comment of the recipe offers.
    pub fn over_socket(self, usual: &str, offered: &str, socket: &Path) -> Result<Self> {
        ensure!(offered.contains(SOCKET) && self.text.contains(offered), "the recipe doesn't offer `{offered}`");
        self.with(usual, offered)?.with(SOCKET, &socket.to_string_lossy())
    }

    /// Sets the secret that it sends.
    pub fn secret(self, secret: &str) -> Result<Self> {
        self.with(NO_SECRET, secret)
    }

    /// Returns the whole text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}
