//! Personal access tokens, for which a proxy lets requests pass without sign-in: none of these can claim an identity.

use anyhow::Result;
use serde_json::json;
use trials::gatekeeper::{self, Gatekeeper};
use trials::http::{Header, Request};
use trials::process;
use trials::proxy::{Caddy, Nginx, Recipe};

use crate::client::Client;
use crate::client::Expected::{FromProxy, Refused, User};
use crate::gatekeepers::{
    AUTHELIA_FOR_CADDY, AUTHELIA_FOR_NGINX, AUTHELIA_SETTINGS, CADDY_AUTHELIA, NGINX_AUTHELIA_TOKENS,
};
use crate::setup::Setup;

const ALLOWED: (&str, &str) = ("AUTH_PROXY_ALLOW_PAT", "true");
const CLAIM: Header = ("Remote-User", "admin");
/// Values of `Authorization` that are no token.
const NO_TOKENS: [&str; 4] = ["Basic YWRtaW46", "Bearer junk", "Bearer", "Negotiate x"];

#[test]
#[cfg_attr(not(installed = "nginx"), ignore = "nginx is not installed")]
fn nginx_own_listener() -> Result<()> {
    let gatekeeper = Gatekeeper::start(AUTHELIA_FOR_NGINX)?;
    let tokens = format!("127.0.0.1:{}", process::free_port()?);
    let setup = Setup::new(&[&AUTHELIA_SETTINGS[..], &[ALLOWED, ("TOKEN_ONLY_LISTEN", &tokens)]].concat())?;
    let recipe = NGINX_AUTHELIA_TOKENS.read(&gatekeeper)?.with("127.0.0.1:8001", &tokens)?;
    let proxy = setup.start_proxy::<Nginx>(recipe)?;
    let mut client = Client::new(&setup, &proxy);
    client.check_recipe(gatekeeper::ALICE, FromProxy(302), &[])?;
    check_tokens(&mut client)
}

/// The way of instructions for other apps: every request with an `Authorization` passes, and keeps all its headers.
#[test]
#[cfg_attr(not(installed = "caddy"), ignore = "Caddy is not installed")]
fn p_03_p_04_caddy_by_header() -> Result<()> {
    let bypass = "@token {\n\t\t\tpath /api/*\n\t\t\theader Authorization *\n\t\t}\n\t\thandle @token {";
    let (gatekeeper, setup) = (Gatekeeper::start(AUTHELIA_FOR_CADDY)?, start_server()?);
    let proxy = setup.start_proxy::<Caddy>(recipe_with_bypass(&gatekeeper, bypass)?)?;
    let mut client = Client::new(&setup, &proxy);
    client.check(&[gatekeeper::ALICE], User("alice"))?;
    client.check(&[CLAIM], FromProxy(302))?;
    check_tokens(&mut client)
}

/// Worse: the whole API passes, even requests that carry no token.
#[test]
#[cfg_attr(not(installed = "caddy"), ignore = "Caddy is not installed")]
fn caddy_by_path() -> Result<()> {
    let (gatekeeper, setup) = (Gatekeeper::start(AUTHELIA_FOR_CADDY)?, start_server()?);
    let proxy = setup.start_proxy::<Caddy>(recipe_with_bypass(&gatekeeper, "handle /api/* {")?)?;
    let mut client = Client::new(&setup, &proxy);
    let received = [("remote-user", "admin")];
    client.check_received(&[CLAIM], &received, Refused(403, "proof_invalid"))?;
    let no_secret = [CLAIM, ("X-Auth-Proxy-Secret", "")];
    client.check_received(&no_secret, &received, Refused(403, "proof_invalid"))?;
    for other in NO_TOKENS {
        let headers = [CLAIM, ("Authorization", other)];
        client.check_received(&headers, &received, Refused(401, "Unauthenticated."))?;
    }
    Ok(())
}

fn start_server() -> Result<Setup> {
    Setup::new(&[&AUTHELIA_SETTINGS[..], &[ALLOWED]].concat())
}

/// Returns the recipe for Caddy with a way around Authelia, which keeps the client's headers.
fn recipe_with_bypass(gatekeeper: &Gatekeeper, bypass: &str) -> Result<Recipe> {
    let bypass = format!("{bypass}\n\t\t\treverse_proxy 127.0.0.1:8000\n\t\t}}\n\t\tforward_auth ");
    CADDY_AUTHELIA.read(gatekeeper)?.without("request_header -Remote*")?.with("forward_auth ", &bypass)
}

/// Checks the rights of a token of alice, whom the proxy has identified before, and that nothing else passes for one.
fn check_tokens(client: &mut Client) -> Result<()> {
    let token = format!("Bearer {}", client.setup.instance.add_token("alice@example.org")?);
    let bearer = ("Authorization", token.as_str());
    for headers in [vec![bearer], vec![bearer, CLAIM], vec![bearer, CLAIM, ("Connection", "Authorization")]] {
        let answer = Request::read("/api/v1/user").headers(&headers).send(client.proxy)?;
        let is_alice = answer.status != 200 || answer.json()["name"] == "alice";
        assert!(is_alice, "{:?}: {}", &headers[1..], answer.body);
    }
    let read = Request::read("/api/v1/twofaccounts").headers(&[bearer]).send(client.proxy)?;
    assert_eq!(read.status, 200, "a token reads accounts");
    let write = Request::write("/api/v1/groups", &json!({ "name": "Token" })).headers(&[bearer]);
    assert_eq!(write.send(client.proxy)?.status, 403, "a token can't write");
    for other in NO_TOKENS {
        let other = ("Authorization", other);
        client.check(&[other], Refused(401, "Unauthenticated."))?;
        client.check(&[other, CLAIM], Refused(401, "Unauthenticated."))?;
        client.check(&[other, gatekeeper::ALICE], Refused(401, "Unauthenticated."))?;
    }
    Ok(())
}
