//! The server behind a real nginx, with the recipes of `docs/proxies` as their readers use them.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Result, ensure};

use super::{Outcome, missing};
use crate::http::{Request, Response};
use crate::process;
use crate::services::nginx::{Nginx, Recipe};
use crate::services::sixpin::{Site, Sixpin};
use crate::tools::NGINX;
use crate::workspace::Workspace;

/// An address of this machine that no server here trusts.
const STRANGER: [u8; 4] = [127, 0, 0, 9];
const UNTRUSTED: &str = "Request does not come from a trusted proxy";
const NAMELESS: &str = "Unauthenticated.";
/// What nginx knows of people.
pub(super) const PASSWORDS: &str = "alice:{PLAIN}wonderland\n";
/// What alice's browser sends.
const ALICE: (&str, &str) = ("Authorization", "Basic YWxpY2U6d29uZGVybGFuZA==");
/// The cookies by which the stand-in for Authelia knows people: alice, and one whom it lets through without a name.
const ALICE_COOKIE: (&str, &str) = ("Cookie", "authelia_session=alice");
const NAMELESS_COOKIE: (&str, &str) = ("Cookie", "authelia_session=bypass");

/// What a request must come to.
enum Expected {
    /// 200, as this person, recognised by the proxy's header.
    Person(&'static str),
    /// This status and, in the JSON body, this reason; or this message, where the recorded body has no reason.
    Refused(u16, &'static str),
    /// This status, from nginx itself.
    Nginx(u16),
}
use Expected::{Nginx as FromNginx, Person, Refused};

/// Starts a front from the recipes under a root, for the given binary; what it says is what went wrong.
type Front = fn(&Path, &Path) -> Result<Vec<String>>;

/// Every front, one after the other.
pub(super) fn run(workspace: &Workspace) -> Result<Outcome> {
    if let Some(reason) = missing(&[&NGINX]) {
        return Ok(Outcome::Skipped(reason));
    }
    let binary = workspace.build_server("dev")?;
    let root = &workspace.root;
    let fronts: [(&str, Front); 5] = [
        ("basic authentication", basic),
        ("basic authentication that forgets the other spelling", forgetful),
        ("Authelia", authelia),
        ("a proxy that passes underscores on", underscores),
        ("a sub-path", sub_path),
    ];
    let mut failures = Vec::new();
    for (name, front) in fronts {
        let found = front(root, &binary)?;
        println!("{name}: {}", if found.is_empty() { "as it should be" } else { "WRONG" });
        failures.extend(found.into_iter().map(|failure| format!("{name}: {failure}")));
    }
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(Outcome::Passed)
}

/// A server in proxy mode that already has an administrator, worth pretending to be.
fn server(binary: &Path, settings: &[(&str, &str)]) -> Result<(Site, Sixpin)> {
    let base = [("AUTHENTICATION_GUARD", "reverse-proxy-guard"), ("TRUSTED_PROXIES", "127.0.0.1")];
    let site = Site::new(binary)?.with(&base).with(settings);
    site.add_administrator("admin", "admin@example.org")?;
    let server = site.serve()?;
    Ok((site, server))
}

fn basic(root: &Path, binary: &Path) -> Result<Vec<String>> {
    let (site, _server) = server(binary, &[])?;
    let nginx = Nginx::start(Recipe::read(root, "nginx-basic.conf")?, site.address, PASSWORDS)?;
    let front = nginx.address;
    let mut cases = Cases::default();
    cases.check(front, &[], &FromNginx(401))?;
    cases.check(front, &[("Remote-User", "admin")], &FromNginx(401))?;
    let first = cases.check(front, &[ALICE], &Person("alice"))?;
    let again = cases.check(front, &[ALICE], &Person("alice"))?;
    cases.equal("alice is created once", &first.json()["id"], &again.json()["id"]);
    cases.equal("alice is no administrator", &again.json()["is_admin"], &false.into());
    cases.check(front, &[ALICE, ("Remote-User", "admin")], &Person("alice"))?;
    cases.check(front, &[ALICE, ("REMOTE_USER", "admin")], &Person("alice"))?;
    cases.check(front, &[ALICE, ("Connection", "REMOTE_USER")], &Person("alice"))?;
    cases.check(front, &[ALICE, ("X-Forwarded-For", "127.0.0.1")], &Person("alice"))?;

    let direct = Request::read("/api/v1/user").from(STRANGER).header("REMOTE_USER", "admin");
    cases.judge("direct", &direct.send(site.address)?, &Refused(403, UNTRUSTED));
    let direct = direct.header("X-Forwarded-For", "127.0.0.1").header("X-Real-IP", "127.0.0.1");
    cases.judge("direct, forwarded", &direct.send(site.address)?, &Refused(403, UNTRUSTED));
    let nameless = Request::read("/api/v1/user").send(site.address)?;
    cases.judge("the proxy without a name", &nameless, &Refused(407, NAMELESS));
    Ok(cases.failures)
}

/// X-03 of the catalogue: the client's other spelling arrives next to the proxy's header.
fn forgetful(root: &Path, binary: &Path) -> Result<Vec<String>> {
    let (site, _server) = server(binary, &[])?;
    let recipe = Recipe::read(root, "nginx-basic.conf")?.with("proxy_set_header Remote-User \"\";", "")?;
    let nginx = Nginx::start(recipe, site.address, PASSWORDS)?;
    let mut cases = Cases::default();
    cases.check(nginx.address, &[ALICE], &Person("alice"))?;
    cases.check(nginx.address, &[ALICE, ("Remote-User", "admin")], &Refused(407, "header_alias"))?;
    Ok(cases.failures)
}

///
fn authelia(root: &Path, binary: &Path) -> Result<Vec<String>> {
    let (site, _server) = server(binary, &REMOTE_USER)?;
    let nginx = Nginx::start(authelia_recipe(root)?, site.address, "")?;
    let front = nginx.address;
    let mut cases = Cases::default();
    let outside = cases.check(front, &[], &FromNginx(302))?;
    cases.equal("the portal", &outside.header("location").into(), &"https://auth.example.org/".into());
    let alice = cases.check(front, &[ALICE_COOKIE], &Person("alice"))?;
    cases.equal("alice's address", &alice.json()["email"], &"alice@example.org".into());
    cases.check(front, &[ALICE_COOKIE, ("Remote-User", "admin")], &Person("alice"))?;
    cases.check(front, &[ALICE_COOKIE, ("REMOTE_USER", "admin")], &Person("alice"))?;
    cases.check(front, &[NAMELESS_COOKIE], &Refused(407, NAMELESS))?;
    cases.check(front, &[NAMELESS_COOKIE, ("Remote-User", "admin")], &Refused(407, NAMELESS))?;
    Ok(cases.failures)
}

/// with and without a name from the proxy.
fn underscores(root: &Path, binary: &Path) -> Result<Vec<String>> {
    let (site, _server) = server(binary, &REMOTE_USER)?;
    let recipe = authelia_recipe(root)?.with("client_max_body_size 32m;", "underscores_in_headers on;")?;
    let nginx = Nginx::start(recipe, site.address, "")?;
    let mut cases = Cases::default();
    cases.check(nginx.address, &[ALICE_COOKIE], &Person("alice"))?;
    let alias = ("REMOTE_USER", "admin");
    cases.check(nginx.address, &[ALICE_COOKIE, alias], &Refused(407, "header_alias"))?;
    cases.check(nginx.address, &[NAMELESS_COOKIE, alias], &Refused(407, "header_alias"))?;
    Ok(cases.failures)
}

const REMOTE_USER: [(&str, &str); 2] =
    [("AUTH_PROXY_HEADER_FOR_USER", "Remote-User"), ("AUTH_PROXY_HEADER_FOR_EMAIL", "Remote-Email")];

/// The recipe for Authelia with a stand-in for it, which answers as Authelia does to the three kinds of visitor.
fn authelia_recipe(root: &Path) -> Result<Recipe> {
    let port = process::free_port()?;
    let stand_in = format!(
        "map $cookie_authelia_session $known_name {{ alice alice; }}
        map $cookie_authelia_session $known_address {{ alice alice@example.org; }}
        server {{
            listen 127.0.0.1:{port};
            add_header Remote-User $known_name;
            add_header Remote-Email $known_address;
            add_header Location https://auth.example.org/ always;
            if ($cookie_authelia_session = '') {{ return 401; }}
            location / {{ return 200; }}
        }}"
    );
    Ok(Recipe::read(root, "nginx-authelia.conf")?.with("127.0.0.1:9091", &format!("127.0.0.1:{port}"))?.and(&stand_in))
}

fn sub_path(root: &Path, binary: &Path) -> Result<Vec<String>> {
    let site = Site::new(binary)?.with(&[("TRUSTED_PROXIES", "127.0.0.1")]);
    let _server = site.serve()?;
    let nginx = Nginx::start(Recipe::read(root, "nginx-subpath.conf")?, site.address, "")?;
    let mut cases = Cases::default();
    let read = |path| Request::read(path).header("Accept", "text/html").send(nginx.address);
    cases.equal("health", &read("/codes/up")?.status.into(), &200.into());
    cases.equal("without its slash", &read("/codes")?.status.into(), &301.into());
    let page = read("/codes/")?;
    cases.equal("the page", &page.status.into(), &200.into());
    let from_the_root = ["src=\"/", "href=\"/"].iter().any(|start| page.body.contains(start));
    cases.equal("a URL from the root in the page", &from_the_root.into(), &false.into());
    Ok(cases.failures)
}

/// Requests with their expectations, and what was found to differ.
#[derive(Default)]
struct Cases {
    failures: Vec<String>,
}

impl Cases {
    /// Asks who one is, with these headers.
    fn check(&mut self, front: SocketAddr, headers: &[(&str, &str)], expected: &Expected) -> Result<Response> {
        let plain = Request::read("/api/v1/user");
        let request = headers.iter().fold(plain, |request, (name, value)| request.header(name, value));
        let response = request.send(front)?;
        self.judge(&format!("{headers:?}"), &response, expected);
        Ok(response)
    }

    fn judge(&mut self, what: &str, response: &Response, expected: &Expected) {
        let body = response.json();
        let (status, good) = match expected {
            Person(name) => (200, body["name"] == *name && body["authenticated_by_proxy"] == true),
            Refused(status, why) => (*status, body["reason"] == *why || body["message"] == *why),
            FromNginx(status) => (*status, response.header("server").is_some_and(|name| name.starts_with("nginx"))),
        };
        if response.status != status || !good {
            self.failures.push(format!("{what}: {} {}", response.status, response.body.trim()));
        }
    }

    fn equal(&mut self, what: &str, found: &serde_json::Value, expected: &serde_json::Value) {
        if found != expected {
            self.failures.push(format!("{what}: {found}, expected {expected}"));
        }
    }
}
