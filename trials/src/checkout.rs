//! The checkout that this crate was built from, and the server built from it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use anyhow::{Context, Result, anyhow};
use serde_json::Value;

use crate::process;

/// The variable that names a debug build of the server, so that tests don't build one.
pub const BINARY_VARIABLE: &str = "SIXPIN_BINARY";

/// Returns the folder of the checkout.
pub fn root() -> &'static Path {
    // Tests run in the folder of their crate.
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".."))
}

/// Returns a cargo command that runs in the checkout.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Builds the server, unless it is up to date, and returns its path. `profile` is `dev` or `release`.
pub fn build_server(profile: &str) -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--locked", "--package", "sixpin", "--bin", "sixpin", "--profile", profile]);
    let messages = process::output_with_progress(build.arg("--message-format=json-render-diagnostics"))?;
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut programs = messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
    programs.next().context("cargo names no program")
}

/// Returns the debug build of the server: the one that [`BINARY_VARIABLE`] names, or one that is brought up to date
/// once in this process.
pub fn debug_server() -> Result<&'static Path> {
    static SERVER: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| match env::var_os(BINARY_VARIABLE) {
        Some(path) => Ok(path.into()),
        None => build_server("dev").map_err(|error| format!("{error:#}")),
    });
    SERVER.as_deref().map_err(|error| anyhow!("{error}"))
}
