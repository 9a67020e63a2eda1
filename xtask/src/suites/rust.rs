//! The tests of every crate, with a database server of each kind for those that want one.

use anyhow::Result;

use super::{Outcome, missing};
use crate::process;
use crate::services::mariadb::MariaDb;
use crate::services::postgres::Postgres;
use crate::tools::{MARIADB, POSTGRES};
use crate::workspace::Workspace;

/// `cargo test --workspace`, with the addresses of the database servers that it may use.
pub(super) fn run(workspace: &Workspace) -> Result<Outcome> {
    let missing: Vec<String> = [missing(&[&POSTGRES]), missing(&[&MARIADB])].into_iter().flatten().collect();
    let postgres = POSTGRES.find().map(|_| Postgres::start()).transpose()?;
    let mariadb = MARIADB.find().map(|_| MariaDb::start()).transpose()?;

    let mut command = workspace.cargo();
    command.args(["test", "--locked", "--workspace", "--no-fail-fast"]);
    command.envs(postgres.iter().map(|server| ("SIXPIN_TEST_POSTGRES_URL", &server.url)));
    command.envs(mariadb.iter().map(|server| ("SIXPIN_TEST_MYSQL_URL", &server.url)));
    process::run(&mut command)?;
    // The server doesn't use these parts of the library.
    let library = ["test", "--locked", "--package=authproxy", "--all-features", "--test=layer", "--example=service"];
    process::run(workspace.cargo().args(library))?;
    Ok(if missing.is_empty() { Outcome::Passed } else { Outcome::Incomplete(missing) })
}
