//! `cargo xtask`: the project's own commands, for developers and for continuous integration.
//!
//! It drives the real programs (the server, databases, reverse proxies, a browser) as child processes and is never shipped.
#![expect(clippy::disallowed_methods, reason = "a command for developers: its environment is the machine's own")]

mod bench;
mod http;
mod process;
mod services;
mod suites;
mod test;
mod tidy;
mod tools;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};
use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [SUITE...]   run every test, or the named suites: rust lint tidy web conformance proxies browser
  ci [SUITE...]     the same, where a suite that can't run counts as failed (as with CI=true)
  tidy              check what the compiler doesn't: dependency direction, file sizes, leftovers
  bench [BINARY]    measure the release build (or BINARY) against its targets";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one command. `Ok(false)` when it ran and found something wrong, which it has then printed.
fn run(arguments: &[String]) -> Result<bool> {
    let workspace = Workspace::locate()?;
    let Some((command, rest)) = arguments.split_first() else { bail!("which command?\n{USAGE}") };
    match (command.as_str(), rest) {
        ("test", names) => test::run(&workspace, names, std::env::var_os("CI").is_some_and(|value| value == "true")),
        ("ci", names) => test::run(&workspace, names, true),
        ("tidy", []) => tidy::run(&workspace),
        ("tidy", [flag]) if flag == "--rooms" => tidy::rooms(&workspace),
        ("bench", []) => bench::run(&workspace, None).map(|()| true),
        ("bench", [binary]) => bench::run(&workspace, Some(binary.as_ref())).map(|()| true),
        ("help" | "--help" | "-h", _) => {
            println!("{USAGE}");
            Ok(true)
        }
        _ => bail!("no such command: {}\n{USAGE}", arguments.join(" ")),
    }
}
