//! Signed assertions: which are believed, and who it is then.

use serde_json::json;
use tracing::Level;

use super::cloudflare::{AUDIENCE, Access, HEADER, ISSUER, changed, claims};
use super::issuer::{KeyServer, NOW, SigningKey, sign_with_secret, unsigned};
use super::{NO_HEADERS, PROXY, STRANGER, is, is_admin, refused};
use crate::harness::Log;

#[tokio::test]
async fn j_05_a_valid_assertion_says_who_it_is() {
    let log = Log::at(Level::TRACE);
    let access = Access::start().await;
    let token = access.key.sign(&claims("A@example.org"));
    for peer in [STRANGER, PROXY] {
        let answer = access.wire.probe(peer, &[(HEADER, &token)]).await;
        is(&answer, "A@example.org");
        assert_eq!(answer.field("email"), "a@example.org");
    }
    assert_eq!((access.wire.users().await, access.server.asked()), (1, 1));
    assert!(log.lines_with(&["the keys of signed assertions were fetched", "keys=1"]).len() == 1, "{}", log.text());
    assert!(!log.text().contains(token.rsplit('.').next().unwrap()), "{}", log.text());
    assert!(!log.text().contains("version=1"), "{}", log.text());
}

#[tokio::test]
async fn j_05_a_list_of_peers_is_heeded_as_well() {
    let access = Access::with(&[("TRUSTED_PROXIES", "127.0.0.2")]).await;
    let token = access.key.sign(&claims("a@example.org"));
    refused(&access.wire.probe(STRANGER, &[(HEADER, &token)]).await, 403, "untrusted_peer");
    assert_eq!(access.server.asked(), 0, "a stranger doesn't have keys fetched");
    is(&access.wire.probe(PROXY, &[(HEADER, &token)]).await, "a@example.org");
}

#[tokio::test]
async fn j_06_what_nobody_signed_is_not_believed() {
    let access = Access::start().await;
    let good = claims("admin@example.org");
    let [head, payload, signature] = {
        let token = access.key.sign(&claims("a@example.org"));
        let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        <[String; 3]>::try_from(parts).unwrap()
    };
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let head = json!({ "alg": alg, "kid": "key-1" });
        access.refuses(&format!("{}.", unsigned(&head, &good.to_string())), alg).await;
        access.refuses(&format!("{}.{signature}", unsigned(&head, &good.to_string())), alg).await;
        access.refuses(&unsigned(&head, &good.to_string()), alg).await;
    }
    let other = unsigned(&access.key.head(), &good.to_string());
    access.refuses(&format!("{other}.{signature}"), "a signature of something else").await;
    access.refuses(&format!("{other}."), "no signature").await;
    let cut = &signature[..signature.len() - 4];
    for token in [format!("{head}.{payload}.{cut}"), format!("{head}.{payload}.{signature}AAAA")] {
        access.refuses(&token, "another signature").await;
    }
    for token in [
        format!("Bearer {head}.{payload}.{signature}"),
        format!("{head}.{payload}.{signature}."),
        format!("{head}.{payload}.{signature}=="),
        format!("{head}=.{payload}.{signature}"),
        format!("{head}.{payload}.{signature}.{signature}.{signature}"),
        format!("{head}..{signature}"),
        json!({ "protected": head, "payload": payload, "signature": signature }).to_string(),
        "..".to_owned(),
        "a".to_owned(),
        "é.é.é".to_owned(),
        format!("W10.{payload}.{signature}"),
        format!("bnVsbA.{payload}.{signature}"),
    ] {
        access.refuses(&token, "another form").await;
    }
    access.refuses(&"a.".repeat(1000), "very many parts").await;
    let deep = access.key.sign_text(&access.key.head(), &format!("{}{}", "[".repeat(5000), "]".repeat(5000)));
    access.refuses(&deep, "very deep").await;
    assert_eq!(access.wire.users().await, 0);
    assert_eq!(access.server.asked(), 1, "what is no token doesn't have keys fetched");
}

