//! `POST /user`.

use serde_json::{Value, json};

use super::login::visitor;
use crate::harness::{PASSWORD, TestApp};

fn new(name: &str) -> Value {
    json!({
        "name": name, "email": format!("{name}@Example.org"), "password": "long enough",
        "password_confirmation": "long enough",
    })
}

#[tokio::test]
async fn the_first_one_becomes_administrator_and_is_signed_in() {
    let app = TestApp::start().await;
    let browser = visitor(&app).await;
    let mut body = browser.post("/user", new("ana")).await.expect(201).json();
    body.as_object_mut().unwrap().remove("preferences").unwrap();
    insta::assert_snapshot!(body, @r#"{"id":1,"name":"ana","email":"ana@example.org","oauth_provider":null,"is_admin":true,"message":"account created","appSettings":{"enableSharing":false,"enableAllUsersSharingScope":false}}"#);
    browser.get("/api/v1/users").await.expect(200);

    let other = visitor(&app).await;
    assert_eq!(other.post("/user", new("bob")).await.expect(201).field("is_admin"), false);
    other.get("/api/v1/users").await.expect(403);
}

#[tokio::test]
async fn of_many_first_ones_at_once_one_becomes_administrator() {
    let app = TestApp::start().await;
    let browsers = [visitor(&app).await, visitor(&app).await, visitor(&app).await];
    let register =
        async |index: usize| browsers[index].post("/user", new(["ana", "bob", "eve"][index])).await.expect(201);
    tokio::join!(register(0), register(1), register(2));
    assert_eq!(app.store.read().await.unwrap().admin_count().await.unwrap(), 1);
}

#[tokio::test]
async fn what_is_wrong_is_said_by_field() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let browser = visitor(&app).await;
    insta::assert_snapshot!(browser.post("/user", json!({})).await, @r#"
    422 {
      "message": "The name field is required. (and 2 more errors)",
      "errors": {"name":["The name field is required."],"email":["The email field is required."],"password":["The password field is required."]}
    }
    "#);
    insta::assert_snapshot!(browser.post("/user", new("ana")).await, @r#"
    422 {
      "message": "The name has already been taken. (and 1 more error)",
      "errors": {"name":["The name has already been taken."],"email":["The email has already been taken."]}
    }
    "#);
    let mut wrong = new("bob");
    wrong["email"] = json!("nonsense");
    wrong["password"] = json!("short");
    insta::assert_snapshot!(browser.post("/user", wrong).await, @r#"
    422 {
      "message": "The email field must be a valid email address. (and 2 more errors)",
      "errors": {"email":["The email field must be a valid email address."],"password":["The password field confirmation does not match.","The password field must be at least 8 characters."]}
    }
    "#);
    let long = "x".repeat(192);
    let mut wrong = new("bob");
    wrong["name"] = json!(long);
    insta::assert_snapshot!(browser.post("/user", wrong).await, @r#"
    422 {
      "message": "The name field must not be greater than 191 characters.",
      "errors": {"name":["The name field must not be greater than 191 characters."]}
    }
    "#);
}

#[tokio::test]
async fn registration_can_be_off_and_restricted() {
    let app = TestApp::start().await;
    app.admin().await;
    let browser = visitor(&app).await;
    app.set("restrictRegistration", json!(true)).await;
    app.set("restrictList", json!("ana@example.org")).await;
    app.set("restrictRule", json!("@good\\.example$")).await;
    insta::assert_snapshot!(browser.post("/user", new("eve")).await, @r#"
    422 {
      "message": "This email address does not comply with the registration policy",
      "errors": {"email":["This email address does not comply with the registration policy"]}
    }
    "#);
    browser.post("/user", new("ana")).await.expect(201);
    let mut ruled_in = new("bob");
    ruled_in["email"] = json!("bob@good.example");
    browser.post("/user", ruled_in).await.expect(201);
    app.set("disableRegistration", json!(true)).await;
    app.set("restrictRegistration", json!(false)).await;
    // What is taken isn't said.
    browser.post("/user", json!({})).await.expect(403);
    browser.post("/user", new("ana")).await.expect(403);
    insta::assert_snapshot!(browser.post("/user", new("zoe")).await, @r#"403 {"message":"forbidden"}"#);
}

#[tokio::test]
async fn registration_is_limited_per_client() {
    let app = TestApp::start().await;
    let browser = visitor(&app).await;
    for _ in 0..60 {
        browser.post("/user", json!({})).await.expect(422);
    }
    browser.post("/user", json!({})).await.expect(429);
    app.advance_seconds(60);
    browser.post("/user", json!({})).await.expect(422);
}

#[tokio::test]
async fn a_password_that_is_guessed_first_is_refused() {
    let app = TestApp::start().await;
    let browser = visitor(&app).await;
    let register = |password: &str| {
        let mut lovelace = new("lovelace");
        lovelace["password"] = json!(password);
        lovelace["password_confirmation"] = json!(password);
        browser.post("/user", lovelace)
    };
    for common in ["password", "12345678", "qwertyuiop", "PASSWORD1"] {
        assert_eq!(
            register(common).await.expect(422).field("message"),
            "This password is among the first that are guessed. Choose another one."
        );
    }
    for own in ["lovelace", "Lovelace@Example.org", "lovelace-1815"] {
        assert_eq!(
            register(own).await.expect(422).field("message"),
            "This password is made of the name or the e-mail address. Choose another one."
        );
    }
    register("long enough").await.expect(201);
    let change = |password: &str| {
        let change =
            json!({ "currentPassword": "long enough", "password": password, "password_confirmation": password });
        browser.patch("/user/password", change)
    };
    change("password").await.expect(422);
    change("LOVELACE").await.expect(422);
    change("  long enough too  ").await.expect(200);
    let back = json!({ "currentPassword": "  long enough too  ", "password": "long enough", "password_confirmation": "long enough" });
    browser.patch("/user/password", back).await.expect(200);
}

#[tokio::test]
async fn a_name_that_looks_like_anothers_is_refused_and_ones_own_may_stay() {
    let app = TestApp::start().await;
    let (ana, _) = (app.user("ana").await, app.user("\u{430}na").await);
    let browser = visitor(&app).await;
    let named = |name: &str| {
        let mut person = new("eve");
        person["name"] = json!(name);
        person
    };
    for name in ["Ana", "АNА", "аnа"] {
        let refused = browser.post("/user", named(name)).await.expect(422).json();
        assert!(refused["errors"]["name"][0].as_str().unwrap().contains("looks like"), "{name}");
    }
    browser.post("/user", named("ana")).await.expect(422);
    let profile = |name: &str| json!({ "name": name, "email": ana.email, "password": PASSWORD });
    ana.put("/user", profile("ana")).await.expect(200);
    ana.put("/user", profile("anna")).await.expect(200);
    assert!(ana.put("/user", profile("АnА")).await.expect(422).text().contains("looks like"));
}

#[tokio::test]
async fn of_two_names_that_look_alike_and_come_at_once_one_is_taken() {
    let app = TestApp::start().await;
    app.user("somebody").await;
    let browsers = [visitor(&app).await, visitor(&app).await];
    let register = async |index: usize| {
        let mut person = new(["eve", "bob"][index]);
        person["name"] = json!(["paul1", "paull"][index]);
        browsers[index].post("/user", person).await.status
    };
    let (one, other) = tokio::join!(register(0), register(1));
    assert_eq!([one.min(other), one.max(other)], [201, 422]);
}
