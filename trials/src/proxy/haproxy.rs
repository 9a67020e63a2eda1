//! HAProxy with a configuration for one test.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Recipe, Software};
use crate::process::tied_command;
use crate::tools::HAPROXY;

/// HAProxy, whose recipes are whole configurations with a frontend on port 80.
pub struct Haproxy;

impl Software for Haproxy {
    const NAME: &'static str = "HAProxy";

    fn configuration(recipe: Recipe, address: SocketAddr, _folder: &Path) -> Result<String> {
        let recipe = recipe.with("bind :80", &format!("bind {address}"))?;
        let recipe = recipe.with("-i codes.example.org", "-i codes.example.org 127.0.0.1 localhost")?;
        Ok(recipe.with("password $6$put-the-hash-here", "insecure-password wonderland")?.text().to_owned())
    }

    fn command(configuration: &Path, _folder: &Path) -> Result<Command> {
        let mut command = tied_command(&HAPROXY.path()?, "TERM", None);
        command.arg("-db").arg("-f").arg(configuration);
        Ok(command)
    }
}
