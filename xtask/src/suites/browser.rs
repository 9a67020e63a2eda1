//! Journeys of people in a real browser, against the real server.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use anyhow::Result;
use trials::checkout::{BINARY_VARIABLE, build_server};
use trials::process;
use trials::proxy::{Nginx, Proxy, Recipe};
use trials::tools::{CHROMIUM, NGINX, NPM};

use super::{Outcome, missing};
use crate::workspace::Workspace;

/// `npm ci` and `npm test` in `ui/e2e`. The journeys start the server themselves, each its own.
///
/// Two of them go through nginx, which runs here, for servers on addresses that are reserved for them.
pub(super) fn run(workspace: &Workspace) -> Result<Outcome> {
    if let Some(reason) = missing(&[&NPM, &CHROMIUM, &NGINX]) {
        return Ok(Outcome::Skipped(reason));
    }
    let binary = build_server("dev")?;
    let under_a_path = reserve_behind(Recipe::read("nginx-subpath.conf")?)?;
    let signed_in = reserve_behind(Recipe::read("nginx-basic.conf")?)?;

    let folder = workspace.web_app().join("e2e");
    let npm = NPM.path()?;
    process::run(Command::new(&npm).current_dir(&folder).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]))?;
    let mut journeys = Command::new(&npm);
    journeys.current_dir(&folder).arg("test").env(BINARY_VARIABLE, &binary).env("CHROMIUM", CHROMIUM.path()?);
    journeys.env("SUBPATH_LISTEN", under_a_path.upstream.to_string());
    journeys.env("SUBPATH_URL", format!("http://{}/codes/", under_a_path.proxy.address));
    journeys.env("PROXY_LISTEN", signed_in.upstream.to_string());
    journeys.env("PROXY_URL", format!("http://{}/", signed_in.proxy.address));
    journeys.env("SCREENSHOTS", workspace.target.join("xtask/screenshots"));
    process::run(&mut journeys)?;
    Ok(Outcome::Passed)
}

/// nginx, and the address where it expects the server.
struct Reserved {
    proxy: Proxy,
    upstream: SocketAddr,
}

fn reserve_behind(recipe: Recipe) -> Result<Reserved> {
    let upstream = SocketAddr::from((Ipv4Addr::LOCALHOST, process::free_port()?));
    Ok(Reserved { proxy: Proxy::start::<Nginx>(recipe.upstream(upstream)?)?, upstream })
}
