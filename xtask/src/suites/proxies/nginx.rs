//! nginx: its own passwords, and Authelia.

use anyhow::Result;

use super::Scene;
use super::cases::Expected::{FromProxy, Person, Refused};
use super::cases::{ALICE, Cases, NAMELESS};
use super::stage::Theatre;
use crate::http::Request;
use crate::services::front::Front;
use crate::services::gatekeeper::{self, Gatekeeper, Manners};
use crate::services::nginx::Nginx;
use crate::services::recipe::Recipe;
use crate::services::sixpin::Site;
use crate::tools::NGINX;

pub(super) const SCENES: &[Scene] = &[
    Scene { tool: &NGINX, name: "nginx, basic authentication", play: basic },
    Scene { tool: &NGINX, name: "nginx, over a Unix socket", play: socket },
    Scene { tool: &NGINX, name: "X-03 nginx that forgets the other spelling", play: forgetful },
    Scene { tool: &NGINX, name: "nginx that believes $remote_user without auth_basic", play: credulous },
    Scene { tool: &NGINX, name: "X-01 X-02 nginx, Authelia", play: authelia },
    Scene { tool: &NGINX, name: "X-04 nginx that passes underscores on", play: underscores },
    Scene { tool: &NGINX, name: "nginx, under a path", play: under_a_path },
    Scene { tool: &NGINX, name: "nginx, under a path without signing in", play: open_path },
];

/// How Authelia behaves for nginx.
pub(super) const AUTHELIA: Manners = Manners {
    outside: "401 Unauthorized\r\nLocation: https://auth.example.org/",
    inside: "200 OK",
    alice: "Remote-User: alice\r\nRemote-Groups: people\r\nRemote-Name: Alice\r\nRemote-Email: alice@example.org\r\n",
};
/// The settings that the recipes name.
pub(super) const SETTINGS: [(&str, &str); 1] = [("AUTH_PROXY_PRESET", "authelia")];

fn basic(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&[])?;
    let front = stage.front::<Nginx>(theatre.recipe("nginx-basic.conf")?)?;
    let mut cases = Cases::new(theatre, &stage, front.address).named_in("remote_user");
    cases.withstand(ALICE, FromProxy(401), &[])?;
    Ok(cases.failures())
}

fn socket(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&[("TRUSTED_PROXIES", "unix:")])?;
    let (usual, offered) = ("proxy_pass http://127.0.0.1:8000;", "proxy_pass http://unix:/run/sixpin/sixpin.sock;");
    let front = stage.front_over_socket::<Nginx>(theatre.recipe("nginx-basic.conf")?, usual, offered)?;
    let mut cases = Cases::new(theatre, &stage, front.address).named_in("remote_user");
    cases.by_the_only_way(ALICE, "REMOTE_USER")?;
    Ok(cases.failures())
}

/// The client's other spelling arrives next to the proxy's header.
fn forgetful(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&[])?;
    let recipe = theatre.recipe("nginx-basic.conf")?.without("proxy_set_header Remote-User \"\";")?;
    let front = stage.front::<Nginx>(recipe)?;
    let mut cases = Cases::new(theatre, &stage, front.address).named_in("remote_user");
    cases.seen(&[ALICE], &[("remote_user", "alice")], Person("alice"))?;
    let both = [("remote_user", "alice"), ("remote-user", "admin")];
    cases.seen(&[ALICE, ("Remote-User", "admin")], &both, Refused(407, "header_alias"))?;
    cases.keep("x_03_nginx_alias")?;
    Ok(cases.failures())
}

/// `$remote_user` is what the client claims where nothing compares the password. No rule of Sixpin's can tell: this is
/// why the recipe says so, and why a secret on such a route proves nothing.
fn credulous(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&[])?;
    let recipe = theatre.recipe("nginx-basic.conf")?.without("auth_basic \"Sixpin\";")?;
    let front = stage.front::<Nginx>(recipe)?;
    let mut cases = Cases::new(theatre, &stage, front.address).named_in("remote_user");
    cases.seen(&[], &[], Refused(407, NAMELESS))?;
    cases.seen(&[("Authorization", "Basic YWRtaW46")], &[("remote_user", "admin")], Person("admin"))?;
    Ok(cases.failures())
}

