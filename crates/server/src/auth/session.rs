//! Sessions: a row in the database for whoever is signed in, a cookie that names it, and the CSRF token that goes with
//! the cookie.
//!
//! A visitor who is not signed in has a cookie too, without a row: it carries nothing but the ground of the CSRF token.

use cookie::{Cookie, SameSite};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use store::Session;
use subtle::ConstantTimeEq as _;
use vault::UserId;

use crate::app::App;
use crate::error::Result;
use crate::random::{digest, random_text};
use crate::visitor::claim::Claim;
use crate::visitor::client::Client;

/// The cookie in which scripts find the CSRF token.
const CSRF_COOKIE: &str = "XSRF-TOKEN";
/// compat 3.6: a session lives for 90 days without use.
pub const LIFETIME_DAYS: i64 = 90;
const COOKIE_LENGTH: usize = 43;
const CSRF_LENGTH: usize = 40;

/// What a visitor's cookies say.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The session cookie's value.
    cookie: String,
    /// Whether the visitor already had it.
    is_known: bool,
    /// Whom an auth proxy names; empty without one.
    person: String,
}

impl Visit {
    /// The visit of a request: the cookie it brought, or a new one.
    pub fn of(app: &App, parts: &Parts) -> Self {
        let new = Self { person: Claim::key(parts), ..Self::new(app) };
        match session_cookie(app, &parts.headers) {
            Some(cookie) => Self { cookie, is_known: true, ..new },
            None => new,
        }
    }

    /// A visit with a new cookie.
    pub fn new(app: &App) -> Self {
        Self { cookie: random_text(app.random, COOKIE_LENGTH), is_known: false, person: String::new() }
    }

    /// Whether the visitor brought the cookie.
    pub fn is_known(&self) -> bool {
        self.is_known
    }

    /// Under what the session is stored.
    pub fn id(&self) -> [u8; 32] {
        digest(&self.cookie)
    }

    /// The CSRF token that goes with the cookie: 40 letters and digits. It tells nothing about the cookie, and nobody but
    /// the instance can make it: who plants a cookie in somebody's browser doesn't know the token of it. Behind an auth
    /// proxy it also goes with the person, so that it changes when somebody else comes with the same cookie.
    pub fn csrf_token(&self, app: &App) -> String {
        let proof = app.store.csrf().proof(&[self.cookie.as_bytes(), self.person.as_bytes()]);
        let mut token = data_encoding::HEXLOWER.encode(&proof);
        token.truncate(CSRF_LENGTH);
        token
    }

    /// Whether `token` is the CSRF token of the cookie that the visitor brought.
    pub fn accepts(&self, app: &App, token: &str) -> bool {
        self.is_known && bool::from(self.csrf_token(app).as_bytes().ct_eq(token.as_bytes()))
    }

    /// The `Set-Cookie` values that give the visitor the session cookie and the CSRF token.
    pub fn cookies(&self, app: &App, is_https: bool) -> [HeaderValue; 2] {
        let session = cookie(app, is_https, app.config.session.cookie.clone(), self.cookie.clone(), true);
        let csrf = cookie(app, is_https, CSRF_COOKIE.into(), self.csrf_token(app), false);
        [session, csrf]
    }

    /// Begins a session for `user`: always under a new cookie, so that nobody can have planted it.
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
            user_agent: client.agent(),
        };
        write.create_session(&visit.id(), &session).await?;
        Ok(visit)
    }
}

/// Whether a session last used at `last_used_at` is over by its age.
pub fn is_expired(last_used_at: Timestamp, now: Timestamp) -> bool {
    now.as_second() - last_used_at.as_second() > LIFETIME_DAYS * 86_400
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
