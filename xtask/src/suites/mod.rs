//! The suites of `cargo xtask test`, in the order in which they run.

mod browser;
mod conformance;
mod lint;
mod mail;
mod proxies;
mod rust;
mod web;

use anyhow::Result;

use crate::tools::{AIOSMTPD, APACHE, CADDY, CHROMIUM, HAPROXY, MARIADB, NGINX, NPM, OPENSSL, POSTGRES, PYTHON, Tool};
use crate::workspace::Workspace;

/// A group of tests that passes or fails as one.
pub(crate) struct Suite {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    /// What it tests.
    pub(crate) about: &'static str,
    /// What it needs from outside, installed where that is possible.
    pub(crate) installs: &'static [&'static Tool],
    /// Runs it.
    pub(crate) run: fn(&Workspace) -> Result<Outcome>,
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
pub(crate) const ALL: [Suite; 8] = [
    Suite { name: "tidy", about: "what the compiler doesn't check", installs: &[], run: tidy },
    Suite { name: "lint", about: "formatting and clippy", installs: &[], run: lint::run },
    Suite {
        name: "rust",
        about: "the crates, the store on SQLite, PostgreSQL and MariaDB",
        installs: &[&POSTGRES, &MARIADB],
        run: rust::run,
    },
    Suite { name: "web", about: "the web app: types and units", installs: &[&NPM], run: web::run },
    Suite {
        name: "conformance",
        about: "exchanges recorded from 2FAuth, against the real server",
        installs: &[&PYTHON],
        run: conformance::run,
    },
    Suite {
        name: "proxies",
        about: "the server behind real reverse proxies, and attempts to get around them",
        installs: &[&NGINX, &APACHE, &HAPROXY, &CADDY, &OPENSSL],
        run: proxies::run,
    },
    Suite {
        name: "mail",
        about: "mails through a real mail server, one that hangs, and none",
        installs: &[&AIOSMTPD, &OPENSSL],
        run: mail::run,
    },
    Suite {
        name: "browser",
        about: "journeys in headless Chromium, against the real server",
        installs: &[&NPM, &CHROMIUM, &NGINX],
        run: browser::run,
    },
];

fn tidy(workspace: &Workspace) -> Result<Outcome> {
    anyhow::ensure!(crate::tidy::run(workspace)?, "see the findings above");
    Ok(Outcome::Passed)
}

/// The reason to skip a suite: those of its tools that are not here. `None` when all are.
fn missing(tools: &[&Tool]) -> Option<String> {
    let names: Vec<&str> = tools.iter().filter(|tool| tool.find().is_none()).map(|tool| tool.name).collect();
    (!names.is_empty()).then(|| format!("not installed: {}", names.join(", ")))
}
