//! `cargo xtask`: the project's own commands, for developers and for continuous integration.
//!
//! It drives the real programs (the server, databases, reverse proxies, a browser) as child processes and is never shipped.
#![expect(clippy::disallowed_methods, reason = "a command for developers: its environment is the machine's own")]

mod bench;
mod packages;
mod suites;
mod supply;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::{Result, bail};
use suites::{ALL, Suite};
use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [SUITE [NAME...]]...  run every test, or these suites, or the trials of a suite with NAME in their name
  ci [SUITE [NAME...]]...    the same, where a suite that can't run counts as failed (as with CI=true)
  tidy                       check what the compiler doesn't: directions of imports, circles, file sizes, leftovers
  sbom                       print a bill of materials in CycloneDX: the crates, and the packages of the web app
  bench [BINARY]             measure the release build (or BINARY) against its targets
  bench import [BINARY]      measure what it costs to bring many accounts along
  bench qr [FOLDER]          print how many published pictures of QR codes are read, and how fast

";

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
    let Some((command, rest)) = arguments.split_first() else { bail!("which command?\n{}", usage()) };
    match (command.as_str(), rest) {
        ("test", words) => test::run(&workspace, words, std::env::var_os("CI").is_some_and(|value| value == "true")),
        ("ci", words) => test::run(&workspace, words, true),
        ("tidy", []) => tidy::run(&workspace),
        ("sbom", []) => {
            println!("{:#}", supply::bill_of_materials(&workspace)?);
            Ok(true)
        }
        ("bench", []) => bench::run(None).map(|()| true),
        ("bench", [topic, samples @ ..]) if topic == "qr" && samples.len() < 2 => {
            bench::pictures::run(&workspace, samples.first().map(String::as_str)).map(|()| true)
        }
        ("bench", [topic, binary @ ..]) if topic == "import" && binary.len() < 2 => {
            bench::imports::run(binary.first().map(AsRef::as_ref)).map(|()| true)
        }
        ("bench", [binary]) => bench::run(Some(binary.as_ref())).map(|()| true),
        ("help" | "--help" | "-h", _) => {
            println!("{}", usage());
            Ok(true)
        }
        _ => bail!("no such command: {}\n{}", arguments.join(" "), usage()),
    }
}

fn usage() -> String {
    let names = |suites: &mut dyn Iterator<Item = &Suite>| suites.map(|suite| suite.name).collect::<Vec<_>>().join(" ");
    let suites = names(&mut ALL.iter());
    let trials = names(&mut ALL.iter().filter(|suite| suite.takes_names()));
    format!("{USAGE}suites: {suites}\nof trials: {trials}")
}
