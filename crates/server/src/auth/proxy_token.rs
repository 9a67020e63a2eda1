//! Personal access tokens behind an auth proxy, if the operator enables them.
//!
//! A request has one means of authentication: with a token, or anything in a token's place, its identity headers are
//! ignored even if the token is refused. A request that the proxy lets through without a sign-in, because it has a
//! token, is therefore the owner's or is refused.

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

/// Maximum age of a token.
pub const OLDEST: SignedDuration = SignedDuration::from_hours(365 * 24);
/// Maximum number of failed tries per minute of one client, for tokens with one beginning.
const FAILURES: u32 = 10;
/// Length of the beginning by which failed tries are counted, in characters.
const BEGINNING: usize = 16;

/// The token of a request, or what stands in its place.
#[derive(Clone)]
pub struct TokenRequest(std::result::Result<Zeroizing<String>, Fault>);

/// Leaves out the token.
impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TokenRequest").field(&self.0.as_ref().map(|_| "...")).finish()
    }
}

/// Why a token isn't looked up.
#[derive(Debug, Clone)]
enum Fault {
    /// The peer isn't the proxy.
    Peer(Refusal),
    /// It isn't a token, or has the wrong place. The text is for the log.
    Unusable(&'static str),
}

/// The content of a request where a token belongs.
#[derive(Debug, PartialEq, Eq)]
enum Presented {
    Nothing,
    Token(Zeroizing<String>),
    Unusable(&'static str),
}

impl TokenRequest {
    /// The request as a token's; `None` when people's rules are for it.
    pub fn of(auth_proxy: &AuthProxy, extensions: &Extensions, headers: &HeaderMap) -> Option<Self> {
        let tokens = auth_proxy.config().tokens.as_ref()?;
        let presented = read_token(tokens, headers);
        if extensions.get::<Door>() == Some(&Door::TokensOnly) {
            return Some(Self(match presented {
                Presented::Token(token) => Ok(token),
                Presented::Nothing => Err(Fault::Unusable("this listener takes nothing but tokens, and there is none")),
                Presented::Unusable(why) => Err(Fault::Unusable(why)),
            }));
        }
        let peer = extensions.get::<Peer>().copied();
        let presented = match presented {
            Presented::Nothing => return None,
            Presented::Token(token) => Ok(token),
            Presented::Unusable(why) => Err(Fault::Unusable(why)),
        };
        // An assertion shows that the proxy sent a request; a token doesn't.
        Some(Self(match auth_proxy.config().rules.check_listed(peer) {
            Err(refusal) => Err(Fault::Peer(refusal)),
            Ok(()) if !tokens.on_main => Err(Fault::Unusable("tokens are taken at TOKEN_ONLY_LISTEN alone")),
            Ok(()) => presented,
        }))
    }

    /// Returns the owner of the token and its ID, if it allows the request.
    ///
    /// # Errors
    /// 401, the same for every fault of the token; 429 after too many tries; 403 if tokens don't allow the request, or
    /// the peer isn't trusted.
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
        let source = (Client::from_parts(parts).network(), text.chars().take(BEGINNING).collect::<String>());
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
                note(app, parts, id, fault.unwrap_or("no user has this token"));
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
        // Only an identity from the proxy makes a user an administrator, and there is none here.
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

fn read_token(tokens: &TokenConfig, headers: &HeaderMap) -> Presented {
    let name = tokens.header.as_ref().map_or(&AUTHORIZATION, |header| header.name());
    let mut values = headers.get_all(name).iter();
    let value = match (values.next(), values.next()) {
        (None, _) => return Presented::Nothing,
        (Some(_), Some(_)) => return Presented::Unusable("the header with the token came more than once"),
        (Some(value), None) => value,
    };
    let Ok(text) = value.to_str() else { return Presented::Unusable("what is in the token's place is not ASCII") };
    if tokens.header.is_some() {
        return Presented::Token(Zeroizing::new(text.trim().to_owned()));
    }
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            Presented::Token(Zeroizing::new(token.trim().to_owned()))
        }
        _ => Presented::Unusable(
            "there is an Authorization that is no token: if the proxy adds it, turn that off or set \
             AUTH_PROXY_PAT_HEADER",
        ),
    }
}

/// Maximum number of log lines per minute about the tokens of one peer.
const LOGGED: u32 = 10;

fn note(app: &App, parts: &Parts, id: Option<&str>, why: &str) {
    let peer = parts.extensions.get::<Peer>().copied();
    if app.refusal_window.count(peer.and_then(Peer::ip), LOGGED, app.clock.unix_seconds()).requests <= LOGGED {
        let peer = peer.map(tracing::field::display);
        tracing::warn!(reason = "token", peer, path = parts.uri.path(), token = id, "{why}");
    }
}
