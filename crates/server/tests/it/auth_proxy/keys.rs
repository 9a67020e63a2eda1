//! The keys that signed assertions are checked with: how they are come by, and what is when they are not.

use std::time::Duration;

use serde_json::json;
use tracing::Level;

use super::cloudflare::{Access, HEADER, changed, claims, vars};
use super::issuer::{KeyServer, NOW, SigningKey, set, sign_with_secret};
use super::program::{does_not_start, says_at_start};
use super::wire::{Wire, request};
use super::{NO_HEADERS, PROXY, STRANGER, is, refused};
use crate::harness::Log;

#[tokio::test]
async fn j_12_new_keys_are_fetched_when_they_are_met() {
    let access = Access::start().await;
    let new = SigningKey::rsa("key-2");
    access.knows(&claims("a@example.org"), "a@example.org").await;
    assert_eq!(access.server.asked(), 1);
    access.server.change(Some(set(&[&access.key, &new]).to_string()));
    access.wire.advance_seconds(60);
    is(&access.wire.probe(PROXY, &[(HEADER, new.sign(&claims("b@example.org")))]).await, "b@example.org");
    access.knows(&claims("a@example.org"), "a@example.org").await;
    assert_eq!(access.server.asked(), 2, "once, and both are good");
    access.server.change(Some(set(&[&new]).to_string()));
    access.wire.advance_seconds(3600);
    is(&access.wire.probe(PROXY, &[(HEADER, new.sign(&claims("b@example.org")))]).await, "b@example.org");
    let token = access.key.sign(&claims("a@example.org"));
    for _ in 0..100 {
        if access.wire.probe(PROXY, &[(HEADER, &token)]).await.status == 403 {
            break;
        }
        tokio::task::yield_now().await;
    }
    access.refuses(&token, "a key that was withdrawn").await;
}

#[tokio::test]
async fn j_12_unknown_keys_cause_one_request_a_minute() {
    let access = Access::start().await;
    access.knows(&claims("a@example.org"), "a@example.org").await;
    let unknown = |number: usize| {
        let mut head = access.key.head();
        head["kid"] = json!(format!("unknown-{number}"));
        access.key.sign_as(&head, &claims("admin@example.org"))
    };
    let mut connection = access.wire.connect(PROXY).await;
    for number in 0..1000 {
        let answer = connection.exchange(&request("GET /api/v1/user", &[(HEADER, unknown(number))], "")).await;
        refused(&answer, 403, "proof_invalid");
    }
    assert_eq!(access.server.asked(), 1);
    access.wire.advance_seconds(60);
    for number in 0..10 {
        access.refuses(&unknown(number), "still unknown").await;
    }
    assert_eq!(access.server.asked(), 2);
}

#[tokio::test]
async fn j_12_who_can_be_judged_does_not_wait_for_keys() {
    let access = Access::start().await;
    access.knows(&claims("a@example.org"), "a@example.org").await;
    let new = SigningKey::rsa("key-2");
    access.server.change(Some(set(&[&access.key, &new]).to_string()));
    access.wire.advance_seconds(60);
    let gate = access.server.gate.clone().lock_owned().await;
    let token = new.sign(&claims("b@example.org"));
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let mut connection = access.wire.connect(PROXY).await;
        connection.write(&request("GET /api/v1/user", &[(HEADER, &token)], "")).await;
        waiting.push(connection);
    }
    while access.server.asked() < 2 {
        tokio::time::timeout(Duration::from_secs(20), tokio::task::yield_now()).await.unwrap();
    }
    // The first of those who asked goes away: the others still get their answer.
    waiting.remove(0);
    access.knows(&claims("a@example.org"), "a@example.org").await;
    drop(gate);
    for mut connection in waiting {
        is(&connection.exchange(b"").await, "b@example.org");
    }
    assert_eq!(access.server.asked(), 2, "for all of them together");
}

