//! `/api/v2`.

use http::Method;

use crate::harness::TestApp;

const UNKNOWN: [&str; 5] =
    ["/api/v2", "/api/v2/", "/api/v2/nothing", "/api/v2/nothing/at/all?x", "/api/v2/twofaccounts"];

#[tokio::test]
async fn an_unknown_path_is_a_404_in_json_with_every_method_and_for_every_caller() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let callers = [app.anonymous(), ana.with_token().await, ana.without_proof(), ana];
    for path in UNKNOWN {
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
            for caller in &callers {
                let answer = caller.ask(method.clone(), path).await;
                insta::allow_duplicates! {
                    insta::assert_snapshot!(answer, @r#"404 {"message":"not found"}"#);
                }
                assert_eq!(answer.header("content-type"), "application/json", "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn it_is_open_to_other_origins() {
    let app = TestApp::start().await;
    let answer = app.anonymous().get("/api/v2/nothing").header("origin", "https://other.example").await.expect(404);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let preflight = app.anonymous().ask(Method::OPTIONS, "/api/v2/nothing").header("origin", "https://other.example");
    let preflight = preflight.header("access-control-request-method", "PATCH").await.expect(204);
    assert_eq!(preflight.header("access-control-allow-methods"), "PATCH");
}

#[tokio::test]
async fn both_versions_share_a_limit() {
    let app = TestApp::with(&[("THROTTLE_API", "2")]).await;
    app.anonymous().get("/api/v2/nothing").await.expect(404);
    app.anonymous().get("/api/v1/user").await.expect(401);
    app.anonymous().get("/api/v2/nothing").await.expect(429);
    app.anonymous().get("/api/v1/user").await.expect(429);
}

#[tokio::test]
async fn a_sign_in_page_is_never_its_answer() {
    let app = TestApp::with(&[("AUTHENTICATION_GUARD", "reverse-proxy-guard"), ("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let browser = app.anonymous().get("/api/v2/nothing").header("accept", "text/html");
    insta::assert_snapshot!(browser.await, @r#"404 {"message":"not found"}"#);
}
