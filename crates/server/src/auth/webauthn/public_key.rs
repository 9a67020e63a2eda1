//! The public key of a credential: read from a new key's answer, kept in the database, and used to verify signatures.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use ciborium::Value;
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;

/// Labels and values of a `COSE_Key` (RFC 9052, section 7; RFC 9053, section 7; RFC 8230, section 4).
mod cose {
    pub(super) const KEY_TYPE: i64 = 1;
    pub(super) const ALGORITHM: i64 = 3;
    pub(super) const EC2: i64 = 2;
    pub(super) const RSA: i64 = 3;
    pub(super) const CURVE: i64 = -1;
    pub(super) const X: i64 = -2;
    pub(super) const Y: i64 = -3;
    pub(super) const P256: i64 = 1;
    pub(super) const MODULUS: i64 = -1;
    pub(super) const EXPONENT: i64 = -2;
}

/// COSE's number of ECDSA on P-256 with SHA-256 (RFC 9053, section 2.1).
pub(super) const ES256: i64 = -7;
/// COSE's number of RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8812, section 2).
pub(super) const RS256: i64 = -257;
/// Lengths of an RSA modulus, bytes.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;
/// Length of a coordinate on P-256, bytes.
const COORDINATE: usize = 32;

/// A public key of one of the two algorithms that keys are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PublicKey {
    /// ECDSA on P-256 with SHA-256: an uncompressed point (SEC 1, section 2.3.3).
    Es256(Vec<u8>),
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256 { modulus: Vec<u8>, exponent: Vec<u8> },
}

/// The form in the database.
#[derive(Serialize, Deserialize)]
struct Stored {
    type_: Algorithm,
    key: StoredKey,
}

#[derive(Serialize, Deserialize)]
enum Algorithm {
    #[serde(rename = "ES256")]
    Es256,
    #[serde(rename = "RS256")]
    Rs256,
}

#[derive(Serialize, Deserialize)]
enum StoredKey {
    #[serde(rename = "EC_EC2")]
    Ec { curve: String, x: Bytes, y: Bytes },
    #[serde(rename = "RSA")]
    Rsa { n: Bytes, e: Bytes },
}

/// Bytes as base64url or as numbers.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Bytes {
    Text(String),
    Numbers(Vec<u8>),
}

impl PublicKey {
    /// Reads a `COSE_Key` of an algorithm that was asked for.
    pub(super) fn from_cose(key: &Value) -> Result<Self, Refusal> {
        let unknown = || Refusal::Unusable("its public key is none that was asked for".into());
        let members = key.as_map().ok_or_else(unknown)?;
        let member = |label: i64| members.iter().find(|(name, _)| *name == Value::from(label)).map(|(_, value)| value);
        let number = |label| member(label).and_then(Value::as_integer).and_then(|number| i64::try_from(number).ok());
        let bytes = |label| member(label).and_then(Value::as_bytes).cloned().ok_or_else(unknown);
        let read = match (number(cose::KEY_TYPE), number(cose::ALGORITHM)) {
            (Some(cose::EC2), Some(ES256)) if number(cose::CURVE) == Some(cose::P256) => {
                Self::from_point(&bytes(cose::X)?, &bytes(cose::Y)?)
            }
            (Some(cose::RSA), Some(RS256)) => Self::from_rsa(&bytes(cose::MODULUS)?, bytes(cose::EXPONENT)?),
            _ => None,
        };
        read.ok_or_else(unknown)
    }

    /// Reads the form in the database.
    pub(super) fn from_stored(json: &[u8]) -> Result<Self, Refusal> {
        let unreadable = || Refusal::Unusable("the stored public key can't be read".into());
        let stored: Stored = serde_json::from_slice(json).map_err(|_| unreadable())?;
        let read = match (stored.type_, stored.key) {
            (Algorithm::Es256, StoredKey::Ec { curve, x, y }) if curve == "SECP256R1" => {
                x.read().zip(y.read()).and_then(|(x, y)| Self::from_point(&x, &y))
            }
            (Algorithm::Rs256, StoredKey::Rsa { n, e }) => {
                n.read().zip(e.read()).and_then(|(modulus, exponent)| Self::from_rsa(&modulus, exponent))
            }
            _ => None,
        };
        read.ok_or_else(unreadable)
    }

