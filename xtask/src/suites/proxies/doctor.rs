//! `sixpin doctor proxy` at real proxies: it finds nothing wrong with the recipes, and the holes that Sixpin can't close.

use anyhow::Result;

use super::stage::{Stage, Theatre};
use super::{Scene, haproxy, nginx};
use crate::services::apache::Apache;
use crate::services::caddy::Caddy;
use crate::services::front::{Front, Kind};
use crate::services::gatekeeper::Gatekeeper;
use crate::services::haproxy::Haproxy;
use crate::services::nginx::Nginx;
use crate::tools::{APACHE, CADDY, HAPROXY, NGINX};

pub(super) const SCENES: &[Scene] = &[
    Scene { tool: &NGINX, name: "doctor, nginx", play: |theatre| healthy::<Nginx>(theatre, "nginx-basic.conf", &[]) },
    Scene {
        tool: &APACHE,
        name: "doctor, Apache",
        play: |theatre| healthy::<Apache>(theatre, "apache-basic.conf", &REMOTE_USER),
    },
    Scene {
        tool: &HAPROXY,
        name: "doctor, HAProxy",
        play: |theatre| healthy::<Haproxy>(theatre, "haproxy-basic.cfg", &REMOTE_USER),
    },
    Scene {
        tool: &CADDY,
        name: "doctor, Caddy",
        play: |theatre| healthy::<Caddy>(theatre, "caddy-basic.Caddyfile", &REMOTE_USER),
    },
    Scene { tool: &NGINX, name: "doctor, nginx that believes $remote_user without auth_basic", play: credulous },
    Scene { tool: &HAPROXY, name: "doctor, HAProxy that forgets to delete the header", play: forgetful },
    Scene { tool: &NGINX, name: "doctor, nginx that passes on the client's groups", play: groups },
];

const REMOTE_USER: [(&str, &str); 1] = [("AUTH_PROXY_HEADER_FOR_USER", "Remote-User")];
const PASSWORD: [&str; 2] = ["--header", "Authorization: Basic YWxpY2U6d29uZGVybGFuZA=="];
const COOKIE: [&str; 2] = ["--cookie", "session=alice"];

fn healthy<K: Kind>(theatre: &Theatre, recipe: &str, settings: &[(&str, &str)]) -> Result<Vec<String>> {
    let stage = theatre.stage(settings)?;
    let front = stage.front::<K>(theatre.recipe(recipe)?)?;
    Ok(examine(&stage, &front, PASSWORD).err().map(|error| format!("{error:#}")).into_iter().collect())
}

fn credulous(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&[])?;
    let recipe = theatre.recipe("nginx-basic.conf")?.without("auth_basic \"Sixpin\";")?;
    let front = stage.front::<Nginx>(recipe)?;
    Ok(overlooked(&stage, &front, PASSWORD))
}

fn forgetful(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage_without_secret(&REMOTE_USER)?;
    let front = stage.front::<Haproxy>(haproxy::forgetful_recipe(theatre)?)?;
    Ok(overlooked(&stage, &front, PASSWORD))
}

fn groups(theatre: &Theatre) -> Result<Vec<String>> {
    let gatekeeper = Gatekeeper::start(nginx::AUTHELIA)?;
    let stage = theatre.stage(&[&nginx::SETTINGS[..], &[("AUTH_PROXY_ADMIN_GROUPS", "admins")]].concat())?;
    let recipe = || nginx::authelia_recipe(theatre, &gatekeeper);
    let front = stage.front::<Nginx>(recipe()?)?;
    let mut failures: Vec<String> =
        examine(&stage, &front, COOKIE).err().map(|error| format!("{error:#}")).into_iter().collect();
    let front = stage.front::<Nginx>(recipe()?.without("proxy_set_header Remote-Groups $groups;")?)?;
    failures.extend(overlooked(&stage, &front, COOKIE));
    Ok(failures)
}

/// Asks the doctor about a proxy: an error when it finds a fault.
fn examine(stage: &Stage, front: &Front, sign_in: [&str; 2]) -> Result<String> {
    let url = format!("http://{}", front.address);
    stage.site.command(&["doctor", "proxy", "--url", &url, sign_in[0], sign_in[1]], "")
}

/// What is wrong unless the doctor finds a fault.
fn overlooked(stage: &Stage, front: &Front, sign_in: [&str; 2]) -> Vec<String> {
    match examine(stage, front, sign_in) {
        Ok(report) => vec![format!("the doctor finds no fault:\n{report}")],
        Err(error) if format!("{error:#}").contains("fault") => vec![],
        Err(error) => vec![format!("{error:#}")],
    }
}
