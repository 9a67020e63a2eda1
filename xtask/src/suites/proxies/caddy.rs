//! Caddy: Authelia, and its own passwords.

use anyhow::Result;

use super::Scene;
use super::cases::Expected::{FromProxy, Person, Refused};
use super::cases::{ALICE, Cases, NAMELESS};
use super::nginx;
use super::stage::Theatre;
use crate::services::caddy::Caddy;
use crate::services::gatekeeper::{self, Gatekeeper, Manners};
use crate::services::recipe::Recipe;
use crate::tools::CADDY;

pub(super) const SCENES: &[Scene] = &[
    Scene { tool: &CADDY, name: "X-09 Caddy, Authelia", play: authelia },
    Scene { tool: &CADDY, name: "X-10 Caddy that keeps other spellings", play: aliases },
    Scene { tool: &CADDY, name: "Caddy that keeps the client's Connection", play: hops },
    Scene { tool: &CADDY, name: "Caddy, basic authentication", play: basic },
    Scene { tool: &CADDY, name: "Caddy, over a Unix socket", play: socket },
    Scene { tool: &CADDY, name: "Caddy that authenticates nobody", play: nobody },
    Scene { tool: &CADDY, name: "Caddy, under a path", play: under_a_path },
];

/// How Authelia behaves for Caddy.
pub(super) const AUTHELIA: Manners = Manners {
    outside: "302 Found\r\nLocation: https://auth.example.org/",
    inside: "200 OK",
    alice: "Remote-User: alice\r\nRemote-Groups: people\r\nRemote-Name: Alice\r\nRemote-Email: alice@example.org\r\n",
};
const SETTINGS: [(&str, &str); 1] = [("AUTH_PROXY_HEADER_FOR_USER", "Remote-User")];
/// What Caddy before 2.10 copies when there is nothing to copy.
const NOTHING_COPIED: (&str, &str) = ("remote-user", "{http.reverse_proxy.header.Remote-User}");
const DROPS_SPELLINGS: &str = "request_header -Remote*";
const DROPS_CONNECTION: &str = "request_header -Connection";

pub(super) fn authelia_recipe(theatre: &Theatre, gatekeeper: &Gatekeeper) -> Result<Recipe> {
    theatre.recipe("caddy-authelia.Caddyfile")?.with("127.0.0.1:9091", &gatekeeper.address.to_string())
}

fn authelia(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&nginx::SETTINGS)?;
    let gatekeeper = Gatekeeper::start(AUTHELIA)?;
    let front = stage.front::<Caddy>(authelia_recipe(theatre, &gatekeeper)?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.withstand(gatekeeper::ALICE, FromProxy(302), &[])?;
    let alice = cases.check(&[gatekeeper::ALICE], Person("alice"))?;
    cases.equal("alice's address", &alice.json()["email"], &"alice@example.org".into());
    cases.seen(&[gatekeeper::NAMELESS], &[NOTHING_COPIED], Refused(407, "header_sentinel"))?;
    cases.keep("x_09_caddy_placeholder")?;
    for spelling in ["Remote-User", "REMOTE_USER", "Remote.User"] {
        let headers = [gatekeeper::NAMELESS, (spelling, "admin")];
        cases.seen(&headers, &[NOTHING_COPIED], Refused(407, "header_sentinel"))?;
    }
    Ok(cases.failures())
}

/// Other spellings come through, in Caddy's own capitals.
fn aliases(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&nginx::SETTINGS)?;
    let gatekeeper = Gatekeeper::start(AUTHELIA)?;
    let front = stage.front::<Caddy>(authelia_recipe(theatre, &gatekeeper)?.without(DROPS_SPELLINGS)?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    for alias in ["REMOTE_USER", "Remote.User", "Remote~User", "Remote_User"] {
        let both = [("remote-user", "alice"), (alias, "admin")];
        cases.seen(&[gatekeeper::ALICE, (alias, "admin")], &both, Refused(407, "header_alias"))?;
    }
    cases.keep("x_10_caddy_alias")?;
    let both = [NOTHING_COPIED, ("remote_user", "admin")];
    cases.seen(&[gatekeeper::NAMELESS, ("Remote_User", "admin")], &both, Refused(407, "header_alias"))?;
    // This one Caddy replaces.
    cases.seen(&[gatekeeper::ALICE, ("Remote-User", "admin")], &[("remote-user", "alice")], Person("alice"))?;
    Ok(cases.failures())
}

/// A client can make Caddy drop the header that it has just set, and send another spelling in its place.
fn hops(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&nginx::SETTINGS)?;
    let gatekeeper = Gatekeeper::start(AUTHELIA)?;
    let recipe = authelia_recipe(theatre, &gatekeeper)?.without(DROPS_CONNECTION)?.without(DROPS_SPELLINGS)?;
    let front = stage.front::<Caddy>(recipe)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    let hop = ("Connection", "Remote-User");
    cases.seen(&[gatekeeper::ALICE, hop], &[], Refused(407, NAMELESS))?;
    let alias = ("Remote_User", "admin");
    cases.seen(&[gatekeeper::ALICE, hop, alias], &[alias], Refused(407, "header_alias"))?;
    Ok(cases.failures())
}

fn basic(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&SETTINGS)?;
    let front = stage.front::<Caddy>(theatre.recipe("caddy-basic.Caddyfile")?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.withstand(ALICE, FromProxy(401), &[])?;
    Ok(cases.failures())
}

fn socket(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&[&SETTINGS[..], &[("TRUSTED_PROXIES", "unix:")]].concat())?;
    let (usual, offered) = ("reverse_proxy 127.0.0.1:8000 {", "reverse_proxy unix//run/sixpin/sixpin.sock {");
    let front = stage.front_over_socket::<Caddy>(theatre.recipe("caddy-basic.Caddyfile")?, usual, offered)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.by_the_only_way(ALICE, "Remote-User")?;
    Ok(cases.failures())
}

/// Where nobody is asked for a password, the placeholder stays what it is.
fn nobody(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&SETTINGS)?;
    let recipe = theatre.recipe("caddy-basic.Caddyfile")?.with("basicauth {", "basicauth /nowhere {")?;
    let front = stage.front::<Caddy>(recipe)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    let placeholder = [("remote-user", "{http.auth.user.id}")];
    cases.seen(&[], &placeholder, Refused(407, "header_sentinel"))?;
    cases.seen(&[("Remote-User", "admin")], &placeholder, Refused(407, "header_sentinel"))?;
    cases.seen(&[("Authorization", "Basic YWRtaW46")], &placeholder, Refused(407, "header_sentinel"))?;
    Ok(cases.failures())
}

fn under_a_path(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&[&SETTINGS[..], &[("APP_URL", "http://codes.example.org/codes")]].concat())?;
    let recipe = theatre.recipe("caddy-basic.Caddyfile")?.with("\troute {", "\thandle_path /codes/* {\n\t\troute {")?;
    let recipe =
        recipe.with("\t\t\theader_up -Authorization\n\t\t}", "\t\t\theader_up -Authorization\n\t\t}\n\t\t}")?;
    let front = stage.front::<Caddy>(recipe)?;
    let mut cases = Cases::new(theatre, &stage, front.address).under("/codes/api/v1/user");
    cases.under_a_path(ALICE, FromProxy(401))?;
    Ok(cases.failures())
}
