//! Groups and addresses that a client claims: no recipe may forward them, whichever headers Sixpin is told to read.

use anyhow::Result;
use trials::gatekeeper::{self, Answers, Gatekeeper};
use trials::http::Header;
use trials::proxy::{Apache, Caddy, Haproxy, Nginx, Software};

use crate::client::Expected::User;
use crate::client::{ALICE, Client};
use crate::gatekeepers::{
    AUTHELIA_FOR_CADDY, AUTHELIA_FOR_NGINX, AUTHENTIK, CADDY_AUTHELIA, GatedRecipe, NGINX_AUTHELIA, NGINX_AUTHENTIK,
    NGINX_OAUTH2_PROXY, OAUTH2_PROXY,
};
use crate::setup::{Setup, read_recipe};

#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn nginx_basic() -> Result<()> {
    check_passwords::<Nginx>("nginx-basic.conf", "REMOTE_USER")
}

#[test]
#[cfg_attr(not(installed = "apache2"), ignore = "Apache is not installed")]
fn apache_basic() -> Result<()> {
    check_passwords::<Apache>("apache-basic.conf", "Remote-User")
}

#[test]
#[cfg_attr(not(installed = "haproxy"), ignore = "HAProxy is not installed")]
fn haproxy_basic() -> Result<()> {
    check_passwords::<Haproxy>("haproxy-basic.cfg", "Remote-User")
}

#[test]
#[cfg_attr(not(installed = "caddy"), ignore = "Caddy is not installed")]
fn caddy_basic() -> Result<()> {
    check_passwords::<Caddy>("caddy-basic.Caddyfile", "Remote-User")
}

#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn nginx_authelia() -> Result<()> {
    check_gatekeeper::<Nginx>(&NGINX_AUTHELIA, AUTHELIA_FOR_NGINX, &REMOTE)
}

#[test]
#[cfg_attr(not(installed = "caddy"), ignore = "Caddy is not installed")]
fn caddy_authelia() -> Result<()> {
    check_gatekeeper::<Caddy>(&CADDY_AUTHELIA, AUTHELIA_FOR_CADDY, &REMOTE)
}

#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn nginx_authentik() -> Result<()> {
    let names = HeaderNames {
        user: "X-authentik-username",
        email: "X-authentik-email",
        groups: "X-authentik-groups",
        separator: "|",
    };
    check_gatekeeper::<Nginx>(&NGINX_AUTHENTIK, AUTHENTIK, &names)
}

#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn nginx_oauth2_proxy() -> Result<()> {
    let names = HeaderNames {
        user: "X-Auth-Request-Preferred-Username",
        email: "X-Auth-Request-Email",
        groups: "X-Auth-Request-Groups",
        separator: ",",
    };
    check_gatekeeper::<Nginx>(&NGINX_OAUTH2_PROXY, OAUTH2_PROXY, &names)
}

/// If Sixpin is told to read a header that the proxy isn't told to set, the client's own counts: no rule can tell.
#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn nginx_groups_forwarded() -> Result<()> {
    let gatekeeper = Gatekeeper::start(AUTHELIA_FOR_NGINX)?;
    let setup = Setup::new(&settings(&REMOTE, "admins"))?;
    let recipe = NGINX_AUTHELIA.read(&gatekeeper)?.without("proxy_set_header Remote-Groups $groups;")?;
    let proxy = setup.start_proxy::<Nginx>(recipe)?;
    let mut client = Client::new(&setup, &proxy);
    let claim = [gatekeeper::ALICE, (REMOTE.groups, "admins")];
    client.check(&claim, User("alice"))?;
    assert_eq!(client.check(&claim, User("alice"))?.json()["is_admin"], true, "the claimed group counts");
    Ok(())
}

/// The headers of one gatekeeper.
struct HeaderNames {
    user: &'static str,
    email: &'static str,
    groups: &'static str,
    separator: &'static str,
}

const REMOTE: HeaderNames =
    HeaderNames { user: "Remote-User", email: "Remote-Email", groups: "Remote-Groups", separator: "," };

/// Checks a proxy that knows neither groups nor addresses.
fn check_passwords<S: Software>(recipe: &str, user: &'static str) -> Result<()> {
    let setup = Setup::new(&settings(&HeaderNames { user, ..REMOTE }, "admins"))?;
    let proxy = setup.start_proxy::<S>(read_recipe(recipe)?)?;
    check_claims(&mut Client::new(&setup, &proxy), ALICE, &REMOTE, "alice@remote")
}

/// Checks a proxy that asks a gatekeeper, which knows alice's groups and address.
fn check_gatekeeper<S: Software>(recipe: &GatedRecipe, answers: Answers, names: &HeaderNames) -> Result<()> {
    let gatekeeper = Gatekeeper::start(answers)?;
    let setup = Setup::new(&settings(names, "admins"))?;
    let proxy = setup.start_proxy::<S>(recipe.read(&gatekeeper)?)?;
    check_claims(&mut Client::new(&setup, &proxy), gatekeeper::ALICE, names, "alice@example.org")?;

    // The group that she is in does arrive.
    let setup = Setup::new(&settings(names, "people"))?;
    let proxy = setup.start_proxy::<S>(recipe.read(&gatekeeper)?)?;
    let mut client = Client::new(&setup, &proxy);
    client.check(&[gatekeeper::ALICE], User("alice"))?;
    let alice = client.check(&[gatekeeper::ALICE], User("alice"))?;
    assert_eq!(alice.json()["is_admin"], true, "a member of the group is an administrator");
    Ok(())
}

/// Checks that alice gets neither a group nor an address by claiming it. `own` is her own address.
fn check_claims(client: &mut Client, alice: Header, names: &HeaderNames, own: &str) -> Result<()> {
    client.check(&[alice], User("alice"))?;
    for claims in [
        vec![(names.groups, "admins"), (names.email, "boss@example.org")],
        vec![(names.groups, "admins"), (names.groups, "admins"), ("Connection", names.groups)],
    ] {
        let user = client.check(&[&[alice][..], &claims].concat(), User("alice"))?.json();
        assert_eq!(user["is_admin"], false, "a claimed group makes an administrator");
        assert_eq!(user["email"], own, "a claimed address counts");
    }
    Ok(())
}

fn settings<'a>(names: &HeaderNames, admins: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("AUTH_PROXY_HEADER_FOR_USER", names.user),
        ("AUTH_PROXY_HEADER_FOR_EMAIL", names.email),
        ("AUTH_PROXY_HEADER_FOR_GROUPS", names.groups),
        ("AUTH_PROXY_GROUPS_SEPARATOR", names.separator),
        ("AUTH_PROXY_ADMIN_GROUPS", admins),
    ]
}
