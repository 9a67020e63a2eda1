//! Who is asking, as handlers take it: a [`Caller`] or an [`Admin`] exists only after authentication.

use std::time::Duration;

use authproxy::Peer;
use authproxy::header::list_names;
use axum::extract::FromRequestParts;
use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use store::{Claim, Credential, UserWrite};
use vault::User;

use super::admission::{AdmissionError, Admitted, admit, revoke_tokens};
use super::proxy_token::TokenRequest;
use super::session::{Visit, is_locked_after, is_over, oldest_use};
use super::{csrf, notices, token};
use crate::app::App;
use crate::app::auth_proxy::AuthProxy;
use crate::app::limits::Meter;
use crate::audit::{self, Object};
use crate::error::{Denial, Error, Forbidden, ProxyRefusal, Result, Unauthorized};
use crate::input::Sender;
use crate::visitor::client::Client;
use crate::visitor::identity::StatedIdentity;
use crate::visitor::language::Language;
use crate::visitor::requester::Requester;

/// The means of authentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// By a session's cookie, of which this is the SHA-256.
    Session([u8; 32]),
    /// By a personal access token, of this id.
    Token(String),
    /// By a personal access token, of this id, behind an auth proxy, where it opens less.
    LimitedToken(String),
    /// By an identity that a trusted proxy states.
    Proxy,
}

/// The authenticated user of a request to the API.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user.
    pub user: User,
    /// The means of authentication.
    pub via: Via,
    /// The client of the request, for the audit trail.
    pub client: Client,
}

/// An authenticated administrator.
#[derive(Debug, Clone)]
pub struct Admin(pub Caller);

/// The authenticated user of a request to a page's own routes, where tokens aren't accepted.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Caller);

impl Caller {
    /// Returns the caller as an administrator.
    ///
    /// # Errors
    /// [`Forbidden::NoRight`] for any other user.
    pub fn admin(self) -> Result<Admin> {
        if self.user.is_admin { Ok(Admin(self)) } else { Err(Forbidden::NoRight.into()) }
    }

    /// Returns the write transaction as the caller's.
    ///
    /// # Errors
    /// 401 if their session or token has ended since the request arrived, or they were disabled or deleted.
    pub async fn write(&self, app: &App) -> Result<UserWrite> {
        Ok(app.store.write().await?.by(&self.claim(app)).await?)
    }

    /// Returns the caller as one that must still be valid where they write.
    pub fn claim(&self, app: &App) -> Claim {
        let now = app.clock.now();
        let credential = match &self.via {
            Via::Session(hash) => Credential::Session { hash: *hash, used_since: oldest_use(now) },
            Via::Token(id) | Via::LimitedToken(id) => Credential::Token { id: id.clone(), now },
            Via::Proxy => Credential::Checked,
        };
        Claim { user: self.user.id, credential }
    }

    /// Records something that the caller did in the audit trail.
    pub fn record(&self, event: &'static str, object: &Object) {
        let via = match self.via {
            Via::Session(_) => "session",
            Via::Token(_) | Via::LimitedToken(_) => "token",
            Via::Proxy => "proxy",
        };
        audit::record(event, &self.user, via, &self.client, object);
    }

    /// Whether secrets may be shown. Behind an auth proxy a token opens none.
    pub fn sees_secrets(&self) -> bool {
        !matches!(self.via, Via::LimitedToken(_))
    }