    /// Returns the form in the database.
    pub(super) fn to_stored(&self) -> serde_json::Result<Vec<u8>> {
        let text = |bytes: &[u8]| Bytes::Text(super::encoded(bytes));
        serde_json::to_vec(&match self {
            Self::Es256(point) => {
                let (x, y) = point[1..].split_at(COORDINATE);
                Stored {
                    type_: Algorithm::Es256,
                    key: StoredKey::Ec { curve: "SECP256R1".into(), x: text(x), y: text(y) },
                }
            }
            Self::Rs256 { modulus, exponent } => Stored {
                type_: Algorithm::Rs256,
                key: StoredKey::Rsa { n: text(modulus), e: Bytes::Numbers(exponent.clone()) },
            },
        })
    }

    /// Whether this key's owner signed a message.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature).is_ok()
            }
            Self::Rs256 { modulus, exponent } => RsaPublicKeyComponents { n: modulus, e: exponent }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        }
    }

    /// A point that is on the curve.
    fn from_point(x: &[u8], y: &[u8]) -> Option<Self> {
        if x.len() != COORDINATE || y.len() != COORDINATE {
            return None;
        }
        let point = [&[4], x, y].concat();
        ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &point).is_ok().then_some(Self::Es256(point))
    }

    fn from_rsa(modulus: &[u8], exponent: Vec<u8>) -> Option<Self> {
        let start = modulus.iter().position(|byte| *byte != 0)?;
        let is_usable = MODULUS.contains(&(modulus.len() - start)) && (1..=8).contains(&exponent.len());
        is_usable.then(|| Self::Rs256 { modulus: modulus[start..].to_vec(), exponent })
    }
}

impl Bytes {
    fn read(self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => super::decoded(&text),
            Self::Numbers(bytes) => Some(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The generator of P-256, which is a point on it (SEC 2, section 2.4.2).
    const X: &str = "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY";
    const Y: &str = "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU";

    fn stored_point(x: &str, y: &str) -> String {
        format!(r#"{{"type_":"ES256","key":{{"EC_EC2":{{"curve":"SECP256R1","x":"{x}","y":"{y}"}}}}}}"#)
    }

    #[test]
    fn the_form_in_the_database_stays_as_it_was() {
        for json in [
            stored_point(X, Y),
            format!(r#"{{"type_":"RS256","key":{{"RSA":{{"n":"{}","e":[1,0,1]}}}}}}"#, "w".repeat(342)),
        ] {
            let key = PublicKey::from_stored(json.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(key.to_stored().unwrap()).unwrap(), json);
        }
    }

    #[test]
    fn a_point_beside_the_curve_is_no_key() {
        assert!(PublicKey::from_stored(stored_point(X, X).as_bytes()).is_err());
        assert!(PublicKey::from_stored(stored_point(X, "AA").as_bytes()).is_err());
        assert!(PublicKey::from_stored(b"{}").is_err());
    }

    #[test]
    fn keys_of_other_algorithms_are_not_taken() {
        let (x, y) = (crate::auth::webauthn::decoded(X).unwrap(), crate::auth::webauthn::decoded(Y).unwrap());
        let key = |kty: i64, alg: i64, crv: i64| {
            let member = |label: i64, value: Value| (Value::from(label), value);
            let coordinates = [member(-2, Value::Bytes(x.clone())), member(-3, Value::Bytes(y.clone()))];
            let numbers = [member(1, kty.into()), member(3, alg.into()), member(-1, crv.into())];
            Value::Map(numbers.into_iter().chain(coordinates).collect())
        };
        assert!(PublicKey::from_cose(&key(2, ES256, 1)).is_ok());
        for (kty, alg, crv) in [(2, -8, 1), (1, ES256, 1), (2, ES256, 2), (3, RS256, 1), (2, RS256, 1)] {
            assert!(PublicKey::from_cose(&key(kty, alg, crv)).is_err(), "{kty} {alg} {crv}");
        }
        assert!(PublicKey::from_cose(&Value::Null).is_err());
    }
}
