//! Programs from outside that the tests drive: finding them, and installing them on Debian.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};

use crate::process;

/// A program that a suite needs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tool {
    /// What people call it.
    pub(crate) name: &'static str,
    program: &'static str,
    package: Option<&'static str>,
}

/// The PostgreSQL server.
pub(crate) const POSTGRES: Tool = Tool { name: "PostgreSQL", program: "postgres", package: Some("postgresql") };
/// The MariaDB server.
pub(crate) const MARIADB: Tool = Tool { name: "MariaDB", program: "mariadbd", package: Some("mariadb-server") };
/// The reverse proxy.
pub(crate) const NGINX: Tool = Tool { name: "nginx", program: "nginx", package: Some("nginx") };
/// Another reverse proxy.
pub(crate) const APACHE: Tool = Tool { name: "Apache", program: "apache2", package: Some("apache2") };
/// Another reverse proxy.
pub(crate) const HAPROXY: Tool = Tool { name: "HAProxy", program: "haproxy", package: Some("haproxy") };
/// Another reverse proxy.
pub(crate) const CADDY: Tool = Tool { name: "Caddy", program: "caddy", package: Some("caddy") };
/// The mail server.
pub(crate) const AIOSMTPD: Tool = Tool { name: "aiosmtpd", program: "aiosmtpd", package: Some("python3-aiosmtpd") };
/// What makes certificates.
pub(crate) const OPENSSL: Tool = Tool { name: "OpenSSL", program: "openssl", package: Some("openssl") };
/// The browser.
pub(crate) const CHROMIUM: Tool = Tool { name: "Chromium", program: "chromium", package: Some("chromium") };
/// The load generator.
pub(crate) const WRK: Tool = Tool { name: "wrk", program: "wrk", package: Some("wrk") };
/// The package manager of the web app; the build needs it as well.
pub(crate) const NPM: Tool = Tool { name: "npm", program: "npm", package: None };
/// The interpreter of the conformance player.
pub(crate) const PYTHON: Tool = Tool { name: "Python", program: "python3", package: Some("python3") };

impl Tool {
    /// The program's path, if it is installed.
    pub(crate) fn find(&self) -> Option<PathBuf> {
        folders().into_iter().map(|folder| folder.join(self.program)).find(|path| is_program(path))
    }

    /// The program's path, or an error that says what to install.
    pub(crate) fn path(&self) -> Result<PathBuf> {
        let hint = self.package.map(|package| format!(": install the package {package}")).unwrap_or_default();
        self.find().with_context(|| format!("{} is not installed{hint}", self.name))
    }

    /// Another program that comes in the same folder.
    pub(crate) fn sibling(&self, program: &str) -> Result<PathBuf> {
        Ok(self.path()?.with_file_name(program))
    }
}

/// Installs those of `tools` that are missing, on Debian as root. Elsewhere, and on failure, they stay missing.
pub(crate) fn install(tools: &[&Tool]) {
    let missing = tools.iter().filter(|tool| tool.find().is_none());
    let packages: Vec<&str> = missing.filter_map(|tool| tool.package).collect();
    if packages.is_empty() || !is_root() || !Path::new("/etc/debian_version").exists() {
        return;
    }
    println!("installing {}", packages.join(", "));
    if let Err(error) = apt_get(&packages) {
        eprintln!("cannot install {}: {error:#}", packages.join(", "));
    }
}

/// Whether this program runs as root.
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn apt_get(packages: &[&str]) -> Result<()> {
    let _quiet = NoServices::declare()?;
    let mut update = Command::new("apt-get");
    process::output(update.args(["update", "-qq"]))?;
    let mut install = Command::new("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive");
    process::output(install.args(["install", "-qq", "--yes", "--no-install-recommends"]).args(packages))?;
    Ok(())
}

/// While it lives, packages that are installed don't start their services (Debian's policy-rc.d).
struct NoServices {
    written: Option<PathBuf>,
}

impl NoServices {
    fn declare() -> Result<Self> {
        let policy = PathBuf::from("/usr/sbin/policy-rc.d");
        if policy.exists() {
            return Ok(Self { written: None });
        }
        fs::write(&policy, "#!/bin/sh\nexit 101\n")?;
        fs::set_permissions(&policy, fs::Permissions::from_mode(0o755))?;
        Ok(Self { written: Some(policy) })
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if let Some(policy) = &self.written {
            let _already_gone = fs::remove_file(policy);
        }
    }
}

/// Where programs are: PATH, the folders of system programs, and Debian's PostgreSQL, the newest first.
fn folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut postgres: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    postgres.sort();
    postgres.reverse();
    let system = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from);
    postgres.into_iter().chain(env::split_paths(&path)).chain(system).collect()
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}
