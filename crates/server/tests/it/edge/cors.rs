//! Other origins' use of the API.

use http::Method;
use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn a_preflight_allows_what_it_asks_for() {
    let app = TestApp::start().await;
    let asked = app
        .anonymous()
        .ask(Method::OPTIONS, "/api/v1/twofaccounts/1")
        .header("origin", "moz-extension://abc")
        .header("access-control-request-method", "PATCH")
        .header("access-control-request-headers", "authorization, content-type");
    insta::assert_snapshot!(asked.await.head(), @"
    204
    access-control-allow-headers: authorization, content-type
    access-control-allow-methods: PATCH
    access-control-allow-origin: *
    access-control-max-age: 0
    allow: GET,HEAD,PUT,PATCH,DELETE
    cache-control: private, no-store
    content-security-policy: default-src 'none'; frame-ancestors 'none'
    cross-origin-opener-policy: same-origin
    permissions-policy: camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)
    referrer-policy: same-origin
    vary: Access-Control-Request-Method, Access-Control-Request-Headers
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
}

#[tokio::test]
async fn every_answer_of_the_api_is_open_to_any_origin() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await.with_token().await;
    for (answer, status) in [
        (ana.get("/api/v1/user").await, 200),
        (app.anonymous().get("/api/v1/user").await, 401),
        (ana.get("/api/v1/users").await, 403),
        (ana.get("/api/v1/twofaccounts/999").await, 404),
        (ana.get("/api/v1/nothing").await, 404),
        (ana.delete("/api/v1/user").await, 405),
        (ana.post("/api/v1/groups", json!({})).await, 422),
        (ana.ask(Method::OPTIONS, "/api/v1/user").await, 200),
    ] {
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{answer:?}");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        assert!(answer.cookies().is_empty(), "the API sets no cookies");
    }
}

#[tokio::test]
async fn it_depends_on_the_path_alone() {
    let app = TestApp::with(&[("THROTTLE_API", "1000"), ("APP_SUBDIRECTORY", "2fa")]).await;
    for path in ["/api", "/api/", "/api/nothing", "/api/v1", "/api/v1/", "/api/v2", "/api/v2/", "/api/v2/x", "/2fa/api"]
    {
        for method in [Method::GET, Method::POST, Method::DELETE, Method::OPTIONS] {
            let answer = app.anonymous().ask(method.clone(), path).await;
            let expected: &[u16] = if method == Method::OPTIONS { &[200, 404] } else { &[404, 405] };
            assert!(expected.contains(&answer.status), "{method} {path}: {answer}");
            assert_eq!(answer.header("access-control-allow-origin"), "*", "{method} {path}");
            assert!(answer.cookies().is_empty(), "{method} {path}");
        }
        let preflight = app.anonymous().ask(Method::OPTIONS, path).header("access-control-request-method", "PUT").await;
        assert_eq!((preflight.status, &*preflight.header("access-control-allow-origin")), (204, "*"), "{path}");
        assert!(preflight.cookies().is_empty(), "{path}");
    }
    let long = "x".repeat(70_000);
    let too_large = app.anonymous().ask(Method::POST, "/api/v1/user").body("application/json", long).await;
    assert_eq!(too_large.header("access-control-allow-origin"), "*", "{too_large}");
}

#[tokio::test]
async fn pages_and_files_are_open_to_none() {
    let app = TestApp::start().await;
    for path in ["/", "/refresh-csrf", "/manifest.json", "/up", "/storage/noicon.svg"] {
        let answer = app.anonymous().get(path).header("origin", "https://evil.example").await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
}
