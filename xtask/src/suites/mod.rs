//! The suites of `cargo xtask test`, in the order in which they run.

mod black_box;
mod browser;
mod lint;
mod rust;
mod web;

use anyhow::Result;
use trials::tools::{
    AIOSMTPD, APACHE, CADDY, CHROMIUM, HAPROXY, MARIADB, MOD_AUTH_OPENIDC, NGINX, NPM, OATHTOOL, OPENSSL, POSTGRES,
    PYOTP, PYTHON, Tool,
};

use crate::workspace::Workspace;

/// A group of tests that passes or fails as one.
pub(crate) struct Suite {
    /// The name on the command line; for trials, also that of their target.
    pub(crate) name: &'static str,
    /// What is tested.
    pub(crate) about: &'static str,
    /// Tools that the suite needs. Missing ones are installed if that is possible.
    pub(crate) installs: &'static [&'static Tool],
    tests: Tests,
}

enum Tests {
    /// Everything that a function runs.
    Whole(fn(&Workspace) -> Result<Outcome>),
    /// Trials, which can be selected by their names.
    Trials,
}

/// How a suite ended when nothing in it failed.
pub(crate) enum Outcome {
    /// Everything ran.
    Passed,
    /// Part of it could not run here, for these reasons.
    Incomplete(Vec<String>),
    /// It could not run here, for this reason.
    Skipped(String),
}

/// Every suite.
pub(crate) const ALL: [Suite; 9] = [
    Suite { name: "tidy", about: "what the compiler doesn't check", installs: &[], tests: Tests::Whole(tidy) },
    Suite { name: "lint", about: "formatting and clippy", installs: &[], tests: Tests::Whole(lint::run) },
    Suite {
        name: "rust",
        about: "the crates, the store on SQLite, PostgreSQL and MariaDB",
        installs: &[&POSTGRES, &MARIADB],
        tests: Tests::Whole(rust::run),
    },
    Suite { name: "web", about: "the web app: types and units", installs: &[&NPM], tests: Tests::Whole(web::run) },
    Suite {
        name: "conformance",
        about: "exchanges recorded from 2FAuth, against the real server",
        installs: &[&PYTHON],
        tests: Tests::Trials,
    },
    Suite {
        name: "proxies",
        about: "the server behind real reverse proxies, and attempts to get around them",
        installs: &[&NGINX, &APACHE, &HAPROXY, &CADDY, &OPENSSL],
        tests: Tests::Trials,
    },
    Suite {
        name: "mail",
        about: "mails through a real mail server, one that hangs, and none",
        installs: &[&AIOSMTPD, &OPENSSL],
        tests: Tests::Trials,
    },
    Suite {
        name: "readers",
        about: "exports in programs that others wrote: the same codes",
        installs: &[&OATHTOOL, &PYOTP],
        tests: Tests::Trials,
    },
    Suite {
        name: "browser",
        about: "journeys in headless Chromium, against the real server",
        installs: &[&NPM, &CHROMIUM, &NGINX, &APACHE, &MOD_AUTH_OPENIDC],
        tests: Tests::Whole(browser::run),
    },
];

impl Suite {
    /// Runs the suite; if `names` are given, those of its tests with one of them in their name.
    pub(crate) fn run(&self, workspace: &Workspace, names: &[String]) -> Result<Outcome> {
        match self.tests {
            Tests::Whole(run) => run(workspace),
            Tests::Trials => black_box::run(self, names),
        }
    }

    /// Whether its tests can be selected by their names.
    pub(crate) fn takes_names(&self) -> bool {
        matches!(self.tests, Tests::Trials)
    }
}

fn tidy(workspace: &Workspace) -> Result<Outcome> {
    anyhow::ensure!(crate::tidy::run(workspace)?, "see the findings above");
    Ok(Outcome::Passed)
}

/// Returns the reason to skip a suite: those of its tools that are missing. `None` when all are there.
fn missing(tools: &[&Tool]) -> Option<String> {
    let names: Vec<&str> = tools.iter().filter(|tool| tool.find().is_none()).map(|tool| tool.name).collect();
    (!names.is_empty()).then(|| format!("not installed: {}", names.join(", ")))
}
