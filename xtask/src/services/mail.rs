//! aiosmtpd, a real mail server that keeps the mails it is given.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::process::{self, Daemon, tied};
use crate::tools::{AIOSMTPD, OPENSSL};

/// Who may sign in to the server, as `keeper.py` has it.
pub(crate) const CREDENTIALS: [(&str, &str); 2] = [("MAIL_USERNAME", "sixpin"), ("MAIL_PASSWORD", "open sesame")];

/// How connections to a mail server are encrypted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// Not at all.
    None,
    /// After STARTTLS, without which the server takes nothing.
    StartTls,
    /// From the first byte.
    FromStart,
}

/// A mail server that runs. It ends when dropped.
pub(crate) struct MailServer {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    folder: TempDir,
    _daemon: Daemon,
}

impl MailServer {
    /// Starts one; `root` is the workspace's folder. Its certificate is signed by itself, for 127.0.0.1.
    pub(crate) fn start(root: &Path, encryption: Encryption) -> Result<Self> {
        let folder = super::folder("mail")?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, process::free_port()?));
        let mut command = tied(&AIOSMTPD.path()?, "TERM", None);
        command.env("PYTHONPATH", root.join("xtask/src/services")).env("PYTHONDONTWRITEBYTECODE", "1");
        command.args(["--nosetuid", "--listen", &address.to_string()]);
        let (certificate, key) = match encryption {
            Encryption::None => ("", ""),
            Encryption::StartTls => ("--tlscert", "--tlskey"),
            Encryption::FromStart => ("--smtpscert", "--smtpskey"),
        };
        if encryption != Encryption::None {
            certify(folder.path())?;
            command.arg(certificate).arg(folder.path().join(CERTIFICATE)).arg(key).arg(folder.path().join("key.pem"));
        }
        command.args(["--class", "keeper.Keeper"]).arg(folder.path().join("mails"));
        let mut daemon = Daemon::start("aiosmtpd", command, &folder.path().join("log"), "TERM")?;
        daemon.wait_until(Duration::from_secs(30), || TcpStream::connect(address).is_ok())?;
        Ok(Self { address, folder, _daemon: daemon })
    }

    /// Its certificate, in PEM.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join(CERTIFICATE)
    }

    /// The mails that came so far, as they came.
    pub(crate) fn mails(&self) -> Result<Vec<String>> {
        kept(&self.folder.path().join("mails/new"))
    }

    /// Waits until `count` mails are there, and gives them.
    pub(crate) fn wait_for(&self, count: usize) -> Result<Vec<String>> {
        process::wait_until("a mail", Duration::from_secs(20), || Ok(self.mails()?.len() >= count))?;
        self.mails()
    }
}

const CERTIFICATE: &str = "certificate.pem";

/// Makes a key and a certificate that nobody else signed.
fn certify(folder: &Path) -> Result<()> {
    // Without what a configuration of the system would add: the certificate must not be that of an authority.
    fs::write(folder.join("openssl.cnf"), "[req]\ndistinguished_name = name\n[name]\n")?;
    let mut openssl = Command::new(OPENSSL.path()?);
    openssl.current_dir(folder).args([
        "req",
        "-config",
        "openssl.cnf",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
    ]);
    openssl.args(["-nodes", "-days", "2", "-subj", "/CN=mail.test", "-addext", "subjectAltName=IP:127.0.0.1"]);
    process::output(openssl.args(["-keyout", "key.pem", "-out", CERTIFICATE])).map(drop)
}

/// What the files of a folder hold, the oldest first; nothing while there is no such folder.
pub(crate) fn kept(folder: &Path) -> Result<Vec<String>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).with_context(|| format!("{}", file.display()))).collect()
}