#[tokio::test]
async fn j_13_without_keys_nobody_comes_in() {
    let log = Log::at(Level::WARN);
    let key = SigningKey::rsa("key-1");
    let server = KeyServer::down().await;
    let wire = Wire::start(&vars(&server.url())).await;
    let token = key.sign(&claims("a@example.org"));
    for answer in [
        None,
        Some(String::new()),
        Some("<html>".to_owned()),
        Some("{}".to_owned()),
        Some(json!({ "keys": [] }).to_string()),
        Some(json!({ "keys": [{ "kty": "oct", "kid": "key-1", "k": "c2VjcmV0" }, 7, null, {}] }).to_string()),
        Some(format!("{}{}", set(&[&key]), " ".repeat(65_536))),
    ] {
        let asked = server.asked();
        server.change(answer);
        refused(&wire.probe(PROXY, &[(HEADER, &token)]).await, 403, "proof_invalid");
        refused(&wire.probe(PROXY, &[(HEADER, &token)]).await, 403, "proof_invalid");
        assert_eq!(server.asked(), asked + 1);
        wire.advance_seconds(60);
    }
    assert!(!log.lines_with(&["can't be fetched", "503"]).is_empty(), "{}", log.text());
    assert!(!log.lines_with(&["can't be checked without keys from http://127.0.0.1"]).is_empty(), "{}", log.text());
    assert_eq!(wire.users().await, 0);
    assert_eq!(wire.ask(PROXY, "GET /up", &NO_HEADERS).await.status, 200);
    server.change(Some(set(&[&key]).to_string()));
    is(&wire.probe(PROXY, &[(HEADER, &token)]).await, "a@example.org");
}

#[tokio::test]
async fn j_13_nothing_after_the_path_of_the_address_is_logged() {
    let log = Log::at(Level::TRACE);
    // Nothing listens there.
    let listener = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let wire = Wire::start(&vars(&format!("http://127.0.0.1:{port}/keys?planted"))).await;
    let token = SigningKey::ec("key-1").sign(&claims("a@example.org"));
    refused(&wire.probe(PROXY, &[(HEADER, &token)]).await, 403, "proof_invalid");
    let token = SigningKey::rsa("key-1").sign(&claims("a@example.org"));
    refused(&wire.probe(PROXY, &[(HEADER, &token)]).await, 403, "proof_invalid");
    let ours: Vec<String> = log.lines_with(&["the keys of signed assertions can't be fetched"]);
    assert_eq!(ours.len(), 1, "{}", log.text());
    assert!(log.text().lines().filter(|line| line.contains("sixpin::")).all(|line| !line.contains("planted")));
}

#[tokio::test]
async fn j_13_the_last_good_keys_count_for_a_day() {
    let access = Access::start().await;
    let later =
        |hours: i64| changed(&json!({ "iat": NOW + hours * 3600, "nbf": null, "exp": NOW + hours * 3600 + 600 }));
    access.knows(&later(0), "a@example.org").await;
    access.server.change(None);
    for hours in [1, 12, 24] {
        access.wire.advance_seconds(
            3600 * match hours {
                1 => 1,
                12 => 11,
                _ => 12,
            },
        );
        access.knows(&later(hours), "a@example.org").await;
    }
    access.wire.advance_seconds(1);
    access.refuses(&access.key.sign(&later(24)), "too old").await;
    access.server.change(Some("{".to_owned()));
    access.wire.advance_seconds(60);
    access.refuses(&access.key.sign(&later(24)), "no better").await;
    access.server.change(Some(set(&[&access.key]).to_string()));
    access.wire.advance_seconds(60);
    access.knows(&later(24), "a@example.org").await;
}

