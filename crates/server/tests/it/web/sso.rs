//! Single sign-on, with a provider that is honest, down or lying.

mod attempts;
mod provider;

use std::sync::atomic::{AtomicU8, Ordering};

use authproxy::Peer;
use axum::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use self::provider::{CLIENT, CODE, Provider, SECRET};
use super::login::visitor;

use crate::harness::{Answer, BEGINNING, PASSWORD, Person, TestApp, loopback};

/// An instance with a provider found by its issuer, and the provider.
async fn with_provider() -> (TestApp, Provider) {
    let provider = Provider::start(BEGINNING).await;
    let app = TestApp::with(&provider.by_issuer()).await;
    (app, provider)
}

/// A browser that went to the provider and comes back with the right code and state.
async fn comes_back(app: &TestApp, provider: &Provider, driver: &str) -> (Person, Answer) {
    let browser = visitor(app).await.at(elsewhere());
    let state = leaves(&browser, provider, driver).await;
    let answer = browser.get(&format!("/socialite/callback/{driver}?code={CODE}&state={state}")).await.expect(302);
    (browser, answer)
}

/// Makes a token of its own of an honest one's claims.
type Forge = fn(&Provider, &Value) -> String;

/// Another address at every call: one may try to sign in ten times a minute only.
fn elsewhere() -> Peer {
    static LAST: AtomicU8 = AtomicU8::new(9);
    loopback(LAST.fetch_add(1, Ordering::Relaxed).max(10))
}

/// Goes to the provider; the state.
async fn leaves(browser: &Person, provider: &Provider, driver: &str) -> String {
    let browser = browser.clone().at(elsewhere());
    let answer = browser.get(&format!("/socialite/redirect/{driver}")).await.expect(302);
    provider.visited(&answer.header("location"))
}

/// Somebody signs in at the provider, and has this address.
async fn comes_in_as(app: &TestApp, provider: &Provider, email: &str) {
    let (browser, answer) = comes_back(app, provider, "openid").await;
    assert_eq!(answer.header("location"), "../../accounts");
    assert_eq!(browser.get("/api/v1/user").await.expect(200).json()["email"], json!(email));
}

async fn users(app: &TestApp) -> usize {
    let admin = app.administrator("auditor").await;
    admin.get("/api/v1/users").await.expect(200).json().as_array().unwrap().len() - 1
}

async fn is_refused(app: &TestApp, provider: &Provider, reason: &str) {
    let (browser, answer) = comes_back(app, provider, "openid").await;
    assert_eq!(answer.header("location"), format!("../../error?err={reason}"));
    browser.get("/socialite/link").await.expect(401);
}

#[tokio::test]
async fn somebody_new_comes_in_and_is_known_the_next_time() {
    let (app, provider) = with_provider().await;
    let (browser, answer) = comes_back(&app, &provider, "openid").await;
    assert_eq!(answer.header("location"), "../../accounts");
    let first = browser.get("/api/v1/user").await.expect(200).json();
    assert_eq!((&first["name"], &first["email"]), (&json!("ana (u-7@openid)"), &json!("ana@example.org")));
    assert_eq!((&first["oauth_provider"], &first["is_admin"]), (&json!("openid"), &json!(true)), "the first of all");

    provider.says(json!({ "sub": "u-7", "name": "Anna", "email": "anna@example.org" }));
    let (browser, _) = comes_back(&app, &provider, "openid").await;
    let second = browser.get("/api/v1/user").await.expect(200).json();
    assert_eq!(second["id"], first["id"]);
    assert_eq!((&second["name"], &second["email"]), (&json!("Anna (u-7@openid)"), &json!("anna@example.org")));

    provider.says(json!({ "sub": "U-7", "name": "Anna", "email": "other@example.org" }));
    let (browser, _) = comes_back(&app, &provider, "openid").await;
    let third = browser.get("/api/v1/user").await.expect(200).json();
    assert_ne!(third["id"], first["id"], "subjects differ by case");
    assert_eq!(third["is_admin"], json!(false));
}

