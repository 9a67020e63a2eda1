//! Made-up assertions: a fault for each, and never a panic.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn settings() -> AssertionSettings {
    AssertionSettings::new("X-Assertion".parse().unwrap(), "joe", "us")
}

fn keys() -> KeySet {
    let key = json!({
        "kty": "EC", "kid": "1", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    KeySet::from_jwks(json!({ "keys": [key] }).to_string().as_bytes()).unwrap()
}

/// The token of RFC 7515 appendix A.3, with another header, which its signature therefore doesn't confirm.
fn token(head: &str) -> String {
    const REST: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
                        DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    format!("{}.{REST}", BASE64URL_NOPAD.encode(head.as_bytes()))
}

#[test]
fn j_06_each_forgery_has_its_fault() {
    use AssertionFault as Fault;
    let (settings, keys) = (settings(), keys());
    for (token, fault) in [
        (String::new(), Fault::NotCompact),
        ("a.b".to_owned(), Fault::NotCompact),
        (token("{}"), Fault::Header),
        (token("[1"), Fault::Header),
        (token(r#"{"alg":"none"}"#), Fault::Algorithm),
        (token(r#"{"alg":"HS256","kid":"1"}"#), Fault::Algorithm),
        (token(r#"{"alg":"PS256","kid":"1"}"#), Fault::Algorithm),
        (token(r#"{"alg":"ES256","alg":"none","kid":"1"}"#), Fault::Header),
        (token(r#"{"alg":"ES256","kid":"planted"}"#), Fault::UnknownKey),
        (token(r#"{"alg":"ES256"}"#), Fault::UnknownKey),
        (token(r#"{"alg":"RS256","kid":"1"}"#), Fault::Signature),
        (token(r#"{"alg":"ES256","kid":"1"}"#), Fault::Signature),
        (token(r#"{"alg":"ES256","kid":"1","crit":[]}"#), Fault::Critical),
    ] {
        assert_eq!(settings.verify(token.as_bytes(), &keys, NOW).unwrap_err(), fault, "{token}");
    }
    let unchecked = settings.verify(token(r#"{"alg":"ES256","kid":"1"}"#).as_bytes(), &KeySet::EMPTY, NOW);
    assert_eq!(unchecked.unwrap_err(), Fault::NoKeys);
}

#[test]
fn j_07_a_good_signature_is_not_enough() {
    // The very token of RFC 7515 appendix A.3, whose header names no key, with the key of a PEM file.
    let der = [
        &[0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01][..],
        &[0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04],
        &BASE64URL_NOPAD.decode(b"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU").unwrap(),
        &BASE64URL_NOPAD.decode(b"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0").unwrap(),
    ]
    .concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", data_encoding::BASE64.encode(&der));
    let keys = KeySet::from_pem(pem.as_bytes()).unwrap();
    let fault = settings().verify(token(r#"{"alg":"ES256"}"#).as_bytes(), &keys, NOW).unwrap_err();
    assert_eq!(fault, AssertionFault::Audience, "signed by joe, but for no audience");
}

fn claims(json: Value) -> Claims {
    match json {
        Value::Object(map) => Claims(map),
        _ => panic!("claims are an object"),
    }
}

#[test]
fn j_07_j_08_issuer_and_audience() {
    let settings = AssertionSettings { audiences: vec!["us".to_owned(), "them".to_owned()], ..settings() };
    let check = |json| settings.check_parties(&claims(json));
    for audience in [json!("us"), json!("them"), json!(["other", "us"])] {
        assert_eq!(check(json!({ "iss": "joe", "aud": audience })), Ok(()), "{audience}");
    }
    for audience in [json!("other"), json!(["other"]), json!([]), json!(null), json!({ "us": "us" }), json!(["US"])] {
        assert_eq!(check(json!({ "iss": "joe", "aud": audience })), Err(AssertionFault::Audience), "{audience}");
    }
    assert_eq!(check(json!({ "iss": "joe" })), Err(AssertionFault::Audience));
    for issuer in [json!("Joe"), json!(["joe"]), json!(null)] {
        assert_eq!(check(json!({ "iss": issuer, "aud": "us" })), Err(AssertionFault::Issuer), "{issuer}");
    }
}

#[test]
fn j_07_an_assertion_has_its_time() {
    use AssertionFault as Fault;
    let settings = settings();
    let now = Timestamp::from_second(1_000_000).unwrap();
    for (times, expected) in [
        (json!({ "exp": 1_000_300, "iat": 999_990, "nbf": 999_990 }), Ok(())),
        (json!({ "exp": 1_000_000.5 }), Ok(())),
        (json!({ "exp": 999_941 }), Ok(())),
        (json!({ "exp": 999_940 }), Err(Fault::Ended)),
        (json!({}), Err(Fault::NoEnd)),
        (json!({ "exp": "1000300" }), Err(Fault::Time("exp"))),
        (json!({ "exp": 1_000_300, "iat": null }), Err(Fault::Time("iat"))),
        (json!({ "exp": 1_000_300, "nbf": 1_000_060 }), Ok(())),
        (json!({ "exp": 1_000_300, "nbf": 1_000_061 }), Err(Fault::NotYetValid)),
        (json!({ "exp": 1_000_300, "iat": 1_000_061 }), Err(Fault::IssuedInFuture)),
        (json!({ "exp": 1_086_400 }), Ok(())),
        (json!({ "exp": 1_086_401 }), Err(Fault::TooLong)),
        (json!({ "exp": 1_086_000, "iat": 999_000 }), Err(Fault::TooLong)),
        (json!({ "exp": 1_086_000, "nbf": 999_000 }), Err(Fault::TooLong)),
    ] {
        assert_eq!(settings.check_time(&claims(times.clone()), now), expected, "{times}");
    }
}

#[test]
fn claims_are_texts() {
    let claims = claims(json!({ "sub": " Go\u{308}del ", "empty": "", "null": null, "number": 7, "list": ["a"] }));
    assert_eq!(claims.text("sub").as_deref(), Ok("G\u{F6}del"));
    assert_eq!(claims.text("empty"), Err(Reason::Empty));
    for missing in ["null", "other"] {
        assert_eq!(claims.text(missing), Err(Reason::Missing { seen: Vec::new() }));
    }
    for other in ["number", "list"] {
        assert_eq!(claims.text(other), Err(Reason::Undecodable));
    }
    assert_eq!(claims.groups("list", b','), [b"a"]);
    assert!(claims.groups("number", b',').is_empty() && claims.groups("other", b',').is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_made_up_assertion_is_never_believed(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        text in "[A-Za-z0-9_.-]{0,80}",
    ) {
        thread_local! {
            static KEYS: KeySet = keys();
        }
        let head = String::from_utf8_lossy(&bytes).into_owned();
        let with_head = format!(r#"{{"alg":"ES256","kid":"1","x":"{text}"}}"#);
        for token in [bytes, text.into_bytes(), token(&head).into_bytes(), token(&with_head).into_bytes()] {
            prop_assert!(KEYS.with(|keys| settings().verify(&token, keys, NOW)).is_err());
        }
    }
}
