//! Configurations of `docs/proxies`, adapted to one test by replacing what is site-specific in them.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Result, ensure};

/// Where every recipe expects Sixpin.
const UPSTREAM: &str = "127.0.0.1:8000";
/// Where every recipe expects Sixpin's socket, if it is to be one.
const SOCKET: &str = "/run/sixpin/sixpin.sock";
/// What stands in every recipe in place of the secret.
const NO_SECRET: &str = "put the secret here";

/// The text of a configuration file.
#[derive(Clone)]
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

    /// Takes out a text that must be there.
    pub(crate) fn without(self, text: &str) -> Result<Self> {
        self.with(text, "")
    }

    /// Lets it forward to a server there.
    pub(crate) fn upstream(self, address: SocketAddr) -> Result<Self> {
        self.with(UPSTREAM, &address.to_string())
    }

    /// Lets it forward to a Unix socket: the `usual` line becomes the one that a comment of the recipe offers instead.
    pub(crate) fn over_socket(self, usual: &str, offered: &str, socket: &Path) -> Result<Self> {
        ensure!(offered.contains(SOCKET) && self.text.contains(offered), "the recipe doesn't offer `{offered}`");
        self.with(usual, offered)?.with(SOCKET, &socket.to_string_lossy())
    }

    /// Lets it send that secret.
    pub(crate) fn secret(self, secret: &str) -> Result<Self> {
        self.with(NO_SECRET, secret)
    }

    /// The whole text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}
