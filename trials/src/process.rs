//! Child processes: commands that end, and daemons that are stopped.

use std::fs::File;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// Runs a command with this program's own output, and fails unless it succeeds.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start {}", name(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", line(command));
    }
    Ok(())
}

/// Runs a command silently and returns its standard output. If it fails, its standard error is in the error.
pub fn output(command: &mut Command) -> Result<String> {
    collect(command.stderr(Stdio::piped()))
}

/// Runs a command and returns its standard output; its standard error is this program's own.
pub fn output_with_progress(command: &mut Command) -> Result<String> {
    collect(command.stderr(Stdio::inherit()))
}

fn collect(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {}", name(command)))?;
    let Output { status, stdout, stderr } = output;
    if !status.success() {
        bail!("{} failed ({status}): {}", line(command), String::from_utf8_lossy(&stderr).trim());
    }
    Ok(String::from_utf8(stdout)?)
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Returns a free port of 127.0.0.1, never the same twice in one process.
///
/// It lies below the ports that systems give to outgoing connections: one of those could take it before the program
/// that is to listen there has started.
pub fn free_port() -> Result<u16> {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static ASKED: AtomicU16 = AtomicU16::new(0);
    // Processes that run at the same time start at different ports.
    let start = u16::try_from(std::process::id() % u32::from(COUNT / 50))? * 50;
    for _ in 0..COUNT {
        let port = FIRST + (start + ASKED.fetch_add(1, Ordering::Relaxed) % COUNT) % COUNT;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port from {FIRST} to {} is free", FIRST + COUNT - 1)
}

/// Creates a folder for one service, which is removed when dropped.
///
/// It lies in the system's folder for temporary files: the account of a database server may have no access to the
/// checkout, and the path of a Unix socket must be short.
pub fn temporary_folder(service: &str) -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix(&format!("sixpin-{service}-")).tempdir()?)
}

/// Polls until `ready` holds, and fails after `limit`.
pub fn wait_until(what: &str, limit: Duration, mut ready: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = Instant::now();
    while !ready()? {
        if start.elapsed() > limit {
            bail!("{what} took longer than {} s", limit.as_secs());
        }
        sleep(Duration::from_millis(2));
    }
    Ok(())
}

/// A server process, which is stopped when this value is dropped.
pub struct Daemon {
    name: &'static str,
    child: Child,
    log: PathBuf,
    signal: &'static str,
}

impl Daemon {
    /// Starts `command`, whose output goes to the file `log`. `signal` (`TERM`, `INT`) asks it to stop.
    pub fn start(name: &'static str, mut command: Command, log: &Path, signal: &'static str) -> Result<Self> {
        let output = File::create(log)?;
        let child = command
            .stdin(Stdio::null())
            .stderr(output.try_clone()?)
            .stdout(output)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name, child, log: log.to_owned(), signal })
    }

    /// Returns the process ID.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns its output so far.
    pub fn log(&self) -> String {
        let mut text = Vec::new();
        // A log that can't be read is an empty one: it only serves to explain a failure.
        let _unread = File::open(&self.log).and_then(|mut file| file.read_to_end(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Waits until `ready` holds. Fails, with the end of the log, when the process ends or `limit` passes.
    pub fn wait_until(&mut self, limit: Duration, mut ready: impl FnMut() -> bool) -> Result<()> {
        let name = self.name;
        let child = &mut self.child;
        let answer = wait_until(&format!("the start of {name}"), limit, || {
            if let Some(status) = child.try_wait()? {
                bail!("{name} ended at once ({status})");
            }
            Ok(ready())
        });
        answer.with_context(|| format!("its log ends:\n{}", tail(&self.log(), 20)))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args([&format!("-{}", self.signal), &id]).status();
        let gone = || Ok(self.child.try_wait()?.is_some());
        if asked.is_err() || wait_until(self.name, Duration::from_secs(10), gone).is_err() {
            let _already_gone = self.child.kill();
        }
        let _reaped = self.child.wait();
    }
}

/// Returns the last `count` lines of a text.
pub fn tail(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Returns a command that runs as `user`, if given, and gets `signal` when this program is killed.
///
/// The kernel sends the signal (where `setpriv` exists) when the thread that started the command ends: a daemon must
/// not outlive the test that starts it.
pub fn tied_command(program: &Path, signal: &str, user: Option<&str>) -> Command {
    if !Path::new("/usr/bin/setpriv").exists() {
        return Command::new(program);
    }
    let mut command = Command::new("/usr/bin/setpriv");
    command.args(["--pdeathsig", signal]);
    if let Some(user) = user {
        command.arg(format!("--reuid={user}")).arg(format!("--regid={user}")).arg("--init-groups");
    }
    command.arg("--").arg(program);
    command
}