#[tokio::test]
async fn the_three_addresses_of_2fauth_do_as_well() {
    let provider = Provider::start(BEGINNING).await;
    let [authorize, token, userinfo] =
        ["authorize", "token", "userinfo"].map(|end| format!("{}/{end}", provider.issuer));
    let vars = [
        ("OPENID_AUTHORIZE_URL", &*authorize),
        ("OPENID_TOKEN_URL", &token),
        ("OPENID_USERINFO_URL", &userinfo),
        ("OPENID_CLIENT_ID", CLIENT),
        ("OPENID_CLIENT_SECRET", SECRET),
        ("APP_URL", "https://codes.example.org/2fa"),
    ];
    let app = TestApp::with(&vars).await;
    let browser = visitor(&app).await;
    let away = browser.get("/socialite/redirect/openid").await.expect(302).header("location");
    assert!(
        away.contains("redirect_uri=https%3A%2F%2Fcodes.example.org%2F2fa%2Fsocialite%2Fcallback%2Fopenid"),
        "{away}"
    );
    assert!(away.contains("scope=openid+profile+email"), "{away}");
    let (browser, _) = comes_back(&app, &provider, "openid").await;
    browser.get("/api/v1/user").await.expect(200);

    // Without an ID token, as a provider of bare OAuth 2.0.
    provider.gives_id_token(String::new());
    let (browser, _) = comes_back(&app, &provider, "openid").await;
    browser.get("/api/v1/user").await.expect(200);

    for (claims, why) in [
        (json!({ "aud": "another client" }), "for another client"),
        (json!({ "nonce": "another" }), "of another attempt"),
        (json!({ "exp": BEGINNING - 3600 }), "expired"),
        (json!({ "sub": "u-8" }), "of somebody else"),
    ] {
        provider.claims(claims);
        provider.gives_id_token(provider.sign(&provider.honest_claims()));
        let (browser, _) = comes_back(&app, &provider, "openid").await;
        assert_eq!(browser.get("/api/v1/user").await.status, 401, "{why}");
    }
}

#[tokio::test]
async fn github_tells_who_somebody_is_in_its_api() {
    let provider = Provider::start(BEGINNING).await;
    let api = format!("{}/api", provider.issuer);
    let vars = [
        ("GITHUB_CLIENT_ID", CLIENT),
        ("GITHUB_CLIENT_SECRET", SECRET),
        ("GITHUB_URL", &*provider.issuer),
        ("GITHUB_API_URL", &api),
        provider::APP_URL,
    ];
    let app = TestApp::with(&vars).await;
    provider.says(json!({ "id": 42, "login": "ana", "name": "Ana A.", "email": "public@example.org" }));
    let (browser, _) = comes_back(&app, &provider, "github").await;
    let user = browser.get("/api/v1/user").await.expect(200).json();
    assert_eq!((&user["name"], &user["email"]), (&json!("ana (42@github)"), &json!("ana@example.org")));
    assert_eq!(user["oauth_provider"], json!("github"));
}

#[tokio::test]
async fn an_id_token_must_be_the_provider_s_for_us_and_for_this_attempt() {
    let (app, provider) = with_provider().await;
    for (claims, why) in [
        (json!({ "iss": "https://evil.example" }), "another issuer"),
        (json!({ "aud": "another client" }), "for another client"),
        (json!({ "aud": [CLIENT, "another"] }), "for others as well"),
        (json!({ "nonce": "another" }), "of another attempt"),
        (json!({ "nonce": null }), "of no attempt"),
        (json!({ "exp": BEGINNING - 61 }), "expired"),
        (json!({ "sub": "u-8" }), "of somebody else"),
    ] {
        provider.claims(claims);
        let (browser, answer) = comes_back(&app, &provider, "openid").await;
        assert_eq!(answer.header("location"), "../../error?err=sso_failed", "{why}");
        browser.get("/socialite/link").await.expect(401);
    }
    assert_eq!(users(&app).await, 0);
}

#[tokio::test]
async fn an_id_token_must_be_signed_with_one_of_the_provider_s_keys() {
    let (app, provider) = with_provider().await;
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let browser = visitor(&app).await;
    let forged: [(&str, Forge); 3] = [
        ("by nobody", |_, claims| {
            let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
            format!("{}.{}.", encode(&json!({ "alg": "none" })), encode(claims))
        }),
        ("with the client's secret", |_, claims| {
            let key = EncodingKey::from_secret(SECRET.as_bytes());
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).unwrap()
        }),
        ("with another key", |_, claims| {
            let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
            let header = Header { kid: Some("key".into()), ..Header::new(Algorithm::ES256) };
            let key = EncodingKey::from_ec_pem(key.serialize_pem().as_bytes()).unwrap();
            jsonwebtoken::encode(&header, claims, &key).unwrap()
        }),
    ];
    for (how, forge) in forged {
        let state = leaves(&browser, &provider, "openid").await;
        provider.gives_id_token(forge(&provider, &provider.honest_claims()));
        let answer = browser.get(&format!("/socialite/callback/openid?code={CODE}&state={state}")).await.expect(302);
        assert_eq!(answer.header("location"), "../../error?err=sso_failed", "signed {how}");
    }
    for garbage in ["x", "a.b.c", "..", &encode(&json!({ "alg": "ES256" })), &"a".repeat(300_000)] {
        provider.gives_id_token(garbage.into());
        is_refused(&app, &provider, "sso_failed").await;
    }
    assert_eq!(users(&app).await, 0);
}