#[tokio::test]
async fn j_06_algorithms_are_those_of_the_list_and_of_the_key() {
    let access = Access::start().await;
    let good = claims("admin@example.org");
    let with = |alg: &str| json!({ "alg": alg, "kid": "key-1", "typ": "JWT" });
    let public = access.key.public_pem();
    let jwk = access.key.jwk();
    for secret in [public.as_bytes(), public.trim_end().as_bytes(), jwk.to_string().as_bytes(), b""] {
        access.refuses(&sign_with_secret(&with("HS256"), &good, secret), "the public key as a secret").await;
    }
    for alg in ["RS512", "PS256", "ES256", "EdDSA", "HS256", "rs256", "RS256 "] {
        access.refuses(&access.key.sign_as(&with(alg), &good), alg).await;
    }
    let ec = SigningKey::ec("key-1");
    access.refuses(&ec.sign(&good), "a key of another kind by that name").await;
    access.refuses(&ec.sign_as(&with("RS256"), &good), "a key of another kind that says it is of that").await;
    for head in [
        json!({ "kid": "key-1" }),
        json!({ "alg": ["RS256"], "kid": "key-1" }),
        json!({ "alg": "RS256", "kid": 1 }),
        json!({ "alg": "RS256", "kid": "key-1", "crit": ["exp"] }),
        json!({ "alg": "RS256", "kid": "key-1", "crit": ["b64"], "b64": false }),
        json!(["RS256"]),
    ] {
        access.refuses(&access.key.sign_as(&head, &good), &head.to_string()).await;
    }
    access.knows(&claims("a@example.org"), "a@example.org").await;
}

#[tokio::test]
async fn j_06_only_configured_keys_count() {
    let access = Access::start().await;
    let good = claims("admin@example.org");
    let attacker = SigningKey::rsa("key-1");
    let theirs = KeyServer::with(&[&attacker]).await;
    access.refuses(&attacker.sign(&good), "another key by that name").await;
    for kid in [json!("key-2"), json!(""), json!(null), json!("../keys"), json!("' OR 1=1")] {
        let mut head = access.key.head();
        head["kid"] = kid.clone();
        access.refuses(&access.key.sign_as(&head, &good), &kid.to_string()).await;
    }
    for (name, value) in [
        ("jwk", attacker.jwk()),
        ("jku", json!(theirs.url())),
        ("x5u", json!(theirs.url())),
        ("x5c", json!(["MIIB"])),
        ("iss", json!(theirs.url())),
    ] {
        for kid in ["key-1", "key-2"] {
            let mut head = attacker.head();
            head["kid"] = json!(kid);
            head[name] = value.clone();
            access.refuses(&attacker.sign_as(&head, &good), name).await;
        }
        let mut head = access.key.head();
        head[name] = value;
        let token = access.key.sign_as(&head, &claims("a@example.org"));
        is(&access.wire.probe(STRANGER, &[(HEADER, token)]).await, "a@example.org");
    }
    assert_eq!((theirs.asked(), access.wire.users().await), (0, 1));
}

#[tokio::test]
async fn j_07_issuer_and_audience_are_ours() {
    let access = Access::start().await;
    for changes in [
        json!({ "iss": null }),
        json!({ "iss": "https://other.cloudflareaccess.com" }),
        json!({ "iss": format!("{ISSUER}/") }),
        json!({ "iss": [ISSUER] }),
        json!({ "aud": null }),
        json!({ "aud": "other" }),
        json!({ "aud": [] }),
        json!({ "aud": ["other", &AUDIENCE[1..]] }),
        json!({ "aud": [[AUDIENCE]] }),
        json!({ "aud": { AUDIENCE: AUDIENCE } }),
        json!({ "aud": format!("{AUDIENCE},other") }),
    ] {
        access.refuses(&access.key.sign(&changed(&changes)), &changes.to_string()).await;
    }
    for text in ["", "null", "[]", "\"x\"", "{", "{\"iss\":}"] {
        access.refuses(&access.key.sign_text(&access.key.head(), text), text).await;
    }
    assert_eq!(access.wire.users().await, 0);
}

#[tokio::test]
async fn j_07_an_assertion_has_its_time() {
    let access = Access::start().await;
    for changes in [
        json!({ "exp": null }),
        json!({ "exp": NOW - 61 }),
        json!({ "exp": NOW - 60 }),
        json!({ "exp": (NOW + 60).to_string() }),
        json!({ "exp": -1 }),
        json!({ "exp": 1e300 }),
        json!({ "exp": u64::MAX }),
        json!({ "exp": NOW + 86_401 }),
        json!({ "exp": NOW + 86_401, "iat": null }),
        json!({ "exp": NOW + 86_401, "iat": null, "nbf": null }),
        json!({ "nbf": NOW + 61 }),
        json!({ "nbf": "now" }),
        json!({ "iat": NOW + 61 }),
        json!({ "iat": [NOW] }),
        json!({ "iat": NOW - 86_400, "exp": NOW + 1 }),
    ] {
        access.refuses(&access.key.sign(&changed(&changes)), &changes.to_string()).await;
    }
    for changes in [
        json!({ "exp": NOW - 59 }),
        json!({ "exp": 1_700_000_000.5 }),
        json!({ "nbf": NOW + 60, "iat": NOW + 60 }),
        json!({ "nbf": null, "iat": null }),
    ] {
        access.knows(&changed(&changes), "a@example.org").await;
    }
    let token = access.key.sign(&changed(&json!({ "exp": NOW + 30 })));
    access.wire.advance_seconds(89);
    is(&access.wire.probe(STRANGER, &[(HEADER, &token)]).await, "a@example.org");
    access.wire.advance_seconds(1);
    access.refuses(&token, "the time is over").await;
}