    /// Gives what an old single-user installation left behind to the only user behind an auth proxy (compat 1.11,
    /// 1.12).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn adopt_orphans(&self, app: &App) -> Result<()> {
        if self.via == Via::Proxy && app.store.read().await?.has_orphans().await? {
            let mut write = self.write(app).await?;
            if write.user_count().await? == 1 {
                write.adopt_orphans(self.user.id).await?;
            }
            write.commit().await?;
        }
        Ok(())
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let (user, via) = match (&app.auth_proxy, token::bearer(&parts.headers)) {
            (Some(auth_proxy), _) if let Some(token) = parts.extensions.get::<TokenRequest>() => {
                let (user, id) = by_token(app, auth_proxy, token, parts).await?;
                (user, Via::LimitedToken(id))
            }
            (Some(auth_proxy), _) => {
                let user = by_proxy(app, auth_proxy, parts).await?;
                let is_doubtful = if csrf::is_safe(&parts.method) {
                    csrf::comes_from_elsewhere(app, parts)
                } else {
                    !csrf::is_defended(app, parts)
                };
                if is_doubtful {
                    return Err(csrf::refuse(app, parts));
                }
                (user, Via::Proxy)
            }
            (None, Some(presented)) => {
                let (user, id) = token::authenticate(app, presented).await?;
                (user, Via::Token(id))
            }
            (None, None) => {
                let visit = Visit::of(app, parts);
                // compat 1.2: by cookie, reading needs the CSRF proof as well.
                let proof = csrf::presented_token(&parts.headers).ok_or(Unauthorized::Unauthenticated)?;
                if !visit.accepts(app, proof) {
                    return Err(Unauthorized::Unauthenticated.into());
                }
                (by_session(app, &visit).await?, Via::Session(visit.id()))
            }
        };
        Self { user, via, client: Client::from_parts(parts) }.arrived(app, parts).await
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        Caller::from_request_parts(parts, app).await?.admin()
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = if let Some(auth_proxy) = &app.auth_proxy {
            if let Some(token) = parts.extensions.get::<TokenRequest>() {
                by_token(app, auth_proxy, token, parts).await?;
                return Err(Forbidden::NoRight.into());
            }
            Caller { user: by_proxy(app, auth_proxy, parts).await?, via: Via::Proxy, client: Client::from_parts(parts) }
        } else {
            let visit = Visit::of(app, parts);
            Caller {
                user: by_session(app, &visit).await?,
                via: Via::Session(visit.id()),
                client: Client::from_parts(parts),
            }
        };
        Ok(Self(caller.arrived(app, parts).await?))
    }
}

/// The person of a visit's session.
pub async fn by_session(app: &App, visit: &Visit) -> Result<User> {
    if !visit.is_known() {
        return Err(Unauthorized::Unauthenticated.into());
    }
    let now = app.clock.now();
    let Some((session, Some(user))) = app.store.read().await?.session_bearer(&visit.id()).await? else {
        return Err(Unauthorized::Unauthenticated.into());
    };
    if is_over(app, &session, now) || user.disabled_at.is_some() {
        return Err(Unauthorized::Unauthenticated.into());
    }
    // A time in the future, by a clock that was ahead, is set right.
    if now.duration_since(session.last_used_at).abs() >= SESSION_TOUCH {
        app.store.touch_session(&visit.id(), now).await?;
    }
    Ok(user)
}

/// Maximum time that a large body waits for memory.
const BODY_WAIT: Duration = Duration::from_secs(10);
/// A session's last use is written down once an hour at most.
const SESSION_TOUCH: SignedDuration = SignedDuration::from_hours(1);
/// Minimum time between two writes of a user's last activity.
const ACTIVITY_TOUCH: SignedDuration = SignedDuration::from_secs(1);
/// Time without activity after which a visit through a proxy is logged again.
const VISIT: SignedDuration = SignedDuration::from_mins(15);

impl Caller {
    /// Does the work of every authenticated request: counts it for the user, applies the preferred language and the sign-out by inactivity, and
    /// stores the last activity.
    async fn arrived(mut self, app: &App, parts: &mut Parts) -> Result<Self> {
        Requester::note(parts, self.user.id);
        if let Some(meter) = parts.extensions.get::<Meter>() {
            meter.count(&app.api_window, self.user.id, app.clock.unix_seconds())?;
        }
        parts.extensions.insert(Sender { user: self.user.id, memory: app.bodies.clone(), wait: BODY_WAIT });
        let preference = app.config.preferences.value(&self.user.preferences, "lang");
        Language::from_parts(parts).prefer(preference.and_then(|lang| lang.as_str()));
        if matches!(self.via, Via::Token(_) | Via::LimitedToken(_)) {
            return Ok(self);
        }
        let now = app.clock.now();
        let idle = self.user.last_seen_at.map(|last| now.duration_since(last));
        if self.via == Via::Proxy && idle.is_none_or(|idle| idle.abs() > VISIT) {
            notices::log_visit(app, &self.user, &Client::from_parts(parts), now, VISIT).await?;
            self.user.last_seen_at = Some(now);
            return Ok(self);
        }
        if matches!(self.via, Via::Session(_)) && idle.is_some_and(|idle| is_locked_after(app, &self.user, idle)) {
            let mut write = self.write(app).await?;
            write.end_sessions(self.user.id, None).await?;
            write.commit().await?;
            return Err(Error::Inactive);
        }
        if idle.is_none_or(|idle| idle.abs() >= ACTIVITY_TOUCH) {
            self.touch(app, now).await?;
        }
        Ok(self)
    }

