//! Requests with what must come of them, at the server and at the client.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value, json};

use super::smuggling;
use super::stage::{Stage, Theatre, recorded};
use crate::http::{Request, Response};

/// An address of this machine that no server here trusts.
const STRANGER: [u8; 4] = [127, 0, 0, 9];
/// An address that clients only claim.
const CLAIMED: &str = "203.0.113.66";
/// What a request of nobody's is answered.
pub(super) const NAMELESS: &str = "Unauthenticated.";
/// What a request past the proxy is answered.
pub(super) const UNTRUSTED: &str = "Request does not come from a trusted proxy";
/// What alice's browser sends where the proxy asks for her password.
pub(super) const ALICE: Header = ("Authorization", "Basic YWxpY2U6d29uZGVybGFuZA==");

/// A header line.
pub(super) type Header<'a> = (&'a str, &'a str);

/// What a request must come to.
#[derive(Clone, Copy)]
pub(super) enum Expected {
    /// 200, as this person, recognised by the proxy's header.
    Person(&'static str),
    /// This status and, in the JSON body, this reason; or this message, where the recorded body has no reason.
    Refused(u16, &'static str),
    /// This status, from the proxy itself: the server gets nothing.
    FromProxy(u16),
}
use Expected::{FromProxy, Person, Refused};

/// Requests to one proxy, and what was found to differ.
pub(super) struct Cases<'a> {
    stage: &'a Stage,
    front: SocketAddr,
    path: &'a str,
    /// The header that names people, in lower case.
    header: &'static str,
    captured: PathBuf,
    recorded: PathBuf,
    last: Vec<u8>,
    failures: Vec<String>,
}

impl<'a> Cases<'a> {
    /// None so far. The proxy names people in `Remote-User`.
    pub(super) fn new(theatre: &Theatre, stage: &'a Stage, front: SocketAddr) -> Self {
        let (captured, recorded) = (theatre.captured.clone(), recorded(&theatre.root));
        let (last, failures) = (Vec::new(), Vec::new());
        Self { stage, front, path: "/api/v1/user", header: "remote-user", captured, recorded, last, failures }
    }

    /// The same where the proxy names people in this header, in lower case.
    pub(super) fn named_in(self, header: &'static str) -> Self {
        Self { header, ..self }
    }

    /// The same under a path.
    pub(super) fn under(self, path: &'a str) -> Self {
        Self { path, ..self }
    }

    /// What differed.
    pub(super) fn failures(self) -> Vec<String> {
        self.failures
    }

    /// Asks who one is, with these headers. What the server sees is not looked at.
    pub(super) fn check(&mut self, headers: &[Header], expected: Expected) -> Result<Response> {
        let plain = Request::read(self.path);
        let request = headers.iter().fold(plain, |request, (name, value)| request.header(name, value));
        self.stage.tap.take();
        let response = request.send(self.front)?;
        self.last = self.stage.tap.take();
        let what = format!("{headers:?}");
        self.judge(&what, &response, expected);
        if matches!(expected, FromProxy(_)) && !self.last.is_empty() {
            self.failures.push(format!("{what}: the server got {:?}", String::from_utf8_lossy(&self.last)));
        }
        Ok(response)
    }

    /// Asks who one is, with these headers. The server must see these lines, in any order, and no others that could be
    /// taken for the header that names people.
    pub(super) fn seen(&mut self, headers: &[Header], seen: &[Header], expected: Expected) -> Result<()> {
        self.check(headers, expected)?;
        let mut wanted: Vec<String> = seen.iter().map(|(name, value)| line(name, value)).collect();
        wanted.sort();
        let found = identities(&self.last, self.header);
        if found != wanted {
            self.failures.push(format!("{headers:?}: the server saw {found:?}, not {wanted:?}"));
        }
        Ok(())
    }

    /// Keeps the last request as the server got it, and checks that what is recorded under that name says the same of
    /// who it is.
    pub(super) fn keep(&mut self, name: &str) -> Result<()> {
        let name = format!("{name}.http");
        fs::write(self.captured.join(&name), &self.last)?;
        let told = |request: &[u8]| json!(identities(request, self.header));
        let recorded = fs::read(self.recorded.join(&name)).map(|request| told(&request)).unwrap_or_default();
        self.equal(&format!("who it is in the recorded {name}"), &recorded, &told(&self.last));
        Ok(())
    }

    pub(super) fn judge(&mut self, what: &str, response: &Response, expected: Expected) {
        let body = response.json();
        let (status, good) = match expected {
            Person(name) => (200, body["name"] == *name && body["authenticated_by_proxy"] == true),
            Refused(status, why) => (status, body["reason"] == *why || body["message"] == *why),
            FromProxy(status) => (status, true),
        };
        if response.status != status || !good {
            self.failures.push(format!("{what}: {} {}", response.status, response.body.trim()));
        }
    }

    pub(super) fn equal(&mut self, what: &str, found: &Value, expected: &Value) {
        if found != expected {
            self.failures.push(format!("{what}: {found}, expected {expected}"));
        }
    }

