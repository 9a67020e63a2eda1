//! Formatting, lints, and the crates that are used.

use anyhow::{Result, ensure};
use trials::checkout::cargo;
use trials::process;

use super::Outcome;
use crate::supply;
use crate::workspace::Workspace;

/// The crates' licences and origins, `cargo fmt --check`, then clippy with every warning an error.
pub(super) fn run(workspace: &Workspace) -> Result<Outcome> {
    let findings = supply::findings(workspace)?;
    ensure!(findings.is_empty(), "{}", findings.join("\n"));
    process::run(cargo().args(["fmt", "--all", "--check"]))?;
    let clippy = ["clippy", "--locked", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"];
    process::run(cargo().args(clippy))?;
    let library = ["clippy", "--locked", "--package=authproxy", "--all-features", "--all-targets", "--quiet"];
    process::run(cargo().args(library).args(["--", "--deny", "warnings"]))?;
    Ok(Outcome::Passed)
}
