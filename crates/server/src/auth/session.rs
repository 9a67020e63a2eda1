//! Sessions: a row in the database for each signed-in browser, a cookie that identifies it, and a CSRF token derived
//! from the cookie.
//!
//! A visitor who is not signed in has a cookie too, without a row: it only seeds the CSRF token.

use cookie::{Cookie, SameSite};
use http::request::Parts;
use http::{HeaderValue, header};
use jiff::{SignedDuration, Timestamp};
use store::{Basis, Session};
use subtle::ConstantTimeEq as _;
use vault::{User, UserId};

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
    /// Whether the request brought several.
    is_ambiguous: bool,
    /// The key of the user whom an auth proxy identifies; empty without one.
    person: String,
}

impl Visit {
    /// Returns the visit of a request: with the cookie it brought, or a new one.
    pub fn of(app: &App, parts: &Parts) -> Self {
        let new = Self { person: StatedIdentity::key(parts), ..Self::new(app) };
        match <[String; 1]>::try_from(session_cookies(app, parts)) {
            Ok([cookie]) if is_well_formed(&cookie) => Self { cookie, is_known: true, ..new },
            // One of two was planted, by a neighbour in the same domain for example, and nothing tells which.
            Err(cookies) if cookies.len() > 1 => Self { is_ambiguous: true, ..new },
            _ => new,
        }
    }

    /// Returns a visit with a new cookie.
    pub fn new(app: &App) -> Self {
        Self {
            cookie: random_text(app.random, COOKIE_LENGTH),
            is_known: false,
            is_ambiguous: false,
            person: String::new(),
        }
    }

    /// Whether the request brought several session cookies, none of which counts.
    pub fn is_ambiguous(&self) -> bool {
        self.is_ambiguous
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
        let name = app.config.session.cookie_name(is_https);
        let session = cookie(app, is_https, name, self.cookie.clone(), true);
        let csrf = cookie(app, is_https, CSRF_COOKIE.into(), self.csrf_token(app), false);
        [session, csrf]
    }

    /// Begins a session for `user` by a credential, always with a new cookie: a known one could have been planted
    /// (session fixation).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(
        app: &App,
        write: &mut store::Write,
        user: UserId,
        client: &Client,
        basis: Basis,
    ) -> Result<Self> {
        let visit = Self::new(app);
        let now = app.clock.now();
        let session = Session {
            user: Some(user),
            basis: Some(basis),
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

/// Returns the time since which a session must have been used.
pub fn oldest_use(now: Timestamp) -> Timestamp {
    now - SignedDuration::from_hours(24 * LIFETIME_DAYS)
}

/// Whether a session is over: unused for [`LIFETIME_DAYS`], begun longer ago than `SESSION_MAX_DAYS`, or by a provider
/// that isn't configured any more.
pub fn is_over(app: &App, session: &Session, now: Timestamp) -> bool {
    let oldest = now - SignedDuration::from_hours(24 * i64::from(app.config.session.max_days));
    session.last_used_at < oldest_use(now)
        || session.created_at < oldest
        || matches!(&session.basis, Some(Basis::Provider(name)) if app.sso.by_name(name).is_none())
}

/// Whether the sessions of a user who did nothing for `idle` are locked, by the preference `kickUserAfter` (compat
/// 3.5). They are over then, on all of the user's devices: one that isn't looked at must not be opened by another.
pub fn is_locked_after(app: &App, user: &User, idle: SignedDuration) -> bool {
    let own = user.preferences.integer("kickUserAfter");
    let default = || {
        let value = app.config.preferences.default("kickUserAfter")?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    };
    own.or_else(default).is_some_and(|minutes| minutes > 0 && idle.as_secs() > minutes.saturating_mul(60))
}

/// Returns the session cookies of a request.
fn session_cookies(app: &App, parts: &Parts) -> Vec<String> {
    let name = app.config.session.cookie_name(Client::from_parts(parts).is_https);
    let pairs = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookies = pairs.flat_map(Cookie::split_parse).filter_map(std::result::Result::ok);
    let values = cookies.filter(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned());
    values.collect()
}

/// Whether a cookie's value may be one of ours.
fn is_well_formed(cookie: &str) -> bool {
    cookie.len() == COOKIE_LENGTH && cookie.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn cookie(app: &App, is_https: bool, name: String, value: String, http_only: bool) -> HeaderValue {
    let config = &app.config.session;
    let mut cookie = Cookie::build((name, value))
        .path(config.path.clone())
        .same_site(SameSite::Lax)
        .secure(config.is_secure(is_https))
        .http_only(http_only)
        .max_age(cookie::time::Duration::days(LIFETIME_DAYS));
    if let Some(domain) = &config.domain {
        cookie = cookie.domain(domain.clone());
    }
    HeaderValue::try_from(cookie.build().to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
}
