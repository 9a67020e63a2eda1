//! An authority made for one test, and certificates of it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::process;
use crate::tools::OPENSSL;

/// OpenSSL adds nothing of its own.
const CONFIGURATION: &str = "[req]\ndistinguished_name = none\n[none]\n";
const BASICS: &str = "basicConstraints=critical,CA:";

/// An authority. Its files go with it.
pub(crate) struct Authority {
    folder: TempDir,
}

impl Authority {
    /// Makes one.
    pub(crate) fn new() -> Result<Self> {
        let authority = Self { folder: super::folder("authority")? };
        fs::write(authority.path("configuration"), CONFIGURATION)?;
        let own = ["-addext", &format!("{BASICS}TRUE"), "-addext", "keyUsage=critical,keyCertSign"];
        process::output(authority.request("ca")?.args(own))?;
        Ok(authority)
    }

    /// Issues a certificate for the host `name`: `name.pem` and `name.key`, and both together in `name.both.pem`.
    pub(crate) fn issue(&self, name: &str) -> Result<()> {
        let mut request = self.request(name)?;
        request.arg("-CA").arg(self.path("ca.pem")).arg("-CAkey").arg(self.path("ca.key"));
        request.args(["-addext", &format!("{BASICS}FALSE"), "-addext", &format!("subjectAltName=DNS:{name}")]);
        process::output(&mut request)?;
        let (certificate, key) = (self.path(&format!("{name}.pem")), self.path(&format!("{name}.key")));
        let both = fs::read_to_string(certificate)? + &fs::read_to_string(key)?;
        Ok(fs::write(self.path(&format!("{name}.both.pem")), both)?)
    }

    /// Where one of its files is; its own certificate is `ca.pem`.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn request(&self, name: &str) -> Result<Command> {
        let mut command = Command::new(OPENSSL.path()?);
        command.args(["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        command.arg("-subj").arg(format!("/CN={name}")).arg("-config").arg(self.path("configuration"));
        command.arg("-keyout").arg(self.path(&format!("{name}.key")));
        command.arg("-out").arg(self.path(&format!("{name}.pem")));
        Ok(command)
    }
}
