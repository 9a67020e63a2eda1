//! Public keys that confirm assertions: JSON Web Key sets (RFC 7517) and PEM files.

#[cfg(test)]
mod tests;

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use serde::Deserialize;
use serde_json::Value;

use crate::algorithm::Algorithm;

/// The keys of one issuer. Fetching them is the service's affair.
#[derive(Clone, Default)]
pub struct KeySet(Vec<PublicKey>);

#[derive(Clone)]
struct PublicKey {
    /// How assertions name it; `None` for a key that counts whatever they name.
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

/// Why keys can't be read.
#[derive(Debug, thiserror::Error)]
pub enum KeySetFault {
    /// The text is not a JSON Web Key set.
    #[error("not a JSON Web Key set, {{\"keys\": […]}}: {0}")]
    NotASet(serde_json::Error),
    /// The set has no key that can confirm signatures.
    #[error(
        "no key can verify signatures: it takes a public RSA key of 2048 to 8192 bits, an EC key on P-256 or P-384, or \
         an Ed25519 key, with a `kid`"
    )]
    NoUsableKey,
    /// The file is not a text.
    #[error("not a text in PEM format")]
    NotPem,
    /// The file has a private key.
    #[error("a private key, which belongs to the proxy alone")]
    PrivateKey,
    /// The file has something other than public keys, of this label.
    #[error("a {0:?} where a public key is expected")]
    NotAKey(String),
    /// The file has a public key of an unknown kind or of a bad size.
    #[error("a public key that can't be used: it takes RSA of 2048 to 8192 bits, EC on P-256 or P-384, or Ed25519")]
    UnusableKey,
    /// The file has no public key.
    #[error("no public key in PEM format")]
    NoKey,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// No keys: without them no assertion is believed.
    pub const EMPTY: Self = Self(Vec::new());

    /// Reads the keys of a JSON Web Key set that are made for signatures and have an ID. Others are left out (RFC 7517
    /// section 5), private and shared ones are never read.
    ///
    /// # Errors
    /// A text that is no such set, or has no such key.
    pub fn from_jwks(bytes: &[u8]) -> Result<Self, KeySetFault> {
        let document: Document = serde_json::from_slice(bytes).map_err(KeySetFault::NotASet)?;
        let keys: Vec<PublicKey> = document.keys.into_iter().filter_map(PublicKey::from_json).collect();
        if keys.is_empty() { Err(KeySetFault::NoUsableKey) } else { Ok(Self(keys)) }
    }

    /// Reads the public keys of a PEM file. Assertions need not name them.
    ///
    /// # Errors
    /// A file without public keys, with one that can't be used, or with something else.
    pub fn from_pem(bytes: &[u8]) -> Result<Self, KeySetFault> {
        const BEGIN: &str = "-----BEGIN ";
        let text = std::str::from_utf8(bytes).map_err(|_| KeySetFault::NotPem)?;
        let mut keys = Vec::new();
        for (start, _) in text.match_indices(BEGIN) {
            let block = &text[start..];
            let label = block[BEGIN.len()..].split("-----").next().unwrap_or_default();
            if label.contains("PRIVATE") {
                return Err(KeySetFault::PrivateKey);
            }
            if label != "PUBLIC KEY" && label != "RSA PUBLIC KEY" {
                return Err(KeySetFault::NotAKey(label.to_owned()));
            }
            keys.push(PublicKey::from_pem(block.as_bytes()).ok_or(KeySetFault::UnusableKey)?);
        }
        if keys.is_empty() { Err(KeySetFault::NoKey) } else { Ok(Self(keys)) }
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is a key for an assertion that names this one, or none.
    pub fn has(&self, id: Option<&str>) -> bool {
        self.0.iter().any(|key| key.answers_to(id))
    }

    /// Returns the keys that can confirm an assertion with this key ID and algorithm.
    pub(crate) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> impl Iterator<Item = &DecodingKey> {
        self.0.iter().filter(move |key| key.answers_to(id) && key.algorithms.contains(&algorithm)).map(|key| &key.key)
    }
}

/// Without the keys.
impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySet({})", self.0.len())
    }
}

impl PublicKey {
    fn answers_to(&self, id: Option<&str>) -> bool {
        self.id.is_none() || self.id.as_deref() == id
    }

    fn from_json(value: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        let id = jwk.common.key_id.clone()?;
        let is_for_signatures = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature))
            && jwk.common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
        if !is_for_signatures {
            return None;
        }
        let (mut algorithms, key) = read_key(&jwk)?;
        if let Some(only) = jwk.common.key_algorithm {
            let only = jsonwebtoken::Algorithm::try_from(only).ok()?;
            algorithms.retain(|algorithm| jsonwebtoken::Algorithm::from(*algorithm) == only);
        }
        (!algorithms.is_empty()).then_some(Self { id: Some(id), algorithms, key })
    }

    fn from_pem(block: &[u8]) -> Option<Self> {
        let key = DecodingKey::from_rsa_pem(block)
            .or_else(|_| DecodingKey::from_ec_pem(block))
            .or_else(|_| DecodingKey::from_ed_pem(block))
            .ok()?;
        // Only this form has the size of the key and its curve.
        let jwk = Jwk::from_decoding_key(&key, None).ok()?;
        let (algorithms, key) = read_key(&jwk)?;
        Some(Self { id: None, algorithms, key })
    }
}

/// Returns the algorithms of a public key, and the key; `None` for any other.
fn read_key(jwk: &Jwk) -> Option<(Vec<Algorithm>, DecodingKey)> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    let decode = |text: &str| BASE64URL_NOPAD.decode(text.trim_end_matches('=').as_bytes()).ok();
    let algorithms = match &jwk.algorithm {
        AlgorithmParameters::RSA(key) => {
            let modulus = decode(&key.n)?;
            let bits = modulus.iter().skip_while(|byte| **byte == 0).count() * 8;
            if !(2048..=8192).contains(&bits) || decode(&key.e)?.is_empty() {
                return None;
            }
            vec![RS256, RS384, RS512, PS256, PS384, PS512]
        }
        AlgorithmParameters::EllipticCurve(key) => {
            let (algorithm, size) = match key.curve {
                EllipticCurve::P256 => (ES256, 32),
                EllipticCurve::P384 => (ES384, 48),
                _ => return None,
            };
            if decode(&key.x)?.len() != size || decode(&key.y)?.len() != size {
                return None;
            }
            vec![algorithm]
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            if decode(&key.x)?.len() != 32 {
                return None;
            }
            vec![EdDSA]
        }
        _ => return None,
    };
    Some((algorithms, DecodingKey::from_jwk(jwk).ok()?))
}
