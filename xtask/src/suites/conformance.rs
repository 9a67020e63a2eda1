//! The exchanges recorded from 2FAuth (`contract/recorded`), played against the real server.
//!
//! Scenarios that can't pass yet stand in `contract/excused-scenarios.txt`, a line each: `NAME: REASON`.
//! They are played as well: one that passes must be taken off the list.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, bail, ensure};

use super::{Outcome, missing};
use crate::process::tail;
use crate::services::sixpin::{PASSWORD, Site, Sixpin};
use crate::tools::PYTHON;
use crate::workspace::Workspace;

const ADMINISTRATOR: &str = "admin@example.org";

/// Scenarios that are known not to pass, with the reason.
type Excuses = BTreeMap<String, String>;

/// One folder of scenarios with what was recorded of them.
struct Play<'a> {
    folder: &'a Path,
    scenarios: &'a str,
    golden: &'a str,
    base: String,
    administrator: String,
    options: &'a [&'a str],
}

/// How one scenario went.
#[derive(Debug, PartialEq, Eq)]
struct Verdict {
    name: String,
    passed: bool,
    steps_passed: u32,
    steps: u32,
}

/// Plays everything and compares the verdicts with the list of excuses.
pub(super) fn run(workspace: &Workspace) -> Result<Outcome> {
    if let Some(reason) = missing(&[&PYTHON]) {
        return Ok(Outcome::Skipped(reason));
    }
    let new_enough = ["-c", "import sys; sys.exit(sys.version_info < (3, 11))"];
    if !Command::new(PYTHON.path()?).args(new_enough).status()?.success() {
        return Ok(Outcome::Skipped("Python is older than 3.11".to_owned()));
    }
    let excuses = parse_excuses(&fs::read_to_string(workspace.root.join("contract/excused-scenarios.txt"))?)?;
    let binary = workspace.build_server("dev")?;
    let folder = workspace.root.join("contract/recorded");
    let mut verdicts = behind_passwords(&binary, &folder, &excuses)?;
    verdicts.extend(behind_a_proxy(&binary, &folder, &excuses)?);
    judge(&verdicts, &excuses)?;
    Ok(Outcome::Passed)
}

/// A server with the settings that the recordings were made with.
fn site(binary: &Path) -> Result<Site> {
    let site = Site::new(binary)?;
    let base = site.base();
    Ok(site.with(&[
        ("APP_NAME", "2FAuth"),
        ("APP_URL", &base),
        ("THROTTLE_API", "null"),
        ("LOGIN_THROTTLE", "5"),
        ("BLOCK_OPTAUTH_IMAGELINK_FETCHING", "true"),
        ("MAIL_MAILER", "log"),
    ]))
}

fn behind_passwords(binary: &Path, folder: &Path, excuses: &Excuses) -> Result<Vec<Verdict>> {
    let site = site(binary)?;
    site.add_administrator("admin", ADMINISTRATOR)?;
    let server = site.serve()?;
    let administrator = format!("{ADMINISTRATOR}:{PASSWORD}");
    let play_of = |scenarios, golden| Play {
        folder,
        scenarios,
        golden,
        base: site.base(),
        administrator: administrator.clone(),
        options: &["--slow"],
    };
    let mut verdicts = play_of("scenarios", "golden").run(excuses, &server)?;
    verdicts.extend(play_of("scenarios-repaired", "golden-repaired").run(excuses, &server)?);
    server.check_no_panic()?;
    Ok(verdicts)
}

fn behind_a_proxy(binary: &Path, folder: &Path, excuses: &Excuses) -> Result<Vec<Verdict>> {
    let site = site(binary)?.with(&[
        ("AUTHENTICATION_GUARD", "reverse-proxy-guard"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
        ("AUTH_PROXY_HEADER_FOR_USER", "X-Test-User"),
        ("AUTH_PROXY_HEADER_FOR_EMAIL", "X-Test-Email"),
    ]);
    site.add_administrator("bob", "bob@example.org")?;
    let server = site.serve()?;
    let play = Play {
        folder,
        scenarios: "scenarios-proxy",
        golden: "golden-proxy",
        base: site.base(),
        administrator: "bob".to_owned(),
        options: &["--proxy-headers", "X-Test-User,X-Test-Email"],
    };
    let verdicts = play.run(excuses, &server)?;
    server.check_no_panic()?;
    Ok(verdicts)
}

impl Play<'_> {
    /// Plays the scenarios that must pass, then the excused ones.
    fn run(&self, excuses: &Excuses, server: &Sixpin) -> Result<Vec<Verdict>> {
        let (optional, required): (Vec<Verdict>, Vec<Verdict>) =
            self.list()?.into_iter().partition(|verdict| excuses.contains_key(&verdict.name));
        let mut verdicts = Vec::new();
        for scenario in required {
            verdicts.push(self.check(scenario, server)?);
        }
        if !optional.is_empty() {
            println!("-- excused, expected to fail:");
        }
        for scenario in optional {
            verdicts.push(self.check(scenario, server)?);
        }
        Ok(verdicts)
    }

    fn player(&self) -> Result<Command> {
        let mut command = Command::new(PYTHON.path()?);
        command.env("PYTHONDONTWRITEBYTECODE", "1").current_dir(self.folder).arg("conformance.py");
        Ok(command)
    }

    /// The scenarios, none of them passed yet.
    fn list(&self) -> Result<Vec<Verdict>> {
        let text = crate::process::output(self.player()?.args(["list", "--scenarios", self.scenarios]))?;
        Ok(text.lines().filter_map(parse_listed).collect())
    }

    /// Plays one scenario and shows what the player says. A player of its own for each: one that a server without the
    /// feature leads astray takes no other scenario along.
    fn check(&self, scenario: Verdict, server: &Sixpin) -> Result<Verdict> {
        let mut command = self.player()?;
        command.args(["check", "--strict", "--base", &self.base, "--admin", &self.administrator]);
        command.args(["--scenarios", self.scenarios, "--golden", self.golden, "--only", &scenario.name]);
        let output = command.args(self.options).stdin(Stdio::null()).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        if let Some(verdict) = text.lines().find_map(parse_verdict) {
            let lines = text.lines().filter(|line| !line.ends_with(" failed"));
            println!("{}", lines.collect::<Vec<_>>().join("\n"));
            return Ok(verdict);
        }
        println!("FAIL {}: the player gave up", scenario.name);
        println!("{}", tail(&String::from_utf8_lossy(&output.stderr), 5));
        println!("the server's log ends:\n{}", server.log_tail());
        Ok(scenario)
    }
}

