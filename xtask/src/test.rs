//! `cargo xtask test`: runs the suites one after the other and sums them up.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::suites::{ALL, Outcome, Suite};
use crate::tools::{self, Tool};
use crate::workspace::Workspace;

/// How one suite went.
struct Verdict {
    suite: &'static str,
    failed: bool,
    skipped: bool,
    seconds: f64,
    notes: Vec<String>,
}

/// Runs the named suites, or all. With `strict`, one that can't run counts as failed. `Ok(false)` when any failed.
pub(crate) fn run(workspace: &Workspace, names: &[String], strict: bool) -> Result<bool> {
    let suites = select(names)?;
    let needed: Vec<&Tool> = suites.iter().flat_map(|suite| suite.installs).copied().collect();
    tools::install(&needed);
    let verdicts: Vec<Verdict> = suites.iter().map(|suite| judge(workspace, suite, strict)).collect();
    summarise(&verdicts);
    Ok(!verdicts.iter().any(|verdict| verdict.failed))
}

fn select(names: &[String]) -> Result<Vec<&'static Suite>> {
    if let Some(unknown) = names.iter().find(|name| !ALL.iter().any(|suite| suite.name == **name)) {
        let known: Vec<&str> = ALL.iter().map(|suite| suite.name).collect();
        bail!("no suite is called {unknown}; there are {}", known.join(", "));
    }
    Ok(ALL.iter().filter(|suite| names.is_empty() || names.iter().any(|name| name == suite.name)).collect())
}

fn judge(workspace: &Workspace, suite: &'static Suite, strict: bool) -> Verdict {
    println!("\n== {}: {} ==", suite.name, suite.about);
    let start = Instant::now();
    let outcome = (suite.run)(workspace);
    let seconds = start.elapsed().as_secs_f64();
    let (failed, skipped, notes) = match outcome {
        Ok(Outcome::Passed) => (false, false, vec![]),
        Ok(Outcome::Incomplete(notes)) => (strict, false, notes),
        Ok(Outcome::Skipped(reason)) => (strict, !strict, vec![reason]),
        Err(error) => (true, false, vec![format!("{error:#}")]),
    };
    let verdict = Verdict { suite: suite.name, failed, skipped, seconds, notes };
    println!("{}", verdict.line());
    verdict
}

impl Verdict {
    fn line(&self) -> String {
        let word = match (self.failed, self.skipped) {
            (true, _) => "FAILED",
            (_, true) => "skipped",
            _ => "passed",
        };
        let notes: Vec<String> =
            self.notes.iter().map(|note| format!("\n    {}", note.replace('\n', "\n    "))).collect();
        format!("{:<12} {word:<8} {:>7.1} s{}", self.suite, self.seconds, notes.concat())
    }
}

/// Prints the closing lines; the last is `N passed, N failed`, counting suites.
fn summarise(verdicts: &[Verdict]) {
    println!("\n== summary ==");
    for verdict in verdicts {
        println!("{}", verdict.line());
    }
    let failed = verdicts.iter().filter(|verdict| verdict.failed).count();
    let skipped = verdicts.iter().filter(|verdict| verdict.skipped).count();
    let passed = verdicts.len() - failed - skipped;
    let skipped = if skipped == 0 { String::new() } else { format!(", {skipped} skipped") };
    println!("\n{passed} passed, {failed} failed{skipped}");
}