    /// What holds of every recipe: alice is alice, whatever she claims; nobody is nobody; and the proxy can't be passed
    /// by. `passed` are the other spellings that this proxy hands on, which cost the client an answer.
    pub(super) fn withstand(&mut self, alice: Header, nobody: Expected, passed: &[&str]) -> Result<()> {
        let is_alice = [(self.header, "alice")];
        let first = self.check(&[alice], Person("alice"))?;
        let again = self.check(&[alice], Person("alice"))?;
        self.equal("alice is created once", &first.json()["id"], &again.json()["id"]);
        self.equal("alice is no administrator", &again.json()["is_admin"], &false.into());

        self.check(&[], nobody)?;
        let header = if self.header == "remote_user" { "REMOTE_USER" } else { "Remote-User" };
        self.check(&[(header, "admin")], nobody)?;
        self.seen(&[alice, (header, "admin")], &is_alice, Person("alice"))?;
        self.seen(&[alice, (header, "admin"), (header, "root")], &is_alice, Person("alice"))?;
        for alias in ["Remote-User", "REMOTE_USER", "Remote_User", "Remote.User", "Remote~User"] {
            if passed.contains(&alias) {
                let both = [is_alice[0], (alias, "admin")];
                self.seen(&[alice, (alias, "admin")], &both, Refused(407, "header_alias"))?;
            } else if !alias.eq_ignore_ascii_case(header) {
                self.check(&[(alias, "admin")], nobody)?;
                self.seen(&[alice, (alias, "admin")], &is_alice, Person("alice"))?;
            }
        }
        for hops in ["Remote-User", "close, Remote-User", "close, REMOTE_USER", "X-Auth-Proxy-Secret"] {
            self.seen(&[alice, ("Connection", hops)], &is_alice, Person("alice"))?;
        }
        self.seen(&[alice, ("X-Auth-Proxy-Secret", "guessed")], &is_alice, Person("alice"))?;
        self.addresses(alice)?;
        self.pages(alice)?;
        self.past_the_proxy(header)?;
        self.failures.extend(smuggling::tries(self.stage, self.front, alice, header)?);
        Ok(())
    }

    /// Who comes from where: the proxy's word counts, not the client's.
    fn addresses(&mut self, alice: Header) -> Result<()> {
        let claims = ["X-Forwarded-For", "X-Real-IP", "Forwarded"].map(|name| (name, CLAIMED));
        let request = Request::read(self.path).header(alice.0, alice.1).from(STRANGER);
        let request = claims.iter().fold(request, |request, (name, value)| request.header(name, value));
        let response = request.send(self.front)?;
        self.judge("from another address", &response, Person("alice"));
        let log = self.stage.server.log();
        self.equal("the client's own address in the log", &log.contains("client=127.0.0.9").into(), &true.into());
        self.equal("the claimed address in the log", &log.contains(CLAIMED).into(), &false.into());
        Ok(())
    }

    /// Its own page may write, another site's may not: the proxy hands on what tells them apart.
    fn pages(&mut self, alice: Header) -> Result<()> {
        let own = format!("http://{}", self.front);
        for (origin, status) in [(own.as_str(), 201), ("http://evil.example", 419)] {
            let group = json!({ "name": format!("Group {status}") });
            let groups = self.path.replace("user", "groups");
            let write = Request::write(&groups, &group).header(alice.0, alice.1).header("Origin", origin);
            let response = write.send(self.front)?;
            self.equal(&format!("a page of {origin} writes"), &response.status.into(), &status.into());
        }
        Ok(())
    }

    /// Connections that aren't the proxy's.
    fn past_the_proxy(&mut self, header: &str) -> Result<()> {
        let server = self.stage.site.address;
        let direct = Request::read("/api/v1/user").from(STRANGER).header(header, "admin");
        self.judge("direct", &direct.send(server)?, Refused(403, UNTRUSTED));
        let direct = direct.header("X-Forwarded-For", "127.0.0.1").header("X-Real-IP", "127.0.0.1");
        self.judge("direct, forwarded", &direct.send(server)?, Refused(403, UNTRUSTED));
        // Another program at the proxy's address: a container beside it, say.
        let beside = Request::read("/api/v1/user").header(header, "admin");
        self.judge("beside the proxy", &beside.send(server)?, Refused(403, "proof_invalid"));
        Ok(())
    }

    /// Through a connection that alone is trusted, by its socket or its certificate.
    pub(super) fn by_the_only_way(&mut self, alice: Header, header: &str) -> Result<()> {
        self.check(&[alice], Person("alice"))?;
        self.check(&[alice, (header, "admin")], Person("alice"))?;
        let beside = Request::read("/api/v1/user").header(header, "admin").send(self.stage.site.address)?;
        self.judge("past the only way", &beside, Refused(403, UNTRUSTED));
        self.addresses(alice)
    }

    /// Under a path, where the proxy guards no less.
    pub(super) fn under_a_path(&mut self, alice: Header, nobody: Expected) -> Result<()> {
        self.check(&[], nobody)?;
        self.seen(&[alice], &[(self.header, "alice")], Person("alice"))?;
        self.seen(&[alice, (self.header, "admin")], &[(self.header, "alice")], Person("alice"))?;
        self.pages(alice)
    }
}

/// The header lines of a request that could be taken for the one that names people, in order of their text.
fn identities(request: &[u8], header: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(request);
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let pairs = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
    let mut found: Vec<String> =
        pairs.filter(|(name, _)| fold(name) == fold(header)).map(|(name, value)| line(name, value.trim())).collect();
    found.sort();
    found
}

fn line(name: &str, value: &str) -> String {
    format!("{}: {value}", name.to_ascii_lowercase())
}

/// What programs behind CGI-like interfaces make of a name.
fn fold(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}
