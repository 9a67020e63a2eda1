//! Personal access tokens, for which a proxy lets requests pass without signing in: no such request can name anybody.

use anyhow::Result;
use serde_json::json;

use super::cases::Expected::{FromProxy, Person, Refused};
use super::cases::{Cases, Header};
use super::stage::{Stage, Theatre};
use super::{Scene, caddy, nginx};
use crate::http::Request;
use crate::process;
use crate::services::caddy::Caddy;
use crate::services::front::Front;
use crate::services::gatekeeper::{self, Gatekeeper};
use crate::services::nginx::Nginx;
use crate::services::recipe::Recipe;
use crate::tools::{CADDY, NGINX};

pub(super) const SCENES: &[Scene] = &[
    Scene { tool: &NGINX, name: "nginx, Authelia, tokens at a listener of their own", play: own_listener },
    Scene { tool: &CADDY, name: "P-03 P-04 Caddy that lets everything with an Authorization pass", play: by_header },
    Scene { tool: &CADDY, name: "Caddy that lets the whole API pass", play: by_path },
];

const ALLOWED: (&str, &str) = ("AUTH_PROXY_ALLOW_PAT", "true");
const CLAIM: Header = ("Remote-User", "admin");

fn own_listener(theatre: &Theatre) -> Result<Vec<String>> {
    let gatekeeper = Gatekeeper::start(nginx::AUTHELIA)?;
    let tokens = format!("127.0.0.1:{}", process::free_port()?);
    let stage = theatre.stage(&[&nginx::SETTINGS[..], &[ALLOWED, ("TOKEN_ONLY_LISTEN", &tokens)]].concat())?;
    let recipe =
        theatre.recipe("nginx-authelia-tokens.conf")?.with("127.0.0.1:9091", &gatekeeper.address.to_string())?;
    let front = stage.front::<Nginx>(recipe.with("127.0.0.1:8001", &tokens)?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.withstand(gatekeeper::ALICE, FromProxy(302), &[])?;
    show(&mut cases, &front, &token(&stage)?)?;
    Ok(cases.failures())
}

/// The way that instructions for other apps have: whatever has an `Authorization` passes, and keeps all its headers.
fn by_header(theatre: &Theatre) -> Result<Vec<String>> {
    let bypass = "@token {\n\t\t\tpath /api/*\n\t\t\theader Authorization *\n\t\t}\n\t\t";
    let (gatekeeper, stage) = (Gatekeeper::start(caddy::AUTHELIA)?, stage(theatre)?);
    let recipe = passing(theatre, &gatekeeper, &format!("{bypass}handle @token {{"))?;
    let front = stage.front::<Caddy>(recipe)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.check(&[gatekeeper::ALICE], Person("alice"))?;
    cases.check(&[CLAIM], FromProxy(302))?;
    show(&mut cases, &front, &token(&stage)?)?;
    Ok(cases.failures())
}

/// Worse: the whole API passes, even what doesn't look like a token's.
fn by_path(theatre: &Theatre) -> Result<Vec<String>> {
    let (gatekeeper, stage) = (Gatekeeper::start(caddy::AUTHELIA)?, stage(theatre)?);
    let front = stage.front::<Caddy>(passing(theatre, &gatekeeper, "handle /api/* {")?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.seen(&[CLAIM], &[("remote-user", "admin")], Refused(403, "proof_invalid"))?;
    cases.seen(&[CLAIM, ("X-Auth-Proxy-Secret", "")], &[("remote-user", "admin")], Refused(403, "proof_invalid"))?;
    for other in ["Basic YWRtaW46", "Bearer junk", "Bearer", "Negotiate x"] {
        cases.seen(
            &[CLAIM, ("Authorization", other)],
            &[("remote-user", "admin")],
            Refused(401, "Unauthenticated."),
        )?;
    }
    Ok(cases.failures())
}

fn stage(theatre: &Theatre) -> Result<Stage> {
    theatre.stage(&[&nginx::SETTINGS[..], &[ALLOWED]].concat())
}

/// The recipe for Caddy with a way around Authelia, which keeps what the client sent.
fn passing(theatre: &Theatre, gatekeeper: &Gatekeeper, way: &str) -> Result<Recipe> {
    let way = format!("{way}\n\t\t\treverse_proxy 127.0.0.1:8000\n\t\t}}\n\t\tforward_auth ");
    caddy::authelia_recipe(theatre, gatekeeper)?.without("request_header -Remote*")?.with("forward_auth ", &way)
}

/// A token of alice's, whom the proxy has named before.
fn token(stage: &Stage) -> Result<String> {
    Ok(format!("Bearer {}", stage.site.add_token("alice@example.org")?))
}

/// What a token opens, and what opens nothing.
fn show(cases: &mut Cases, front: &Front, token: &str) -> Result<()> {
    let bearer = ("Authorization", token);
    for headers in [vec![bearer], vec![bearer, CLAIM], vec![bearer, CLAIM, ("Connection", "Authorization")]] {
        let plain = Request::read("/api/v1/user");
        let request = headers.iter().fold(plain, |request, (name, value)| request.header(name, value));
        let answer = request.send(front.address)?;
        let is_alice = answer.status != 200 || answer.json()["name"] == "alice";
        cases.equal(&format!("{:?}: is nobody but alice", &headers[1..]), &is_alice.into(), &true.into());
    }
    let read = Request::read("/api/v1/twofaccounts").header("Authorization", token).send(front.address)?;
    cases.equal("a token reads accounts", &read.status.into(), &200.into());
    let write = Request::write("/api/v1/groups", &json!({ "name": "Token" })).header("Authorization", token);
    cases.equal("a token writes", &write.send(front.address)?.status.into(), &403.into());
    for other in ["Basic YWRtaW46", "Bearer junk", "Bearer", "Negotiate x"] {
        let other = ("Authorization", other);
        cases.check(&[other], Refused(401, "Unauthenticated."))?;
        cases.check(&[other, CLAIM], Refused(401, "Unauthenticated."))?;
        cases.check(&[other, gatekeeper::ALICE], Refused(401, "Unauthenticated."))?;
    }
    Ok(())
}
