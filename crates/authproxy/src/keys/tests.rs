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

fn set(keys: &Value) -> Result<KeySet, KeySetFault> {
    KeySet::from_jwks(json!({ "keys": keys }).to_string().as_bytes())
}

/// Returns the algorithms of the keys with that ID.
fn algorithms(keys: &KeySet, id: &str) -> Vec<Algorithm> {
    Algorithm::ALL.into_iter().filter(|algorithm| keys.find(Some(id), *algorithm).next().is_some()).collect()
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
    assert_eq!(algorithms(&keys, "r"), [RS256, RS384, RS512, PS256, PS384, PS512]);
    assert_eq!(algorithms(&keys, "r1"), [RS256, ES256], "two keys may have one id");
    assert_eq!((algorithms(&keys, "e"), algorithms(&keys, "d")), (vec![ES256], vec![EdDSA]));
    assert!(algorithms(&keys, "x").is_empty() && algorithms(&keys, "").is_empty());
    assert!(keys.has(Some("e")) && !keys.has(None) && !keys.has(Some("E")));
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
        let fault = set(&json!([key])).unwrap_err();
        assert!(matches!(fault, KeySetFault::NoUsableKey), "{key}: {fault}");
    }
    for text in ["", "[]", "{}", "{\"keys\":{}}", "{\"keys\":null}", "\u{0}"] {
        assert!(matches!(KeySet::from_jwks(text.as_bytes()), Err(KeySetFault::NotASet(_))), "{text}");
    }
}

#[test]
fn pem_files_with_anything_but_public_keys_are_refused() {
    let label = |text: &str| KeySet::from_pem(text.as_bytes()).unwrap_err();
    assert!(matches!(label("-----BEGIN EC PRIVATE KEY-----\n"), KeySetFault::PrivateKey));
    assert!(matches!(label("-----BEGIN CERTIFICATE-----\n"), KeySetFault::NotAKey(label) if label == "CERTIFICATE"));
    assert!(matches!(label("-----BEGIN PUBLIC KEY-----\n"), KeySetFault::UnusableKey));
    assert!(matches!(label("text"), KeySetFault::NoKey));
    assert!(matches!(KeySet::from_pem(b"\xff"), Err(KeySetFault::NotPem)));
}
