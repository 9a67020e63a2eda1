//! Whatever comes in the place of a token: an answer, and never a panic.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::auth::proxy::tests::proxy;
use crate::config::AuthProxyConfig;
use crate::config::trust::TrustList;
use crate::config::vars::Vars;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// Assertions by one key of a file.
fn assertions() -> Assertions {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let key = json!({
        "kty": "EC", "kid": "1", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    std::fs::write(&path, json!({ "keys": [key] }).to_string()).unwrap();
    let given = [
        ("AUTHENTICATION_GUARD", "reverse-proxy-guard"),
        ("AUTH_PROXY_JWT_HEADER", "X-Assertion"),
        ("AUTH_PROXY_JWT_ISS", "joe"),
        ("AUTH_PROXY_JWT_AUD", "us"),
        ("AUTH_PROXY_JWT_JWKS_FILE", path.to_str().unwrap()),
    ];
    let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut vars = Vars::new(BTreeMap::from(given));
    let config = AuthProxyConfig::read(&mut vars, &TrustList::default()).unwrap();
    assert_eq!(vars.into_findings().0, [""; 0]);
    Assertions::new(config.assertion.unwrap(), None)
}

/// The token of RFC 7515 appendix A.3, with another header, which its signature therefore doesn't confirm.
fn token(head: &str) -> String {
    const REST: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
                        DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    format!("{}.{REST}", BASE64URL_NOPAD.encode(head.as_bytes()))
}

#[test]
fn a_fault_says_what_is_wrong_and_nothing_of_the_token() {
    let assertions = assertions();
    for (token, words) in [
        (String::new(), "is not a signed JSON Web Token in compact form"),
        ("a.b".to_owned(), "is not a signed JSON Web Token in compact form"),
        (token("{}"), "has a header that is no JSON object with `alg`"),
        (token("[1"), "has a header that is no JSON object with `alg`"),
        (token(r#"{"alg":"none"}"#), "has an algorithm that is not allowed; AUTH_PROXY_JWT_ALGS allows RS256, ES256"),
        (token(r#"{"alg":"ES256","alg":"none","kid":"1"}"#), "has a header that is no JSON object with `alg`"),
        (token(r#"{"alg":"ES256","kid":"planted"}"#), "names a key (kid) that is not among those from"),
        (token(r#"{"alg":"ES256"}"#), "names a key (kid) that is not among those from"),
        (token(r#"{"alg":"RS256","kid":"1"}"#), "has a signature that the key it names"),
        (token(r#"{"alg":"ES256","kid":"1"}"#), "has a signature that the key it names"),
        (token(r#"{"alg":"ES256","kid":"1","crit":[]}"#), "demands extensions (crit)"),
    ] {
        let fault = assertions.verify(token.as_bytes(), NOW).unwrap_err();
        assert!(fault.contains(words) && !fault.contains("planted"), "{fault}");
    }
}

#[test]
fn what_a_good_signature_confirms_is_still_checked() {
    // The very token of RFC 7515 appendix A.3, whose header names no key, read with the key of a PEM file.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    let der = [
        &[0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01][..],
        &[0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04],
        &BASE64URL_NOPAD.decode(b"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU").unwrap(),
        &BASE64URL_NOPAD.decode(b"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0").unwrap(),
    ]
    .concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", data_encoding::BASE64.encode(&der));
    std::fs::write(&path, pem).unwrap();
    let own = [
        ("AUTH_PROXY_JWT_HEADER", "X-Assertion"),
        ("AUTH_PROXY_JWT_ISS", "joe"),
        ("AUTH_PROXY_JWT_AUD", "us"),
        ("AUTH_PROXY_JWT_KEY_FILE", path.to_str().unwrap()),
    ];
    let assertions = proxy(&own).assertions.unwrap();
    let fault = assertions.verify(token(r#"{"alg":"ES256"}"#).as_bytes(), NOW).unwrap_err();
    assert_eq!(fault, "is not for the audience (aud) AUTH_PROXY_JWT_AUD, us", "signed by joe, but for nobody");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_is_made_up_is_believed(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[A-Za-z0-9_.-]{0,80}") {
        thread_local! {
            static ASSERTIONS: Assertions = assertions();
        }
        let head = String::from_utf8_lossy(&bytes).into_owned();
        let with_head = format!(r#"{{"alg":"ES256","kid":"1","x":"{text}"}}"#);
        for token in [bytes, text.into_bytes(), token(&head).into_bytes(), token(&with_head).into_bytes()] {
            prop_assert!(ASSERTIONS.with(|assertions| assertions.verify(&token, NOW)).is_err());
        }
    }
}
