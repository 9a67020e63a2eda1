//! Somebody who asks: a browser with its cookies, a program with a token, or whoever a proxy names.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use authproxy::Peer;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::SignedDuration;
use serde_json::json;
use sixpin::auth::session::Visit;
use sixpin::auth::token;
use sixpin::random::digest;
use sixpin::visitor::client::Client;
use store::{Basis, Token};
use vault::{AccountId, User, UserId, access};

use super::{PROXY, TestApp};

/// Somebody who asks. Clones share the browser's cookies.
#[derive(Clone)]
pub(crate) struct Person {
    pub(super) app: TestApp,
    /// 0 for who isn't known.
    pub(crate) id: i64,
    pub(crate) email: String,
    pub(super) peer: Peer,
    /// Sent with every request.
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The cookies of a browser; a program keeps none.
    cookies: Option<Arc<Mutex<BTreeMap<String, String>>>>,
    /// Whether the page's CSRF proof is sent.
    proves: bool,
}

/// A TCP peer at 127.0.0.`last`.
pub(crate) fn loopback(last: u8) -> Peer {
    Peer::Tcp(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 40_000))
}

impl Person {
    pub(super) fn anonymous(app: &TestApp) -> Self {
        Self {
            app: app.clone(),
            id: 0,
            email: String::new(),
            peer: loopback(1),
            headers: Vec::new(),
            cookies: Some(Arc::default()),
            proves: true,
        }
    }

    pub(super) fn of(app: &TestApp, user: &User) -> Self {
        Self { id: user.id.0, email: user.email.clone(), ..Self::anonymous(app) }
    }

    /// This person in a new browser, signed in.
    pub(crate) async fn session(&self) -> Self {
        let app = &self.app.app;
        let mut write = app.store.write().await.unwrap().by_operator();
        let nobody = Client { ip: None, is_https: false, user_agent: None };
        let visit = Visit::begin(app, &mut write, UserId(self.id), &nobody, Basis::Password).await.unwrap();
        write.commit().await.unwrap();
        let mut headers = HeaderMap::new();
        headers.extend(visit.cookies(app, app.config.app.is_https()).map(|cookie| (header::SET_COOKIE, cookie)));
        let person = Self { cookies: Some(Arc::default()), ..self.clone() };
        person.keep_cookies(&headers);
        person
    }

    /// A program of this person's, with a new token of a year.
    pub(crate) async fn with_token(&self) -> Self {
        self.with_bearer(&self.new_token().await.1)
    }

    /// The id and the text of a new token of a year.
    pub(crate) async fn new_token(&self) -> (String, String) {
        let app = &self.app.app;
        let text = token::generate(app.random);
        let now = app.clock.now();
        let new = Token {
            id: token::generate_id(app.random),
            user: UserId(self.id),
            name: "program".into(),
            created_at: now,
            expires_at: now + SignedDuration::from_hours(24 * 365),
            revoked: false,
            may_write: false,
            last_used_at: None,
        };
        let mut write = app.store.write().await.unwrap().by_operator();
        write.create_token(&digest(&text), &new).await.unwrap();
        write.commit().await.unwrap();
        (new.id, text)
    }

    /// A program with this token, good or not.
    pub(crate) fn with_bearer(&self, token: &str) -> Self {
        Self { cookies: None, ..self.clone() }.with("authorization", format!("Bearer {token}"))
    }

    /// Whoever the proxy at 127.0.0.2 says: the header `REMOTE_USER` and no cookies.
    pub(crate) fn as_proxied(&self, name: &str) -> Self {
        Self { cookies: None, peer: loopback(PROXY), ..self.clone() }.with("remote_user", name)
    }

    /// Sends this header with every request, in place of one of the same name.
    pub(crate) fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers.retain(|(sent, _)| *sent != name);
        self.headers.push((name, HeaderValue::from_bytes(value.as_ref()).unwrap()));
        self
    }

    /// The same at another peer.
    pub(crate) fn at(self, peer: Peer) -> Self {
        Self { peer, ..self }
    }

    /// The same at another instance.
    pub(crate) fn on(&self, app: &TestApp) -> Self {
        Self { app: app.clone(), ..self.clone() }
    }

    /// The same without the page's CSRF proof.
    pub(crate) fn without_proof(&self) -> Self {
        Self { proves: false, ..self.clone() }
    }

    /// A cookie that the browser keeps.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.as_ref()?.lock().unwrap().get(name).cloned()
    }

    /// Adds the account of an otpauth URI; answers its id.
    pub(crate) async fn adds(&self, uri: &str) -> i64 {
        self.post("/api/v1/twofaccounts", json!({ "uri": uri })).await.expect(201).id()
    }

    /// Shares an account of this person's with somebody.
    pub(crate) async fn shares(&self, account: i64, with: &Person) {
        let app = &self.app.app;
        let mut write = app.store.write().await.unwrap().by_operator();
        let seen = write.account(UserId(self.id), AccountId(account)).await.unwrap().unwrap();
        let right = access::manage(UserId(self.id), &seen).unwrap();
        write.share_with(&right, &[UserId(with.id)], app.clock.now()).await.unwrap();
        write.commit().await.unwrap();
    }

    /// The headers that go with every request of this person's.
    pub(super) fn own_headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = self.headers.clone();
        let Some(cookies) = &self.cookies else { return headers };
        let cookies = cookies.lock().unwrap();
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !pairs.is_empty() {
            headers.push((header::COOKIE, pairs.join("; ").parse().unwrap()));
        }
        if let Some(proof) = cookies.get("XSRF-TOKEN").filter(|_| self.proves) {
            headers.push((HeaderName::from_static("x-xsrf-token"), proof.parse().unwrap()));
        }
        headers
    }

    pub(super) fn keep_cookies(&self, answer: &HeaderMap) {
        let Some(kept) = &self.cookies else { return };
        for set in answer.get_all(header::SET_COOKIE) {
            let (pair, _) = set.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            kept.lock().unwrap().insert(name.to_owned(), value.to_owned());
        }
    }
}
