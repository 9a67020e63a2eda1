//! Caddy with a configuration for one test.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Recipe, Software};
use crate::process::tied_command;
use crate::tools::CADDY;

/// Caddy, whose recipes are sites for `codes.example.org`.
pub struct Caddy;

/// The output of `caddy hash-password` for alice's password, at the lowest cost.
const HASH: &str = "$2y$04$aap6z6TCQT2ctsPIoKxlQOPqaYzCRNOKvUnINoqgUAIWemLK6bdme";

impl Software for Caddy {
    const NAME: &'static str = "Caddy";

    fn configuration(recipe: Recipe, address: SocketAddr, _folder: &Path) -> Result<String> {
        let (ip, port) = (address.ip(), address.port());
        let recipe = recipe.with("codes.example.org {", &format!("http://:{port} {{\n\tbind {ip}"))?;
        // Debian's Caddy is older than the directive's present name.
        let sites = recipe.text().replace("$2a$14$put-the-hash-here", HASH).replace("basic_auth ", "basicauth ");
        Ok(format!("{{\n\tadmin off\n\tauto_https off\n}}\n\n{sites}"))
    }

    fn command(configuration: &Path, folder: &Path) -> Result<Command> {
        let mut command = tied_command(&CADDY.path()?, "TERM", None);
        command.env("HOME", folder).env("XDG_DATA_HOME", folder).env("XDG_CONFIG_HOME", folder);
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(configuration);
        Ok(command)
    }
}
