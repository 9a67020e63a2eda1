//! What 2FAuth's documentation of the feature says, sentence by sentence.

use serde_json::json;

use super::wire::Wire;
use super::{EMAIL, PROXY, REMOTE_USER, STRANGER, is, refused};
use crate::harness::TestApp;

const JOHN: (&str, &str) = ("REMOTE_USER", "john");
const NOTHING: [(&str, &str); 0] = [];
const PROXIED: [(&str, &str); 2] = [("AUTHENTICATION_GUARD", "reverse-proxy-guard"), ("TRUSTED_PROXIES", "127.0.0.2")];

#[tokio::test]
async fn s_01_the_header_says_who_it_is() {
    let wire = Wire::start(&[]).await;
    is(&wire.probe(PROXY, &[JOHN]).await, "john");
}

#[tokio::test]
async fn s_02_in_every_request() {
    let wire = Wire::start(&[]).await;
    let mut connection = wire.connect(PROXY).await;
    is(&connection.exchange(&super::wire::request("GET /api/v1/user", &[JOHN], "")).await, "john");
    for _ in 0..2 {
        let answer = connection.exchange(&super::wire::request("GET /api/v1/user", &NOTHING, "")).await;
        refused(&answer, 407, "header_missing");
    }
}

#[tokio::test]
async fn s_03_without_the_header_nobody_comes_in() {
    let wire = Wire::start(&[]).await;
    refused(&wire.probe(PROXY, &NOTHING).await, 407, "header_missing");
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn s_04_the_guard_must_be_set() {
    let wire = Wire::of(TestApp::with(&[("TRUSTED_PROXIES", "127.0.0.2")]).await).await;
    assert_eq!(wire.probe(PROXY, &[JOHN]).await.status, 401);
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn s_05_the_guard_has_a_second_name() {
    let app = TestApp::with(&[("AUTH_GUARD", "reverse-proxy-guard"), ("TRUSTED_PROXIES", "127.0.0.2")]).await;
    is(&Wire::of(app).await.probe(PROXY, &[JOHN]).await, "john");
}

#[tokio::test]
async fn s_06_an_account_of_that_name_is_entered() {
    let local = TestApp::start().await;
    let john = local.user("john").await;
    let account = john.adds("otpauth://totp/john?secret=JBSWY3DPEHPK3PXP").await;
    let wire = Wire::of(local.again_with(&PROXIED).await).await;
    let answer = wire.probe(PROXY, &[JOHN]).await;
    is(&answer, "john");
    assert_eq!(answer.id(), john.id);
    let list = wire.ask(PROXY, "GET /api/v1/twofaccounts", &[JOHN]).await.json();
    assert_eq!((list[0]["id"].clone(), list[0]["account"].clone()), (account.into(), "john".into()));
}

#[tokio::test]
async fn s_07_an_account_is_made_for_a_new_name() {
    let wire = Wire::start(&[]).await;
    is(&wire.probe(PROXY, &[("REMOTE_USER", "fresh")]).await, "fresh");
    assert_eq!(wire.users().await, 1);
}

#[tokio::test]
async fn s_08_a_name_can_be_anything() {
    let wire = Wire::start(&[]).await;
    is(&wire.probe(PROXY, &[("REMOTE_USER", "Any Value 42, é@x/y")]).await, "Any Value 42, é@x/y");
}

#[tokio::test]
async fn s_09_s_10_another_header_can_say_it() {
    let wire = Wire::start(&[("AUTH_PROXY_HEADER_FOR_USER", "2FAUTH-User")]).await;
    is(&wire.probe(PROXY, &[("2FAUTH-User", "john")]).await, "john");
    refused(&wire.probe(PROXY, &[JOHN]).await, 407, "header_missing");
}

#[tokio::test]
async fn s_11_a_prefix_belongs_to_the_name() {
    let wire = Wire::start(&[("AUTH_PROXY_HEADER_FOR_USER", "HTTP_2FAUTH-User")]).await;
    is(&wire.probe(PROXY, &[("HTTP_2FAUTH-User", "john")]).await, "john");
}

/// The address that the probe of john is answered with, when the proxy sends this one.
async fn address(wire: &Wire, sent: Option<&str>) -> String {
    let fields: Vec<_> = [JOHN].into_iter().chain(sent.map(|email| ("REMOTE_USER_EMAIL", email))).collect();
    let answer = wire.probe(PROXY, &fields).await;
    is(&answer, "john");
    answer.field("email").as_str().unwrap().to_owned()
}

#[tokio::test]
async fn s_12_s_14_s_15_s_16_a_second_header_gives_the_address() {
    let wire = Wire::start(&[EMAIL]).await;
    assert_eq!(address(&wire, Some("John@Example.com")).await, "john@example.com", "s_12");
    assert_eq!(address(&wire, Some("j2@example.com")).await, "j2@example.com", "s_14");
    assert_eq!(address(&wire, None).await, "john@remote", "s_15");
    assert_eq!(address(&wire, Some("john@example.com")).await, "john@example.com");
    assert_eq!(address(&wire, Some("bad[at]email")).await, "john@remote", "s_16");
}

#[tokio::test]
async fn s_13_the_address_may_be_missing() {
    let wire = Wire::start(&[EMAIL]).await;
    assert_eq!(address(&wire, None).await, "john@remote");
}

#[tokio::test]
async fn s_17_an_address_of_somebody_else_is_ignored() {
    let wire = Wire::start(&[EMAIL]).await;
    let mary = [("REMOTE_USER", "mary"), ("REMOTE_USER_EMAIL", "a@example.com")];
    is(&wire.probe(PROXY, &mary).await, "mary");
    assert_eq!(address(&wire, Some("john@example.com")).await, "john@example.com");
    assert_eq!(address(&wire, Some("a@example.com")).await, "john@remote");
    assert_eq!(wire.probe(PROXY, &mary).await.field("email"), "a@example.com");
}

#[tokio::test]
async fn s_18_an_address_of_ones_own_stays() {
    let app = TestApp::behind_proxy(&[EMAIL]).await;
    app.user("mary").await;
    app.user("john").await;
    let wire = Wire::of(app).await;
    assert_eq!(address(&wire, Some("mary@example.org")).await, "john@example.org");
    assert_eq!(address(&wire, None).await, "john@example.org");
}

const NOT_APPLICABLE: &str = "Not applicable when using an auth proxy or SSO";

#[tokio::test]
async fn s_19_no_personal_access_tokens() {
    let wire = Wire::start(&[]).await;
    for line in [
        "POST /oauth/personal-access-tokens",
        "GET /oauth/personal-access-tokens",
        "DELETE /oauth/personal-access-tokens/1",
    ] {
        let answer = wire.ask(PROXY, line, &[JOHN]).await;
        assert_eq!((answer.status, answer.field("message")), (405, NOT_APPLICABLE.into()), "{line}");
    }
}

#[tokio::test]
async fn s_20_no_security_keys() {
    let wire = Wire::start(&[]).await;
    for line in ["POST /webauthn/register/options", "GET /webauthn/credentials"] {
        let answer = wire.ask(PROXY, line, &[JOHN]).await;
        assert_eq!((answer.status, answer.field("message")), (405, NOT_APPLICABLE.into()), "{line}");
    }
}

#[tokio::test]
async fn s_21_s_22_a_token_is_nobody() {
    let local = TestApp::start().await;
    let mary = local.user("mary").await;
    let made = mary.post("/oauth/personal-access-tokens", json!({ "name": "extension" })).await.expect(200);
    let bearer = format!("Bearer {}", made.field("accessToken").as_str().unwrap());
    let token = ("Authorization", bearer.as_str());
    let wire = Wire::of(local.again_with(&PROXIED).await).await;
    refused(&wire.probe(PROXY, &[token]).await, 407, "header_missing");
    is(&wire.probe(PROXY, &[token, JOHN]).await, "john");
}

#[tokio::test]
async fn s_23_the_proxy_must_be_trusted() {
    let wire = Wire::start(&[("TRUSTED_PROXIES", "")]).await;
    refused(&wire.probe(PROXY, &[JOHN]).await, 403, "untrusted_peer");
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn s_24_nobody_but_the_proxy_is_believed() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    refused(&wire.probe(STRANGER, &[("Remote-User", "john")]).await, 403, "untrusted_peer");
    refused(&wire.probe(STRANGER, &NOTHING).await, 403, "untrusted_peer");
    assert_eq!(wire.users().await, 0);
}
