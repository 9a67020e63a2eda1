//! `sixpin doctor proxy` with real proxies: it finds no fault with the recipes, and reports the holes that Sixpin can't
//! close.

use anyhow::Result;
use trials::gatekeeper::Gatekeeper;
use trials::proxy::{Apache, Caddy, Haproxy, Nginx, Proxy, Software};

use crate::gatekeepers::{AUTHELIA_FOR_NGINX, AUTHELIA_SETTINGS, NGINX_AUTHELIA};
use crate::haproxy::recipe_without_deletion;
use crate::setup::{Setup, read_recipe};

const REMOTE_USER: [(&str, &str); 1] = [("AUTH_PROXY_HEADER_FOR_USER", "Remote-User")];
const PASSWORD: [&str; 2] = ["--header", "Authorization: Basic YWxpY2U6d29uZGVybGFuZA=="];
const COOKIE: [&str; 2] = ["--cookie", "session=alice"];

#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn nginx() -> Result<()> {
    check_recipe::<Nginx>("nginx-basic.conf", &[])
}

#[test]
#[cfg_attr(not(installed = "apache2"), ignore = "Apache is not installed")]
fn apache() -> Result<()> {
    check_recipe::<Apache>("apache-basic.conf", &REMOTE_USER)
}

#[test]
#[cfg_attr(not(installed = "haproxy"), ignore = "HAProxy is not installed")]
fn haproxy() -> Result<()> {
    check_recipe::<Haproxy>("haproxy-basic.cfg", &REMOTE_USER)
}

#[test]
#[cfg_attr(not(installed = "caddy"), ignore = "Caddy is not installed")]
fn caddy() -> Result<()> {
    check_recipe::<Caddy>("caddy-basic.Caddyfile", &REMOTE_USER)
}

#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn nginx_remote_user_without_auth_basic() -> Result<()> {
    let setup = Setup::new(&[])?;
    let recipe = read_recipe("nginx-basic.conf")?.without("auth_basic \"Sixpin\";")?;
    let proxy = setup.start_proxy::<Nginx>(recipe)?;
    check_fault(&setup, &proxy, PASSWORD);
    Ok(())
}

#[test]
#[cfg_attr(not(installed = "haproxy"), ignore = "HAProxy is not installed")]
fn haproxy_header_not_deleted() -> Result<()> {
    let setup = Setup::without_secret(&REMOTE_USER)?;
    let proxy = setup.start_proxy::<Haproxy>(recipe_without_deletion()?)?;
    check_fault(&setup, &proxy, PASSWORD);
    Ok(())
}

#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn nginx_groups_forwarded() -> Result<()> {
    let gatekeeper = Gatekeeper::start(AUTHELIA_FOR_NGINX)?;
    let setup = Setup::new(&[&AUTHELIA_SETTINGS[..], &[("AUTH_PROXY_ADMIN_GROUPS", "admins")]].concat())?;
    let recipe = NGINX_AUTHELIA.read(&gatekeeper)?;
    let proxy = setup.start_proxy::<Nginx>(recipe.clone())?;
    examine(&setup, &proxy, COOKIE)?;
    let proxy = setup.start_proxy::<Nginx>(recipe.without("proxy_set_header Remote-Groups $groups;")?)?;
    check_fault(&setup, &proxy, COOKIE);
    Ok(())
}

/// Checks that the doctor finds no fault with a recipe.
fn check_recipe<S: Software>(recipe: &str, settings: &[(&str, &str)]) -> Result<()> {
    let setup = Setup::new(settings)?;
    let proxy = setup.start_proxy::<S>(read_recipe(recipe)?)?;
    examine(&setup, &proxy, PASSWORD).map(drop)
}

/// Checks that the doctor finds a fault.
#[track_caller]
fn check_fault(setup: &Setup, proxy: &Proxy, sign_in: [&str; 2]) {
    let report = examine(setup, proxy, sign_in).map_err(|error| format!("{error:#}"));
    assert!(report.as_ref().is_err_and(|error| error.contains("fault")), "no fault is found: {report:?}");
}

/// Runs the doctor on a proxy, and fails if it finds a fault.
fn examine(setup: &Setup, proxy: &Proxy, sign_in: [&str; 2]) -> Result<String> {
    let url = format!("http://{}", proxy.address);
    setup.instance.command(&["doctor", "proxy", "--url", &url, sign_in[0], sign_in[1]], "")
}
