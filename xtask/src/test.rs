//! `cargo xtask test`: runs the suites one after the other and sums them up.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::packages;
use crate::suites::{ALL, Outcome, Suite};
use crate::workspace::Workspace;

/// A suite to run.
struct Selection {
    suite: &'static Suite,
    /// Parts of the names of its tests; none for all tests.
    names: Vec<String>,
}

/// How one suite went.
struct Verdict {
    suite: &'static str,
    failed: bool,
    skipped: bool,
    seconds: f64,
    notes: Vec<String>,
}

/// Runs the selected suites, or all. With `strict`, one that can't run counts as failed. `Ok(false)` when any failed.
pub(crate) fn run(workspace: &Workspace, words: &[String], strict: bool) -> Result<bool> {
    let selections = select(words)?;
    let needed: Vec<_> = selections.iter().flat_map(|selection| selection.suite.installs).copied().collect();
    packages::install(&needed);
    let verdicts: Vec<Verdict> = selections.iter().map(|selection| selection.run(workspace, strict)).collect();
    summarise(&verdicts);
    Ok(!verdicts.iter().any(|verdict| verdict.failed))
}

/// Reads `SUITE [NAME...]` repeatedly. No words select every suite.
fn select(words: &[String]) -> Result<Vec<Selection>> {
    let mut selections: Vec<Selection> = Vec::new();
    for word in words {
        if let Some(suite) = ALL.iter().find(|suite| suite.name == word) {
            selections.push(Selection { suite, names: Vec::new() });
        } else if let Some(last) = selections.last_mut().filter(|last| last.suite.takes_names()) {
            last.names.push(word.clone());
        } else {
            let known: Vec<&str> = ALL.iter().map(|suite| suite.name).collect();
            bail!("no suite is called {word}; there are {}", known.join(", "));
        }
    }
    if words.is_empty() {
        selections.extend(ALL.iter().map(|suite| Selection { suite, names: Vec::new() }));
    }
    Ok(selections)
}

impl Selection {
    fn run(&self, workspace: &Workspace, strict: bool) -> Verdict {
        println!("\n== {}: {} ==", self.suite.name, self.suite.about);
        let start = Instant::now();
        let outcome = self.suite.run(workspace, &self.names);
        let seconds = start.elapsed().as_secs_f64();
        let (failed, skipped, notes) = match outcome {
            Ok(Outcome::Passed) => (false, false, vec![]),
            Ok(Outcome::Incomplete(notes)) => (strict, false, notes),
            Ok(Outcome::Skipped(reason)) => (strict, !strict, vec![reason]),
            Err(error) => (true, false, vec![format!("{error:#}")]),
        };
        let verdict = Verdict { suite: self.suite.name, failed, skipped, seconds, notes };
        println!("{}", verdict.line());
        verdict
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(words: &[&str]) -> Result<Vec<String>> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let selections = select(&words)?.into_iter();
        Ok(selections
            .map(|Selection { suite, names }| [&[suite.name.to_owned()][..], &names].concat().join(" "))
            .collect())
    }

    #[test]
    fn names_belong_to_the_suite_before_them() {
        let found = selected(&["lint", "proxies", "nginx", "x_07", "mail"]).unwrap();
        assert_eq!(found, ["lint", "proxies nginx x_07", "mail"]);
        assert_eq!(selected(&[]).unwrap().len(), ALL.len());
    }

    #[test]
    fn other_words_are_refused() {
        assert!(selected(&["nginx"]).is_err());
        assert!(selected(&["lint", "rusty"]).is_err());
    }
}
