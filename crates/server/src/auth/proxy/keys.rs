//! Public keys that assertions may be signed with: JSON Web Key sets (RFC 7517) and PEM files.

use std::fmt;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// Keys of one issuer.
#[derive(Clone)]
pub struct KeySet(Vec<PublicKey>);

#[derive(Clone)]
struct PublicKey {
    /// How assertions name it; `None` for a key that counts whatever they say.
    id: Option<String>,
    /// What it can verify.
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl KeySet {
    /// No key at all.
    pub const EMPTY: Self = Self(Vec::new());

    /// The keys of a JSON Web Key set that are good for signatures and have an id. Others are left out (RFC 7517
    /// section 5), private and shared ones are never read.
    ///
    /// # Errors
    /// What is wrong with it, to follow its name.
    pub fn from_jwks(bytes: &[u8]) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(bytes)
            .map_err(|error| format!("is not a JSON Web Key set, {{\"keys\": […]}}: {error}"))?;
        let keys: Vec<PublicKey> = document.keys.into_iter().filter_map(PublicKey::from_json).collect();
        if keys.is_empty() {
            return Err(
                "has no key that can verify signatures: it takes a public RSA key of 2048 to 8192 bits, an EC key \
                        on P-256 or P-384, or an Ed25519 key, with a `kid`"
                    .to_owned(),
            );
        }
        Ok(Self(keys))
    }

