use std::collections::BTreeMap;

use authproxy::TrustList;
use http::HeaderValue;

use super::*;
use crate::config::AuthProxyConfig;
use crate::config::vars::Vars;

fn tokens(more: &[(&str, &str)]) -> TokenConfig {
    let base = [
        ("AUTHENTICATION_GUARD", "reverse-proxy-guard"),
        ("AUTH_PROXY_ALLOW_PAT", "true"),
        ("AUTH_PROXY_PAT_BYPASS_STRIPS_IDENTITY", "true"),
    ];
    let given = base.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut vars = Vars::new(given.collect::<BTreeMap<_, _>>());
    AuthProxyConfig::read(&mut vars, &TrustList::default()).unwrap().tokens.unwrap()
}

#[track_caller]
fn check(tokens: &TokenConfig, name: &'static str, values: &[&[u8]], token: Option<&str>) {
    let headers =
        values.iter().map(|value| (http::HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap()));
    match (read_token(tokens, &headers.collect()), token) {
        (Presented::Token(shown), Some(token)) => assert_eq!(*shown, token),
        (Presented::Unusable(_), None) => {}
        (shown, token) => panic!("{shown:?} instead of {token:?}"),
    }
}

#[test]
fn whatever_is_in_the_place_of_a_token_makes_a_request_a_tokens() {
    let tokens = tokens(&[]);
    assert_eq!(read_token(&tokens, &HeaderMap::new()), Presented::Nothing);
    for value in ["Bearer abc", "bearer  abc ", "BEARER abc"] {
        check(&tokens, "authorization", &[value.as_bytes()], Some("abc"));
    }
    check(&tokens, "authorization", &[b"Bearer "], Some(""));
    for value in
        [&b""[..], b"Bearer", b"Bearer\tabc", b"Bearerabc", b"Basic YTpi", b"\xff", b"Bearer \xff", b"Digest x"]
    {
        check(&tokens, "authorization", &[value], None);
    }
    check(&tokens, "authorization", &[b"Bearer abc", b"Bearer abc"], None);
    check(&tokens, "authorization", &[b"Basic abc", b"Bearer abc"], None);
}

#[test]
fn a_header_of_its_own_leaves_authorization_to_the_proxy() {
    let tokens = tokens(&[("AUTH_PROXY_PAT_HEADER", "X-Api-Token")]);
    check(&tokens, "x-api-token", &[b" abc "], Some("abc"));
    check(&tokens, "x-api-token", &[b""], Some(""));
    check(&tokens, "x-api-token", &[b"abc", b"abc"], None);
    let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Bearer abc"))]);
    assert_eq!(read_token(&tokens, &headers), Presented::Nothing);
}
