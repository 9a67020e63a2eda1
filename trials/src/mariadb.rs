//! A MariaDB server for one test run.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use tempfile::TempDir;

use crate::process::{self, Daemon, tied_command};
use crate::tools::{self, MARIADB};

const USERS: &str = "\
CREATE DATABASE sixpin;
CREATE USER 'sixpin'@'127.0.0.1' IDENTIFIED BY 'sixpin';
GRANT ALL PRIVILEGES ON *.* TO 'sixpin'@'127.0.0.1' WITH GRANT OPTION;
";

/// A running MariaDB with one empty database, which is stopped when dropped.
pub struct MariaDb {
    /// The URL of the database.
    pub url: String,
    // Fields are dropped in this order: the process before its folder.
    _daemon: Daemon,
    _folder: TempDir,
}

impl MariaDb {
    /// Creates a data folder and starts the server.
    pub fn start() -> Result<Self> {
        let folder = process::temporary_folder("mariadb")?;
        let data = folder.path().join("data");
        fs::create_dir(&data)?;
        let users = folder.path().join("users.sql");
        fs::write(&users, USERS)?;
        let server = MARIADB.path()?;
        // Programs in /usr/sbin have their installer in /usr/bin.
        let installer = server.with_file_name("../bin/mariadb-install-db");
        // As root, it runs as another account from the start: a process that changes it later is no longer tied.
        let user = tools::is_root().then_some("mysql");
        if let Some(user) = user {
            process::run(Command::new("chown").args(["-R", user]).arg(folder.path()))?;
        }
        let mut create = tied_command(&installer, "TERM", user);
        create.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
        create.arg(format!("--datadir={}", data.display()));
        let mut serve = tied_command(&server, "TERM", user);
        serve.arg("--no-defaults").arg(format!("--datadir={}", data.display()));
        process::output(create.current_dir(folder.path()))?;

        let port = process::free_port()?;
        serve.args(["--bind-address=127.0.0.1", "--skip-name-resolve", "--max-connections=200"]);
        serve.arg(format!("--port={port}")).arg(format!("--init-file={}", users.display()));
        serve.arg(format!("--socket={}", folder.path().join("socket").display()));
        serve.arg(format!("--pid-file={}", folder.path().join("pid").display()));
        // Nothing here outlives the test run, so durability would only cost time.
        serve.args(["--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite"]);
        serve.current_dir(folder.path());
        let mut daemon = Daemon::start("MariaDB", serve, &folder.path().join("log"), "TERM")?;

        let client = server.with_file_name("../bin/mariadb");
        daemon.wait_until(Duration::from_mins(1), || {
            let mut ask = Command::new(&client);
            ask.args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--user=sixpin", "--password=sixpin"]);
            process::output(ask.arg(format!("--port={port}")).args(["--execute", "DO 1", "sixpin"])).is_ok()
        })?;
        let url = format!("mysql://sixpin:sixpin@127.0.0.1:{port}/sixpin");
        Ok(Self { url, _daemon: daemon, _folder: folder })
    }
}
