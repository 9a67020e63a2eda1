//! Sessions: a row in the database for each signed-in browser, a cookie that identifies it, and a CSRF token derived
//! from the cookie.
//!
//! A visitor who is not signed in has a cookie too, without a row: it only seeds the CSRF token.

use cookie::{Cookie, SameSite};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use store::Session;
use subtle::ConstantTimeEq as _;
use vault::UserId;

use crate::app::App;
use crate::error::Result;
use crate::random::{digest, random_text};
use crate::visitor::client::Client;
use crate::visitor::identity::StatedIdentity;

/// The cookie in which scripts find the CSRF token.
const CSRF_COOKIE: &str = "XSRF-TOKEN";
/// compat 3.6: a session lives for 90 days without use.
pub const LIFETIME_DAYS: i64 = 90;
const COOKIE_LENGTH: usize = 43;
const CSRF_LENGTH: usize = 40;

/// The session cookie of a request.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The value.
    cookie: String,
    /// Whether the request brought it.
    is_known: bool,
    /// The key of the user whom an auth proxy identifies; empty without one.
    person: String,
}

impl Visit {
    /// Returns the visit of a request: with the cookie it brought, or a new one.
    pub fn of(app: &App, parts: &Parts) -> Self {
        let new = Self { person: StatedIdentity::key(parts), ..Self::new(app) };
        match session_cookie(app, &parts.headers) {
            Some(cookie) => Self { cookie, is_known: true, ..new },
            None => new,
        }
    }

    /// Returns a visit with a new cookie.
    pub fn new(app: &App) -> Self {
        Self { cookie: random_text(app.random, COOKIE_LENGTH), is_known: false, person: String::new() }
    }

    /// Whether the request brought the cookie.
    pub fn is_known(&self) -> bool {
        self.is_known
    }

    /// Returns the key of the session's row.
    pub fn id(&self) -> [u8; 32] {
        digest(&self.cookie)
    }

    /// Returns the CSRF token of the cookie: 40 letters and digits. It reveals nothing about the cookie, and only the
    /// instance can compute it: an attacker who plants a cookie in a browser doesn't know its token. Behind an auth
    /// proxy it also depends on the user, so that it changes when another user comes with the same cookie.
    pub fn csrf_token(&self, app: &App) -> String {
        let proof = app.store.csrf().proof(&[self.cookie.as_bytes(), self.person.as_bytes()]);
        let mut token = data_encoding::HEXLOWER.encode(&proof);
        token.truncate(CSRF_LENGTH);
        token
    }

    /// Whether `token` is the CSRF token of the cookie that the request brought.
    pub fn accepts(&self, app: &App, token: &str) -> bool {
        self.is_known && bool::from(self.csrf_token(app).as_bytes().ct_eq(token.as_bytes()))
    }

    /// Returns the `Set-Cookie` values with the session cookie and the CSRF token.
    pub fn cookies(&self, app: &App, is_https: bool) -> [HeaderValue; 2] {
        let session = cookie(app, is_https, app.config.session.cookie.clone(), self.cookie.clone(), true);
        let csrf = cookie(app, is_https, CSRF_COOKIE.into(), self.csrf_token(app), false);
        [session, csrf]
    }

    /// Begins a session for `user`, always with a new cookie: a known one could have been planted (session fixation).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(app: &App, write: &mut store::Write, user: UserId, client: &Client) -> Result<Self> {
        let visit = Self::new(app);
        let now = app.clock.now();
        let session = Session {
            user: Some(user),
            data: None,
            created_at: now,
            last_used_at: now,
            ip: client.ip_text(),
            user_agent: client.user_agent_text(),
        };
        write.create_session(&visit.id(), &session).await?;
        Ok(visit)
    }
}

/// Whether a session last used at `last_used_at` is over by its age.
pub fn is_expired(last_used_at: Timestamp, now: Timestamp) -> bool {
    last_used_at < oldest_use(now)
}

/// Returns the time since which a session must have been used.
pub fn oldest_use(now: Timestamp) -> Timestamp {
    now - SignedDuration::from_hours(24 * LIFETIME_DAYS)
}

fn session_cookie(app: &App, headers: &HeaderMap) -> Option<String> {
    let name = app.config.session.cookie.as_str();
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = pairs.flat_map(Cookie::split_parse).filter_map(std::result::Result::ok);
    let value = cookies.find(|cookie| cookie.name() == name)?.value().to_owned();
    let is_ours = value.len() == COOKIE_LENGTH && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_ours.then_some(value)
}

fn cookie(app: &App, is_https: bool, name: String, value: String, http_only: bool) -> HeaderValue {
    let config = &app.config.session;
    let mut cookie = Cookie::build((name, value))
        .path(config.path.clone())
        .same_site(SameSite::Lax)
        .secure(config.secure.unwrap_or(is_https))
        .http_only(http_only)
        .max_age(cookie::time::Duration::days(LIFETIME_DAYS));
    if let Some(domain) = &config.domain {
        cookie = cookie.domain(domain.clone());
    }
    HeaderValue::try_from(cookie.build().to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
}
