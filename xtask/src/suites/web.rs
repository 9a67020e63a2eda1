//! The web app's own checks and unit tests.

use std::process::Command;

use anyhow::Result;
use trials::process;
use trials::tools::NPM;

use super::{Outcome, missing};
use crate::workspace::Workspace;

/// `npm ci`, the type check, the unit tests.
pub(super) fn run(workspace: &Workspace) -> Result<Outcome> {
    if let Some(reason) = missing(&[&NPM]) {
        return Ok(Outcome::Skipped(reason));
    }
    let npm = NPM.path()?;
    for arguments in [&["ci", "--no-audit", "--no-fund"][..], &["run", "check"], &["test"]] {
        process::run(Command::new(&npm).current_dir(workspace.web_app()).args(arguments))?;
    }
    Ok(Outcome::Passed)
}