#[tokio::test]
async fn j_07_the_limits_of_time_can_be_set() {
    let limits = [("AUTH_PROXY_JWT_LEEWAY", "0"), ("AUTH_PROXY_JWT_MAX_LIFETIME", "600")];
    let access = Access::with(&limits).await;
    access.knows(&changed(&json!({ "exp": NOW + 600 })), "a@example.org").await;
    for changes in [json!({ "exp": NOW }), json!({ "exp": NOW + 601 }), json!({ "exp": NOW + 600, "iat": NOW + 1 })] {
        access.refuses(&access.key.sign(&changed(&changes)), &changes.to_string()).await;
    }
}

#[tokio::test]
async fn j_08_one_audience_of_several_will_do() {
    let access = Access::with(&[("AUTH_PROXY_JWT_AUD", &format!("first, {AUDIENCE}"))]).await;
    for audience in [json!(["other", AUDIENCE]), json!([1, null, AUDIENCE]), json!(AUDIENCE), json!("first")] {
        access.knows(&changed(&json!({ "aud": audience })), "a@example.org").await;
    }
}

#[tokio::test]
async fn j_09_plain_headers_are_ignored_or_say_the_same() {
    let access = Access::start().await;
    let token = access.key.sign(&claims("a@example.org"));
    let plain = "Cf-Access-Authenticated-User-Email";
    for value in ["b@example.org", "", "(null)"] {
        is(&access.wire.probe(PROXY, &[(HEADER, token.as_str()), (plain, value)]).await, "a@example.org");
    }
    refused(&access.wire.probe(PROXY, &[(plain, "a@example.org")]).await, 407, "header_missing");

    let both = access.wire.again_with(&[("AUTH_PROXY_HEADER_FOR_USER", plain)]).await;
    is(&both.probe(PROXY, &[(HEADER, token.as_str()), (plain, "a@example.org")]).await, "a@example.org");
    for (value, reason) in
        [("b@example.org", "proof_mismatch"), ("A@example.org", "proof_mismatch"), ("", "header_empty")]
    {
        refused(&both.probe(PROXY, &[(HEADER, token.as_str()), (plain, value)]).await, 407, reason);
    }
    refused(&both.probe(PROXY, &[(HEADER, &token)]).await, 407, "header_missing");
    refused(&both.probe(PROXY, &[(plain, "a@example.org")]).await, 407, "header_missing");

    let email = both.again_with(&[("AUTH_PROXY_HEADER_FOR_USER", ""), ("AUTH_PROXY_HEADER_FOR_EMAIL", plain)]).await;
    is(&email.probe(PROXY, &[(HEADER, token.as_str()), (plain, "A@example.org")]).await, "a@example.org");
    is(&email.probe(PROXY, &[(HEADER, &token)]).await, "a@example.org");
    let other = email.probe(PROXY, &[(HEADER, token.as_str()), (plain, "b@example.org")]).await;
    refused(&other, 407, "proof_mismatch");
}

#[tokio::test]
async fn j_10_an_assertion_comes_once_in_one_spelling() {
    let access = Access::start().await;
    let token = access.key.sign(&claims("a@example.org"));
    let alias = "Cf_Access_Jwt_Assertion";
    refused(&access.wire.probe(PROXY, &[(HEADER, &token), (HEADER, &token)]).await, 407, "header_duplicate");
    refused(&access.wire.probe(PROXY, &[(HEADER, &token), (alias, &token)]).await, 407, "header_alias");
    refused(&access.wire.probe(PROXY, &[(alias, &token)]).await, 407, "header_alias");
    let dropped = [("Connection", "Cf-Access-Jwt-Assertion"), (HEADER, token.as_str())];
    refused(&access.wire.probe(PROXY, &dropped).await, 407, "header_hop_by_hop");
    assert_eq!((access.wire.users().await, access.server.asked()), (0, 0));
}