fn authelia(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&SETTINGS)?;
    let gatekeeper = Gatekeeper::start(AUTHELIA)?;
    let front = stage.front::<Nginx>(authelia_recipe(theatre, &gatekeeper)?)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.withstand(gatekeeper::ALICE, FromProxy(302), &[])?;
    let outside = cases.check(&[], FromProxy(302))?;
    cases.equal("the portal", &outside.header("location").into(), &"https://auth.example.org/".into());
    let alice = cases.check(&[gatekeeper::ALICE], Person("alice"))?;
    cases.equal("alice's address", &alice.json()["email"], &"alice@example.org".into());
    cases.keep("x_01_nginx_authelia")?;
    cases.seen(&[gatekeeper::NAMELESS], &[], Refused(407, NAMELESS))?;
    cases.keep("x_02_nginx_authelia_bypass")?;
    for spelling in ["Remote-User", "REMOTE_USER", "Remote.User"] {
        cases.seen(&[gatekeeper::NAMELESS, (spelling, "admin")], &[], Refused(407, NAMELESS))?;
    }
    Ok(cases.failures())
}

/// With and without a name from the proxy.
fn underscores(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&SETTINGS)?;
    let gatekeeper = Gatekeeper::start(AUTHELIA)?;
    let recipe =
        authelia_recipe(theatre, &gatekeeper)?.with("client_max_body_size 32m;", "underscores_in_headers on;")?;
    let front = stage.front::<Nginx>(recipe)?;
    let mut cases = Cases::new(theatre, &stage, front.address);
    cases.check(&[gatekeeper::ALICE], Person("alice"))?;
    let alias = ("REMOTE_USER", "admin");
    let both = [("remote-user", "alice"), ("remote_user", "admin")];
    cases.seen(&[gatekeeper::ALICE, alias], &both, Refused(407, "header_alias"))?;
    cases.keep("x_04_nginx_underscores")?;
    cases.seen(&[gatekeeper::NAMELESS, alias], &[("remote_user", "admin")], Refused(407, "header_alias"))?;
    cases.keep("x_04_nginx_underscores_nobody")?;
    Ok(cases.failures())
}

pub(super) fn authelia_recipe(theatre: &Theatre, gatekeeper: &Gatekeeper) -> Result<Recipe> {
    theatre.recipe("nginx-authelia.conf")?.with("127.0.0.1:9091", &gatekeeper.address.to_string())
}

/// Two recipes in one: the path of one, the passwords of the other.
fn under_a_path(theatre: &Theatre) -> Result<Vec<String>> {
    let stage = theatre.stage(&[("APP_URL", "http://codes.example.org/codes")])?;
    let recipe = theatre.recipe("nginx-basic.conf")?.with("location / {", "location /codes/ {")?;
    let recipe = recipe.with("http://127.0.0.1:8000;", "http://127.0.0.1:8000/;")?;
    let front = stage.front::<Nginx>(recipe)?;
    let mut cases = Cases::new(theatre, &stage, front.address).named_in("remote_user").under("/codes/api/v1/user");
    cases.under_a_path(ALICE, FromProxy(401))?;
    Ok(cases.failures())
}

fn open_path(theatre: &Theatre) -> Result<Vec<String>> {
    let site = Site::new(&theatre.binary)?.with(&[("TRUSTED_PROXIES", "127.0.0.1")]);
    let _server = site.serve()?;
    let recipe = Recipe::read(&theatre.root, "nginx-subpath.conf")?.upstream(site.address)?;
    let front = Front::start::<Nginx>(recipe)?;
    let mut failures = Vec::new();
    let mut equal = |what: &str, found: u16, expected: u16| {
        if found != expected {
            failures.push(format!("{what}: {found}, expected {expected}"));
        }
    };
    let read = |path| Request::read(path).header("Accept", "text/html").send(front.address);
    equal("health", read("/codes/up")?.status, 200);
    equal("without its slash", read("/codes")?.status, 301);
    let page = read("/codes/")?;
    equal("the page", page.status, 200);
    let from_the_root = ["src=\"/", "href=\"/"].iter().any(|start| page.body.contains(start));
    equal("URLs from the root in the page", from_the_root.into(), 0);
    Ok(failures)
}
