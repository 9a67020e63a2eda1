//! `PUT /user`, `PATCH /user/password`, `DELETE /user`.

use std::future::IntoFuture as _;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::login::visitor;
use crate::harness::{PASSWORD, Person, TestApp, loopback};

#[tokio::test]
async fn name_and_address_are_changed_with_the_password() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    app.user("bob").await;
    let change = |name: &str, email: &str, password: &str| {
        ana.put("/user", json!({ "name": name, "email": email, "password": password }))
    };
    insta::assert_snapshot!(change("Ana", "ANA@new.example", "wrong").await, @r#"400 {"message":"Wrong current password"}"#);
    insta::assert_snapshot!(change("bob", "bob@example.org", PASSWORD).await, @r#"
    422 {
      "message": "The name has already been taken. (and 1 more error)",
      "errors": {"name":["The name has already been taken."],"email":["The email has already been taken."]}
    }
    "#);
    insta::assert_snapshot!(ana.put("/user", json!({})).await, @r#"
    422 {
      "message": "The name field is required. (and 2 more errors)",
      "errors": {"name":["The name field is required."],"email":["The email field is required."],"password":["The password field is required."]}
    }
    "#);
    let changed = change("Ana", "ANA@new.example", PASSWORD).await.expect(200);
    assert_eq!((changed.field("name"), changed.field("email")), (json!("Ana"), json!("ana@new.example")));
    change("Ana", "ana@new.example", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn the_password_is_changed_with_the_present_one() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let change = |current: &str, new: &str, again: &str| {
        let body = json!({ "currentPassword": current, "password": new, "password_confirmation": again });
        ana.patch("/user/password", body)
    };
    insta::assert_snapshot!(change("wrong", "a new password", "a new password").await, @r#"400 {"message":"Wrong current password"}"#);
    insta::assert_snapshot!(change(PASSWORD, "short", "other").await, @r#"
    422 {
      "message": "The password field confirmation does not match. (and 1 more error)",
      "errors": {"password":["The password field confirmation does not match.","The password field must be at least 8 characters."]}
    }
    "#);
    insta::assert_snapshot!(ana.patch("/user/password", json!({})).await, @r#"
    422 {
      "message": "The current password field is required. (and 1 more error)",
      "errors": {"currentPassword":["The current password field is required."],"password":["The password field is required."]}
    }
    "#);
    let (other, before) = (ana.session().await, ana.cookie("sixpin_session"));
    insta::assert_snapshot!(change(PASSWORD, "a new password", "a new password").await, @r#"200 {"message":"Password successfully changed"}"#);
    ana.get("/api/v1/user").await.expect(200);
    assert_ne!(ana.cookie("sixpin_session"), before);
    other.get("/api/v1/user").await.expect(401);
    let browser = visitor(&app).await;
    let login = |password: &str| browser.post("/user/login", json!({ "email": ana.email, "password": password }));
    login(PASSWORD).await.expect(401);
    login("a new password").await.expect(200);
}

#[tokio::test]
async fn people_delete_themselves_unless_nobody_would_be_administrator() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    let with = |password: Value| json!({ "password": password });
    insta::assert_snapshot!(ana.delete("/user").json(&with(Value::Null)).await, @r#"422 {"message":"The password field is required.","errors":{"password":["The password field is required."]}}"#);
    insta::assert_snapshot!(ana.delete("/user").json(&with(json!("wrong"))).await, @r#"400 {"message":"Wrong current password"}"#);
    insta::assert_snapshot!(admin.delete("/user").json(&with(json!(PASSWORD))).await, @r#"400 {"message":"Cannot delete the only admin account"}"#);
    insta::assert_snapshot!(ana.delete("/user").json(&with(json!(PASSWORD))).await, @"204");
    ana.get("/api/v1/user").await.expect(401);
}

#[tokio::test]
async fn a_session_guesses_no_password() {
    let app = TestApp::with(&[("LOGIN_THROTTLE", "2")]).await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let end =
        async |person: &Person, password: &str| person.delete("/user").json(&json!({ "password": password })).await;
    end(&ana, "wrong").await.expect(400);
    let change = json!({ "name": "ana", "email": ana.email, "password": PASSWORD });
    ana.put("/user", change).await.expect(200);
    for _ in 0..2 {
        end(&ana, "wrong").await.expect(400);
    }
    let body =
        json!({ "currentPassword": PASSWORD, "password": "a new password", "password_confirmation": "a new password" });
    for elsewhere in [ana.clone(), ana.session().await.at(loopback(7))] {
        end(&elsewhere, PASSWORD).await.expect(429);
        elsewhere.patch("/user/password", body.clone()).await.expect(429);
    }
    end(&bob, PASSWORD).await.expect(204);
    app.advance_seconds(60);
    end(&ana, PASSWORD).await.expect(204);
}

#[tokio::test]
async fn guesses_at_the_same_time_count_as_well() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let mut guesses = JoinSet::new();
    for _ in 0..8 {
        guesses.spawn(ana.delete("/user").json(&json!({ "password": "wrong" })).into_future());
    }
    let mut statuses: Vec<u16> = guesses.join_all().await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [400, 400, 400, 400, 400, 429, 429, 429]);
}
