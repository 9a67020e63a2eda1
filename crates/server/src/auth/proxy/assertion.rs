//! Signed assertions: what a proxy says in a JSON Web Token (RFC 7519), signed so that nobody else can have said it.
//!
//! A token is believed only in the compact form (RFC 7515 section 7.1), signed by one of the configured keys with one of
//! the configured algorithms, by the configured issuer for us, and in its time. What it says of keys itself (`jku`, `jwk`,
//! `x5u`, `x5c`) is never looked at.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, crypto};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::header::Header;
use super::keys::KeySet;
use super::refusal::Reason;
use super::value::{self, Encoding};
use crate::config::auth_proxy::{AssertionConfig, Claim, KeySource};
use crate::outside::jwks::Jwks;

/// What may be signed and by whom.
pub(super) struct Assertions {
    config: AssertionConfig,
    keys: Keys,
}

/// Whose signature counts.
enum Keys {
    /// Those of a file.
    Read(Arc<KeySet>),
    /// Those at an address.
    Fetched(Jwks),
}

/// Why a token is not believed: to follow "the assertion in HEADER". Nothing of the token is in it.
pub(super) type Fault = String;

/// What a believed token says.
#[derive(Debug)]
pub(super) struct Claims(Map<String, Value>);

/// What a token says of its signature, as far as it counts.
#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

/// A token in its parts, nothing of which is to be believed.
struct Token<'a> {
    algorithm: Algorithm,
    key_id: Option<String>,
    message: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl Assertions {
    /// Assertions of that configuration. `proxy` makes requests to other hosts, if there is one.
    pub(super) fn new(config: AssertionConfig, proxy: Option<Url>) -> Self {
        let keys = match &config.keys {
            KeySource::Url(url) => Keys::Fetched(Jwks::new(url.clone(), proxy)),
            KeySource::File { keys, .. } => Keys::Read(Arc::new(keys.clone())),
        };
        Self { config, keys }
    }

    /// Fetches the keys when a token may be signed with one that isn't known yet, or when they are old. Waits only if this
    /// token can't be judged before.
    pub(super) async fn prepare(&self, token: &[u8], now: Timestamp) {
        if let Keys::Fetched(keys) = &self.keys
            && let Ok(token) = self.parse(token)
        {
            keys.look_for(token.key_id.as_deref(), now).await;
        }
    }

    /// Fetches the keys unless that was tried within the last minute.
    pub(super) async fn load(&self, now: Timestamp) {
        if let Keys::Fetched(keys) = &self.keys {
            keys.look_for(None, now).await;
        }
    }

    /// The header that carries a token.
    pub(super) fn header(&self) -> &Header {
        &self.config.header
    }

    /// Who issues tokens.
    pub(super) fn issuer(&self) -> &str {
        &self.config.issuer
    }

    fn keys(&self, now: Timestamp) -> Result<Arc<KeySet>, Fault> {
        match &self.keys {
            Keys::Read(keys) => Ok(Arc::clone(keys)),
            Keys::Fetched(keys) => keys.current(now),
        }
    }

    /// What a token says, if it is believed.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn verify(&self, token: &[u8], now: Timestamp) -> Result<Claims, Fault> {
        let token = self.parse(token)?;
        let Token { algorithm, key_id, message, payload, signature } = &token;
        let keys = self.keys(now)?;
        if !keys.knows(key_id.as_deref()) {
            return Err(format!(
                "names a key (kid) that is not among those from {}, or none; they are asked for again once a minute at most",
                self.config.keys
            ));
        }
        let confirms = |key| crypto::verify(signature, message.as_bytes(), key, *algorithm).unwrap_or(false);
        if !keys.find(key_id.as_deref(), *algorithm).any(confirms) {
            return Err(format!(
                "has a signature that the key it names, from {}, doesn't confirm, or an algorithm that isn't that key's",
                self.config.keys
            ));
        }
        let claims = BASE64URL_NOPAD.decode(payload.as_bytes()).ok();
        let claims = claims.and_then(|bytes| serde_json::from_slice(&bytes).ok()).map(Claims);
        let claims = claims.ok_or_else(|| "has claims that are not a JSON object".to_owned())?;
        self.check_parties(&claims)?;
        self.check_time(&claims, now)?;
        if self.config.user.name == "email" && claims.0.get("email_verified") == Some(&Value::Bool(false)) {
            return Err("names the person by an address that is not verified (email_verified)".to_owned());
        }
        Ok(claims)
    }

    /// The parts of a token in the compact form whose algorithm may be used at all.
    fn parse<'a>(&self, token: &'a [u8]) -> Result<Token<'a>, Fault> {
        let not_compact =
            || "is not a signed JSON Web Token in compact form, three parts with dots between them".to_owned();
        let text = std::str::from_utf8(token).map_err(|_| not_compact())?;
        let parts: Vec<&str> = text.split('.').take(4).collect();
        let [head, payload, signature] = parts[..] else { return Err(not_compact()) };
        let letters =
            |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if ![head, payload, signature].iter().all(|part| letters(part)) {
            return Err(not_compact());
        }
        let head_text = BASE64URL_NOPAD.decode(head.as_bytes()).map_err(|_| not_compact())?;
        let fields: Head = serde_json::from_slice(&head_text)
            .map_err(|_| "has a header that is no JSON object with `alg`, and `kid` as a text".to_owned())?;
        if fields.crit.is_some() {
            return Err("demands extensions (crit) that Sixpin doesn't know".to_owned());
        }
        let algorithm = fields.alg.parse().ok().filter(|algorithm| self.config.algorithms.contains(algorithm));
        Ok(Token {
            algorithm: algorithm.ok_or_else(|| {
                format!(
                    "has an algorithm that is not allowed; AUTH_PROXY_JWT_ALGS allows {}",
                    self.config.algorithm_names()
                )
            })?,
            key_id: fields.kid,
            message: &text[..head.len() + 1 + payload.len()],
            payload,
            signature,
        })
    }

    /// Checks who issued a token, and for whom.
    fn check_parties(&self, claims: &Claims) -> Result<(), Fault> {
        let is_issuer = claims.0.get("iss").and_then(Value::as_str) == Some(self.config.issuer.as_str());
        if !is_issuer {
            return Err(format!("is not by the issuer (iss) AUTH_PROXY_JWT_ISS, {}", self.config.issuer));
        }
        let is_us = |value: &Value| {
            value.as_str().is_some_and(|audience| self.config.audiences.iter().any(|ours| ours == audience))
        };
        let is_for_us = match claims.0.get("aud") {
            Some(Value::Array(audiences)) => audiences.iter().any(is_us),
            Some(audience) => is_us(audience),
            None => false,
        };
        if !is_for_us {
            return Err(format!(
                "is not for the audience (aud) AUTH_PROXY_JWT_AUD, {}",
                self.config.audiences.join(" or ")
            ));
        }
        Ok(())
    }

    /// Checks that it is a token's time: in seconds with fractions, as tokens may have them.
    fn check_time(&self, claims: &Claims, now: Timestamp) -> Result<(), Fault> {
        let since_epoch = now.duration_since(Timestamp::UNIX_EPOCH).as_secs_f64();
        let (leeway, max) = (self.config.leeway.as_secs_f64(), self.config.max_lifetime.as_secs_f64());
        let Some(end) = claims.seconds("exp")? else { return Err("has no end (exp)".to_owned()) };
        let (start, issue) = (claims.seconds("nbf")?, claims.seconds("iat")?);
        if since_epoch >= end + leeway {
            return Err("has ended (exp); if it is fresh, compare the clocks".to_owned());
        }
        if start.is_some_and(|start| start > since_epoch + leeway) {
            return Err("is not good yet (nbf); compare the clocks".to_owned());
        }
        if issue.is_some_and(|issue| issue > since_epoch + leeway) {
            return Err("was issued in the future (iat); compare the clocks".to_owned());
        }
        if end - issue.or(start).unwrap_or(since_epoch) > max {
            return Err(format!(
                "is good for longer than {max} seconds; let the proxy sign for a shorter time, or set \
                 AUTH_PROXY_JWT_MAX_LIFETIME"
            ));
        }
        Ok(())
    }
}

