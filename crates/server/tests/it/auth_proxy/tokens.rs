//! Tokens behind the proxy, where the operator has asked for them.

use serde_json::{Value, json};
use tracing::Level;

use super::cloudflare::{Access, claims};
use super::program::{does_not_start, says_at_start};
use super::wire::Wire;
use super::{PROXY, REMOTE_USER, STRANGER, is, refused};
use crate::harness::Log;
use crate::harness::{Answer, TestApp};

const JOHN: (&str, &str) = ("Remote-User", "john");
const ADMIN: (&str, &str) = ("Remote-User", "admin");
const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// What the proxy adds where it has signed somebody in.
const PROOF: (&str, &str) = ("X-Auth-Proxy-Secret", SECRET);
const ALLOWED: (&str, &str) = ("AUTH_PROXY_ALLOW_PAT", "true");
const PATS: &str = "/oauth/personal-access-tokens";
/// What a browser adds to what our own page sends.
const OWN_PAGE: (&str, &str) = ("Sec-Fetch-Site", "same-origin");
const TOTP: &str = "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP";

/// An instance that takes tokens beside the secret, where john has been.
async fn start(vars: &[(&str, &str)]) -> Wire {
    let wire = Wire::start(&[&[REMOTE_USER, ALLOWED, ("AUTH_PROXY_SECRET", SECRET)], vars].concat()).await;
    is(&wire.probe(PROXY, &[JOHN, PROOF]).await, "john");
    wire
}

/// The text of a new token of whoever the header names, and its id.
async fn token(wire: &Wire, who: (&str, &str), body: &Value) -> (String, String) {
    let made = wire.send(PROXY, &format!("POST {PATS}"), &[who, PROOF, OWN_PAGE], &body.to_string()).await;
    assert_eq!(made.status, 200, "{made}");
    let text = |name: &str| made.field(name).as_str().unwrap().to_owned();
    (format!("Bearer {}", text("accessToken")), text("accessTokenId"))
}

fn bearer(token: &str) -> (&str, &str) {
    ("Authorization", token)
}

/// Checks that the request was answered as every one with a token that is of no use.
#[track_caller]
fn no_token(answer: &Answer) {
    assert_eq!((answer.status, answer.header("www-authenticate").as_str()), (401, "Bearer"), "{answer}");
    assert_eq!(answer.json(), json!({ "message": "Unauthenticated." }));
    assert_eq!((answer.cookies().len(), answer.header("x-auth-proxy-refusal").as_str()), (0, ""), "{answer}");
}

#[test]
fn p_01_without_a_proof_it_does_not_start() {
    does_not_start(&[ALLOWED], "AUTH_PROXY_PAT_BYPASS_STRIPS_IDENTITY=true");
    does_not_start(&[ALLOWED], "TOKEN_ONLY_LISTEN");
    does_not_start(&[("TOKEN_ONLY_LISTEN", "127.0.0.1:0")], "AUTH_PROXY_ALLOW_PAT=true");
    let said = says_at_start(&[ALLOWED, ("AUTH_PROXY_PAT_BYPASS_STRIPS_IDENTITY", "true")]);
    assert!(
        said.contains("INFO tokens are taken everywhere, until the proxy hasn't named their owner for 30 days"),
        "{said}"
    );
}

#[tokio::test]
async fn p_02_a_token_is_its_owner_without_the_proxys_word() {
    let wire = start(&[]).await;
    let (token, _) = token(&wire, JOHN, &json!({ "name": "ext" })).await;
    let answer = wire.probe(PROXY, &[bearer(&token)]).await;
    is(&answer, "john");
    assert_eq!(answer.cookies(), [""; 0]);
    let account =
        wire.send(PROXY, "POST /api/v1/twofaccounts", &[JOHN, PROOF], &json!({ "uri": TOTP }).to_string()).await;
    let id = account.expect(201).id();
    let otp = wire.ask(PROXY, &format!("GET /api/v1/twofaccounts/{id}/otp"), &[bearer(&token)]).await.expect(200);
    assert_eq!(otp.field("password").as_str().unwrap().len(), 6);
}

