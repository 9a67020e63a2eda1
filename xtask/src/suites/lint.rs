//! Formatting and lints.

use anyhow::Result;
use trials::checkout::cargo;
use trials::process;

use super::Outcome;
use crate::workspace::Workspace;

/// `cargo fmt --check`, then clippy with every warning an error.
pub(super) fn run(_workspace: &Workspace) -> Result<Outcome> {
    process::run(cargo().args(["fmt", "--all", "--check"]))?;
    let clippy = ["clippy", "--locked", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"];
    process::run(cargo().args(clippy))?;
    let library = ["clippy", "--locked", "--package=authproxy", "--all-features", "--all-targets", "--quiet"];
    process::run(cargo().args(library).args(["--", "--deny", "warnings"]))?;
    Ok(Outcome::Passed)
}
