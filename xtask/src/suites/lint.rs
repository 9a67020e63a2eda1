//! Formatting and lints.

use anyhow::Result;

use super::Outcome;
use crate::process::run as execute;
use crate::workspace::Workspace;

/// `cargo fmt --check`, then clippy with every warning an error.
pub(super) fn run(workspace: &Workspace) -> Result<Outcome> {
    execute(workspace.cargo().args(["fmt", "--all", "--check"]))?;
    let clippy = ["clippy", "--locked", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"];
    execute(workspace.cargo().args(clippy))?;
    let library = ["clippy", "--locked", "--package=authproxy", "--all-features", "--all-targets", "--quiet"];
    execute(workspace.cargo().args(library).args(["--", "--deny", "warnings"]))?;
    Ok(Outcome::Passed)
}
