//! The real server, as its users start it.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use std::io::Write;
use tempfile::TempDir;

use crate::http::Request;
use crate::process::{self, Daemon, tail, tied};

/// The password of every person that the tests create.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// A data folder and settings that a server starts on, again and again if need be.
pub(crate) struct Site {
    /// Where the server listens.
    pub(crate) address: SocketAddr,
    binary: PathBuf,
    folder: TempDir,
    settings: Vec<(String, String)>,
}

/// A server that answers.
pub(crate) struct Sixpin {
    daemon: Daemon,
    /// How long it took from its start to its first answer.
    pub(crate) start: Duration,
}

impl Site {
    /// An empty data folder and a free port for `binary`, which inherits no environment variable.
    pub(crate) fn new(binary: &Path) -> Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, process::free_port()?));
        Ok(Self { address, binary: binary.to_owned(), folder: super::folder("server")?, settings: Vec::new() })
    }

    /// The same with environment variables for the server.
    pub(crate) fn with(mut self, settings: &[(&str, &str)]) -> Self {
        self.settings.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }

    /// Its URL, without a slash at the end.
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Starts the server and waits until it answers.
    pub(crate) fn serve(&self) -> Result<Sixpin> {
        let mut command = tied(&self.binary, "TERM", None);
        self.equip(&mut command);
        let begin = Instant::now();
        let mut daemon = Daemon::start("sixpin", command, &self.folder.path().join("server.log"), "TERM")?;
        let answers = || Request::read("/up").send(self.address).is_ok_and(|answer| answer.status == 200);
        daemon.wait_until(Duration::from_secs(30), answers)?;
        Ok(Sixpin { daemon, start: begin.elapsed() })
    }

    /// Runs another command of the same binary on the same data, with a text as its standard input.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: &[S], input: &str) -> Result<String> {
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
    pub(crate) fn add_administrator(&self, name: &str, email: &str) -> Result<()> {
        self.command(&["user", "add", name, email, "--admin", "--password-stdin"], PASSWORD)?;
        Ok(())
    }

    /// Creates a personal access token.
    pub(crate) fn add_token(&self, email: &str) -> Result<String> {
        self.command(&["token", "create", email, "tests"], "")
    }

    fn equip(&self, command: &mut Command) {
        // The working folder is the site's own: a developer's `.env` plays no part.
        command.env_clear().current_dir(self.folder.path());
        command.env("LISTEN", self.address.to_string()).env("DATA_DIR", self.folder.path().join("data"));
        // No test asks a host beyond this machine.
        command.env("OUTGOING_REQUESTS", "false");
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
    }
}

impl Sixpin {
    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.daemon.id()
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        self.daemon.log()
    }

    /// The last lines that it logged.
    pub(crate) fn log_tail(&self) -> String {
        tail(&self.daemon.log(), 10)
    }

    /// An error if it ever panicked, even where it went on afterwards.
    pub(crate) fn check_no_panic(&self) -> Result<()> {
        let log = self.daemon.log();
        let panic = log.lines().find(|line| line.contains("panicked"));
        ensure!(panic.is_none(), "the server panicked: {}", panic.unwrap_or_default());
        Ok(())
    }
}