/// Reads a line of the list of excuses; empty lines and those that start with `#` say nothing.
fn parse_excuses(text: &str) -> Result<Excuses> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| match line.split_once(':') {
            Some((name, reason)) if !reason.trim().is_empty() => Ok((name.to_owned(), reason.trim().to_owned())),
            _ => bail!("contract/excused-scenarios.txt: `{line}` is not `NAME: REASON`"),
        })
        .collect()
}

/// Reads `AREA NAME STEPS`; the line that sums up says nothing.
fn parse_listed(line: &str) -> Option<Verdict> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_area, name, steps] = words[..] else { return None };
    Some(Verdict { name: name.to_owned(), passed: false, steps_passed: 0, steps: steps.parse().ok()? })
}

/// Reads `PASS name (3/3 steps)` or `FAIL name (1/3 steps, 2 soft)`; any other line says nothing.
fn parse_verdict(line: &str) -> Option<Verdict> {
    let (word, rest) = line.split_once(' ')?;
    let passed = match word {
        "PASS" => true,
        "FAIL" => false,
        _ => return None,
    };
    let (name, counts) = rest.split_once(" (")?;
    let (steps_passed, steps) = counts.split(' ').next()?.split_once('/')?;
    Some(Verdict {
        name: name.to_owned(),
        passed,
        steps_passed: steps_passed.parse().ok()?,
        steps: steps.parse().ok()?,
    })
}

/// Prints the totals; an error when a scenario failed without an excuse, or has an excuse that it doesn't need.
fn judge(verdicts: &[Verdict], excuses: &Excuses) -> Result<()> {
    let steps_passed: u32 = verdicts.iter().map(|verdict| verdict.steps_passed).sum();
    let steps: u32 = verdicts.iter().map(|verdict| verdict.steps).sum();
    let passed = verdicts.iter().filter(|verdict| verdict.passed).count();
    println!("{steps_passed} of {steps} steps, {passed} of {} scenarios pass", verdicts.len());

    let has_excuse = |verdict: &&Verdict| excuses.contains_key(&verdict.name);
    let failures = verdicts.iter().filter(|verdict| !verdict.passed && !has_excuse(verdict));
    let recovered = verdicts.iter().filter(|verdict| verdict.passed && has_excuse(verdict));
    let unknown = excuses.keys().filter(|name| !verdicts.iter().any(|verdict| verdict.name == **name));
    let mut problems: Vec<String> = failures.map(|verdict| format!("{} failed", verdict.name)).collect();
    problems.extend(recovered.map(|verdict| format!("{} passes: no longer excused", verdict.name)));
    problems.extend(unknown.map(|name| format!("{name} is excused, but there is no such scenario")));
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(name: &str, passed: bool) -> Verdict {
        Verdict { name: name.to_owned(), passed, steps_passed: u32::from(passed), steps: 1 }
    }

    #[test]
    fn verdict_lines_are_read() {
        let expected = Verdict { name: "otp-by-id".to_owned(), passed: false, steps_passed: 31, steps: 33 };
        assert_eq!(parse_verdict("FAIL otp-by-id (31/33 steps, 2 soft)"), Some(expected));
        assert_eq!(parse_verdict("PASS otp-by-id (1/1 steps)").map(|verdict| verdict.passed), Some(true));
        assert_eq!(parse_verdict("    step: GET /x"), None);
        assert_eq!(parse_verdict("3 passed, 1 failed"), None);
    }

    #[test]
    fn the_list_of_scenarios_is_read() {
        let expected = Verdict { name: "otp-by-id".to_owned(), passed: false, steps_passed: 0, steps: 33 };
        assert_eq!(parse_listed("otp            otp-by-id                                33"), Some(expected));
        assert_eq!(parse_listed("52 scenarios, 1220 steps"), None);
    }

    #[test]
    fn an_excuse_needs_a_reason() {
        let excuses = parse_excuses("# comment\n\nsharing-all: sharing comes later\n").unwrap();
        assert_eq!(excuses["sharing-all"], "sharing comes later");
        assert!(parse_excuses("sharing-all:").is_err());
        assert!(parse_excuses("sharing-all").is_err());
    }

    #[test]
    fn excuses_must_be_needed() {
        let excuses = Excuses::from([("b".to_owned(), "later".to_owned())]);
        assert!(judge(&[verdict("a", true), verdict("b", false)], &excuses).is_ok());
        let failed = judge(&[verdict("a", false), verdict("b", false)], &excuses).unwrap_err();
        assert_eq!(failed.to_string(), "a failed");
        let recovered = judge(&[verdict("a", true), verdict("b", true)], &excuses).unwrap_err();
        assert_eq!(recovered.to_string(), "b passes: no longer excused");
        let unknown = judge(&[verdict("a", true)], &excuses).unwrap_err();
        assert_eq!(unknown.to_string(), "b is excused, but there is no such scenario");
    }
}
