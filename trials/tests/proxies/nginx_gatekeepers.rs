//! Recipes for nginx with authentik and oauth2-proxy, for which stand-ins answer.

use anyhow::Result;
use trials::gatekeeper::{self, Gatekeeper};
use trials::proxy::{Nginx, Proxy};

use crate::client::Expected::{FromProxy, Refused, User};
use crate::client::{Client, NAMELESS};
use crate::gatekeepers::{AUTHENTIK, NGINX_AUTHENTIK, NGINX_OAUTH2_PROXY, OAUTH2_PROXY};
use crate::setup::Setup;

#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn authentik() -> Result<()> {
    let setup = Setup::new(&[("AUTH_PROXY_PRESET", "authentik")])?;
    let gatekeeper = Gatekeeper::start(AUTHENTIK)?;
    let proxy = setup.start_proxy::<Nginx>(NGINX_AUTHENTIK.read(&gatekeeper)?)?;
    let others = ["X_authentik_username", "X-authentik-uid", "X_authentik_uid"];
    check_identities(&setup, &proxy, "x-authentik-username", &others)
}

#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn oauth2_proxy() -> Result<()> {
    let setup = Setup::new(&[
        ("AUTH_PROXY_HEADER_FOR_USER", "X-Auth-Request-Preferred-Username"),
        ("AUTH_PROXY_HEADER_FOR_EMAIL", "X-Auth-Request-Email"),
        ("AUTH_PROXY_HEADER_FOR_ID", "X-Auth-Request-User"),
    ])?;
    let gatekeeper = Gatekeeper::start(OAUTH2_PROXY)?;
    let proxy = setup.start_proxy::<Nginx>(NGINX_OAUTH2_PROXY.read(&gatekeeper)?)?;
    let others = ["X_Auth_Request_Preferred_Username", "X-Auth-Request-User", "X_Auth_Request_User"];
    check_identities(&setup, &proxy, "x-auth-request-preferred-username", &others)
}

/// Checks each kind of client, whatever identity it claims in the `header` of the user name or in one of the `others`.
fn check_identities(setup: &Setup, proxy: &Proxy, header: &'static str, others: &[&str]) -> Result<()> {
    let mut client = Client::new(setup, proxy).identified_by(header);
    client.check(&[], FromProxy(302))?;
    let alice = client.check(&[gatekeeper::ALICE], User("alice"))?;
    assert_eq!(alice.json()["email"], "alice@example.org");
    client.check_received(&[gatekeeper::NAMELESS], &[], Refused(407, NAMELESS))?;
    for name in [&[header], others].concat() {
        client.check(&[(name, "admin")], FromProxy(302))?;
        client.check_received(&[gatekeeper::ALICE, (name, "admin")], &[(header, "alice")], User("alice"))?;
        client.check_received(&[gatekeeper::NAMELESS, (name, "admin")], &[], Refused(407, NAMELESS))?;
    }
    Ok(())
}
