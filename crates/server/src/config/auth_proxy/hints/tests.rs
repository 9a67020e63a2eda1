//! The words of each hint.

use authproxy::{KeySet, Peer, Timestamp};
use http::{HeaderMap, HeaderValue};

use super::*;
use crate::config::auth_proxy::tests::config;

const REMOTE_USER: (&str, &str) = ("AUTH_PROXY_HEADER_FOR_USER", "Remote-User");

fn peer(address: &str) -> Peer {
    Peer::tcp(format!("{address}:40000").parse().unwrap())
}

/// Returns the code and the hint for a request of the trusted peer.
fn refusal(config: &AuthProxyConfig, fields: &[(&str, &str)]) -> (&'static str, String) {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    let result = config.rules.evaluate(Some(peer("127.0.0.2")), &headers, &KeySet::EMPTY, Timestamp::UNIX_EPOCH);
    let refusal = result.unwrap_err();
    (refusal.code(), config.hint(&refusal, "connection refused"))
}

#[track_caller]
fn check(settings: &[(&str, &str)], fields: &[(&str, &str)], code: &str, hint: &str) {
    assert_eq!(refusal(&config(settings), fields), (code, hint.to_owned()));
}

#[test]
fn s_23_an_untrusted_peer_is_named_with_the_list() {
    for (peer, named) in [(Some(peer("127.0.0.9")), "127.0.0.9"), (None, "unknown")] {
        let refusal = Refusal { reason: Reason::UntrustedPeer(peer), source: None };
        assert_eq!(
            config(&[]).hint(&refusal, ""),
            format!(
                "the peer {named} is not trusted (127.0.0.2); if it is the reverse proxy, add it to TRUSTED_PROXIES"
            )
        );
    }
}

#[test]
fn j_01_the_secret_to_compare_is_named() {
    let secret = ("AUTH_PROXY_SECRET", "0123456789abcdef0123456789abcdef");
    let name = "X-Auth-Proxy-Secret";
    for (fields, fault) in [
        (&[][..], "is missing"),
        (&[(name, "planted")], "is wrong"),
        (&[(name, "planted"), (name, "planted")], "came more than once"),
    ] {
        let hint = format!("the secret in X-Auth-Proxy-Secret {fault}; compare it with AUTH_PROXY_SECRET");
        check(&[secret], fields, "proof_invalid", &hint);
    }
}

#[test]
fn s_03_n_06_r24_headers_that_came_are_named() {
    check(
        &[],
        &[("Accept", "*/*"), ("X-Other", "secret value")],
        "header_missing",
        "the header REMOTE_USER (AUTH_PROXY_HEADER_FOR_USER) is missing; headers seen: Accept, X-Other",
    );
    let id = ("AUTH_PROXY_HEADER_FOR_ID", "X-Id");
    check(
        &[id],
        &[("REMOTE_USER", "john")],
        "header_missing",
        "the header X-Id (AUTH_PROXY_HEADER_FOR_ID) is missing; headers seen: remote_user",
    );
    check(
        &[],
        &[("Remote-User", "john")],
        "header_alias",
        "got `Remote-User`, configured `REMOTE_USER` (AUTH_PROXY_HEADER_FOR_USER); if the proxy sends it, set \
         AUTH_PROXY_HEADER_FOR_USER=Remote-User; if clients can, the proxy must drop it",
    );
    check(
        &[],
        &[("Remote.User", "john")],
        "header_alias",
        "got `Remote.User`, configured `REMOTE_USER` (AUTH_PROXY_HEADER_FOR_USER); the proxy must drop it, because \
         clients can send it",
    );
    check(
        &[],
        &[("Remote-User", "john"), ("REMOTE_USER", "john")],
        "header_alias",
        "got `Remote-User`, configured `REMOTE_USER` (AUTH_PROXY_HEADER_FOR_USER); both came; the proxy must drop the \
         former, which clients can send",
    );
}

#[test]
fn n_11_n_15_headers_that_the_proxy_must_replace_or_drop() {
    check(
        &[REMOTE_USER],
        &[("Remote-User", "a"), ("Remote-User", "b")],
        "header_duplicate",
        "the header Remote-User (AUTH_PROXY_HEADER_FOR_USER) came more than once; the proxy must replace what clients \
         send",
    );
    check(
        &[REMOTE_USER],
        &[("Remote-User", "a"), ("Connection", "Remote-User")],
        "header_hop_by_hop",
        "the header Remote-User (AUTH_PROXY_HEADER_FOR_USER) is named by the Connection header; the proxy must drop that \
         header of clients",
    );
}

