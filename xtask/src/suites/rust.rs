//! The tests of every crate, with a database server of each kind for those that want one.

use anyhow::Result;
use trials::checkout::cargo;
use trials::mariadb::MariaDb;
use trials::postgres::Postgres;
use trials::process;
use trials::tools::{MARIADB, POSTGRES};

use super::{Outcome, missing};
use crate::workspace::Workspace;

/// Runs the tests of all crates but the trials, with the URLs of the database servers that they may use.
pub(super) fn run(_workspace: &Workspace) -> Result<Outcome> {
    let missing: Vec<String> = [missing(&[&POSTGRES]), missing(&[&MARIADB])].into_iter().flatten().collect();
    let postgres = POSTGRES.find().map(|_| Postgres::start()).transpose()?;
    let mariadb = MARIADB.find().map(|_| MariaDb::start()).transpose()?;

    let mut command = cargo();
    command.args(["test", "--locked", "--workspace", "--exclude", "trials", "--no-fail-fast"]);
    command.envs(postgres.iter().map(|server| ("SIXPIN_TEST_POSTGRES_URL", &server.url)));
    command.envs(mariadb.iter().map(|server| ("SIXPIN_TEST_MYSQL_URL", &server.url)));
    process::run(&mut command)?;
    // The server doesn't use these parts of the library.
    let library = ["test", "--locked", "--package=authproxy", "--all-features", "--test=layer", "--example=service"];
    process::run(cargo().args(library))?;
    Ok(if missing.is_empty() { Outcome::Passed } else { Outcome::Incomplete(missing) })
}
