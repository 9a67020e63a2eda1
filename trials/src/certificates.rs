//! Certificates made for one test: of an authority of its own, or signed by themselves.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::process;
use crate::tools::OPENSSL;

/// Keeps OpenSSL from adding extensions, which by default make a certificate that of an authority.
const CONFIGURATION: &str = "[req]\ndistinguished_name = none\n[none]\n";
const CONSTRAINTS: &str = "basicConstraints=critical,CA:";

/// A certificate authority, whose files are removed when dropped.
pub struct Authority {
    folder: TempDir,
}

impl Authority {
    /// Creates an authority.
    pub fn new() -> Result<Self> {
        let authority = Self { folder: process::temporary_folder("authority")? };
        let own = ["-addext", &format!("{CONSTRAINTS}TRUE"), "-addext", "keyUsage=critical,keyCertSign"];
        process::output(request(authority.folder.path(), "ca")?.args(own))?;
        Ok(authority)
    }

    /// Issues a certificate for the host `name`: `name.pem` and `name.key`, and both together in `name.both.pem`.
    pub fn issue(&self, name: &str) -> Result<()> {
        let mut request = request(self.folder.path(), name)?;
        request.arg("-CA").arg(self.path("ca.pem")).arg("-CAkey").arg(self.path("ca.key"));
        request.args(["-addext", &format!("{CONSTRAINTS}FALSE"), "-addext", &format!("subjectAltName=DNS:{name}")]);
        process::output(&mut request)?;
        let (certificate, key) = (self.path(&format!("{name}.pem")), self.path(&format!("{name}.key")));
        let both = fs::read_to_string(certificate)? + &fs::read_to_string(key)?;
        Ok(fs::write(self.path(&format!("{name}.both.pem")), both)?)
    }

    /// Returns the path of one of its files; its own certificate is `ca.pem`.
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }
}

/// The kind of a certificate that only its own key has signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SelfSigned {
    /// A server's, for 127.0.0.1.
    Server,
    /// An authority's, for 127.0.0.1: what `openssl req -x509` makes by default.
    Authority,
    /// One of X.509 version 1, which has no extensions and so no names.
    VersionOne,
}

/// Creates a certificate that only its own key has signed: `name.pem` and `name.key` in `folder`.
pub(crate) fn self_signed(folder: &Path, name: &str, kind: SelfSigned) -> Result<()> {
    let mut request = request(folder, name)?;
    if kind != SelfSigned::VersionOne {
        request.args(["-addext", "subjectAltName=IP:127.0.0.1"]);
    }
    if kind == SelfSigned::Authority {
        request.args(["-addext", &format!("{CONSTRAINTS}TRUE")]);
    }
    process::output(&mut request).map(drop)
}

/// Returns the command for a new key and its certificate, without the extensions.
fn request(folder: &Path, name: &str) -> Result<Command> {
    let configuration = folder.join("openssl.cnf");
    fs::write(&configuration, CONFIGURATION)?;
    let mut command = Command::new(OPENSSL.path()?);
    command.args(["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    command.arg("-subj").arg(format!("/CN={name}")).arg("-config").arg(configuration);
    command.arg("-keyout").arg(folder.join(format!("{name}.key")));
    command.arg("-out").arg(folder.join(format!("{name}.pem")));
    Ok(command)
}