#[tokio::test]
async fn j_15_where_a_request_says_keys_are_nobody_looks() {
    let key = SigningKey::rsa("key-1");
    let (server, evil) = (KeyServer::with(&[&key]).await, KeyServer::with(&[&key]).await);
    let url = server.url();
    let headers = Wire::start(&[("AUTH_PROXY_PRESET", "authentik")]).await;
    let theirs = evil.url();
    let told = [("X-authentik-meta-jwks", theirs.as_str()), ("X-authentik-jwt", "a.b.c")];
    let plain = [("X-authentik-username", "alice"), ("X-authentik-uid", "5d4f")];
    is(&headers.probe(PROXY, &[told, plain].concat()).await, "alice");
    let signed = Wire::start(&[
        ("AUTH_PROXY_PRESET", "authentik"),
        ("AUTH_PROXY_JWT_ISS", "https://auth.example.org/application/o/sixpin/"),
        ("AUTH_PROXY_JWT_AUD", "client"),
        ("AUTH_PROXY_JWT_JWKS_URL", &url),
    ])
    .await;
    let claims = json!({
        "iss": "https://auth.example.org/application/o/sixpin/", "aud": "client", "sub": "5d4f", "exp": NOW + 60,
        "preferred_username": "bob", "email": "bob@example.org",
    });
    let other = SigningKey::rsa("key-9");
    evil.change(Some(set(&[&other]).to_string()));
    for (key, who) in [(&key, Some("bob")), (&other, None)] {
        let token = key.sign(&claims);
        let answer = signed.probe(PROXY, &[&[("X-authentik-jwt", token.as_str()), told[0]], &plain[..]].concat()).await;
        match who {
            Some(name) => is(&answer, name),
            None => refused(&answer, 403, "proof_invalid"),
        }
    }
    assert_eq!(evil.asked(), 0);
}

#[tokio::test]
async fn keys_of_a_file_do_without_a_name() {
    let (rsa, ec, ed) = (SigningKey::rsa("r"), SigningKey::ec("e"), SigningKey::ed("d"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.pem");
    std::fs::write(&path, [rsa.public_pem(), ec.public_pem(), ed.public_pem()].concat()).unwrap();
    let own = [
        ("TRUSTED_PROXIES", ""),
        ("AUTH_PROXY_JWT_HEADER", "X-Assertion"),
        ("AUTH_PROXY_JWT_ISS", "issuer"),
        ("AUTH_PROXY_JWT_AUD", "sixpin"),
        ("AUTH_PROXY_JWT_ALGS", "RS256,ES256,EdDSA"),
        ("AUTH_PROXY_JWT_KEY_FILE", path.to_str().unwrap()),
    ];
    let wire = Wire::start(&own).await;
    let claims = json!({ "iss": "issuer", "aud": "sixpin", "exp": NOW + 60, "sub": "alice" });
    for key in [&rsa, &ec, &ed] {
        is(&wire.probe(STRANGER, &[("X-Assertion", key.sign(&claims))]).await, "alice");
        let mut head = key.head();
        head.as_object_mut().unwrap().remove("kid");
        is(&wire.probe(STRANGER, &[("X-Assertion", key.sign_as(&head, &claims))]).await, "alice");
        let forged = sign_with_secret(&json!({ "alg": "HS256" }), &claims, key.public_pem().as_bytes());
        refused(&wire.probe(STRANGER, &[("X-Assertion", forged)]).await, 403, "proof_invalid");
    }
    let stranger = SigningKey::ec("e").sign(&claims);
    refused(&wire.probe(STRANGER, &[("X-Assertion", stranger)]).await, 403, "proof_invalid");
    for (content, words) in [
        (rsa.private_pem(), "has a private key, which belongs to the proxy alone"),
        (String::new(), "has no public key in PEM format"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n".to_owned(), "that can't be used"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n".to_owned(), "`openssl x509"),
    ] {
        std::fs::write(&path, content).unwrap();
        does_not_start(&own, words);
    }
}

#[test]
fn j_13_the_program_starts_without_keys_and_says_what_it_believes() {
    let said = says_at_start(&vars("http://127.0.0.1:9/keys"));
    assert!(said.contains("INFO auth proxy: preset cloudflare-access, peers any, assertion in"), "{said}");
    assert!(said.contains("with keys from http://127.0.0.1:9/keys, user from claim email"), "{said}");
}

#[test]
fn keys_are_not_fetched_where_nothing_is() {
    let own = [vars("https://keys.example.org/"), vec![("OUTGOING_REQUESTS", "false")]].concat();
    does_not_start(&own, "OUTGOING_REQUESTS=false, but the keys of signed assertions are to be fetched");
    does_not_start(
        &[("AUTH_PROXY_PRESET", "authelai")],
        "AUTH_PROXY_PRESET: \"authelai\" is not known; there are authelia",
    );
}
