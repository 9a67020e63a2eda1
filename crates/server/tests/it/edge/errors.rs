//! Errors, and which one wins (compat 1.3, 1.4).

use http::Method;
use serde_json::json;

use crate::harness::TestApp;

const TOTP: &str = "otpauth://totp/a?secret=A4GRFHVVRBGY7UIW";

#[tokio::test]
async fn an_unknown_endpoint_comes_before_who_asks() {
    let app = TestApp::start().await;
    insta::assert_snapshot!(app.anonymous().get("/api/v1/nothing").await, @r#"404 {"message":"unknowkn endpoint"}"#);
    insta::assert_snapshot!(app.anonymous().get("/api/v1/nothing/at/all?x").await, @r#"404 {"message":"unknowkn endpoint"}"#);
    insta::assert_snapshot!(app.anonymous().get("/api/v1/settings/foo1").await, @r#"404 {"message":"unknowkn endpoint"}"#);
    insta::assert_snapshot!(app.anonymous().post("/api/v1/nothing", json!({})).await, @r#"405 {"message":"The POST method is not supported for route api/v1/nothing. Supported methods: GET, HEAD."}"#);
}

#[tokio::test]
async fn another_method_comes_before_who_asks() {
    let app = TestApp::start().await;
    let answer = app.anonymous().post("/api/v1/user", json!({})).await;
    insta::assert_snapshot!(answer, @r#"405 {"message":"The POST method is not supported for route api/v1/user. Supported methods: GET, HEAD."}"#);
    insta::assert_snapshot!(answer.header("allow"), @"GET,HEAD");
    insta::assert_snapshot!(app.anonymous().delete("/api/v1/twofaccounts/count").await, @r#"
    405 {
      "message": "The DELETE method is not supported for route api/v1/twofaccounts/count. Supported methods: GET, HEAD."
    }
    "#);
    let options = app.anonymous().ask(Method::OPTIONS, "/api/v1/groups/1").await;
    insta::assert_snapshot!(format!("{options} {}", options.header("allow")), @"200 GET,HEAD,PUT,PATCH,DELETE");
    let head = app.user("ana").await.ask(Method::HEAD, "/api/v1/user").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[tokio::test]
async fn the_limit_comes_before_who_asks() {
    let app = TestApp::with(&[("THROTTLE_API", "1")]).await;
    app.anonymous().get("/api/v1/user").await.expect(401);
    app.anonymous().get("/api/v1/user").await.expect(429);
}

#[tokio::test]
async fn who_asks_comes_before_what_is_asked() {
    let app = TestApp::start().await;
    for answer in [
        app.anonymous().get("/api/v1/twofaccounts/999").await,
        app.anonymous().post("/api/v1/groups", json!({})).await,
        app.anonymous().get("/api/v1/users").await,
    ] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(answer, @r#"401 {"message":"Unauthenticated."}"#);
        }
    }
}

#[tokio::test]
async fn what_is_missing_comes_before_what_one_may() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for path in ["/api/v1/users/999", "/api/v1/users/abc", "/api/v1/users/999/authentications"] {
        ana.get(path).await.expect(404);
    }
    ana.patch("/api/v1/users/999/promote", json!({})).await.expect(404);
    ana.delete("/api/v1/users/999/pats").await.expect(404);
    ana.put("/api/v1/groups/999", json!({})).await.expect(404);
}

#[tokio::test]
async fn inactivity_comes_after_what_is_missing_and_before_what_one_may() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    ana.get("/api/v1/user").await.expect(200);
    app.advance_seconds(3600);
    ana.get("/api/v1/users").await.expect(418);
}

#[tokio::test]
async fn an_administrators_right_comes_before_wrong_fields_and_these_before_whose_it_is() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    ana.post("/api/v1/users", json!({})).await.expect(403);
    ana.patch(&format!("/api/v1/users/{}/promote", bob.id), json!({})).await.expect(403);
    let id = bob.adds(TOTP).await;
    ana.put(&format!("/api/v1/twofaccounts/{id}"), json!({})).await.expect(422);
    ana.delete("/api/v1/twofaccounts?ids=1,").await.expect(422);
    ana.delete(&format!("/api/v1/twofaccounts?ids={}", vec![id.to_string(); 100].join(","))).await.expect(400);
    ana.delete(&format!("/api/v1/twofaccounts?ids={id}")).await.expect(403);
}

#[tokio::test]
async fn errors_are_json_whatever_is_accepted() {
    let app = TestApp::start().await;
    for accept in ["text/html", "image/png", "*/*"] {
        let answer = app.anonymous().get("/api/v1/user").header("accept", accept).await.expect(401);
        assert_eq!(answer.header("content-type"), "application/json");
        let answer = app.anonymous().get("/user/logout").header("accept", accept).await.expect(401);
        assert_eq!(answer.header("content-type"), "application/json");
    }
    let plain = app.anonymous().get("/api/v1/user").await;
    insta::assert_snapshot!(plain, @r#"401 {"message":"Unauthenticated."}"#);
    assert_eq!(plain.header("www-authenticate"), "", "a browser asks nobody for a password");
}

#[tokio::test]
async fn messages_count_the_errors_that_follow() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let count = |body: serde_json::Value| {
        let ask = ana.post("/api/v1/twofaccounts", body);
        async move { ask.await.expect(422).field("message") }
    };
    insta::assert_snapshot!(count(json!({ "account": "a" })).await, @r#""The otp type field is required.""#);
    insta::assert_snapshot!(count(json!({})).await, @r#""The account field is required. (and 1 more error)""#);
    insta::assert_snapshot!(count(json!({ "digits": 1 })).await, @r#""The account field is required. (and 2 more errors)""#);
}
