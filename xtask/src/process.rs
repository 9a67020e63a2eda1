//! Child processes: commands that end, and daemons that are ended.

use std::fs::File;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Runs a command with this program's own output; an error unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start {}", name(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", line(command));
    }
    Ok(())
}

/// Runs a command silently and gives its standard output; its standard error becomes the error's text.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {}", name(command)))?;
    if !output.status.success() {
        bail!("{} failed ({}): {}", line(command), output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// A port of 127.0.0.1 that nobody listened on a moment ago.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Asks again and again until `ready` holds; an error after `limit`.
pub(crate) fn wait_until(what: &str, limit: Duration, mut ready: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = Instant::now();
    while !ready()? {
        if start.elapsed() > limit {
            bail!("{what} took longer than {} s", limit.as_secs());
        }
        sleep(Duration::from_millis(2));
    }
    Ok(())
}

/// A server process of the tests. It ends when this value is dropped, or when this program dies.
pub(crate) struct Daemon {
    name: &'static str,
    child: Child,
    log: PathBuf,
    signal: &'static str,
}

impl Daemon {
    /// Starts `command`, its output going to the file `log`. `signal` (`TERM`, `INT`) is how it is asked to end.
    pub(crate) fn start(name: &'static str, mut command: Command, log: &Path, signal: &'static str) -> Result<Self> {
        let output = File::create(log)?;
        let child = command
            .stdin(Stdio::null())
            .stderr(output.try_clone()?)
            .stdout(output)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name, child, log: log.to_owned(), signal })
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it printed so far.
    pub(crate) fn log(&self) -> String {
        let mut text = Vec::new();
        // A log that can't be read is an empty one: it only serves to explain a failure.
        let _unread = File::open(&self.log).and_then(|mut file| file.read_to_end(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Waits until `ready` holds; an error with the end of the log when the process ends or `limit` passes.
    pub(crate) fn wait_until(&mut self, limit: Duration, mut ready: impl FnMut() -> bool) -> Result<()> {
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

/// The last `count` lines of a text.
pub(crate) fn tail(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// A command that dies with this program (where `setpriv` exists) and runs as `user`, if given.
///
/// `signal` is what the kernel sends it when this program ends without saying so, as on Ctrl-C.
pub(crate) fn tied(program: &Path, signal: &str, user: Option<&str>) -> Command {
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