#[tokio::test]
async fn p_03_a_bad_token_never_falls_back_to_the_header() {
    let wire = start(&[]).await;
    let (token, _) = token(&wire, JOHN, &json!({ "name": "ext" })).await;
    for junk in ["Bearer junk", "Bearer ", "Bearer", "bearer x y", "BEARER sixpin_"] {
        for fields in [&[bearer(junk), ADMIN][..], &[bearer(junk), ADMIN, PROOF], &[bearer(junk)]] {
            no_token(&wire.probe(PROXY, fields).await);
        }
    }
    no_token(&wire.probe(PROXY, &[bearer(&token), bearer(&token)]).await);
    no_token(&wire.probe(PROXY, &[bearer(&token), bearer("Basic x"), ADMIN, PROOF]).await);
    is(&wire.probe(PROXY, &[bearer(&token), ADMIN, PROOF]).await, "john");
    assert_eq!(wire.users().await, 1, "nobody was made");
}

#[tokio::test]
async fn p_04_another_authorization_is_nobody() {
    let wire = start(&[]).await;
    for other in ["Basic x", "Basic YWRtaW46", "x", "", "Bearer\tx", "Bearerx", "Negotiate x", "\u{e9}"] {
        for fields in [&[bearer(other), ADMIN][..], &[bearer(other), ADMIN, PROOF]] {
            no_token(&wire.probe(PROXY, fields).await);
        }
    }
    assert_eq!(wire.users().await, 1);
}

#[tokio::test]
async fn p_04_a_header_of_its_own_leaves_authorization_to_the_proxy() {
    let wire = start(&[("AUTH_PROXY_PAT_HEADER", "X-Api-Token")]).await;
    let (token, _) = token(&wire, JOHN, &json!({ "name": "ext" })).await;
    let text = token.strip_prefix("Bearer ").unwrap();
    is(&wire.probe(PROXY, &[("X-Api-Token", text)]).await, "john");
    is(&wire.probe(PROXY, &[JOHN, PROOF, bearer("Basic x")]).await, "john");
    for value in ["", "x"] {
        no_token(&wire.probe(PROXY, &[("X-Api-Token", value), ADMIN, PROOF]).await);
    }
    refused(&wire.probe(PROXY, &[bearer(&token), ADMIN]).await, 403, "proof_invalid");
}

#[tokio::test]
async fn p_05_a_stranger_has_no_use_for_a_token() {
    let wire = start(&[]).await;
    let (token, _) = token(&wire, JOHN, &json!({ "name": "ext" })).await;
    for fields in [&[bearer(&token)][..], &[bearer(&token), JOHN, PROOF]] {
        refused(&wire.probe(STRANGER, fields).await, 403, "untrusted_peer");
    }
}

#[tokio::test]
async fn p_05_nor_has_anybody_where_assertions_alone_show_the_proxy() {
    let access = Access::with(&[ALLOWED]).await;
    access.knows(&claims("john@example.org"), "john@example.org").await;
    for peer in [PROXY, STRANGER] {
        refused(&access.wire.probe(peer, &[bearer("Bearer x")]).await, 403, "untrusted_peer");
    }
}

