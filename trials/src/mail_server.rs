//! aiosmtpd, a real mail server that stores the mails it receives.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::certificates::{self, SelfSigned};
use crate::process::{self, Daemon, tied_command};
use crate::tools::AIOSMTPD;

/// The settings to sign in to the server: the credentials of `mail_handler.py`.
pub const CREDENTIALS: [(&str, &str); 2] = [("MAIL_USERNAME", "sixpin"), ("MAIL_PASSWORD", "open sesame")];

/// How connections to a mail server are encrypted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all.
    None,
    /// After STARTTLS, without which the server accepts no mail.
    StartTls,
    /// From the first byte.
    FromStart,
}

/// A running mail server, which is stopped when dropped.
pub struct MailServer {
    /// The address where it listens.
    pub address: SocketAddr,
    folder: TempDir,
    _daemon: Daemon,
}

impl MailServer {
    /// Starts a mail server. Its certificate is signed by itself, for 127.0.0.1.
    pub fn start(encryption: Encryption) -> Result<Self> {
        Self::start_with(encryption, SelfSigned::Server)
    }

    /// Starts a mail server with a certificate of this kind.
    pub fn start_with(encryption: Encryption, kind: SelfSigned) -> Result<Self> {
        let folder = process::temporary_folder("mail")?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, process::free_port()?));
        let mut command = tied_command(&AIOSMTPD.path()?, "TERM", None);
        command.env("PYTHONPATH", concat!(env!("CARGO_MANIFEST_DIR"), "/src")).env("PYTHONDONTWRITEBYTECODE", "1");
        command.args(["--nosetuid", "--listen", &address.to_string()]);
        let (certificate, key) = match encryption {
            Encryption::None => ("", ""),
            Encryption::StartTls => ("--tlscert", "--tlskey"),
            Encryption::FromStart => ("--smtpscert", "--smtpskey"),
        };
        if encryption != Encryption::None {
            certificates::self_signed(folder.path(), "mail", kind)?;
            command.arg(certificate).arg(folder.path().join(CERTIFICATE)).arg(key).arg(folder.path().join("mail.key"));
        }
        command.args(["--class", "mail_handler.Handler"]).arg(folder.path().join("mails"));
        let mut daemon = Daemon::start("aiosmtpd", command, &folder.path().join("log"), "TERM")?;
        daemon.wait_until(Duration::from_secs(30), || TcpStream::connect(address).is_ok())?;
        Ok(Self { address, folder, _daemon: daemon })
    }

    /// Returns the path of its certificate, in PEM.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join(CERTIFICATE)
    }

    /// Returns the mails received so far.
    pub fn mails(&self) -> Result<Vec<String>> {
        read_mails(&self.folder.path().join("mails/new"))
    }

    /// Waits until `count` mails are there, and returns them.
    pub fn wait_for(&self, count: usize) -> Result<Vec<String>> {
        process::wait_until("a mail", Duration::from_secs(20), || Ok(self.mails()?.len() >= count))?;
        self.mails()
    }
}

const CERTIFICATE: &str = "mail.pem";

/// Returns the texts of a folder's files, in the order of their names; none if there is no such folder.
pub fn read_mails(folder: &Path) -> Result<Vec<String>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).with_context(|| format!("{}", file.display()))).collect()
}
