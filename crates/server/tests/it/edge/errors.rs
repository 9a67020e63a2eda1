//! Errors, and which one wins (compat 1.3, 1.4).

use std::collections::BTreeSet;

use http::Method;
use serde_json::json;

use crate::harness::TestApp;
use crate::operations::operations;

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
    let options = app.anonymous().ask(Method::OPTIONS, "/api/v1/groups/1").await;
    insta::assert_snapshot!(format!("{options} {}", options.header("allow")), @"200 GET,HEAD,PUT,PATCH,DELETE");
    let head = app.user("ana").await.ask(Method::HEAD, "/api/v1/user").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[tokio::test]
async fn a_405_says_what_is_allowed() {
    let app = TestApp::start().await;
    for (answer, allowed, route) in [
        (app.anonymous().put("/api/v1/settings/foo1", json!({})).await, "GET,HEAD", "api/v1/settings/foo1"),
        (app.anonymous().post("/", json!({})).await, "GET,HEAD", "/"),
        (
            app.anonymous().post("/api/v1/twofaccounts/count", json!({})).await,
            "GET,HEAD,PUT,PATCH,DELETE",
            "api/v1/twofaccounts/count",
        ),
    ] {
        assert_eq!((answer.status, &*answer.header("allow")), (405, allowed), "{answer}");
        let message = format!(
            "The {{}} method is not supported for route {route}. Supported methods: {}.",
            allowed.replace(',', ", ")
        );
        let said = answer.field("message").as_str().unwrap().replace("POST", "{}").replacen("The PUT", "The {}", 1);
        assert_eq!(said, message);
    }
}

#[tokio::test]
async fn literal_paths_are_ids_of_nothing_for_methods_that_they_lack() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await.with_token().await;
    let operations = operations();
    let literals: BTreeSet<&str> = operations
        .iter()
        .filter_map(|operation| operation.split_once(' ').map(|(_, path)| path))
        .filter(|path| {
            let (folder, name) = path.rsplit_once('/').unwrap();
            ["/api/v1/twofaccounts", "/api/v1/groups", "/api/v1/icons"].contains(&folder) && !name.starts_with('{')
        })
        .collect();
    assert!(literals.len() >= 10, "{literals:?}");
    for path in literals {
        let is_icon = path.contains("/icons/");
        for method in [Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
            if operations.contains(&format!("{method} {path}")) {
                continue;
            }
            let expected = match (is_icon, &method) {
                (true, &Method::DELETE) => "204",
                (true, &Method::GET) => r#"404 {"message":"unknowkn endpoint"}"#,
                (true, _) => "405",
                (false, _) => r#"404 {"message":"not found"}"#,
            };
            let answer = ana.ask(method.clone(), path).await;
            assert!(answer.to_string().starts_with(expected), "{method} {path}: {answer}");
            if !is_icon {
                app.anonymous().ask(method, path).await.expect(401);
            }
        }
    }
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