#[tokio::test]
async fn p_06_where_tokens_alone_count_no_header_does() {
    let wire = Wire::start(&[REMOTE_USER, ALLOWED, ("TOKEN_ONLY_LISTEN", "127.0.0.1:0")]).await;
    is(&wire.probe(PROXY, &[JOHN]).await, "john");
    let (token, _) = token(&wire, JOHN, &json!({ "name": "ext" })).await;
    let user = "GET /api/v1/user";
    for from in [PROXY, STRANGER] {
        for fields in [&[ADMIN][..], &[JOHN, OWN_PAGE], &[bearer("Bearer x"), ADMIN], &[bearer("Basic x"), ADMIN]] {
            no_token(&wire.ask_by_token(from, user, fields).await);
        }
        is(&wire.ask_by_token(from, user, &[bearer(&token)]).await, "john");
        is(&wire.ask_by_token(from, user, &[bearer(&token), ADMIN]).await, "john");
    }
    for line in ["GET /", "GET /refresh-csrf"] {
        assert_eq!(wire.ask_by_token(PROXY, line, &[JOHN]).await.cookies(), [""; 0], "{line}");
    }
    // Where people come in, a token counts for nothing: what passes the proxy there without signing in could name anybody.
    no_token(&wire.probe(PROXY, &[bearer(&token)]).await);
    no_token(&wire.probe(PROXY, &[bearer(&token), ADMIN]).await);
    assert_eq!(wire.users().await, 1);
}

#[tokio::test]
async fn p_07_a_token_opens_codes_and_accounts_without_their_secrets() {
    let wire = start(&[]).await;
    let uri = json!({ "uri": TOTP }).to_string();
    let id = wire.send(PROXY, "POST /api/v1/twofaccounts", &[JOHN, PROOF], &uri).await.expect(201).id();
    let (reading, _) = token(&wire, JOHN, &json!({ "name": "reads" })).await;
    let (writing, _) = token(&wire, JOHN, &json!({ "name": "writes", "scopes": ["write"] })).await;
    for token in [&reading, &writing] {
        for line in [
            "GET /api/v1/twofaccounts/export?ids=1".to_owned(),
            format!("GET /api/v1/twofaccounts/{id}/qrcode"),
            format!("GET /api/v1/twofaccounts/{id}/otp-logs"),
            format!("GET /api/v1/twofaccounts/{id}/shares"),
            format!("POST /api/v1/twofaccounts/{id}/shares"),
            format!("GET /api/v1/twofaccounts/{id}/recipients"),
            format!("PATCH /api/v1/twofaccounts/{id}/owner"),
            format!("GET /api/v1/twofaccounts/{id}?withSecret=1"),
            "GET /api/v1/twofaccounts?withSecret=1".to_owned(),
            "GET /api/v1/groups/0/twofaccounts?withSecret=true".to_owned(),
            "GET /api/v1/users".to_owned(),
            "POST /api/v1/users".to_owned(),
            "GET /api/v1/users/1/authentications".to_owned(),
            "DELETE /api/v1/users/1/pats".to_owned(),
            "GET /api/v1/settings".to_owned(),
            "PUT /api/v1/settings/restrictRegistration".to_owned(),
            "PUT /api/v1/user/preferences/lang".to_owned(),
            format!("GET {PATS}"),
            format!("POST {PATS}"),
            format!("DELETE {PATS}/1"),
            "GET /system/infos".to_owned(),
        ] {
            let answer = wire.send(PROXY, &line, &[bearer(token)], "{}").await;
            assert_eq!(answer.status, 403, "{line}: {answer}");
        }
        let own = format!("GET /api/v1/twofaccounts/{id}");
        for line in [&own, "GET /api/v1/twofaccounts", "GET /api/v1/groups/0/twofaccounts"] {
            let answer = wire.ask(PROXY, line, &[bearer(token)]).await.expect(200);
            assert!(answer.text().contains("otp_type") && !answer.text().contains("secret"), "{line}: {answer}");
        }
        // john is the administrator, his token isn't.
        assert_eq!(wire.probe(PROXY, &[bearer(token)]).await.field("is_admin"), json!(false));
    }
    let group = json!({ "name": "Work" }).to_string();
    wire.send(PROXY, "POST /api/v1/groups", &[bearer(&reading)], &group).await.expect(403);
    wire.send(PROXY, "POST /api/v1/groups", &[bearer(&writing)], &group).await.expect(201);
    wire.send(PROXY, "POST /api/v1/twofaccounts", &[bearer(&reading)], &uri).await.expect(403);
    let made = wire.send(PROXY, "POST /api/v1/twofaccounts", &[bearer(&writing)], &uri).await.expect(201);
    assert!(!made.text().contains("JBSWY3DPEHPK3PXP"), "{made}");
    let listed = wire.ask(PROXY, &format!("GET {PATS}"), &[JOHN, PROOF]).await.expect(200).json();
    let scopes = |name: &str| {
        let token = listed.as_array().unwrap().iter().find(|token| token["name"] == name).unwrap();
        token["scopes"].clone()
    };
    assert_eq!([scopes("reads"), scopes("writes")], [json!([]), json!(["write"])], "{listed}");
}