impl Claims {
    /// The text of a claim: composed (NFC), without blanks around it, never empty.
    ///
    /// # Errors
    /// As for headers; [`Reason::Undecodable`] for what isn't a text.
    pub(super) fn text(&self, claim: &Claim) -> Result<String, Reason> {
        match self.0.get(&claim.name) {
            None | Some(Value::Null) => Err(Reason::Missing),
            Some(Value::String(text)) => value::text(text.as_bytes(), Encoding::Utf8),
            Some(_) => Err(Reason::Undecodable),
        }
    }

    /// The groups in a claim: texts, or one text of several with a separator.
    pub(super) fn groups(&self, claim: &Claim, separator: u8) -> Vec<String> {
        let groups: Vec<&[u8]> = match self.0.get(&claim.name) {
            Some(Value::Array(groups)) => groups.iter().filter_map(Value::as_str).map(str::as_bytes).collect(),
            Some(Value::String(groups)) => groups.as_bytes().split(|byte| *byte == separator).collect(),
            _ => Vec::new(),
        };
        groups.into_iter().filter_map(|group| value::text(group, Encoding::Utf8).ok()).collect()
    }

    /// A time in seconds since 1970 (RFC 7519 section 2, `NumericDate`).
    fn seconds(&self, name: &str) -> Result<Option<f64>, Fault> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => value.as_f64().map(Some).ok_or_else(|| format!("has a time ({name}) that is no number")),
        }
    }
}

#[cfg(test)]
mod tests;
