//! Journeys of people in a real browser, against the real server.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use anyhow::Result;
use trials::checkout::{BINARY_VARIABLE, build_server};
use trials::process;
use trials::proxy::{Apache, Nginx, Proxy, Recipe, Software};
use trials::tools::{APACHE, CHROMIUM, MOD_AUTH_OPENIDC, NGINX, NPM};

use super::{Outcome, missing};
use crate::workspace::Workspace;

/// `npm ci` and `npm test` in `ui/e2e`. The journeys start the server themselves, each its own.
///
/// Some of them go through nginx or Apache, which run here, for servers on addresses that are reserved for them.
pub(super) fn run(workspace: &Workspace) -> Result<Outcome> {
    if let Some(reason) = missing(&[&NPM, &CHROMIUM, &NGINX, &APACHE, &MOD_AUTH_OPENIDC]) {
        return Ok(Outcome::Skipped(reason));
    }
    let binary = build_server("dev")?;
    let under_a_path = reserve_behind::<Nginx>(Recipe::read("nginx-subpath.conf")?)?;
    let signed_in = reserve_behind::<Nginx>(Recipe::read("nginx-basic.conf")?)?;
    let provider = SocketAddr::from((Ipv4Addr::LOCALHOST, process::free_port()?));
    let openidc = Recipe::read("apache-openidc.conf")?.secret(PROOF)?;
    let openidc = openidc.with("https://id.example.org", &format!("http://{provider}"))?;
    let openidc = reserve_behind::<Apache>(openidc.with("the provider's secret for this client", CLIENT_SECRET)?)?;

    let folder = workspace.web_app().join("e2e");
    let npm = NPM.path()?;
    process::run(Command::new(&npm).current_dir(&folder).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]))?;
    let mut journeys = Command::new(&npm);
    journeys.current_dir(&folder).arg("test").env(BINARY_VARIABLE, &binary).env("CHROMIUM", CHROMIUM.path()?);
    journeys.env("SUBPATH_LISTEN", under_a_path.upstream.to_string());
    journeys.env("SUBPATH_URL", format!("http://{}/codes/", under_a_path.proxy.address));
    journeys.env("PROXY_LISTEN", signed_in.upstream.to_string());
    journeys.env("PROXY_URL", format!("http://{}/", signed_in.proxy.address));
    journeys.env("OPENIDC_LISTEN", openidc.upstream.to_string());
    journeys.env("OPENIDC_URL", format!("http://{}/", openidc.proxy.address));
    journeys.env("OPENIDC_PROVIDER", format!("http://{provider}"));
    journeys.env("OPENIDC_CLIENT_SECRET", CLIENT_SECRET).env("OPENIDC_PROOF", PROOF);
    journeys.env("SCREENSHOTS", workspace.target.join("xtask/screenshots"));
    process::run(&mut journeys)?;
    Ok(Outcome::Passed)
}

/// The secret that Apache and the server share.
const PROOF: &str = "0b8c1d2e3f4a5b6c7d8e9f0a1b2c3d4e";
/// The secret that Apache and the OpenID provider share.
const CLIENT_SECRET: &str = "7f6e5d4c3b2a19080f1e2d3c4b5a6978";

/// A proxy, and the address where it expects the server.
struct Reserved {
    proxy: Proxy,
    upstream: SocketAddr,
}

fn reserve_behind<S: Software>(recipe: Recipe) -> Result<Reserved> {
    let upstream = SocketAddr::from((Ipv4Addr::LOCALHOST, process::free_port()?));
    Ok(Reserved { proxy: Proxy::start::<S>(recipe.upstream(upstream)?)?, upstream })
}
