//! Several tabs at a provider, and what becomes of the sessions and the passwords of its users.

use serde_json::json;

use super::provider::{CODE, Provider};
use super::{comes_back, elsewhere, leaves, users, with_provider};
use crate::harness::{BEGINNING, MailServer, PASSWORD, TestApp};
use crate::web::login::visitor;

#[tokio::test]
async fn several_tabs_arrive_in_any_order() {
    let (app, provider) = with_provider().await;
    let browser = visitor(&app).await;
    let mut states = Vec::new();
    for _ in 0..3 {
        states.push((leaves(&browser, &provider, "openid").await, provider.attempt()));
    }
    for place in [0, 2, 1] {
        let (state, attempt) = &states[place];
        provider.resumes(attempt.clone());
        let callback = format!("/socialite/callback/openid?code={CODE}&state={state}");
        let answer = browser.clone().at(elsewhere()).get(&callback).await.expect(302);
        assert_eq!(answer.header("location"), "../../accounts", "{place}");
        browser.get("/api/v1/user").await.expect(200);
        // A second time there is no attempt, but a session.
        let answer = browser.clone().at(elsewhere()).get(&callback).await.expect(302);
        assert_eq!(answer.header("location"), "../../accounts");
    }
    assert_eq!(users(&app).await, 1);
}

#[tokio::test]
async fn only_the_last_attempts_of_a_browser_count() {
    let (app, provider) = with_provider().await;
    let browser = visitor(&app).await;
    let first = leaves(&browser, &provider, "openid").await;
    for _ in 0..8 {
        leaves(&browser, &provider, "openid").await;
    }
    let answer = browser.get(&format!("/socialite/callback/openid?code={CODE}&state={first}")).await.expect(302);
    assert_eq!(answer.header("location"), "../../error?err=sso_failed");
}

#[tokio::test]
async fn a_link_to_a_provider_signs_nobody_out() {
    let (app, provider) = with_provider().await;
    let ana = app.user("ana").await;
    for (driver, site) in [("nothing", "none"), ("github", "cross-site"), ("openid", "cross-site"), ("openid", "none")]
    {
        let answer = ana.get(&format!("/socialite/redirect/{driver}")).header("sec-fetch-site", site).await.expect(302);
        let is_away = answer.header("location").starts_with(&provider.issuer);
        assert_eq!(is_away, (driver, site) == ("openid", "none"));
        ana.get("/api/v1/user").await.expect(200);
    }
}

#[tokio::test]
async fn users_of_a_provider_get_no_password_and_use_none() {
    let mut mails = MailServer::start().await;
    let provider = Provider::start(BEGINNING).await;
    let vars = [&mails.vars()[..], &provider.by_issuer()[..]].concat();
    let app = TestApp::with(&vars).await;
    let admin = app.admin().await;
    let (ana, _) = comes_back(&app, &provider, "openid").await;
    let id = ana.get("/api/v1/user").await.expect(200).id();
    let browser = visitor(&app).await;
    for path in ["/user/password/lost", "/webauthn/lost"] {
        browser.post(path, json!({ "email": "ana@example.org" })).await.expect(200);
    }
    let answer = admin.ask(axum::http::Method::PATCH, &format!("/api/v1/users/{id}/password/reset")).await;
    insta::assert_snapshot!(answer, @r#"
    400 {
      "message": "bad request",
      "reason": "This person signs in with an external provider, so a password would not count."
    }
    "#);
    // One of an earlier version.
    let hash = app.passwords.hash(PASSWORD).await.unwrap();
    let mut write = app.store.write().await.unwrap().by_operator();
    write.set_password(vault::UserId(id), Some(&hash), app.clock.now()).await.unwrap();
    write.commit().await.unwrap();
    browser.post("/user/login", json!({ "email": "ana@example.org", "password": PASSWORD })).await.expect(401);
    browser.post("/user/password/lost", json!({ "email": admin.email })).await.expect(200);
    assert_eq!(mails.next().await.to, "<admin@example.org>");
}

#[tokio::test]
async fn an_address_that_is_not_verified_is_not_taken() {
    let (app, provider) = with_provider().await;
    provider.says(json!({ "sub": "u-7", "name": "Ana", "email": "ana@example.org", "email_verified": false }));
    let (browser, _) = comes_back(&app, &provider, "openid").await;
    assert_eq!(browser.get("/api/v1/user").await.expect(200).field("email"), "u-7@openid");
    provider.says(json!({ "sub": "u-7", "name": "Ana", "email": "ana@example.org", "email_verified": true }));
    let (browser, _) = comes_back(&app, &provider, "openid").await;
    assert_eq!(browser.get("/api/v1/user").await.expect(200).field("email"), "ana@example.org");
    provider.says(json!({ "sub": "u-7", "name": "Ana", "email": "boss@example.org", "email_verified": false }));
    let (browser, _) = comes_back(&app, &provider, "openid").await;
    assert_eq!(browser.get("/api/v1/user").await.expect(200).field("email"), "ana@example.org");
}

#[tokio::test]
async fn an_answer_of_another_issuer_is_refused() {
    let (app, provider) = with_provider().await;
    for (issuer, location) in
        [("https://evil.example", "../../error?err=sso_failed"), (&provider.issuer, "../../accounts")]
    {
        let browser = visitor(&app).await;
        let state = leaves(&browser, &provider, "openid").await;
        let issuer: String = url::form_urlencoded::byte_serialize(issuer.as_bytes()).collect();
        let callback = format!("/socialite/callback/openid?code={CODE}&state={state}&iss={issuer}");
        assert_eq!(browser.get(&callback).await.expect(302).header("location"), location);
    }
}

#[tokio::test]
async fn a_session_by_a_provider_ends_with_the_link() {
    let (app, provider) = with_provider().await;
    let ana = app.user("ana").await;
    let away = ana.post("/socialite/link/openid", json!({ "password": PASSWORD })).await.expect(200).json();
    let state = provider.visited(away["redirect"].as_str().unwrap());
    ana.get(&format!("/socialite/callback/openid?code={CODE}&state={state}")).await.expect(302);
    let (browser, _) = comes_back(&app, &provider, "openid").await;
    browser.get("/api/v1/user").await.expect(200);
    ana.delete("/socialite/link").json(&json!({ "password": PASSWORD })).await.expect(204);
    browser.get("/api/v1/user").await.expect(401);
    ana.get("/api/v1/user").await.expect(200);
}
