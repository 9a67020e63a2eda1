//! Signed assertions: JSON Web Tokens (RFC 7519) in which a proxy states an identity.
//!
//! An assertion is believed only in the compact form (RFC 7515 section 7.1), signed by one of the given keys with one of
//! the configured algorithms, by the configured issuer for the configured audience, and in its time. The keys and
//! addresses of keys that it brings along (`jku`, `jwk`, `x5u`, `x5c`) are never looked at.

#[cfg(test)]
mod tests;

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use jsonwebtoken::crypto;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::algorithm::Algorithm;
use crate::header::Header;
use crate::keys::KeySet;
use crate::purpose::Purpose;
use crate::refusal::{AssertionFault, Reason};
use crate::value::{self, Encoding};

/// Which signed assertions are believed, and what their claims are for.
#[derive(Debug, Clone)]
pub struct AssertionSettings {
    /// The header that carries an assertion.
    pub header: Header,
    /// The issuer, exactly as in the claim `iss`.
    pub issuer: String,
    /// The audiences, one of which is in the claim `aud`.
    pub audiences: Vec<String>,
    /// The allowed algorithms.
    pub algorithms: Vec<Algorithm>,
    /// The names of the claims about the user.
    pub claims: ClaimNames,
    /// Maximum difference between the clocks.
    pub leeway: Duration,
    /// Maximum time from the issue of an assertion to its end.
    pub max_lifetime: Duration,
}

/// Names of claims at the top of an assertion, by their purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    /// The claim with the user's name.
    pub user: String,
    /// The claim with an identifier that stays when the name changes.
    pub id: Option<String>,
    /// The claim with the e-mail address.
    pub email: Option<String>,
    /// The claim with a name to show.
    pub display_name: Option<String>,
    /// The claim with the groups of the user: a list of texts, or one text of several.
    pub groups: Option<String>,
}

/// An assertion in its parts, none of which has been verified.
#[derive(Debug)]
pub struct Token<'a> {
    algorithm: Algorithm,
    key_id: Option<String>,
    /// The part that is signed.
    message: &'a str,
    payload: &'a str,
    signature: &'a str,
}

/// The claims of a verified assertion.
#[derive(Debug)]
pub(crate) struct Claims(Map<String, Value>);

/// The header of an assertion, as far as it is used.
#[derive(Deserialize)]
struct TokenHeader {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

impl Default for ClaimNames {
    /// The claim `sub` has the user's name.
    fn default() -> Self {
        Self { user: "sub".to_owned(), id: None, email: None, display_name: None, groups: None }
    }
}

impl ClaimNames {
    /// Returns the claim for a purpose, if one is configured.
    pub fn name(&self, purpose: Purpose) -> Option<&str> {
        match purpose {
            Purpose::User => Some(&self.user),
            Purpose::Id => self.id.as_deref(),
            Purpose::Email => self.email.as_deref(),
            Purpose::DisplayName => self.display_name.as_deref(),
            Purpose::Groups => self.groups.as_deref(),
            Purpose::Secret | Purpose::Assertion => None,
        }
    }
}

impl AssertionSettings {
    /// Returns settings for one issuer and one audience: RS256 or ES256, the user's name in `sub`, clocks that differ by
    /// a minute at most, and assertions of at most a day.
    pub fn new(header: Header, issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            header,
            issuer: issuer.into(),
            audiences: vec![audience.into()],
            algorithms: vec![Algorithm::RS256, Algorithm::ES256],
            claims: ClaimNames::default(),
            leeway: Duration::from_mins(1),
            max_lifetime: Duration::from_hours(24),
        }
    }

    /// Returns the names of the allowed algorithms in one text.
    pub fn algorithm_names(&self) -> String {
        let names: Vec<&str> = self.algorithms.iter().map(|algorithm| algorithm.as_str()).collect();
        names.join(", ")
    }

    /// Returns the claims of an assertion that is believed.
    pub(crate) fn verify(&self, text: &[u8], keys: &KeySet, now: Timestamp) -> Result<Claims, AssertionFault> {
        let token = self.parse(text)?;
        token.check_signature(keys)?;
        let claims = token.claims()?;
        self.check_parties(&claims)?;
        self.check_time(&claims, now)?;
        if self.claims.user == "email" && claims.0.get("email_verified") == Some(&Value::Bool(false)) {
            return Err(AssertionFault::UnverifiedEmail);
        }
        Ok(claims)
    }

