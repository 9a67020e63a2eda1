//! The real server, as its users start it.

use std::ffi::OsStr;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::http::Request;
use crate::process::{self, Daemon, tail, tied_command};

/// The password of every user that the tests create.
pub const PASSWORD: &str = "correct horse battery staple";

/// A data folder, an address and settings, on which a server can be started repeatedly.
#[must_use]
pub struct Instance {
    /// The address where the server listens.
    pub address: SocketAddr,
    binary: PathBuf,
    folder: TempDir,
    settings: Vec<(String, String)>,
}

/// A running server, which is stopped when dropped.
pub struct Server {
    daemon: Daemon,
    /// The time from its start to its first answer.
    pub start: Duration,
}

impl Instance {
    /// An empty data folder and a free port for `binary`, which inherits no environment variable.
    pub fn new(binary: &Path) -> Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, process::free_port()?));
        let folder = process::temporary_folder("server")?;
        Ok(Self { address, binary: binary.to_owned(), folder, settings: Vec::new() })
    }

    /// Adds environment variables.
    pub fn with(mut self, settings: &[(&str, &str)]) -> Self {
        self.settings.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }

    /// Returns the URL of the server, without a slash at the end.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Starts the server and waits until it answers.
    pub fn serve(&self) -> Result<Server> {
        let mut command = tied_command(&self.binary, "TERM", None);
        self.equip(&mut command);
        let begin = Instant::now();
        let mut daemon = Daemon::start("sixpin", command, &self.folder.path().join("server.log"), "TERM")?;
        let answers = || Request::read("/up").send(self.address).is_ok_and(|answer| answer.status == 200);
        daemon.wait_until(Duration::from_secs(30), answers)?;
        Ok(Server { daemon, start: begin.elapsed() })
    }

    /// Runs another command of the same binary on the same data, with `input` as its standard input, and returns its
    /// standard output.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S], input: &str) -> Result<String> {
        let mut command = Command::new(&self.binary);
        self.equip(command.args(arguments));
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().context("cannot start sixpin")?;
        if let Some(mut pipe) = child.stdin.take() {
            pipe.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        let words: Vec<_> = arguments.iter().map(|word| word.as_ref().to_string_lossy()).collect();
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "sixpin {} failed: {complaint}", words.join(" "));
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Creates an administrator with the password [`PASSWORD`].
    pub fn add_administrator(&self, name: &str, email: &str) -> Result<()> {
        self.command(&["user", "add", name, email, "--admin", "--password-stdin"], PASSWORD)?;
        Ok(())
    }

    /// Creates a personal access token and returns it.
    pub fn add_token(&self, email: &str) -> Result<String> {
        self.command(&["token", "create", email, "tests"], "")
    }

    fn equip(&self, command: &mut Command) {
        // The working folder is the instance's own: a developer's `.env` has no effect.
        command.env_clear().current_dir(self.folder.path());
        command.env("LISTEN", self.address.to_string()).env("DATA_DIR", self.folder.path().join("data"));
        // No test connects to a host beyond this machine.
        command.env("OUTGOING_REQUESTS", "false");
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
    }
}

impl Server {
    /// Returns the process ID.
    pub fn id(&self) -> u32 {
        self.daemon.id()
    }

    /// Returns its log so far.
    pub fn log(&self) -> String {
        self.daemon.log()
    }

    /// Returns the last lines of its log.
    pub fn log_tail(&self) -> String {
        tail(&self.daemon.log(), 10)
    }

    /// Fails if the server ever panicked, even if it went on afterwards.
    pub fn check_no_panic(&self) -> Result<()> {
        let log = self.daemon.log();
        let panic = log.lines().find(|line| line.contains("panicked"));
        ensure!(panic.is_none(), "the server panicked: {}", panic.unwrap_or_default());
        Ok(())
    }
}