#[tokio::test]
async fn an_id_token_may_name_the_access_token_that_it_came_with() {
    let (app, provider) = with_provider().await;
    let hash = Sha256::digest(provider::ACCESS.as_bytes());
    for wrong in [json!("another"), json!(BASE64URL_NOPAD.encode(&hash)), json!(7)] {
        provider.claims(json!({ "at_hash": wrong }));
        is_refused(&app, &provider, "sso_failed").await;
    }
    provider.claims(json!({ "at_hash": BASE64URL_NOPAD.encode(&hash[..16]), "azp": CLIENT }));
    comes_in_as(&app, &provider, "ana@example.org").await;
    provider.claims(json!({ "azp": "another client" }));
    is_refused(&app, &provider, "sso_failed").await;
}

#[tokio::test]
async fn what_a_provider_says_of_somebody_may_be_signed_or_in_the_id_token_alone() {
    let (app, provider) = with_provider().await;
    provider.signs_profiles();
    comes_in_as(&app, &provider, "ana@example.org").await;

    provider.describes_itself(json!({ "userinfo_endpoint": null }));
    provider.claims(json!({ "name": "Ana", "email": "Other@example.org" }));
    comes_in_as(&app, &provider, "other@example.org").await;
}

#[tokio::test]
async fn an_address_that_the_provider_has_not_verified_is_not_taken() {
    let (app, provider) = with_provider().await;
    app.user("ana").await;
    let profile =
        |is_verified: bool| json!({ "sub": "U-7", "email": "bob@example.org", "email_verified": is_verified });
    provider.says(profile(false));
    comes_in_as(&app, &provider, "u-7@openid").await;
    provider.says(profile(true));
    comes_in_as(&app, &provider, "bob@example.org").await;
}

#[tokio::test]
async fn a_provider_that_is_down_or_lies_lets_nobody_in() {
    let (app, provider) = with_provider().await;
    provider.fails(StatusCode::INTERNAL_SERVER_ERROR);
    is_refused(&app, &provider, "sso_failed").await;
    provider.fails(StatusCode::OK);
    for profile in [json!([]), json!({}), json!({ "sub": 7 }), json!({ "sub": "u-8" }), json!("u-7")] {
        provider.says(profile);
        provider.claims(json!({ "sub": "u-7" }));
        is_refused(&app, &provider, "sso_failed").await;
    }
    provider.claims(json!({}));
    for subject in ["", &"x".repeat(182), &"x".repeat(192), "a\0b", "a\nb"] {
        provider.says(json!({ "sub": subject }));
        is_refused(&app, &provider, "sso_failed").await;
    }
    // Inside our own network it may look nowhere but where the operator said.
    for lie in [
        json!({ "issuer": "https://evil.example" }),
        json!({ "jwks_uri": "http://127.0.0.2:1/jwks" }),
        json!({ "jwks_uri": "file:///etc/passwd" }),
        json!({ "token_endpoint": null }),
    ] {
        provider.describes_itself(lie);
        let answer = visitor(&app).await.get("/socialite/redirect/openid").await.expect(302);
        assert_eq!(answer.header("location"), "../../error?err=sso_failed");
    }
    let closed = TestApp::with(&[
        ("OPENID_ISSUER", "http://127.0.0.1:1"),
        ("OPENID_CLIENT_ID", CLIENT),
        ("OPENID_CLIENT_SECRET", SECRET),
        provider::APP_URL,
    ])
    .await;
    let answer = visitor(&closed).await.get("/socialite/redirect/openid").await.expect(302);
    assert_eq!(answer.header("location"), "../../error?err=sso_failed");
}

#[tokio::test]
async fn a_code_counts_once_in_the_browser_that_asked_for_it_and_in_time() {
    let (app, provider) = with_provider().await;
    let browser = visitor(&app).await;
    let callback = |state: &str| format!("/socialite/callback/openid?code={CODE}&state={state}");
    let failed = async |browser: &Person, path: &str| {
        let answer = browser.get(path).await.expect(302);
        assert_eq!(answer.header("location"), "../../error?err=sso_failed", "{path}");
    };
    let state = leaves(&browser, &provider, "openid").await;
    failed(&visitor(&app).await, &callback(&state)).await;
    failed(&browser, &callback("another")).await;

    let state = leaves(&browser, &provider, "openid").await;
    failed(&browser, &format!("/socialite/callback/openid?state={state}")).await;
    let state = leaves(&browser, &provider, "openid").await;
    failed(&browser, &format!("/socialite/callback/openid?error=access_denied&state={state}")).await;
    let state = leaves(&browser, &provider, "openid").await;
    failed(&browser, &format!("/socialite/callback/openid?code=another&state={state}")).await;

    let state = leaves(&browser, &provider, "openid").await;
    app.advance_seconds(16 * 60);
    failed(&browser, &callback(&state)).await;
    assert_eq!(users(&app).await, 0);
}