    /// The public keys of a PEM file. Assertions need not name them.
    ///
    /// # Errors
    /// What is wrong with it, to follow its name.
    pub fn from_pem(bytes: &[u8]) -> Result<Self, String> {
        const BEGIN: &str = "-----BEGIN ";
        let text = std::str::from_utf8(bytes).map_err(|_| "is not a text in PEM format".to_owned())?;
        let mut keys = Vec::new();
        for (start, _) in text.match_indices(BEGIN) {
            let block = &text[start..];
            let label = block[BEGIN.len()..].split("-----").next().unwrap_or_default();
            if label.contains("PRIVATE") {
                return Err(
                    "has a private key, which belongs to the proxy alone: put only the public one there, made with \
                            `openssl pkey -in KEY -pubout`"
                        .to_owned(),
                );
            }
            if label != "PUBLIC KEY" && label != "RSA PUBLIC KEY" {
                return Err(format!(
                    "has a {label:?} where a public key is expected; `openssl x509 -in CERTIFICATE -noout -pubkey` takes \
                     it out of a certificate"
                ));
            }
            keys.push(PublicKey::from_pem(block.as_bytes()).ok_or_else(|| {
                "has a public key that can't be used: it takes RSA of 2048 to 8192 bits, EC on P-256 or P-384, or Ed25519"
                    .to_owned()
            })?);
        }
        if keys.is_empty() { Err("has no public key in PEM format".to_owned()) } else { Ok(Self(keys)) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is a key by that id.
    pub fn knows(&self, id: Option<&str>) -> bool {
        self.0.iter().any(|key| key.is(id))
    }

    /// The keys by that id that can verify that algorithm.
    pub fn find(&self, id: Option<&str>, algorithm: Algorithm) -> impl Iterator<Item = &DecodingKey> {
        self.0.iter().filter(move |key| key.is(id) && key.algorithms.contains(&algorithm)).map(|key| &key.key)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySet({})", self.0.len())
    }
}

impl PublicKey {
    fn is(&self, id: Option<&str>) -> bool {
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
        let (mut algorithms, key) = usable(&jwk)?;
        if let Some(only) = jwk.common.key_algorithm {
            algorithms.retain(|algorithm| Algorithm::try_from(only).is_ok_and(|only| only == *algorithm));
        }
        (!algorithms.is_empty()).then_some(Self { id: Some(id), algorithms, key })
    }

    fn from_pem(block: &[u8]) -> Option<Self> {
        let key = DecodingKey::from_rsa_pem(block)
            .or_else(|_| DecodingKey::from_ec_pem(block))
            .or_else(|_| DecodingKey::from_ed_pem(block))
            .ok()?;
        // In this form it tells its size and its curve.
        let jwk = Jwk::from_decoding_key(&key, None).ok()?;
        let (algorithms, key) = usable(&jwk)?;
        Some(Self { id: None, algorithms, key })
    }
}

/// What a public key can verify, and the key; `None` for any other.
fn usable(jwk: &Jwk) -> Option<(Vec<Algorithm>, DecodingKey)> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    let length = |text: &str| data_encoding::BASE64URL_NOPAD.decode(text.trim_end_matches('=').as_bytes()).ok();
    let algorithms = match &jwk.algorithm {
        AlgorithmParameters::RSA(key) => {
            let modulus = length(&key.n)?;
            let bits = modulus.iter().skip_while(|byte| **byte == 0).count() * 8;
            if !(2048..=8192).contains(&bits) || length(&key.e)?.is_empty() {
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
            if length(&key.x)?.len() != size || length(&key.y)?.len() != size {
                return None;
            }
            vec![algorithm]
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            if length(&key.x)?.len() != 32 {
                return None;
            }
            vec![EdDSA]
        }
        _ => return None,
    };
    Some((algorithms, DecodingKey::from_jwk(jwk).ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // The keys of RFC 7515 appendixes A.2 and A.3 and of RFC 8037 appendix A.2.
    const N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR\
                     T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB\
                     dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia\
                     GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
    const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
    const ED: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn set(keys: &Value) -> Result<KeySet, String> {
        KeySet::from_jwks(json!({ "keys": keys }).to_string().as_bytes())
    }

    /// What the keys by that id can verify.
    fn verifies(keys: &KeySet, id: &str) -> Vec<Algorithm> {
        use Algorithm::{ES256, ES384, EdDSA, HS256, HS384, HS512, PS256, PS384, PS512, RS256, RS384, RS512};
        let all = [HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA];
        all.into_iter().filter(|algorithm| keys.find(Some(id), *algorithm).next().is_some()).collect()
    }

    #[test]
    fn a_key_verifies_what_is_made_for_it() {
        use Algorithm::{ES256, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
        let keys = set(&json!([
            { "kty": "RSA", "kid": "r", "n": N, "e": "AQAB" },
            { "kty": "RSA", "kid": "r1", "n": N, "e": "AQAB", "alg": "RS256", "use": "sig", "d": "private" },
            { "kty": "EC", "kid": "e", "crv": "P-256", "x": X, "y": Y, "key_ops": ["verify"] },
            { "kty": "OKP", "kid": "d", "crv": "Ed25519", "x": ED },
            { "kty": "EC", "kid": "r1", "crv": "P-256", "x": X, "y": Y },
        ]))
        .unwrap();
        assert_eq!(keys.len(), 5);
        assert_eq!(verifies(&keys, "r"), [RS256, RS384, RS512, PS256, PS384, PS512]);
        assert_eq!(verifies(&keys, "r1"), [RS256, ES256], "two keys may have one id");
        assert_eq!((verifies(&keys, "e"), verifies(&keys, "d")), (vec![ES256], vec![EdDSA]));
        assert!(verifies(&keys, "x").is_empty() && verifies(&keys, "").is_empty());
        assert!(keys.knows(Some("e")) && !keys.knows(None) && !keys.knows(Some("E")));
    }

    #[test]
    fn other_keys_are_left_out() {
        for key in [
            json!({ "kty": "RSA", "n": N, "e": "AQAB" }),
            json!({ "kty": "RSA", "kid": 1, "n": N, "e": "AQAB" }),
            json!({ "kty": "RSA", "kid": "x", "n": &N[..170], "e": "AQAB" }),
            json!({ "kty": "RSA", "kid": "x", "n": "!", "e": "AQAB" }),
            json!({ "kty": "RSA", "kid": "x", "n": N, "e": "" }),
            json!({ "kty": "RSA", "kid": "x", "n": N, "e": "AQAB", "use": "enc" }),
            json!({ "kty": "RSA", "kid": "x", "n": N, "e": "AQAB", "key_ops": ["encrypt"] }),
            json!({ "kty": "RSA", "kid": "x", "n": N, "e": "AQAB", "alg": "ES256" }),
            json!({ "kty": "RSA", "kid": "x", "n": N, "e": "AQAB", "alg": "RSA-OAEP" }),
            json!({ "kty": "RSA", "kid": "x", "n": N, "e": "AQAB", "alg": "HS256" }),
            json!({ "kty": "oct", "kid": "x", "k": "c2VjcmV0" }),
            json!({ "kty": "EC", "kid": "x", "crv": "P-384", "x": X, "y": Y }),
            json!({ "kty": "EC", "kid": "x", "crv": "secp256k1", "x": X, "y": Y }),
            json!({ "kty": "EC", "kid": "x", "crv": "P-256", "x": X, "y": "" }),
            json!({ "kty": "OKP", "kid": "x", "crv": "X25519", "x": ED }),
            json!({ "kty": "OKP", "kid": "x", "crv": "Ed25519", "x": "AAAA" }),
            json!({}),
            json!(null),
            json!([]),
        ] {
            let problem = set(&json!([key])).unwrap_err();
            assert!(problem.starts_with("has no key that can verify signatures"), "{key}: {problem}");
        }
        for text in ["", "[]", "{}", "{\"keys\":{}}", "{\"keys\":null}", "\u{0}"] {
            assert!(KeySet::from_jwks(text.as_bytes()).unwrap_err().contains("JSON Web Key set"), "{text}");
        }
    }
}
