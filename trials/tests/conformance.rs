//! The exchanges recorded from 2FAuth (`contract/recorded`), replayed against the real server.
//!
//! The build script writes a test for each scenario, named after it: `otp-by-id` is `with_passwords::otp_by_id`. Each
//! has a server of its own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::Value;
use trials::checkout;
use trials::instance::{Instance, PASSWORD};
use trials::process;
use trials::tools::PYTHON;

include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// Steps that answer otherwise than recorded, with all that differs: docs/compat.md, section 0, has the reason.
const DECIDED: [(&str, &str); 1] = [(
    "web-account-kick",
    // A session that was locked by inactivity is over.
    "accepted again: GET /api/v1/user/preferences/theme\n        status: expected 200, got 401\n",
)];

const ADMINISTRATOR: &str = "admin@example.org";

/// Replays a scenario on a server where users sign in with passwords.
fn with_passwords(scenario: &str) -> Result<()> {
    replay_with_passwords(scenario, "scenarios", "golden")
}

/// The same for scenarios recorded from a repaired 2FAuth, which can send mails and register security keys.
fn repaired(scenario: &str) -> Result<()> {
    replay_with_passwords(scenario, "scenarios-repaired", "golden-repaired")
}

fn replay_with_passwords(scenario: &str, scenarios: &str, golden: &str) -> Result<()> {
    let instance = instance()?;
    instance.add_administrator("admin", ADMINISTRATOR)?;
    let administrator = format!("{ADMINISTRATOR}:{PASSWORD}");
    let options = ["--admin", &administrator, "--slow", "--scenarios", scenarios, "--golden", golden];
    replay(scenario, &instance, &options)
}

/// Replays a scenario on a server behind an auth proxy, which the player stands in for.
fn behind_a_proxy(scenario: &str) -> Result<()> {
    let instance = instance()?.with(&[
        ("AUTHENTICATION_GUARD", "reverse-proxy-guard"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
        ("AUTH_PROXY_HEADER_FOR_USER", "X-Test-User"),
        ("AUTH_PROXY_HEADER_FOR_EMAIL", "X-Test-Email"),
    ]);
    instance.add_administrator("bob", "bob@example.org")?;
    let options = ["--admin", "bob", "--proxy-headers", "X-Test-User,X-Test-Email"];
    replay(
        scenario,
        &instance,
        &[&options[..], &["--scenarios", "scenarios-proxy", "--golden", "golden-proxy"]].concat(),
    )
}

/// Returns an instance with the settings of the recordings.
fn instance() -> Result<Instance> {
    let instance = Instance::new(checkout::debug_server()?)?;
    let base = instance.base();
    Ok(instance.with(&[
        ("APP_NAME", "2FAuth"),
        ("APP_URL", &base),
        ("THROTTLE_API", "null"),
        ("LOGIN_THROTTLE", "5"),
        ("BLOCK_OPTAUTH_IMAGELINK_FETCHING", "true"),
        ("MAIL_MAILER", "log"),
    ]))
}

/// Runs the player on one scenario, and fails with its report.
fn replay(scenario: &str, instance: &Instance, options: &[&str]) -> Result<()> {
    let server = instance.serve()?;
    let mut player = Command::new(PYTHON.path()?);
    player.env("PYTHONDONTWRITEBYTECODE", "1").current_dir(recorded()).args(["conformance.py", "check", "--strict"]);
    let output = player.args(["--base", &instance.base(), "--only", scenario]).args(options).output()?;
    let report = String::from_utf8_lossy(&output.stdout);
    // The verdict counts: a player that finds no scenario of that name succeeds as well.
    let has_passed = match DECIDED.iter().find(|(name, _)| *name == scenario) {
        Some((_, step)) => report.contains(step) && report.matches("status: ").count() == 1,
        None => output.status.success() && report.contains(&format!("PASS {scenario} ")),
    };
    let errors = process::tail(&String::from_utf8_lossy(&output.stderr), 5);
    ensure!(has_passed, "{report}{errors}\nthe server's log ends:\n{}", server.log_tail());
    server.check_no_panic()
}

fn recorded() -> PathBuf {
    checkout::root().join("contract/recorded")
}

/// The names of the scenarios in the files of a folder.
fn described(folder: &Path) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let scenarios: Vec<Value> = serde_json::from_str(&fs::read_to_string(entry?.path())?)?;
        names.extend(scenarios.iter().filter_map(|scenario| scenario["name"].as_str().map(str::to_owned)));
    }
    Ok(names)
}

#[test]
fn every_scenario_has_a_test() -> Result<()> {
    let list = process::output(Command::new(std::env::current_exe()?).arg("--list"))?;
    for (folder, module) in
        [("scenarios", "with_passwords"), ("scenarios-repaired", "repaired"), ("scenarios-proxy", "behind_a_proxy")]
    {
        let lines =
            list.lines().filter_map(|line| line.strip_suffix(": test")?.strip_prefix(module)?.strip_prefix("::"));
        let tested: BTreeSet<String> = lines.map(|name| name.replace('_', "-")).collect();
        assert_eq!(tested, described(&recorded().join(folder))?, "{folder}");
    }
    Ok(())
}
