//! The server behind real reverse proxies, with the recipes of `docs/proxies` as their readers use them; and without
//! the lines that make them safe, to see that Sixpin refuses the requests that then pass.
//!
//! Between proxy and server is a tap: tests compare what the server receives as well as what it answers. Cases X-01 to
//! X-10 are also in `crates/server/tests/it/auth_proxy/fronts.rs`, which replays the requests recorded here.

mod apache;
mod attacks;
mod caddy;
mod certificates;
mod claims;
mod client;
mod doctor;
mod gatekeepers;
mod haproxy;
mod hosts;
mod lighttpd;
mod nginx;
mod nginx_gatekeepers;
mod setup;
mod smuggling;
mod tokens;

use std::process::Command;

use anyhow::Result;
use trials::process;
use trials::tools::PROXIES;

/// `cargo xtask test proxies` leaves out the tests of a proxy that isn't installed, by its name.
#[test]
fn each_test_names_its_proxy() -> Result<()> {
    let list = process::output(Command::new(std::env::current_exe()?).arg("--list"))?;
    let names = list.lines().filter_map(|line| line.strip_suffix(": test"));
    for name in names.filter(|name| *name != "each_test_names_its_proxy") {
        let proxies = PROXIES.iter().filter(|proxy| name.contains(&proxy.name.to_lowercase()));
        assert_eq!(proxies.count(), 1, "{name}");
    }
    Ok(())
}
