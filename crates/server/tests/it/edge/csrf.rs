//! The proof that one of our own pages sent a request.

use serde_json::json;

use crate::harness::{PASSWORD, TestApp};

const TOKENS: &str = "/oauth/personal-access-tokens";

#[tokio::test]
async fn a_page_route_changes_nothing_without_proof() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let bare = ana.without_proof();
    let body = json!({ "name": "x" });
    insta::assert_snapshot!(bare.post(TOKENS, body.clone()).await, @r#"419 {"message":"CSRF token mismatch."}"#);
    bare.post(TOKENS, body.clone()).header("x-csrf-token", "wrong").await.expect(419);
    bare.post(TOKENS, body.clone()).header("sec-fetch-site", "cross-site").await.expect(419);
    bare.post(TOKENS, body.clone()).header("sec-fetch-site", "same-site").await.expect(419);
    bare.post(TOKENS, body.clone()).header("sec-fetch-site", "none").await.expect(419);
    bare.get(TOKENS).await.expect(200);
    let proof = ana.cookie("XSRF-TOKEN").unwrap();
    for name in ["x-csrf-token", "x-xsrf-token"] {
        bare.post(TOKENS, body.clone()).header(name, &proof).await.expect(200);
    }
    bare.post(TOKENS, json!({ "name": "x", "_token": proof })).await.expect(200);
    bare.form(TOKENS, &[("name", "x"), ("_token", &proof)]).await.expect(200);
    bare.post(TOKENS, body.clone()).header("sec-fetch-site", "same-origin").await.expect(200);
    let wrong = bare.post(TOKENS, body).header("sec-fetch-site", "same-origin").header("x-csrf-token", "wrong");
    wrong.await.expect(419);
}

#[tokio::test]
async fn a_method_that_an_address_lacks_is_told_before_the_proof() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for (method, path) in [("TRACE", TOKENS), ("DELETE", "/user/login"), ("POST", "/refresh-csrf"), ("PUT", "/none")] {
        let answer = ana.without_proof().ask(method.parse().unwrap(), path).await.expect(405);
        assert!(!answer.header("allow").is_empty(), "{method} {path}");
    }
}

#[tokio::test]
async fn the_proof_of_another_visit_proves_nothing() {
    let app = TestApp::start().await;
    let (ana, eve) = (app.user("ana").await, app.user("eve").await);
    let proof = eve.cookie("XSRF-TOKEN").unwrap();
    ana.without_proof().post(TOKENS, json!({ "name": "x" })).header("x-csrf-token", proof).await.expect(419);
}

#[tokio::test]
async fn signing_in_needs_proof_as_well() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let body = json!({ "email": "ana@example.org", "password": PASSWORD });
    app.anonymous().post("/user/login", body.clone()).await.expect(419);
    // A page signs in without having asked for a token: the browser tells where the request comes from.
    app.anonymous().post("/user/login", body).header("sec-fetch-site", "same-origin").await.expect(200);
}

#[tokio::test]
async fn by_cookie_even_reading_the_api_needs_proof() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    insta::assert_snapshot!(ana.without_proof().get("/api/v1/user").await, @r#"401 {"message":"Unauthenticated."}"#);
    ana.without_proof().get("/api/v1/user").header("x-csrf-token", "wrong").await.expect(401);
    ana.without_proof().get("/api/v1/user").header("sec-fetch-site", "same-origin").await.expect(401);
    let proof = ana.cookie("XSRF-TOKEN").unwrap();
    ana.without_proof().get("/api/v1/user").header("x-csrf-token", &proof).await.expect(200);
    // The one header counts before the other.
    let both = ana.without_proof().get("/api/v1/user").header("x-csrf-token", "wrong").header("x-xsrf-token", &proof);
    both.await.expect(401);
}

#[tokio::test]
async fn a_token_needs_no_proof() {
    let app = TestApp::start().await;
    let program = app.user("ana").await.with_token().await;
    program.post("/api/v1/groups", json!({ "name": "Work" })).header("sec-fetch-site", "cross-site").await.expect(201);
}