#[test]
fn v_01_v_04_v_13_v_16_v_17_v_24_values_that_cannot_be_names() {
    let settings = [REMOTE_USER, ("AUTH_PROXY_VALUE_ENCODING", "percent"), ("AUTH_PROXY_DENY_USERS", "guest")];
    let long = "a".repeat(192);
    for (value, code, fault) in [
        ("", "header_empty", "is empty: the proxy has authenticated no user"),
        (&long, "header_too_long", "has a value of more than 191 characters or 1024 bytes"),
        ("a%09b", "header_bad_char", "has control, invisible or unassigned characters"),
        (
            "null",
            "header_sentinel",
            "has a placeholder instead of a name, or a value that AUTH_PROXY_DENY_USERS denies",
        ),
        (
            "guest",
            "header_sentinel",
            "has a placeholder instead of a name, or a value that AUTH_PROXY_DENY_USERS denies",
        ),
        ("%", "header_undecodable", "has a value that is not in the encoding AUTH_PROXY_VALUE_ENCODING"),
    ] {
        let hint = format!("the header Remote-User (AUTH_PROXY_HEADER_FOR_USER) {fault}");
        check(&settings, &[("Remote-User", value)], code, &hint);
    }
    check(
        &[REMOTE_USER, ("AUTH_PROXY_STRIP_PREFIX", "accounts.google.com:")],
        &[("Remote-User", "a")],
        "header_prefix",
        "the header Remote-User (AUTH_PROXY_HEADER_FOR_USER) has a value without the prefix AUTH_PROXY_STRIP_PREFIX",
    );
    check(
        &[("AUTH_PROXY_PRESET", "sandstorm"), ("AUTH_PROXY_DENY_USERS", "u1")],
        &[("X-Sandstorm-User-Id", "u1")],
        "header_sentinel",
        "the identifier is one that AUTH_PROXY_DENY_USERS denies",
    );
}

/// A configuration for assertions.
fn signed() -> AuthProxyConfig {
    config(&[
        ("AUTH_PROXY_JWT_HEADER", "X-Assertion"),
        ("AUTH_PROXY_JWT_ISS", "joe"),
        ("AUTH_PROXY_JWT_AUD", "us, them"),
        ("AUTH_PROXY_JWT_JWKS_URL", "https://keys.example.org/jwks?planted=1"),
        ("AUTH_PROXY_JWT_MAX_LIFETIME", "3600"),
    ])
}

#[test]
fn j_06_j_07_j_13_what_is_wrong_with_an_assertion() {
    let config = signed();
    for (fault, words) in [
        (
            AssertionFault::NotCompact,
            "is not a signed JSON Web Token in compact form, three parts with dots between them",
        ),
        (AssertionFault::Header, "has a header that is no JSON object with `alg`, and `kid` as a text"),
        (AssertionFault::Critical, "demands extensions (crit) that Sixpin doesn't know"),
        (AssertionFault::Algorithm, "has an algorithm that is not allowed; AUTH_PROXY_JWT_ALGS allows RS256, ES256"),
        (
            AssertionFault::NoKeys,
            "can't be checked without keys from https://keys.example.org/jwks: connection refused",
        ),
        (
            AssertionFault::UnknownKey,
            "names a key (kid) that is not among those from https://keys.example.org/jwks, or none; they are asked for \
             again once a minute at most",
        ),
        (
            AssertionFault::Signature,
            "has a signature that the key it names, from https://keys.example.org/jwks, doesn't confirm, or an algorithm \
             that isn't that key's",
        ),
        (AssertionFault::Claims, "has claims that are not a JSON object"),
        (AssertionFault::Issuer, "is not by the issuer (iss) AUTH_PROXY_JWT_ISS, joe"),
        (AssertionFault::Audience, "is not for the audience (aud) AUTH_PROXY_JWT_AUD, us or them"),
        (AssertionFault::NoEnd, "has no end (exp)"),
        (AssertionFault::Ended, "has ended (exp); if it is fresh, compare the clocks"),
        (AssertionFault::NotYetValid, "is not good yet (nbf); compare the clocks"),
        (AssertionFault::IssuedInFuture, "was issued in the future (iat); compare the clocks"),
        (
            AssertionFault::TooLong,
            "is good for longer than 3600 seconds; let the proxy sign for a shorter time, or set \
             AUTH_PROXY_JWT_MAX_LIFETIME",
        ),
        (AssertionFault::Time("nbf"), "has a time (nbf) that is no number"),
        (AssertionFault::UnverifiedEmail, "names the person by an address that is not verified (email_verified)"),
    ] {
        let refusal = Refusal { reason: Reason::Assertion(fault), source: None };
        assert_eq!(config.hint(&refusal, "connection refused"), format!("the assertion in X-Assertion {words}"));
    }
}

#[test]
fn j_07_j_09_what_is_wrong_with_a_claim() {
    let claim = |reason| {
        let refusal = Refusal { reason, source: Some(Source::Claim(Purpose::User, "sub".to_owned())) };
        signed().hint(&refusal, "")
    };
    let missing = Reason::Missing { seen: Vec::new() };
    assert_eq!(
        claim(missing),
        "the claim sub (AUTH_PROXY_JWT_CLAIM_USER) is missing: the proxy has authenticated no user"
    );
    assert_eq!(claim(Reason::Undecodable), "the claim sub (AUTH_PROXY_JWT_CLAIM_USER) is no text");
    let header = Some(Source::Header(Purpose::Id, HeaderName::from_static("x-id")));
    assert_eq!(
        signed().hint(&Refusal { reason: Reason::Mismatch, source: header }, ""),
        "the header X-Id (AUTH_PROXY_HEADER_FOR_ID) says something else than the signed assertion; the proxy must replace \
         what clients send"
    );
}
