//! Checks of a whole recipe: alice's requests, and attempts to get around the proxy.

use anyhow::Result;
use serde_json::json;
use trials::http::{Header, Request};

use crate::client::Client;
use crate::client::Expected::{self, Refused, User};
use crate::{client, smuggling};

/// An address of this machine that no server here trusts.
const STRANGER: [u8; 4] = [127, 0, 0, 9];
/// An address that clients only claim.
const CLAIMED: &str = "203.0.113.66";

impl Client<'_> {
    /// Checks what holds for every recipe: alice is alice, whatever she claims; a request without a sign-in has no
    /// identity; and the proxy can't be bypassed. `forwarded` are the other spellings that this proxy forwards: for
    /// those a client gets no answer.
    pub(crate) fn check_recipe(&mut self, alice: Header, anonymous: Expected, forwarded: &[&str]) -> Result<()> {
        let is_alice = [(self.header, "alice")];
        let first = self.check(&[alice], User("alice"))?.json();
        let again = self.check(&[alice], User("alice"))?.json();
        assert_eq!(first["id"], again["id"], "alice is created once");
        assert_eq!(again["is_admin"], false, "alice is no administrator");

        self.check(&[], anonymous)?;
        let header = if self.header == "remote_user" { "REMOTE_USER" } else { "Remote-User" };
        self.check(&[(header, "admin")], anonymous)?;
        self.check_received(&[alice, (header, "admin")], &is_alice, User("alice"))?;
        self.check_received(&[alice, (header, "admin"), (header, "root")], &is_alice, User("alice"))?;
        for alias in ["Remote-User", "REMOTE_USER", "Remote_User", "Remote.User", "Remote~User"] {
            if forwarded.contains(&alias) {
                let both = [is_alice[0], (alias, "admin")];
                self.check_received(&[alice, (alias, "admin")], &both, Refused(407, "header_alias"))?;
            } else if !alias.eq_ignore_ascii_case(header) {
                self.check(&[(alias, "admin")], anonymous)?;
                self.check_received(&[alice, (alias, "admin")], &is_alice, User("alice"))?;
            }
        }
        for hops in ["Remote-User", "close, Remote-User", "close, REMOTE_USER", "X-Auth-Proxy-Secret"] {
            self.check_received(&[alice, ("Connection", hops)], &is_alice, User("alice"))?;
        }
        self.check_received(&[alice, ("X-Auth-Proxy-Secret", "guessed")], &is_alice, User("alice"))?;
        self.check_addresses(alice)?;
        self.check_origins(alice)?;
        self.check_direct_connections(header)?;
        smuggling::check(self.setup, self.proxy, alice, header)
    }

    /// Checks a proxy whose connection alone is trusted, by its socket or its certificate.
    pub(crate) fn check_only_way(&mut self, alice: Header, header: &str) -> Result<()> {
        self.check(&[alice], User("alice"))?;
        self.check(&[alice, (header, "admin")], User("alice"))?;
        let direct = Request::read("/api/v1/user").header(header, "admin").send(self.setup.instance.address)?;
        Refused(403, client::UNTRUSTED).assert("past the only way", &direct);
        self.check_addresses(alice)
    }

    /// Checks a server under a path, which the proxy guards no less.
    pub(crate) fn check_under_path(&mut self, alice: Header, anonymous: Expected) -> Result<()> {
        self.check(&[], anonymous)?;
        self.check_received(&[alice], &[(self.header, "alice")], User("alice"))?;
        self.check_received(&[alice, (self.header, "admin")], &[(self.header, "alice")], User("alice"))?;
        self.check_origins(alice)
    }

    /// Checks that the client's address is the one that the proxy states, not one that the client claims.
    fn check_addresses(&self, alice: Header) -> Result<()> {
        let claims = ["X-Forwarded-For", "X-Real-IP", "Forwarded"].map(|name| (name, CLAIMED));
        let request = Request::read(self.path).headers(&[alice]).headers(&claims).from(STRANGER);
        User("alice").assert("from another address", &request.send(self.proxy)?);
        let log = self.setup.server.log();
        assert!(log.contains("client=127.0.0.9"), "the client's own address isn't in the log");
        assert!(!log.contains(CLAIMED), "the claimed address is in the log");
        Ok(())
    }

    /// Checks that the server's own page may write and another site's may not: the proxy forwards what tells them
    /// apart.
    fn check_origins(&self, alice: Header) -> Result<()> {
        let own = format!("http://{}", self.proxy);
        for (origin, status) in [(own.as_str(), 201), ("http://evil.example", 419)] {
            let group = json!({ "name": format!("Group {status}") });
            let groups = self.path.replace("user", "groups");
            let response = Request::write(&groups, &group).headers(&[alice, ("Origin", origin)]).send(self.proxy)?;
            assert_eq!(response.status, status, "a page of {origin} writes: {}", response.body);
        }
        Ok(())
    }

    /// Checks connections that aren't the proxy's.
    fn check_direct_connections(&self, header: &str) -> Result<()> {
        let server = self.setup.instance.address;
        let direct = Request::read("/api/v1/user").from(STRANGER).header(header, "admin");
        Refused(403, client::UNTRUSTED).assert("direct", &direct.send(server)?);
        let forwarded = direct.header("X-Forwarded-For", "127.0.0.1").header("X-Real-IP", "127.0.0.1");
        Refused(403, client::UNTRUSTED).assert("direct, forwarded", &forwarded.send(server)?);
        // Another program at the proxy's address, such as a container beside it.
        let beside = Request::read("/api/v1/user").header(header, "admin");
        Refused(403, "proof_invalid").assert("beside the proxy", &beside.send(server)?);
        Ok(())
    }
}
