//! Installs missing tools on Debian.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use trials::process;
use trials::tools::{Tool, is_root};

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

fn apt_get(packages: &[&str]) -> Result<()> {
    let _no_services = NoServices::declare()?;
    let mut update = Command::new("apt-get");
    process::output(update.args(["update", "-qq"]))?;
    let mut install = Command::new("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive");
    process::output(install.args(["install", "-qq", "--yes", "--no-install-recommends"]).args(packages))?;
    Ok(())
}

/// Keeps installed packages from starting their services (Debian's policy-rc.d), until dropped.
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