#[tokio::test]
async fn p_08_a_token_goes_with_its_owner() {
    let log = Log::at(Level::WARN);
    let wire = start(&[]).await;
    let (john, id) = token(&wire, JOHN, &json!({ "name": "ext" })).await;
    let day = 86_400;
    is(&wire.probe(PROXY, &[bearer(&john)]).await, "john");
    wire.advance_seconds(30 * day);
    is(&wire.probe(PROXY, &[bearer(&john)]).await, "john");
    wire.advance_seconds(1);
    no_token(&wire.probe(PROXY, &[bearer(&john)]).await);
    assert_eq!(log.lines_with(&[&id, "AUTH_PROXY_PAT_MAX_IDLE"]).len(), 1, "{}", log.text());
    is(&wire.probe(PROXY, &[JOHN, PROOF]).await, "john");
    is(&wire.probe(PROXY, &[bearer(&john)]).await, "john");

    let (mary, _) = token(&wire, ("Remote-User", "mary"), &json!({ "name": "ext" })).await;
    let change = async |statement: &str| {
        let now = wire.clock.now();
        let mut write = wire.store.write().await.unwrap().by_operator();
        let mary = write.user_by_name("mary").await.unwrap().unwrap().id;
        match statement {
            "disable" => write.set_disabled(mary, Some(now), now).await.unwrap(),
            "enable" => write.set_disabled(mary, None, now).await.unwrap(),
            _ => drop(write.delete_user(mary, true, now).await.unwrap()),
        }
        write.commit().await.unwrap();
    };
    is(&wire.probe(PROXY, &[bearer(&mary)]).await, "mary");
    change("disable").await;
    no_token(&wire.probe(PROXY, &[bearer(&mary)]).await);
    change("enable").await;
    is(&wire.probe(PROXY, &[bearer(&mary)]).await, "mary");
    change("delete").await;
    no_token(&wire.probe(PROXY, &[bearer(&mary)]).await);
    assert!(!log.text().contains("sixpin_"), "{}", log.text());
}

