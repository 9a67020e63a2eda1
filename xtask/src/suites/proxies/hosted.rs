//! Recipes for nginx with gatekeepers that are not run here: stand-ins answer as their documentation says.

use anyhow::Result;

use super::Scene;
use super::cases::Expected::{FromProxy, Person, Refused};
use super::cases::{Cases, NAMELESS};
use super::stage::{Stage, Theatre};
use crate::services::front::Front;
use crate::services::gatekeeper::{self, Gatekeeper, Manners};
use crate::services::nginx::Nginx;
use crate::tools::NGINX;

pub(super) const SCENES: &[Scene] = &[
    Scene { tool: &NGINX, name: "nginx, authentik", play: authentik },
    Scene { tool: &NGINX, name: "nginx, oauth2-proxy", play: oauth2_proxy },
];

pub(super) const AUTHENTIK: Manners = Manners {
    outside: "401 Unauthorized",
    inside: "200 OK",
    alice: "X-authentik-username: alice\r\nX-authentik-groups: people|staff\r\nX-authentik-email: alice@example.org\r\n\
            X-authentik-name: Alice\r\nX-authentik-uid: 9f86d081884c7d65\r\n\
            X-authentik-meta-jwks: https://auth.example.org/jwks/\r\n",
};

pub(super) const OAUTH2_PROXY: Manners = Manners {
    outside: "401 Unauthorized",
    inside: "202 Accepted",
    alice: "X-Auth-Request-User: 9f86d081884c7d65\r\nX-Auth-Request-Email: alice@example.org\r\n\
            X-Auth-Request-Preferred-Username: alice\r\nX-Auth-Request-Groups: people,staff\r\n",
};

fn authentik(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&[("AUTH_PROXY_PRESET", "authentik")])?;
    let gatekeeper = Gatekeeper::start(AUTHENTIK)?;
    let recipe = theatre.recipe("nginx-authentik.conf")?.with("127.0.0.1:9000", &gatekeeper.address.to_string())?;
    let front = stage.front::<Nginx>(recipe)?;
    tries(
        theatre,
        &stage,
        &front,
        "x-authentik-username",
        ["X_authentik_username", "X-authentik-uid", "X_authentik_uid"],
    )
}

fn oauth2_proxy(theatre: &Theatre) -> Result<Vec<String>> {
    let settings = [
        ("AUTH_PROXY_HEADER_FOR_USER", "X-Auth-Request-Preferred-Username"),
        ("AUTH_PROXY_HEADER_FOR_EMAIL", "X-Auth-Request-Email"),
        ("AUTH_PROXY_HEADER_FOR_ID", "X-Auth-Request-User"),
    ];
    let stage = theatre.stage(&settings)?;
    let gatekeeper = Gatekeeper::start(OAUTH2_PROXY)?;
    let recipe = theatre.recipe("nginx-oauth2-proxy.conf")?.with("127.0.0.1:4180", &gatekeeper.address.to_string())?;
    let front = stage.front::<Nginx>(recipe)?;
    let aliases = ["X_Auth_Request_Preferred_Username", "X-Auth-Request-User", "X_Auth_Request_User"];
    tries(theatre, &stage, &front, "x-auth-request-preferred-username", aliases)
}

/// Who comes in, and who doesn't, whatever names they send themselves.
fn tries(
    theatre: &Theatre,
    stage: &Stage,
    front: &Front,
    header: &'static str,
    others: [&'static str; 3],
) -> Result<Vec<String>> {
    let mut cases = Cases::new(theatre, stage, front.address).named_in(header);
    cases.check(&[], FromProxy(302))?;
    let alice = cases.check(&[gatekeeper::ALICE], Person("alice"))?;
    cases.equal("alice's address", &alice.json()["email"], &"alice@example.org".into());
    cases.seen(&[gatekeeper::NAMELESS], &[], Refused(407, NAMELESS))?;
    for name in [&[header][..], &others].concat() {
        cases.check(&[(name, "admin")], FromProxy(302))?;
        cases.seen(&[gatekeeper::ALICE, (name, "admin")], &[(header, "alice")], Person("alice"))?;
        cases.seen(&[gatekeeper::NAMELESS, (name, "admin")], &[], Refused(407, NAMELESS))?;
    }
    Ok(cases.failures())
}
