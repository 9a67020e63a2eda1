//! The server behind real reverse proxies, with the recipes of `docs/proxies` as their readers use them; and without
//! the lines that make them safe, to see that Sixpin refuses what then comes through.
//!
//! Between proxy and server is a tap: what the server gets to see is compared as well as what it answers. The numbers
//! are those of `crates/server/tests/it/auth_proxy/fronts.rs`, which replays what was seen here.

mod apache;
mod borrowed;
mod caddy;
mod cases;
mod certificates;
mod doctor;
mod haproxy;
mod hosted;
mod nginx;
mod smuggling;
mod stage;
mod tokens;

use anyhow::{Result, ensure};

use self::stage::Theatre;
use super::{Outcome, missing};
use crate::tools::{APACHE, CADDY, HAPROXY, NGINX, Tool};
use crate::workspace::Workspace;

/// One set-up of a proxy.
#[derive(Clone, Copy)]
struct Scene {
    /// The proxy.
    tool: &'static Tool,
    /// What it is, starting with the numbers of its cases.
    name: &'static str,
    /// Plays it; what it says is what went wrong.
    play: fn(&Theatre) -> Result<Vec<String>>,
}

/// Every scene, one after the other, of the proxies that are here.
pub(super) fn run(workspace: &Workspace) -> Result<Outcome> {
    let all = [
        nginx::SCENES,
        hosted::SCENES,
        apache::SCENES,
        haproxy::SCENES,
        caddy::SCENES,
        borrowed::SCENES,
        tokens::SCENES,
        certificates::SCENES,
        doctor::SCENES,
    ];
    let all = all.into_iter().flatten().copied();
    let scenes: Vec<Scene> = all.filter(|scene| scene.tool.find().is_some()).collect();
    let absent = missing(&[&NGINX, &APACHE, &HAPROXY, &CADDY]);
    if let (true, Some(reason)) = (scenes.is_empty(), &absent) {
        return Ok(Outcome::Skipped(reason.clone()));
    }
    let theatre = Theatre::open(workspace)?;
    let mut failures = Vec::new();
    for scene in scenes {
        // A proxy that doesn't start must not hide how the others do.
        let found = (scene.play)(&theatre).unwrap_or_else(|error| vec![format!("{error:#}")]);
        println!("{}: {}", scene.name, if found.is_empty() { "as it should be" } else { "WRONG" });
        failures.extend(found.into_iter().map(|failure| format!("{}: {failure}", scene.name)));
    }
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(absent.map_or(Outcome::Passed, |reason| Outcome::Incomplete(vec![reason])))
}
