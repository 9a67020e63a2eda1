//! Case O-05: random headers of a trusted peer. Without exactly one good identity no request is accepted.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::Cell;

use authproxy::{AuthProxy, KeySet, Peer, Settings, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use unicode_normalization::UnicodeNormalization;

/// Number of sets of headers.
const SETS: u32 = 100_000;

fn headers(fields: &[(&str, Vec<u8>)]) -> HeaderMap {
    let to_header = |(name, value): &(&str, Vec<u8>)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value).unwrap())
    };
    let mut headers = HeaderMap::new();
    for (name, value) in fields.iter().map(to_header) {
        headers.append(name, value);
    }
    headers
}

const GOOD: [&str; 5] = ["john", "admin", "Gödel", "a b", "alice, admin"];

/// Headers as clients and proxies send them, with what they could be mixed up with.
fn field() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let name = prop::sample::select(vec![
        "remote-user",
        "remote-user",
        "remote-user",
        "remote_user",
        "remote.user",
        "http_remote_user",
        "http-http-remote~user",
        "x-remote-user",
        "remote-users",
        "remote",
        "connection",
        "authorization",
        "cookie",
        "x-forwarded-user",
        "accept",
    ]);
    let value = prop_oneof![
        4 => prop::sample::select(GOOD.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        2 => prop::sample::select(vec!["", " ", "(null)", "{x}", "null", "a\tb", "a\u{200B}", "remote-user", "close, REMOTE_USER"])
            .prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec((b' '..=b'~').prop_union(128..=255_u8), 0..6),
    ];
    (name, value)
}

/// Returns the name if the fields have exactly one good identity, computed in another way than by the rules.
fn expected_name(fields: &[(&str, Vec<u8>)]) -> Option<String> {
    let fold = |name: &[u8]| {
        let name =
            String::from_utf8_lossy(name).to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        name.rsplit("http_").next().map(str::to_owned).unwrap_or_default()
    };
    let alike: Vec<_> = fields.iter().filter(|(name, _)| fold(name.as_bytes()) == "remote_user").collect();
    let [("remote-user", value)] = alike[..] else { return None };
    let is_dropped = fields.iter().any(|(name, value)| {
        *name == "connection"
            && value.split(|byte| *byte == b',').any(|token| fold(token.trim_ascii()) == "remote_user")
    });
    let text = std::str::from_utf8(value).ok()?.trim_matches([' ', '\t']);
    let is_placeholder = ["", "-", "(null)", "null", "{x}", "a\tb", "a\u{200B}"].contains(&text);
    (!is_dropped && !is_placeholder).then(|| text.nfc().collect())
}

#[test]
fn o_05_without_exactly_one_good_identity_a_request_is_refused() {
    let settings = Settings {
        trust: "127.0.0.2".parse().unwrap(),
        user: Some("Remote-User".parse().unwrap()),
        ..Settings::default()
    };
    let proxy = AuthProxy::new(settings).unwrap();
    let peer = Some(Peer::tcp("127.0.0.2:40000".parse().unwrap()));
    let config = ProptestConfig { cases: SETS, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (without, with) = (Cell::new(0), Cell::new(0));
    let outcome = runner.run(&prop::collection::vec(field(), 0..6), |fields| {
        let result = proxy.evaluate(peer, &headers(&fields), &KeySet::EMPTY, Timestamp::UNIX_EPOCH);
        match (expected_name(&fields), result) {
            (None, result) => {
                without.set(without.get() + 1);
                prop_assert!(result.is_err(), "{:?}", result);
            }
            (Some(name), Ok(identity)) => {
                with.set(with.get() + 1);
                prop_assert_eq!(identity.name, name);
            }
            // Random values may have other characters that are refused.
            (Some(name), Err(refusal)) => prop_assert!(!GOOD.contains(&name.as_str()), "{}", refusal),
        }
        Ok(())
    });
    outcome.unwrap();
    assert!(without.get() > SETS / 2 && with.get() > SETS / 20, "{without:?} and {with:?}: both kinds are tried");
}