#[tokio::test]
async fn nobody_gets_an_account_by_its_address() {
    let (app, provider) = with_provider().await;
    let owner = app.user("ana").await;
    assert_eq!(owner.email, "ana@example.org");
    is_refused(&app, &provider, "sso_email_already_used").await;
    // Nor does somebody who is known take another's address later.
    provider.says(json!({ "sub": "u-9", "name": "Bob", "email": "bob@example.org" }));
    let (bob, _) = comes_back(&app, &provider, "openid").await;
    provider.says(json!({ "sub": "u-9", "name": "Bob", "email": "ANA@example.org" }));
    let (again, _) = comes_back(&app, &provider, "openid").await;
    let user = again.get("/api/v1/user").await.expect(200).json();
    assert_eq!(user["email"], json!("bob@example.org"));
    assert_eq!(user["id"], bob.get("/api/v1/user").await.expect(200).json()["id"]);
}

#[tokio::test]
async fn the_settings_say_who_may_come() {
    let (app, provider) = with_provider().await;
    let admin = app.admin().await;
    app.set("disableRegistration", json!(true)).await;
    provider.says(json!({ "sub": "u-9", "name": "Bob", "email": "bob@example.org" }));
    is_refused(&app, &provider, "sso_no_register").await;
    app.set("keepSsoRegistrationEnabled", json!(true)).await;
    let (bob, _) = comes_back(&app, &provider, "openid").await;
    let id = bob.get("/api/v1/user").await.expect(200).id();
    admin.put("/api/v1/settings/enableSso", json!({ "value": false })).await.expect(200);
    let answer = visitor(&app).await.get("/socialite/redirect/openid").await.expect(302);
    assert_eq!(answer.header("location"), "../../error?err=sso_disabled");
    let answer = visitor(&app).await.get("/socialite/redirect/github").await.expect(302);
    assert_eq!(answer.header("location"), "../../error?err=sso_bad_provider_setup");

    app.set("enableSso", json!(true)).await;
    bob.get("/api/v1/user").await.expect(401);
    let (mut bob, _) = comes_back(&app, &provider, "openid").await;
    bob.put("/user", json!({ "name": "Bob", "email": "b@example.org", "password": PASSWORD })).await.expect(400);
    bob.id = id;
    app.disable(&bob).await;
    is_refused(&app, &provider, "sso_account_disabled").await;
}

#[tokio::test]
async fn a_provider_is_added_to_an_account_only_by_who_is_signed_in_and_knows_the_password() {
    let (app, provider) = with_provider().await;
    let ana = app.user("ana").await.session().await;
    let link = "/socialite/link/openid";
    ana.post(link, json!({ "password": "wrong" })).await.expect(400);
    ana.post(link, json!({})).await.expect(422);
    ana.post("/socialite/link/github", json!({ "password": PASSWORD })).await.expect(404);
    let away = ana.post(link, json!({ "password": PASSWORD })).await.expect(200).json();
    let state = provider.visited(away["redirect"].as_str().unwrap());
    let callback = format!("/socialite/callback/openid?code={CODE}&state={state}");
    let answer = ana.get(&callback).await.expect(302);
    assert_eq!(answer.header("location"), "../../settings/account");
    assert_eq!(
        ana.get("/socialite/link").await.expect(200).json(),
        json!({ "provider": "openid", "can_be_removed": true })
    );

    // The account stays its owner's: name, address and password are not the provider's.
    let (browser, _) = comes_back(&app, &provider, "openid").await;
    let user = browser.get("/api/v1/user").await.expect(200).json();
    assert_eq!(
        (user["id"].as_i64(), &user["name"], &user["oauth_provider"]),
        (Some(ana.id), &json!("ana"), &Value::Null)
    );

    let bob = app.user("bob").await.session().await;
    let away = bob.post(link, json!({ "password": PASSWORD })).await.expect(200).json();
    let state = provider.visited(away["redirect"].as_str().unwrap());
    let answer = bob.get(&format!("/socialite/callback/openid?code={CODE}&state={state}")).await.expect(302);
    assert_eq!(answer.header("location"), "../../error?err=sso_already_linked");

    let ana = browser;
    ana.delete("/socialite/link").json(&json!({ "password": PASSWORD })).await.expect(204);
    is_refused(&app, &provider, "sso_email_already_used").await;
}
