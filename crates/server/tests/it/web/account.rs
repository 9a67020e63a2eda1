//! `PUT /user`, `PATCH /user/password`, `DELETE /user`.

use serde_json::{Value, json};

use super::login::visitor;
use crate::harness::{PASSWORD, TestApp};

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
    insta::assert_snapshot!(change(PASSWORD, "a new password", "a new password").await, @r#"200 {"message":"Password successfully changed"}"#);
    ana.get("/api/v1/user").await.expect(200);
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
