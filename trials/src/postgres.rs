//! A PostgreSQL server for one test run.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use tempfile::TempDir;

use crate::process::{self, Daemon, tied_command};
use crate::tools::{self, POSTGRES};

const USER: &str = "sixpin";
const PASSWORD: &str = "sixpin";

/// A running PostgreSQL with one empty database, which is stopped when dropped.
pub struct Postgres {
    /// The URL of the database.
    pub url: String,
    // Fields are dropped in this order: the process before its folder.
    _daemon: Daemon,
    _folder: TempDir,
}

impl Postgres {
    /// Creates a cluster and starts the server.
    pub fn start() -> Result<Self> {
        let folder = process::temporary_folder("postgres")?;
        let data = folder.path().join("data");
        let password = folder.path().join("password");
        fs::write(&password, PASSWORD)?;
        // PostgreSQL refuses to run as root.
        let user = tools::is_root().then_some("postgres");
        if let Some(user) = user {
            process::run(Command::new("chown").args(["-R", user]).arg(folder.path()))?;
        }

        let mut create = tied_command(&POSTGRES.sibling("initdb")?, "INT", user);
        create.args(["--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", "--username", USER, "--pgdata"]);
        process::output(create.arg(&data).arg("--pwfile").arg(&password).current_dir(folder.path()))?;

        let port = process::free_port()?.to_string();
        let mut serve = tied_command(&POSTGRES.path()?, "INT", user);
        serve.arg("-D").arg(&data).args(["-p", &port, "-c", "listen_addresses=127.0.0.1"]).arg("-k").arg(folder.path());
        // Nothing here outlives the test run, so durability would only cost time.
        serve.args(["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200"]);
        serve.current_dir(folder.path());
        let mut daemon = Daemon::start("PostgreSQL", serve, &folder.path().join("log"), "INT")?;

        let psql = POSTGRES.sibling("psql")?;
        daemon.wait_until(Duration::from_mins(1), || {
            let mut create = Command::new(&psql);
            create.env("PGPASSWORD", PASSWORD).args(["-h", "127.0.0.1", "-p", &port, "-U", USER, "-d", "postgres"]);
            process::output(create.args(["-c", "CREATE DATABASE sixpin"])).is_ok()
        })?;
        let url = format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/sixpin");
        Ok(Self { url, _daemon: daemon, _folder: folder })
    }
}
