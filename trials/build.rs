//! Finds out which tools are installed, and writes a test for each recorded scenario.

#![expect(clippy::disallowed_methods, reason = "Cargo talks to build scripts through environment variables")]

#[path = "src/tools.rs"]
#[expect(dead_code, unreachable_pub, reason = "a module of the library; the build script only looks for the tools")]
mod tools;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result};
use tools::{AIOSMTPD, APACHE, CADDY, HAPROXY, LIGHTTPD, NGINX, OATHTOOL, OPENSSL, PYTHON, Tool};

/// The tools that trials need.
const TOOLS: [&Tool; 9] = [&NGINX, &APACHE, &HAPROXY, &CADDY, &LIGHTTPD, &AIOSMTPD, &OPENSSL, &PYTHON, &OATHTOOL];

/// The folders of `contract/recorded` that hold an expectation for each scenario, and the modules of their tests.
const RECORDINGS: [(&str, &str); 3] =
    [("golden", "with_passwords"), ("golden-repaired", "repaired"), ("golden-proxy", "behind_a_proxy")];

fn main() -> Result<()> {
    announce_tools();
    write_scenarios()
}

/// Sets `installed = "PROGRAM"` for each tool that is installed.
fn announce_tools() {
    let programs: Vec<String> = TOOLS.iter().map(|tool| format!("{:?}", tool.program)).collect();
    println!("cargo::rustc-check-cfg=cfg(installed, values({}))", programs.join(", "));
    println!("cargo::rerun-if-env-changed=PATH");
    // A tool that is installed later appears in one of the folders.
    let mut watched = BTreeSet::new();
    for tool in TOOLS {
        if let Some(path) = tool.find() {
            println!("cargo::rustc-cfg=installed={:?}", tool.program);
            watched.insert(path);
        } else {
            watched.extend(tools::folders().into_iter().filter(|folder| folder.is_dir()));
        }
    }
    for path in watched {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

fn write_scenarios() -> Result<()> {
    let recorded = variable("CARGO_MANIFEST_DIR")?.join("../contract/recorded");
    let mut source = String::new();
    for (folder, module) in RECORDINGS {
        let folder = recorded.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        writeln!(source, "mod {module} {{")?;
        for name in names(&folder)? {
            let function = name.replace('-', "_");
            writeln!(
                source,
                "#[test]\n#[cfg_attr(not(installed = \"python3\"), ignore = \"Python 3.11 is not installed\")]\n\
                 fn {function}() -> anyhow::Result<()> {{ crate::{module}({name:?}) }}"
            )?;
        }
        writeln!(source, "}}")?;
    }
    fs::write(variable("OUT_DIR")?.join("scenarios.rs"), source).context("cannot write the scenarios")
}

/// The names of the scenarios with an expectation in `folder`, in alphabetical order.
fn names(folder: &Path) -> Result<BTreeSet<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    let stems = files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    Ok(stems.filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned())).collect())
}

fn variable(name: &str) -> Result<PathBuf> {
    env::var_os(name).map(PathBuf::from).with_context(|| format!("{name} is not set"))
}