#[tokio::test]
async fn p_08_a_token_goes_when_its_owners_name_is_somebody_elses() {
    let secret = ("AUTH_PROXY_SECRET", SECRET);
    let wire = Wire::start(&[REMOTE_USER, ALLOWED, secret, ("AUTH_PROXY_HEADER_FOR_ID", "X-Uid")]).await;
    let (u1, u2) = (("X-Uid", "u1"), ("X-Uid", "u2"));
    let made = wire.send(PROXY, &format!("POST {PATS}"), &[JOHN, u1, PROOF, OWN_PAGE], r#"{"name":"ext"}"#).await;
    let token = format!("Bearer {}", made.expect(200).field("accessToken").as_str().unwrap());
    is(&wire.probe(PROXY, &[bearer(&token)]).await, "john");
    refused(&wire.probe(PROXY, &[JOHN, u2, PROOF]).await, 403, "identity_conflict");
    no_token(&wire.probe(PROXY, &[bearer(&token)]).await);
}

#[tokio::test]
async fn p_08_a_token_expires() {
    let wire = start(&[("AUTH_PROXY_PAT_MAX_IDLE", "1000")]).await;
    let (usual, _) = token(&wire, JOHN, &json!({ "name": "usual" })).await;
    let (long, _) = token(&wire, JOHN, &json!({ "name": "long", "days": 365 })).await;
    let fields = [JOHN, PROOF, OWN_PAGE];
    for days in [json!(0), json!(366), json!("x")] {
        let body = json!({ "name": "x", "days": days }).to_string();
        wire.send(PROXY, &format!("POST {PATS}"), &fields, &body).await.expect(422);
    }
    let body = json!({ "name": "x", "scopes": ["write", "export"] }).to_string();
    wire.send(PROXY, &format!("POST {PATS}"), &fields, &body).await.expect(422);
    wire.advance_seconds(90 * 86_400);
    no_token(&wire.probe(PROXY, &[bearer(&usual)]).await);
    is(&wire.probe(PROXY, &[bearer(&long)]).await, "john");
    wire.advance_seconds(275 * 86_400);
    no_token(&wire.probe(PROXY, &[bearer(&long)]).await);
}

#[tokio::test]
async fn p_08_a_token_is_not_tried_for_ever() {
    let wire = start(&[]).await;
    let (token, id) = token(&wire, JOHN, &json!({ "name": "ext" })).await;
    let fields = [JOHN, PROOF, OWN_PAGE];
    wire.ask(PROXY, &format!("DELETE {PATS}/{id}"), &fields).await.expect(204);
    for _ in 0..10 {
        no_token(&wire.probe(PROXY, &[bearer(&token)]).await);
    }
    assert_eq!(wire.probe(PROXY, &[bearer(&token)]).await.expect(429).header("retry-after"), "60");
    no_token(&wire.probe(PROXY, &[bearer("Bearer sixpin_another-token")]).await);
    wire.advance_seconds(60);
    no_token(&wire.probe(PROXY, &[bearer(&token)]).await);
}

#[tokio::test]
async fn p_09_a_token_is_made_in_our_own_page_alone() {
    let wire = start(&[]).await;
    let body = json!({ "name": "ext", "scopes": ["write"] }).to_string();
    let line = format!("POST {PATS}");
    let (token, _) = token(&wire, JOHN, &json!({ "name": "ext", "scopes": ["write"] })).await;
    for fields in [&[bearer(&token)][..], &[bearer(&token), OWN_PAGE], &[bearer(&token), JOHN, PROOF, OWN_PAGE]] {
        wire.send(PROXY, &line, fields, &body).await.expect(403);
    }
    for fields in [
        &[JOHN, PROOF][..],
        &[JOHN, PROOF, ("Sec-Fetch-Site", "same-site")],
        &[JOHN, PROOF, ("Origin", "https://evil.example")],
        &[JOHN, PROOF, ("X-XSRF-TOKEN", "x")],
    ] {
        wire.send(PROXY, &line, fields, &body).await.expect(419);
    }
    wire.send(PROXY, &line, &[JOHN, PROOF, ("Origin", "http://localhost")], &body).await.expect(200);
    refused(&wire.send(PROXY, &line, &[JOHN, OWN_PAGE], &body).await, 403, "proof_invalid");
    let listed = wire.ask(PROXY, &format!("GET {PATS}"), &[JOHN, PROOF]).await.expect(200);
    assert_eq!(listed.json().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn without_the_choice_tokens_are_of_no_use() {
    let app = TestApp::behind_proxy(&[REMOTE_USER]).await;
    let john = app.user("john").await;
    let (_, text) = john.new_token().await;
    let wire = Wire::of(app).await;
    let token = format!("Bearer {text}");
    refused(&wire.probe(PROXY, &[bearer(&token)]).await, 407, "header_missing");
    is(&wire.probe(PROXY, &[bearer(&token), ("Remote-User", "mary")]).await, "mary");
    assert_eq!(wire.send(PROXY, &format!("POST {PATS}"), &[JOHN, OWN_PAGE], "{}").await.status, 405);
}
