//! Caddy: Authelia, and its own passwords.

use anyhow::Result;
use trials::gatekeeper::{self, Gatekeeper};
use trials::proxy::Caddy;

use crate::client::Expected::{FromProxy, Refused, User};
use crate::client::{ALICE, Client, NAMELESS};
use crate::gatekeepers::{AUTHELIA_FOR_CADDY, AUTHELIA_SETTINGS, CADDY_AUTHELIA};
use crate::setup::{Setup, read_recipe};

const RECIPE: &str = "caddy-basic.Caddyfile";
const SETTINGS: [(&str, &str); 1] = [("AUTH_PROXY_HEADER_FOR_USER", "Remote-User")];
/// The header that Caddy before 2.10 sends when the gatekeeper names no user.
const NOTHING_COPIED: (&str, &str) = ("remote-user", "{http.reverse_proxy.header.Remote-User}");
const DROPS_SPELLINGS: &str = "request_header -Remote*";
const DROPS_CONNECTION: &str = "request_header -Connection";

#[test]
#[cfg_attr(not(installed = "caddy"), ignore = "Caddy is not installed")]
fn x_09_authelia() -> Result<()> {
    let setup = Setup::new(&AUTHELIA_SETTINGS)?;
    let gatekeeper = Gatekeeper::start(AUTHELIA_FOR_CADDY)?;
    let proxy = setup.start_proxy::<Caddy>(CADDY_AUTHELIA.read(&gatekeeper)?)?;
    let mut client = Client::new(&setup, &proxy);
    client.check_recipe(gatekeeper::ALICE, FromProxy(302), &[])?;
    let alice = client.check(&[gatekeeper::ALICE], User("alice"))?;
    assert_eq!(alice.json()["email"], "alice@example.org");
    client.check_received(&[gatekeeper::NAMELESS], &[NOTHING_COPIED], Refused(407, "header_sentinel"))?;
    client.compare_with_recorded("x_09_caddy_placeholder")?;
    for spelling in ["Remote-User", "REMOTE_USER", "Remote.User"] {
        let headers = [gatekeeper::NAMELESS, (spelling, "admin")];
        client.check_received(&headers, &[NOTHING_COPIED], Refused(407, "header_sentinel"))?;
    }
    Ok(())
}

/// Other spellings pass, in Caddy's own capitals.
#[test]
#[cfg_attr(not(installed = "caddy"), ignore = "Caddy is not installed")]
fn x_10_other_spellings_kept() -> Result<()> {
    let setup = Setup::new(&AUTHELIA_SETTINGS)?;
    let gatekeeper = Gatekeeper::start(AUTHELIA_FOR_CADDY)?;
    let proxy = setup.start_proxy::<Caddy>(CADDY_AUTHELIA.read(&gatekeeper)?.without(DROPS_SPELLINGS)?)?;
    let mut client = Client::new(&setup, &proxy);
    for alias in ["REMOTE_USER", "Remote.User", "Remote~User", "Remote_User"] {
        let both = [("remote-user", "alice"), (alias, "admin")];
        client.check_received(&[gatekeeper::ALICE, (alias, "admin")], &both, Refused(407, "header_alias"))?;
    }
    client.compare_with_recorded("x_10_caddy_alias")?;
    let both = [NOTHING_COPIED, ("remote_user", "admin")];
    client.check_received(&[gatekeeper::NAMELESS, ("Remote_User", "admin")], &both, Refused(407, "header_alias"))?;
    // This one Caddy replaces.
    let own_spelling = [gatekeeper::ALICE, ("Remote-User", "admin")];
    client.check_received(&own_spelling, &[("remote-user", "alice")], User("alice"))
}

/// A client can make Caddy drop the header that it has just set, and send another spelling in its place.
#[test]
#[cfg_attr(not(installed = "caddy"), ignore = "Caddy is not installed")]
fn connection_kept() -> Result<()> {
    let setup = Setup::new(&AUTHELIA_SETTINGS)?;
    let gatekeeper = Gatekeeper::start(AUTHELIA_FOR_CADDY)?;
    let recipe = CADDY_AUTHELIA.read(&gatekeeper)?.without(DROPS_CONNECTION)?.without(DROPS_SPELLINGS)?;
    let proxy = setup.start_proxy::<Caddy>(recipe)?;
    let mut client = Client::new(&setup, &proxy);
    let hop = ("Connection", "Remote-User");
    client.check_received(&[gatekeeper::ALICE, hop], &[], Refused(407, NAMELESS))?;
    let alias = ("Remote_User", "admin");
    client.check_received(&[gatekeeper::ALICE, hop, alias], &[alias], Refused(407, "header_alias"))
}

#[test]
#[cfg_attr(not(installed = "caddy"), ignore = "Caddy is not installed")]
fn basic() -> Result<()> {
    let setup = Setup::new(&SETTINGS)?;
    let proxy = setup.start_proxy::<Caddy>(read_recipe(RECIPE)?)?;
    Client::new(&setup, &proxy).check_recipe(ALICE, FromProxy(401), &[])
}

#[test]
#[cfg_attr(not(installed = "caddy"), ignore = "Caddy is not installed")]
fn over_a_unix_socket() -> Result<()> {
    let setup = Setup::new(&[&SETTINGS[..], &[("TRUSTED_PROXIES", "unix:")]].concat())?;
    let (usual, offered) = ("reverse_proxy 127.0.0.1:8000 {", "reverse_proxy unix//run/sixpin/sixpin.sock {");
    let proxy = setup.start_proxy_over_socket::<Caddy>(read_recipe(RECIPE)?, usual, offered)?;
    Client::new(&setup, &proxy).check_only_way(ALICE, "Remote-User")
}

/// Without a demand for a password, the placeholder stays what it is.
#[test]
#[cfg_attr(not(installed = "caddy"), ignore = "Caddy is not installed")]
fn no_sign_in() -> Result<()> {
    let setup = Setup::new(&SETTINGS)?;
    let proxy = setup.start_proxy::<Caddy>(read_recipe(RECIPE)?.with("basic_auth {", "basic_auth /nowhere {")?)?;
    let mut client = Client::new(&setup, &proxy);
    let placeholder = [("remote-user", "{http.auth.user.id}")];
    client.check_received(&[], &placeholder, Refused(407, "header_sentinel"))?;
    for headers in [[("Remote-User", "admin")], [("Authorization", "Basic YWRtaW46")]] {
        client.check_received(&headers, &placeholder, Refused(407, "header_sentinel"))?;
    }
    Ok(())
}

#[test]
#[cfg_attr(not(installed = "caddy"), ignore = "Caddy is not installed")]
fn under_a_path() -> Result<()> {
    let setup = Setup::new(&[&SETTINGS[..], &[("APP_URL", "http://codes.example.org/codes")]].concat())?;
    let recipe = read_recipe(RECIPE)?.with("\troute {", "\thandle_path /codes/* {\n\t\troute {")?;
    let end = "\t\t\theader_up -Authorization\n\t\t}";
    let proxy = setup.start_proxy::<Caddy>(recipe.with(end, &format!("{end}\n\t\t}}"))?)?;
    Client::new(&setup, &proxy).under("/codes/api/v1/user").check_under_path(ALICE, FromProxy(401))
}
