//! ID tokens (OpenID Connect Core 1.0, section 2), and other JSON Web Tokens of a provider.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// Maximum difference between the provider's clock and ours, in seconds.
const LEEWAY: i64 = 60;

/// The claims of a token, or of an answer of the userinfo endpoint.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Claims(Map<String, Value>);

/// The keys of a provider, and the algorithms with which it signs.
pub(super) struct Keys {
    keys: Vec<Jwk>,
    algorithms: Vec<Algorithm>,
}

/// What an ID token must say to count.
pub(super) struct Expected<'a> {
    /// The issuer; `None` if it isn't known.
    pub(super) issuer: Option<&'a str>,
    /// Our ID at the provider.
    pub(super) client: &'a str,
    /// The nonce of the attempt.
    pub(super) nonce: &'a str,
    /// The access token that came with it.
    pub(super) access_token: &'a str,
    /// The current time.
    pub(super) now: Timestamp,
}

/// The header of a token.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// Why a token doesn't count.
type Fault = &'static str;

impl Keys {
    /// Reads a JSON Web Key set (RFC 7517). Keys of unknown kinds are left out, and so are algorithms that are unknown
    /// or have a shared secret.
    pub(super) fn read(set: &[u8], algorithms: &[String]) -> Result<Self, Fault> {
        let document: Document = serde_json::from_slice(set).map_err(|_| "its keys aren't a JSON Web Key set")?;
        let keys = document.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        let algorithms = algorithms.iter().filter_map(|name| asymmetric_algorithm(name));
        Ok(Self { keys: keys.filter(is_for_signatures).collect(), algorithms: algorithms.collect() })
    }

    /// Whether a signature is by one of the keys.
    fn confirm(&self, header: &Header, message: &str, signature: &str) -> Result<(), Fault> {
        let algorithm = asymmetric_algorithm(&header.alg).filter(|algorithm| self.algorithms.contains(algorithm));
        let algorithm = algorithm.ok_or("its algorithm isn't one of the provider's")?;
        let is_confirmed = self.keys.iter().filter(|key| has_name(key, header.kid.as_deref())).any(|key| {
            DecodingKey::from_jwk(key)
                .and_then(|key| crypto::verify(signature, message.as_bytes(), &key, algorithm))
                .unwrap_or(false)
        });
        if is_confirmed { Ok(()) } else { Err("it isn't signed with a key of the provider") }
    }
}

impl Claims {
    /// Returns the claims of a token in the compact form (RFC 7515, section 7.1), which one of the keys must have signed
    /// if they are known. Without keys a token is trusted because it came from the provider over a connection that we
    /// opened (OpenID Connect Core 1.0, section 3.1.3.7, item 6).
    pub(super) fn read(token: &str, keys: Option<&Keys>) -> Result<Self, Fault> {
        read(token, keys).map(|(_, claims)| claims)
    }

    /// Returns the claims of an ID token, if it is from the provider, for this client, this attempt and this access
    /// token, and in time.
    pub(super) fn of_id_token(token: &str, keys: Option<&Keys>, expected: &Expected<'_>) -> Result<Self, Fault> {
        let (algorithm, claims) = read(token, keys)?;
        if expected.issuer.is_some_and(|issuer| claims.text("iss") != Some(issuer)) {
            return Err("it is of another issuer");
        }
        claims.check_audience(expected.client)?;
        if claims.text("nonce") != Some(expected.nonce) {
            return Err("it is of another attempt");
        }
        #[expect(clippy::cast_precision_loss, reason = "times of this age are exact")]
        let earliest_end = (expected.now.as_second() - LEEWAY) as f64;
        if claims.0.get("exp").and_then(Value::as_f64).is_none_or(|end| end <= earliest_end) {
            return Err("it has expired");
        }
        match claims.0.get("at_hash") {
            Some(hash) if keys.is_some() && hash.as_str() != Some(&*half_hash(&algorithm, expected.access_token)) => {
                Err("it belongs to another access token")
            }
            _ => Ok(claims),
        }
    }

    /// The provider's identifier of the user.
    pub(super) fn subject(&self) -> Option<&str> {
        self.text("sub")
    }

