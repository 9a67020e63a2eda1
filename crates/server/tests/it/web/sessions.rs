//! `/user/sessions`.

use serde_json::json;

use super::login::visitor;
use crate::harness::{PASSWORD, Person, TestApp};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// A new browser of ana's, signed in.
async fn browser(app: &TestApp) -> Person {
    let browser = visitor(app).await.with("user-agent", FIREFOX);
    browser.post("/user/login", json!({ "email": "ana@example.org", "password": PASSWORD })).await.expect(200);
    browser
}

async fn ids(person: &Person) -> Vec<(String, bool)> {
    let sessions = person.get("/user/sessions").await.expect(200).json();
    let shown = sessions.as_array().unwrap().iter();
    shown.map(|session| (session["id"].as_str().unwrap().to_owned(), session["is_current"] == true)).collect()
}

#[tokio::test]
async fn everybody_sees_their_own_sessions() {
    let app = TestApp::start().await;
    app.user("ana").await;
    app.user("bob").await;
    app.advance_seconds(7200);
    let browser = browser(&app).await;
    let mut sessions = browser.get("/user/sessions").await.expect(200).json();
    for session in sessions.as_array_mut().unwrap() {
        assert_eq!(session.as_object_mut().unwrap().remove("id").unwrap().as_str().unwrap().len(), 64);
    }
    insta::assert_json_snapshot!(sessions, @r#"
    [
      {
        "last_used_at": "2023-11-15T00:13:20.000000Z",
        "is_current": true,
        "ip_address": "127.0.0.1",
        "browser": "Firefox",
        "platform": "Linux",
        "device": "desktop",
        "created_at": "2023-11-15T00:13:20.000000Z"
      },
      {
        "last_used_at": "2023-11-14T22:13:20.000000Z",
        "is_current": false,
        "ip_address": null,
        "browser": null,
        "platform": null,
        "device": "desktop",
        "created_at": "2023-11-14T22:13:20.000000Z"
      }
    ]
    "#);
    app.advance_seconds(91 * 86_400);
    let later = super::login::visitor(&app).await;
    later.post("/user/login", json!({ "email": "ana@example.org", "password": PASSWORD })).await.expect(200);
    assert_eq!(ids(&later).await.len(), 1, "the others are over by their age");
}

#[tokio::test]
async fn a_session_ends_from_another() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let bob = app.user("bob").await;
    let (here, there) = (browser(&app).await, browser(&app).await);
    let (id, _) = ids(&there).await.into_iter().find(|(_, is_current)| *is_current).unwrap();
    bob.delete(&format!("/user/sessions/{id}")).await.expect(404);
    there.get("/api/v1/user").await.expect(200);
    here.delete(&format!("/user/sessions/{id}")).await.expect(204);
    there.get("/api/v1/user").await.expect(401);
    here.get("/api/v1/user").await.expect(200);
    for unknown in [id.as_str(), "x", "00", "%00"] {
        here.delete(&format!("/user/sessions/{unknown}")).await.expect(404);
    }
}

#[tokio::test]
async fn all_others_end_at_once() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let bob = app.user("bob").await;
    let here = browser(&app).await;
    here.delete("/user/sessions").await.expect(204);
    ana.get("/api/v1/user").await.expect(401);
    here.get("/api/v1/user").await.expect(200);
    bob.get("/api/v1/user").await.expect(200);
    assert_eq!(ids(&here).await.len(), 1);
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let (here, program) = (browser(&app).await, ana.with_token().await);
    let body =
        json!({ "currentPassword": PASSWORD, "password": "a new password", "password_confirmation": "a new password" });
    here.patch("/user/password", body).await.expect(200);
    ana.get("/api/v1/user").await.expect(401);
    here.get("/api/v1/user").await.expect(200);
    program.get("/api/v1/user").await.expect(200);
}
