//! HAProxy with a configuration made for one test.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::front::Kind;
use super::recipe::Recipe;
use crate::process::tied;
use crate::tools::HAPROXY;

/// HAProxy, whose recipes are whole configurations with a frontend on port 80.
pub(crate) struct Haproxy;

impl Kind for Haproxy {
    const NAME: &'static str = "HAProxy";

    fn configuration(recipe: Recipe, address: SocketAddr, _folder: &Path) -> Result<String> {
        let recipe = recipe.with("bind :80", &format!("bind {address}"))?;
        Ok(recipe.with("password $6$put-the-hash-here", "insecure-password wonderland")?.text().to_owned())
    }

    fn command(configuration: &Path, _folder: &Path) -> Result<Command> {
        let mut command = tied(&HAPROXY.path()?, "TERM", None);
        command.arg("-db").arg("-f").arg(configuration);
        Ok(command)
    }
}
