//! A server behind a proxy, for one scene.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::Result;
use tempfile::TempDir;

use crate::services::front::{Front, Kind};
use crate::services::recipe::Recipe;
use crate::services::sixpin::{Site, Sixpin};
use crate::services::tap::Tap;
use crate::workspace::Workspace;

/// The secret that proxy and server share.
pub(super) const SECRET: &str = "5d41402abc4b2a76b9719d911017c592";

/// What every scene needs.
pub(super) struct Theatre {
    pub(super) root: PathBuf,
    pub(super) binary: PathBuf,
    /// Where requests are kept as they came.
    pub(super) captured: PathBuf,
}

impl Theatre {
    /// Builds the server.
    pub(super) fn open(workspace: &Workspace) -> Result<Self> {
        let captured = workspace.target.join("xtask/captured");
        fs::create_dir_all(&captured)?;
        Ok(Self { root: workspace.root.clone(), binary: workspace.build_server("dev")?, captured })
    }

    /// A recipe with the secret in it.
    pub(super) fn recipe(&self, name: &str) -> Result<Recipe> {
        Recipe::read(&self.root, name)?.secret(SECRET)
    }

    /// A server in proxy mode that knows the secret and already has an administrator, worth pretending to be.
    pub(super) fn stage(&self, settings: &[(&str, &str)]) -> Result<Stage> {
        self.stage_without_secret(&[&[("AUTH_PROXY_SECRET", SECRET)], settings].concat())
    }

    /// The same, but any word of the proxy's address is believed.
    pub(super) fn stage_without_secret(&self, settings: &[(&str, &str)]) -> Result<Stage> {
        self.stage_at("", settings)
    }

    /// The same, and the server listens there too.
    pub(super) fn stage_at(&self, place: &str, settings: &[(&str, &str)]) -> Result<Stage> {
        // Between finding a free port and listening on it, another program may have taken it.
        self.try_stage(place, settings).or_else(|_| self.try_stage(place, settings))
    }

    fn try_stage(&self, place: &str, settings: &[(&str, &str)]) -> Result<Stage> {
        let base = [("AUTHENTICATION_GUARD", "reverse-proxy-guard"), ("TRUSTED_PROXIES", "127.0.0.1")];
        let folder = tempfile::Builder::new().prefix("sixpin-socket-").tempdir()?;
        let socket = folder.path().join("sixpin.sock");
        let site = Site::new(&self.binary)?.with(&base).with(settings);
        let listen = format!("{},unix:{},{place}", site.address, socket.display());
        let site = site.with(&[("LISTEN", &listen)]);
        site.add_administrator("admin", "admin@example.org")?;
        let server = site.serve()?;
        // Proxies of other accounts may come in: which accounts are believed is not what is tested here.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o666))?;
        let tap = Tap::before(site.address)?;
        Ok(Stage { tap, server, site, socket, _folder: folder })
    }
}

/// A server, and the tap in front of it.
pub(super) struct Stage {
    pub(super) tap: Tap,
    pub(super) server: Sixpin,
    pub(super) site: Site,
    pub(super) socket: PathBuf,
    _folder: TempDir,
}

impl Stage {
    /// Starts a proxy in front of the tap.
    pub(super) fn front<K: Kind>(&self, recipe: Recipe) -> Result<Front> {
        Front::start::<K>(recipe.upstream(self.tap.address)?)
    }

    /// Starts a proxy that reaches the server through its socket, by the line that the recipe offers for that.
    pub(super) fn front_over_socket<K: Kind>(&self, recipe: Recipe, usual: &str, offered: &str) -> Result<Front> {
        Front::start::<K>(recipe.over_socket(usual, offered, &self.socket)?)
    }
}

/// The folder of the recorded requests that the server's own tests replay.
pub(super) fn recorded(root: &Path) -> PathBuf {
    root.join("crates/server/tests/it/auth_proxy/captured")
}
