//! lighttpd with a configuration for one test.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Recipe, Software, password_file};
use crate::process::tied_command;
use crate::tools::LIGHTTPD;

/// lighttpd, whose recipe has the script for its `mod_magnet` in a comment.
pub struct Lighttpd;

/// The path of the script in the recipe.
const SCRIPT: &str = "/etc/lighttpd/sixpin.lua";

impl Software for Lighttpd {
    const NAME: &'static str = "lighttpd";

    fn configuration(recipe: Recipe, address: SocketAddr, folder: &Path) -> Result<String> {
        let script = folder.join("sixpin.lua");
        fs::write(&script, script_of(recipe.text())?)?;
        let recipe = recipe.with(&format!("\"{SCRIPT}\""), &format!("\"{}\"", script.display()))?;
        let passwords = password_file(folder);
        let recipe = recipe.with("\"/etc/lighttpd/sixpin.htpasswd\"", &format!("\"{}\"", passwords.display()))?;
        let hosts = r"^(codes\.example\.org|127\.0\.0\.1|localhost)(:[0-9]+)?$";
        let recipe = recipe.with(r"^codes\.example\.org(:[0-9]+)?$", hosts)?;
        Ok(format!(
            "server.document-root = \"{}\"\nserver.bind = \"{}\"\nserver.port = {}\n{}",
            folder.display(),
            address.ip(),
            address.port(),
            recipe.text()
        ))
    }

    fn command(configuration: &Path, _folder: &Path) -> Result<Command> {
        let mut command = tied_command(&LIGHTTPD.path()?, "TERM", None);
        command.arg("-D").arg("-f").arg(configuration);
        Ok(command)
    }
}

/// Returns the script that the recipe has in a comment.
fn script_of(recipe: &str) -> Result<String> {
    let (_, rest) = recipe.split_once(&format!("# {SCRIPT}")).context("the recipe names no script")?;
    let lines = rest.lines().skip(2).map_while(|line| line.strip_prefix("#   "));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}