#[tokio::test]
async fn j_11_an_assertion_comes_in_its_header_alone() {
    let access = Access::start().await;
    let token = access.key.sign(&claims("a@example.org"));
    for name in ["CF_Authorization", HEADER] {
        let cookie = format!("{name}={token}");
        refused(&access.wire.probe(PROXY, &[("Cookie", &cookie)]).await, 407, "header_missing");
        let line = format!("GET /api/v1/user?{name}={token}");
        refused(&access.wire.ask(PROXY, &line, &NO_HEADERS).await, 407, "header_missing");
    }
    let bearer = format!("Bearer {token}");
    refused(&access.wire.probe(PROXY, &[("Authorization", &bearer)]).await, 407, "header_missing");
    assert_eq!(access.wire.users().await, 0);
}

#[tokio::test]
async fn r11_r12_claims_are_names_like_those_in_headers() {
    let access = Access::start().await;
    for (email, reason) in [
        (json!(null), "header_missing"),
        (json!(""), "header_empty"),
        (json!("  "), "header_empty"),
        (json!(7), "header_undecodable"),
        (json!(["a@example.org"]), "header_undecodable"),
        (json!("anonymous"), "header_sentinel"),
        (json!("(null)"), "header_sentinel"),
        (json!("{user.email}"), "header_sentinel"),
        (json!("a\u{200B}b"), "header_bad_char"),
        (json!("a\nb"), "header_bad_char"),
        (json!("a\u{0}b"), "header_bad_char"),
        (json!("a".repeat(192)), "header_too_long"),
        (json!("é".repeat(5000)), "header_too_long"),
    ] {
        let token = access.key.sign(&changed(&json!({ "email": email })));
        refused(&access.wire.probe(PROXY, &[(HEADER, token)]).await, 407, reason);
    }
    assert_eq!(access.wire.users().await, 0);
    access.knows(&claims("Go\u{308}del"), "G\u{F6}del").await;
}

#[tokio::test]
async fn an_address_that_is_not_verified_names_nobody() {
    let access = Access::start().await;
    access.refuses(&access.key.sign(&changed(&json!({ "email_verified": false }))), "not verified").await;
    access.knows(&changed(&json!({ "email_verified": true })), "a@example.org").await;
    let by_subject = access.wire.again_with(&[("AUTH_PROXY_JWT_CLAIM_USER", "sub")]).await;
    let token = access.key.sign(&changed(&json!({ "email_verified": false, "sub": "alice" })));
    is(&by_subject.probe(PROXY, &[(HEADER, token)]).await, "alice");
}

#[tokio::test]
async fn groups_in_a_claim_make_administrators() {
    let more = [("AUTH_PROXY_ADMIN_GROUPS", "admins"), ("AUTH_PROXY_JWT_CLAIM_GROUPS", "groups")];
    let access = Access::with(&more).await;
    for (groups, expected) in [
        (json!(["users", "admins"]), true),
        (json!(["superadmins", "admins,x"]), false),
        (json!("users,admins"), true),
        (json!("superadmins"), false),
        (json!({ "admins": true }), false),
        (json!([["admins"], 1, null]), false),
        (json!(null), false),
    ] {
        let token = access.key.sign(&changed(&json!({ "groups": groups })));
        let answer = access.wire.probe(PROXY, &[(HEADER, token.as_str()), ("Remote-Groups", "admins")]).await;
        assert_eq!(is_admin(&answer), expected, "{groups}: {answer}");
    }
}

#[tokio::test]
async fn e_15_administrators_see_whose_word_counts() {
    let access = Access::start().await;
    let token = access.key.sign(&claims("a@example.org"));
    let answer = access.wire.ask(PROXY, "GET /system/infos", &[(HEADER, &token)]).await.expect(200);
    let common = &answer.json()["common"];
    for (name, value) in [
        ("Auth proxy preset", "cloudflare-access"),
        ("Auth proxy JWT header", "cf-access-jwt-assertion"),
        ("Auth proxy JWT issuer", ISSUER),
        ("Auth proxy JWT audience", AUDIENCE),
        ("Auth proxy JWT algorithms", "RS256"),
        ("Auth proxy header for user", "none"),
    ] {
        assert_eq!(common[name], value, "{name}: {common}");
    }
    assert!(common["Auth proxy JWT keys"].as_str().unwrap().ends_with("/keys"), "{common}");
}
