//! Personal access tokens behind an auth proxy, where the operator has asked for them.
//!
//! A request shows one thing that says who is asking: if it has a token, or anything in a token's place, its identity
//! headers are not looked at, whatever becomes of the token. So whoever passes the proxy without signing in, because of
//! the token, is the token's owner or nobody.

mod reach;
#[cfg(test)]
mod tests;

use std::fmt;

use authproxy::{Peer, Refusal};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{Extensions, HeaderMap};
use jiff::{SignedDuration, Timestamp};
use store::Token;
use vault::User;
use zeroize::Zeroizing;

use super::token;
use crate::app::App;
use crate::app::auth_proxy::AuthProxy;
use crate::config::auth_proxy::TokenConfig;
use crate::error::{Error, Forbidden, Result, Unauthorized};
use crate::random::digest;
use crate::visitor::client::Client;
use crate::visitor::door::Door;

/// The oldest that a token gets, whoever made it.
pub const OLDEST: SignedDuration = SignedDuration::from_hours(365 * 24);
/// One client may try one token, or what begins like it, so often in a minute without success.
const FAILURES: u32 = 10;
/// So much of a token tells which one is tried, in characters.
const BEGINNING: usize = 16;

/// A request that shows a token, or something in its place.
#[derive(Clone)]
pub struct TokenRequest(std::result::Result<Zeroizing<String>, Fault>);

/// Without the token.
impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenRequest").field(&self.0.as_ref().map(|_| "...")).finish()
    }
}

/// Why no token is even looked for.
#[derive(Debug, Clone)]
enum Fault {
    /// It comes from somebody who isn't the proxy.
    Peer(Refusal),
    /// What is there is no token, or not here; for the log.
    Unusable(&'static str),
}

/// What a request has in a token's place.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    Nothing,
    Token(Zeroizing<String>),
    Unusable(&'static str),
}

impl TokenRequest {
    /// The request as a token's; `None` when people's rules are for it.
    pub fn of(auth_proxy: &AuthProxy, extensions: &Extensions, headers: &HeaderMap) -> Option<Self> {
        let tokens = auth_proxy.config().tokens.as_ref()?;
        let shown = shown(tokens, headers);
        if extensions.get::<Door>() == Some(&Door::TokensOnly) {
            return Some(Self(match shown {
                Shown::Token(token) => Ok(token),
                Shown::Nothing => Err(Fault::Unusable("this listener takes nothing but tokens, and there is none")),
                Shown::Unusable(why) => Err(Fault::Unusable(why)),
            }));
        }
        let peer = extensions.get::<Peer>().copied();
        let shown = match shown {
            Shown::Nothing => return None,
            Shown::Token(token) => Ok(token),
            Shown::Unusable(why) => Err(Fault::Unusable(why)),
        };
        // An assertion shows that the proxy sent a request; a token doesn't.
        Some(Self(match auth_proxy.config().rules.check_listed(peer) {
            Err(refusal) => Err(Fault::Peer(refusal)),
            Ok(()) if !tokens.on_main => Err(Fault::Unusable("tokens are taken at TOKEN_ONLY_LISTEN alone")),
            Ok(()) => shown,
        }))
    }

    /// Whose the token is, and its id, if it opens what is asked for.
    ///
    /// # Errors
    /// 401, the same for whatever is wrong with the token; 429 for one that was tried too often; 403 where tokens open
    /// nothing, or the peer isn't trusted.
    pub async fn authenticate(&self, app: &App, tokens: &TokenConfig, parts: &Parts) -> Result<(User, String)> {
        let text = match &self.0 {
            Ok(text) => text,
            Err(Fault::Peer(refusal)) => return Err(Error::Proxy(refusal.clone().into())),
            Err(Fault::Unusable(why)) => {
                note(app, parts, None, why);
                return Err(Unauthorized::TokenRefused.into());
            }
        };
        let now = app.clock.now();
        let source = (Client::of(parts).network(), text.chars().take(BEGINNING).collect::<String>());
        let seconds = app.clock.unix_seconds();
        if let Some(ends) = app.token_window.spent(&source, FAILURES, seconds) {
            let retry_after = ends.saturating_sub(seconds);
            return Err(Error::Throttled { retry_after, reset: ends, limit: FAILURES });
        }
        let hash = digest(text);
        let bearer = app.store.read().await?.token_bearer(&hash).await?;
        let fault = bearer.as_ref().and_then(|(token, user)| fault(token, user, tokens, now));
        let (token, mut user) = match (bearer, fault) {
            (Some(bearer), None) => bearer,
            (bearer, fault) => {
                app.token_window.count(source, FAILURES, seconds);
                let id = bearer.as_ref().map(|(token, _)| token.id.as_str());
                note(app, parts, id, fault.unwrap_or("nobody has this token"));
                return Err(Unauthorized::TokenRefused.into());
            }
        };
        if token::is_stale(token.last_used_at, now) {
            app.store.touch_token(&hash, now).await?;
        }
        if !reach::opens(parts, token.may_write) {
            note(app, parts, Some(&token.id), "tokens don't open this behind an auth proxy, or this one may not write");
            return Err(Forbidden::NoRight.into());
        }
        // What makes somebody an administrator is the proxy's word, which isn't asked here.
        user.is_admin = false;
        Ok((user, token.id))
    }
}

/// Why a token is of no use any more.
fn fault(token: &Token, user: &User, tokens: &TokenConfig, now: Timestamp) -> Option<&'static str> {
    let age = now.duration_since(token.created_at);
    let idle = user.last_seen_at.map(|seen| now.duration_since(seen));
    if !token.is_valid(now) || age >= OLDEST {
        Some("the token has expired or was revoked")
    } else if user.disabled_at.is_some() {
        Some("an administrator has disabled the account of the token's owner")
    } else if idle.is_none_or(|idle| idle > tokens.max_idle) {
        Some("the proxy hasn't named the token's owner for too long (AUTH_PROXY_PAT_MAX_IDLE)")
    } else {
        None
    }
}

fn shown(tokens: &TokenConfig, headers: &HeaderMap) -> Shown {
    let name = tokens.header.as_ref().map_or(&AUTHORIZATION, |header| header.name());
    let mut values = headers.get_all(name).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Shown::Nothing,
        (Some(_), Some(_)) => return Shown::Unusable("the header with the token came more than once"),
        (Some(value), None) => value,
    };
    let Ok(text) = value.to_str() else { return Shown::Unusable("what is in the token's place is not ASCII") };
    if tokens.header.is_some() {
        return Shown::Token(Zeroizing::new(text.trim().to_owned()));
    }
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Shown::Token(Zeroizing::new(token.trim().to_owned()))
        }
        _ => Shown::Unusable(
            "there is an Authorization that is no token: if the proxy adds it, turn that off or set \
             AUTH_PROXY_PAT_HEADER",
        ),
    }
}

/// So many lines about the tokens of one peer are logged in a minute.
const LOGGED: u32 = 10;

fn note(app: &App, parts: &Parts, id: Option<&str>, why: &str) {
    let peer = parts.extensions.get::<Peer>().copied();
    if app.refusal_window.count(peer.and_then(Peer::ip), LOGGED, app.clock.unix_seconds()).requests <= LOGGED {
        let peer = peer.map(tracing::field::display);
        tracing::warn!(reason = "token", peer, path = parts.uri.path(), token = id, "{why}");
    }
}
