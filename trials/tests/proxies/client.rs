//! Requests through a proxy, checked at the server and at the client.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result};
use trials::checkout;
use trials::http::{Header, Request, Response};
use trials::proxy::Proxy;

use crate::setup::Setup;

/// The message for a request without an identity.
pub(crate) const NAMELESS: &str = "Unauthenticated.";
/// The message for a request that bypasses the proxy.
pub(crate) const UNTRUSTED: &str = "Request does not come from a trusted proxy";
/// The header of alice's browser for a proxy that asks for her password.
pub(crate) const ALICE: Header = ("Authorization", "Basic YWxpY2U6d29uZGVybGFuZA==");

/// The requests that the server's own tests replay.
const RECORDED: &str = "crates/server/tests/it/auth_proxy/captured";

/// The answer that a request must get.
#[derive(Clone, Copy)]
pub(crate) enum Expected {
    /// 200, as this user, identified by the proxy's header.
    User(&'static str),
    /// This status and, in the JSON body, this reason; or this message, if the recorded body has no reason.
    Refused(u16, &'static str),
    /// This status, from the proxy itself: the server receives nothing.
    FromProxy(u16),
}
use Expected::{FromProxy, Refused, User};

/// A client of one proxy, which asks for the user that it is signed in as.
pub(crate) struct Client<'a> {
    pub(crate) setup: &'a Setup,
    /// The address of the proxy.
    pub(crate) proxy: SocketAddr,
    /// The path of the user's description.
    pub(crate) path: &'a str,
    /// The header with the user name, in lower case.
    pub(crate) header: &'static str,
    /// The last request as the server received it.
    received: Vec<u8>,
}

impl<'a> Client<'a> {
    /// A client of a proxy that identifies users by `Remote-User`.
    pub(crate) fn new(setup: &'a Setup, proxy: &Proxy) -> Self {
        Self { setup, proxy: proxy.address, path: "/api/v1/user", header: "remote-user", received: Vec::new() }
    }

    /// The same for a proxy that identifies users by this header, in lower case.
    pub(crate) fn identified_by(self, header: &'static str) -> Self {
        Self { header, ..self }
    }

    /// The same for a server under a path.
    pub(crate) fn under(self, path: &'a str) -> Self {
        Self { path, ..self }
    }

    /// Sends these headers and checks the answer.
    #[track_caller]
    pub(crate) fn check(&mut self, headers: &[Header], expected: Expected) -> Result<Response> {
        self.setup.tap.take();
        let response = Request::read(self.path).headers(headers).send(self.proxy)?;
        self.received = self.setup.tap.take();
        expected.assert(&format!("{headers:?}"), &response);
        if matches!(expected, FromProxy(_)) {
            assert!(self.received.is_empty(), "{headers:?}: the server got {:?}", text(&self.received));
        }
        Ok(response)
    }

    /// Sends these headers and checks the answer. The server must receive the lines `received`, in any order, and no
    /// other that could be taken for the header with the user name.
    #[track_caller]
    pub(crate) fn check_received(&mut self, headers: &[Header], received: &[Header], expected: Expected) -> Result<()> {
        self.check(headers, expected)?;
        let mut wanted: Vec<String> = received.iter().map(|(name, value)| line(name, value)).collect();
        wanted.sort();
        assert_eq!(identities(&self.received, self.header), wanted, "{headers:?}: what the server received");
        Ok(())
    }

    /// Stores the last request as the server received it, and checks that the recorded one of that name states the
    /// same identity.
    #[track_caller]
    pub(crate) fn compare_with_recorded(&self, name: &str) -> Result<()> {
        let name = format!("{name}.http");
        let captured = Path::new(env!("CARGO_TARGET_TMPDIR")).join("captured");
        fs::create_dir_all(&captured)?;
        fs::write(captured.join(&name), &self.received)?;
        let recorded = checkout::root().join(RECORDED).join(&name);
        let recorded = fs::read(&recorded).with_context(|| format!("cannot read {}", recorded.display()))?;
        let [recorded, received] = [&recorded, &self.received].map(|request| identities(request, self.header));
        assert_eq!(recorded, received, "the identity in the recorded {name}");
        Ok(())
    }
}

impl Expected {
    /// Checks a response.
    #[track_caller]
    pub(crate) fn assert(self, what: &str, response: &Response) {
        let body = response.json();
        let (status, good) = match self {
            User(name) => (200, body["name"] == *name && body["authenticated_by_proxy"] == true),
            Refused(status, why) => (status, body["reason"] == *why || body["message"] == *why),
            FromProxy(status) => (status, true),
        };
        assert!(response.status == status && good, "{what}: {} {}", response.status, response.body.trim());
    }
}

/// Returns the header lines of a request that could be taken for the one with the user name, sorted.
fn identities(request: &[u8], header: &str) -> Vec<String> {
    let text = text(request);
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let pairs = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
    let mut found: Vec<String> =
        pairs.filter(|(name, _)| fold(name) == fold(header)).map(|(name, value)| line(name, value.trim())).collect();
    found.sort();
    found
}

fn text(request: &[u8]) -> String {
    String::from_utf8_lossy(request).into_owned()
}

fn line(name: &str, value: &str) -> String {
    format!("{}: {value}", name.to_ascii_lowercase())
}

/// Returns the name as programs behind CGI-like interfaces receive it.
fn fold(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}
