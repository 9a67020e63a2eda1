//! Programs from outside that the tests drive.
//!
//! The build script includes this file: it uses nothing else of the crate.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};

/// A program that a suite needs.
#[derive(Debug, PartialEq, Eq)]
pub struct Tool {
    /// What people call it.
    pub name: &'static str,
    /// The file name of the program.
    pub program: &'static str,
    /// The Debian package that has it.
    pub package: Option<&'static str>,
    /// Arguments with which it must succeed to be of use, if not every version is.
    probe: &'static [&'static str],
}

/// The PostgreSQL server.
pub const POSTGRES: Tool = Tool::packaged("PostgreSQL", "postgres", "postgresql");
/// The MariaDB server.
pub const MARIADB: Tool = Tool::packaged("MariaDB", "mariadbd", "mariadb-server");
/// The reverse proxy nginx.
pub const NGINX: Tool = Tool::packaged("nginx", "nginx", "nginx");
/// The reverse proxy Apache httpd.
pub const APACHE: Tool = Tool::packaged("Apache", "apache2", "apache2");
/// Apache's module for sign-in at an OpenID provider.
pub const MOD_AUTH_OPENIDC: Tool = Tool {
    probe: &["-f", "/usr/lib/apache2/modules/mod_auth_openidc.so"],
    ..Tool::packaged("mod_auth_openidc", "test", "libapache2-mod-auth-openidc")
};
/// The reverse proxy HAProxy.
pub const HAPROXY: Tool = Tool::packaged("HAProxy", "haproxy", "haproxy");
/// The reverse proxy Caddy.
pub const CADDY: Tool = Tool::packaged("Caddy", "caddy", "caddy");
/// The reverse proxy lighttpd, with its `mod_magnet`.
pub const LIGHTTPD: Tool = Tool::packaged("lighttpd", "lighttpd", "lighttpd-modules-lua");
/// The reverse proxies that the tests run.
pub const PROXIES: [&Tool; 5] = [&NGINX, &APACHE, &HAPROXY, &CADDY, &LIGHTTPD];
/// The mail server.
pub const AIOSMTPD: Tool = Tool::packaged("aiosmtpd", "aiosmtpd", "python3-aiosmtpd");
/// Makes one-time passwords on the command line.
pub const OATHTOOL: Tool = Tool::packaged("oathtool", "oathtool", "oathtool");
/// The Python library of one-time passwords.
pub const PYOTP: Tool = Tool { probe: &["-c", "import pyotp"], ..Tool::packaged("pyotp", "python3", "python3-pyotp") };
/// Makes certificates.
pub const OPENSSL: Tool = Tool::packaged("OpenSSL", "openssl", "openssl");
/// The browser.
pub const CHROMIUM: Tool = Tool::packaged("Chromium", "chromium", "chromium");
/// The load generator.
pub const WRK: Tool = Tool::packaged("wrk", "wrk", "wrk");
/// The package manager of the web app; the build needs it as well.
pub const NPM: Tool = Tool { package: None, ..Tool::packaged("npm", "npm", "") };
/// The interpreter of the conformance player.
pub const PYTHON: Tool = Tool {
    probe: &["-c", "import sys; sys.exit(sys.version_info < (3, 11))"],
    ..Tool::packaged("Python 3.11", "python3", "python3")
};

impl Tool {
    const fn packaged(name: &'static str, program: &'static str, package: &'static str) -> Self {
        Self { name, program, package: Some(package), probe: &[] }
    }

    /// Returns the path of the program, if it is installed.
    pub fn find(&self) -> Option<PathBuf> {
        let paths = folders().into_iter().map(|folder| folder.join(self.program));
        paths.filter(|path| is_program(path)).find(|path| self.works(path))
    }

    /// Returns the path of the program, or an error that says what to install.
    pub fn path(&self) -> Result<PathBuf> {
        let hint = self.package.map(|package| format!(": install the package {package}")).unwrap_or_default();
        self.find().with_context(|| format!("{} is not installed{hint}", self.name))
    }

    /// Returns the path of another program that comes in the same folder.
    pub fn sibling(&self, program: &str) -> Result<PathBuf> {
        Ok(self.path()?.with_file_name(program))
    }

    fn works(&self, path: &Path) -> bool {
        self.probe.is_empty()
            || Command::new(path).args(self.probe).output().is_ok_and(|output| output.status.success())
    }
}

/// Whether this program runs as root.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Returns the folders that are searched: Debian's PostgreSQL, the newest first, PATH, and those of system programs.
pub fn folders() -> Vec<PathBuf> {
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