    /// Splits an assertion into its parts, if it is in the compact form and its algorithm is allowed.
    pub(crate) fn parse<'a>(&self, text: &'a [u8]) -> Result<Token<'a>, AssertionFault> {
        let text = std::str::from_utf8(text).map_err(|_| AssertionFault::NotCompact)?;
        let parts: Vec<&str> = text.split('.').take(4).collect();
        let [head, payload, signature] = parts[..] else { return Err(AssertionFault::NotCompact) };
        if ![head, payload, signature].into_iter().all(is_base64url) {
            return Err(AssertionFault::NotCompact);
        }
        let head_json = BASE64URL_NOPAD.decode(head.as_bytes()).map_err(|_| AssertionFault::NotCompact)?;
        let header: TokenHeader = serde_json::from_slice(&head_json).map_err(|_| AssertionFault::Header)?;
        if header.crit.is_some() {
            return Err(AssertionFault::Critical);
        }
        let algorithm = header.alg.parse().map_err(|_| AssertionFault::Algorithm)?;
        if !self.algorithms.contains(&algorithm) {
            return Err(AssertionFault::Algorithm);
        }
        let message = &text[..head.len() + 1 + payload.len()];
        Ok(Token { algorithm, key_id: header.kid, message, payload, signature })
    }

    /// Checks the issuer and the audience.
    fn check_parties(&self, claims: &Claims) -> Result<(), AssertionFault> {
        if claims.0.get("iss").and_then(Value::as_str) != Some(self.issuer.as_str()) {
            return Err(AssertionFault::Issuer);
        }
        let is_ours = |audience: &Value| {
            audience.as_str().is_some_and(|audience| self.audiences.iter().any(|ours| ours == audience))
        };
        let is_for_us = match claims.0.get("aud") {
            Some(Value::Array(audiences)) => audiences.iter().any(is_ours),
            Some(audience) => is_ours(audience),
            None => false,
        };
        if is_for_us { Ok(()) } else { Err(AssertionFault::Audience) }
    }

    /// Checks the times, in seconds with fractions, as assertions may have them.
    fn check_time(&self, claims: &Claims, now: Timestamp) -> Result<(), AssertionFault> {
        let now = now.as_duration().as_secs_f64();
        let leeway = self.leeway.as_secs_f64();
        let end = claims.seconds("exp")?.ok_or(AssertionFault::NoEnd)?;
        let start = claims.seconds("nbf")?;
        let issue = claims.seconds("iat")?;
        if now >= end + leeway {
            return Err(AssertionFault::Ended);
        }
        if start.is_some_and(|start| start > now + leeway) {
            return Err(AssertionFault::NotYetValid);
        }
        if issue.is_some_and(|issue| issue > now + leeway) {
            return Err(AssertionFault::IssuedInFuture);
        }
        if end - issue.or(start).unwrap_or(now) > self.max_lifetime.as_secs_f64() {
            return Err(AssertionFault::TooLong);
        }
        Ok(())
    }
}

impl Token<'_> {
    /// The ID of the key that it names (`kid`).
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    fn check_signature(&self, keys: &KeySet) -> Result<(), AssertionFault> {
        if keys.is_empty() {
            return Err(AssertionFault::NoKeys);
        }
        if !keys.has(self.key_id()) {
            return Err(AssertionFault::UnknownKey);
        }
        let message = self.message.as_bytes();
        let is_confirmed = keys.find(self.key_id(), self.algorithm).any(|key| {
            // An error: the signature has another form.
            crypto::verify(self.signature, message, key, self.algorithm.into()).unwrap_or(false)
        });
        if is_confirmed { Ok(()) } else { Err(AssertionFault::Signature) }
    }

    fn claims(&self) -> Result<Claims, AssertionFault> {
        let json = BASE64URL_NOPAD.decode(self.payload.as_bytes()).map_err(|_| AssertionFault::Claims)?;
        serde_json::from_slice(&json).map(Claims).map_err(|_| AssertionFault::Claims)
    }
}

impl Claims {
    /// Returns the text of a claim: composed (NFC), without blanks around it, never empty.
    ///
    /// # Errors
    /// As for headers; [`Reason::Undecodable`] for anything but a text.
    pub(crate) fn text(&self, name: &str) -> Result<String, Reason> {
        match self.0.get(name) {
            None | Some(Value::Null) => Err(Reason::Missing { seen: Vec::new() }),
            Some(Value::String(text)) => value::decode(text.as_bytes(), Encoding::Utf8),
            Some(_) => Err(Reason::Undecodable),
        }
    }

    /// Returns the groups in a claim: a list of texts, or one text of several with a separator.
    pub(crate) fn groups(&self, name: &str, separator: u8) -> Vec<&[u8]> {
        match self.0.get(name) {
            Some(Value::Array(groups)) => groups.iter().filter_map(Value::as_str).map(str::as_bytes).collect(),
            Some(Value::String(groups)) => groups.as_bytes().split(|byte| *byte == separator).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns a time in seconds since 1970 (RFC 7519 section 2, `NumericDate`).
    fn seconds(&self, name: &'static str) -> Result<Option<f64>, AssertionFault> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => value.as_f64().map(Some).ok_or(AssertionFault::Time(name)),
        }
    }
}

fn is_base64url(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