    async fn touch(&mut self, app: &App, now: Timestamp) -> Result<()> {
        app.store.touch_user(self.user.id, now).await?;
        self.user.last_seen_at = Some(now);
        Ok(())
    }
}

/// Authenticates a request by its token, where tokens are accepted behind an auth proxy. Returns the owner and the
/// token's ID.
async fn by_token(app: &App, auth_proxy: &AuthProxy, token: &TokenRequest, parts: &Parts) -> Result<(User, String)> {
    let Some(tokens) = &auth_proxy.config().tokens else { return Err(Unauthorized::Unauthenticated.into()) };
    token.authenticate(app, tokens, parts).await.inspect_err(|error| {
        if let Error::Proxy(refusal) = error {
            note_refusal(app, auth_proxy, parts, refusal);
        }
    })
}

/// Authenticates a request by the identity that a trusted proxy states.
///
/// # Errors
/// 403 or 407, and the reason in the log.
async fn by_proxy(app: &App, auth_proxy: &AuthProxy, parts: &Parts) -> Result<User> {
    let refuse = |refusal: ProxyRefusal| {
        note_refusal(app, auth_proxy, parts, &refusal);
        Error::Proxy(refusal)
    };
    let Some(StatedIdentity(stated)) = parts.extensions.get() else {
        return Err(Unauthorized::Unauthenticated.into());
    };
    let identity = stated.as_ref().map_err(|refusal| refuse(refusal.clone().into()))?;
    match admit(auth_proxy.config().admission, &app.store, identity, app.clock.now()).await {
        Ok(Admitted { user, events }) => {
            for event in events {
                audit::record(event, &user, "proxy", &Client::from_parts(parts), &Object::user(&user));
            }
            Ok(user)
        }
        Err(AdmissionError::Denied(denial)) => {
            if denial == Denial::IdentityConflict
                && auth_proxy.config().tokens.is_some()
                && let Some(user) = revoke_tokens(auth_proxy.config().admission, &app.store, identity).await?
            {
                let client = Client::from_parts(parts);
                audit::record("user.tokens.revoke", &user, "proxy", &client, &Object::user(&user));
            }
            Err(refuse(denial.into()))
        }
        Err(AdmissionError::Store(error)) => Err(error.into()),
    }
}

/// Maximum number of logged refusals of one peer per minute: a flood of requests must not become a flood of lines.
const LOGGED_REFUSALS: u32 = 10;

fn note_refusal(app: &App, auth_proxy: &AuthProxy, parts: &Parts, refusal: &ProxyRefusal) {
    let peer = parts.extensions.get::<Peer>().copied();
    let peer_text = peer.map_or("unknown".to_owned(), |peer| peer.to_string());
    let hint = auth_proxy.hint(refusal);
    app.refusals.note(&peer_text, refusal.code(), hint.clone(), list_names(parts.headers.keys()), app.clock.now());
    let count = app.refusal_window.count(peer.and_then(Peer::ip), LOGGED_REFUSALS, app.clock.unix_seconds()).requests;
    if count <= LOGGED_REFUSALS {
        tracing::warn!(reason = refusal.code(), peer = peer_text, path = parts.uri.path(), "{hint}");
    }
    if count == LOGGED_REFUSALS {
        tracing::warn!(peer = peer_text, "further refusals of this peer are not logged for the rest of the minute");
    }
}