    /// A claim that is a text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// The e-mail address, unless the provider says that it hasn't been verified.
    pub(super) fn email(&self) -> Option<&str> {
        let is_unverified = match self.0.get("email_verified") {
            Some(Value::Bool(is_verified)) => !is_verified,
            Some(Value::String(text)) => text.eq_ignore_ascii_case("false"),
            _ => false,
        };
        self.text("email").filter(|_| !is_unverified)
    }

    /// Checks that the token is for this client alone.
    fn check_audience(&self, client: &str) -> Result<(), Fault> {
        let is_ours = |audience: &Value| audience.as_str() == Some(client);
        let is_for_us = match self.0.get("aud") {
            Some(Value::Array(audiences)) => !audiences.is_empty() && audiences.iter().all(is_ours),
            Some(audience) => is_ours(audience),
            None => false,
        };
        if is_for_us && self.0.get("azp").is_none_or(is_ours) { Ok(()) } else { Err("it is for another client") }
    }
}

/// Returns the algorithm and the claims of a token.
fn read(token: &str, keys: Option<&Keys>) -> Result<(String, Claims), Fault> {
    let parts: Vec<&str> = token.split('.').take(6).collect();
    let [head, payload, signature] = parts[..] else {
        return Err(if parts.len() == 5 { "it is encrypted" } else { "it isn't a token" });
    };
    let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| "it isn't a token");
    let header: Header = serde_json::from_slice(&decode(head)?).map_err(|_| "its header can't be read")?;
    if header.crit.is_some() {
        return Err("it has an extension that isn't known");
    }
    if signature.is_empty() || header.alg.eq_ignore_ascii_case("none") {
        return Err("it isn't signed");
    }
    if let Some(keys) = keys {
        keys.confirm(&header, &token[..head.len() + 1 + payload.len()], signature)?;
    }
    let claims = serde_json::from_slice(&decode(payload)?).map_err(|_| "its claims can't be read")?;
    Ok((header.alg, claims))
}

fn is_for_signatures(key: &Jwk) -> bool {
    matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature))
        && key.common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify))
}

/// Whether a token means this key. A token without a name may be signed with any (RFC 7515, section 4.1.4).
fn has_name(key: &Jwk, name: Option<&str>) -> bool {
    name.is_none_or(|name| key.common.key_id.as_deref() == Some(name))
}

fn asymmetric_algorithm(name: &str) -> Option<Algorithm> {
    use Algorithm::{HS256, HS384, HS512};
    name.parse().ok().filter(|algorithm| !matches!(algorithm, HS256 | HS384 | HS512))
}

/// Returns the left half of the hash of an access token (OpenID Connect Core 1.0, section 3.1.3.6).
fn half_hash(algorithm: &str, access_token: &str) -> String {
    let text = access_token.as_bytes();
    let hash = match algorithm {
        // `EdDSA` with Ed25519 hashes with SHA-512.
        _ if algorithm.ends_with("512") || algorithm == "EdDSA" => Sha512::digest(text).to_vec(),
        _ if algorithm.ends_with("384") => Sha384::digest(text).to_vec(),
        _ => Sha256::digest(text).to_vec(),
    };
    BASE64URL_NOPAD.encode(&hash[..hash.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_an_access_token_is_that_of_the_algorithm() {
        // The example of OpenID Connect Core 1.0, appendix A.3.
        let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
        assert_eq!(half_hash("RS256", access_token), "77QmUPtjPfzWtF2AnpK9RQ");
        assert_eq!(half_hash("ES384", access_token).len(), 32);
        assert_eq!(half_hash("EdDSA", access_token), half_hash("PS512", access_token));
        assert_eq!(half_hash("EdDSA", access_token).len(), 43);
    }

    #[test]
    fn an_address_that_was_not_verified_is_none() {
        let email = |verified: &str| {
            let claims: Claims = serde_json::from_str(&format!(r#"{{"email":"ana@example.org"{verified}}}"#)).unwrap();
            claims.email().map(str::to_owned)
        };
        for taken in ["", r#","email_verified":true"#, r#","email_verified":"true""#, r#","email_verified":null"#] {
            assert_eq!(email(taken).as_deref(), Some("ana@example.org"), "{taken}");
        }
        for refused in [r#","email_verified":false"#, r#","email_verified":"False""#] {
            assert_eq!(email(refused), None, "{refused}");
        }
    }
}
