//! The trials: black-box tests of the server, a test target of the crate `trials` for each suite.

use std::num::NonZero;
use std::process::Command;
use std::thread::available_parallelism;

use anyhow::{Result, ensure};
use trials::checkout::{self, BINARY_VARIABLE};
use trials::process;
use trials::tools::{PROXIES, Tool};

use super::{Outcome, Suite, missing};

/// Runs the trials of a suite, or those with one of `names` in their name.
///
/// Without one of the proxies, the trials with its name are left out. Without any other tool, the suite can't run.
pub(super) fn run(suite: &Suite, names: &[String]) -> Result<Outcome> {
    let reason = missing(suite.installs);
    let absent: Vec<&Tool> = suite.installs.iter().filter(|tool| tool.find().is_none()).copied().collect();
    let can_run = absent.iter().all(|tool| PROXIES.contains(tool));
    if let (false, Some(reason)) = (can_run, &reason) {
        return Ok(Outcome::Skipped(reason.clone()));
    }
    let selection = Selection { target: suite.name, names, absent };
    if selection.list()?.is_empty() {
        ensure!(reason.is_some(), "no trial of {} has a name with {}", suite.name, names.join(" or "));
        return Ok(Outcome::Skipped(reason.unwrap_or_default()));
    }
    let server = checkout::build_server("dev")?;
    process::run(selection.command(&[]).env(BINARY_VARIABLE, server))?;
    Ok(reason.map_or(Outcome::Passed, |reason| Outcome::Incomplete(vec![reason])))
}

/// Trials of one target.
struct Selection<'a> {
    target: &'a str,
    names: &'a [String],
    absent: Vec<&'a Tool>,
}

impl Selection<'_> {
    /// Returns the names of the trials.
    fn list(&self) -> Result<Vec<String>> {
        let list = process::output_with_progress(&mut self.command(&["--list"]))?;
        Ok(list.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
    }

    fn command(&self, options: &[&str]) -> Command {
        // Most of the time a trial waits: for a program to start, or for an answer that must not come.
        let threads = 2 * available_parallelism().map_or(1, NonZero::get);
        let mut command = checkout::cargo();
        command.args(["test", "--locked", "--package", "trials", "--test", self.target, "--"]).args(options);
        // Which tools are installed has been found out anew: what the build script found may be out of date.
        command.args(["--include-ignored", &format!("--test-threads={threads}")]);
        for tool in &self.absent {
            command.args(["--skip", &tool.name.to_lowercase()]);
        }
        command.args(self.names);
        command
    }
}
