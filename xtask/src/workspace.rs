//! Where things are: the checkout, its target folder, its packages.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;
use trials::checkout::{self, cargo};
use trials::process;

/// The checkout that this program was built from.
pub(crate) struct Workspace {
    /// The folder of the checkout.
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds (`CARGO_TARGET_DIR` is honoured).
    pub(crate) target: PathBuf,
    /// `cargo metadata`: every package of the workspace and what it depends on, outside packages included.
    pub(crate) metadata: Value,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn locate() -> Result<Self> {
        let text = process::output(cargo().args(["metadata", "--format-version=1", "--locked"]))
            .context("run `cargo metadata`: is Cargo.lock up to date?")?;
        let metadata: Value = serde_json::from_str(&text)?;
        let target = metadata["target_directory"].as_str().context("cargo metadata names no target folder")?;
        Ok(Self { root: checkout::root().to_owned(), target: target.into(), metadata })
    }

    /// The web app's folder.
    pub(crate) fn web_app(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// The paths that git knows, relative to the checkout.
    pub(crate) fn committed_files(&self) -> Result<Vec<String>> {
        let text = process::output(Command::new("git").current_dir(&self.root).args(["ls-files", "-z"]))?;
        Ok(text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
    }
}
