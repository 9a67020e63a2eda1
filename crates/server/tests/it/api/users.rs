//! `/api/v1/users`, for administrators.

use serde_json::{Value, json};

use super::accounts::TOTP;
use crate::harness::{PASSWORD, Person, TestApp};

const ALL: &str = "/api/v1/users";

fn new(name: &str) -> Value {
    json!({
        "name": name, "email": format!("{name}@Example.org"), "password": "long enough",
        "password_confirmation": "long enough", "is_admin": false,
    })
}

fn path(person: &Person) -> String {
    format!("{ALL}/{}", person.id)
}

#[tokio::test]
async fn all_are_listed_with_the_number_of_their_accounts() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    ana.adds(TOTP).await;
    app.advance_seconds(2 * 3600 + 5);
    let mut listed = admin.with_token().await.get(ALL).await.json();
    for user in listed.as_array_mut().unwrap() {
        user.as_object_mut().unwrap().remove("preferences").unwrap();
    }
    insta::assert_snapshot!(format!("{listed:#}"), @r#"
    [
      {
        "id": 1,
        "name": "admin",
        "email": "admin@example.org",
        "oauth_provider": null,
        "authenticated_by_proxy": false,
        "created_at": "2 hours ago",
        "appSettings": {
          "enableSharing": false,
          "enableAllUsersSharingScope": false
        },
        "is_admin": true,
        "twofaccounts_count": 0,
        "last_seen_at": "0 seconds ago"
      },
      {
        "id": 2,
        "name": "ana",
        "email": "ana@example.org",
        "oauth_provider": null,
        "authenticated_by_proxy": false,
        "created_at": "2 hours ago",
        "appSettings": {
          "enableSharing": false,
          "enableAllUsersSharingScope": false
        },
        "is_admin": false,
        "twofaccounts_count": 1,
        "last_seen_at": "2 hours ago"
      }
    ]
    "#);
}

#[tokio::test]
async fn one_is_shown_with_what_hangs_on_it() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    ana.adds(TOTP).await;
    ana.new_token().await;
    let mut shown = admin.get(&path(&ana)).await.expect(200).json();
    shown["info"].as_object_mut().unwrap().remove("preferences").unwrap();
    insta::assert_snapshot!(format!("{shown:#}"), @r#"
    {
      "info": {
        "id": 2,
        "name": "ana",
        "email": "ana@example.org",
        "oauth_provider": null,
        "authenticated_by_proxy": false,
        "created_at": "0 seconds ago",
        "appSettings": {
          "enableSharing": false,
          "enableAllUsersSharingScope": false
        },
        "is_admin": false,
        "twofaccounts_count": 0,
        "last_seen_at": "0 seconds ago"
      },
      "password_reset": null,
      "valid_personal_access_tokens": 1,
      "webauthn_credentials": 0
    }
    "#);
    insta::assert_snapshot!(admin.get(&format!("{ALL}/999")).await, @r#"404 {"message":"not found"}"#);
    insta::assert_snapshot!(ana.get(&format!("{ALL}/999")).await, @r#"404 {"message":"not found"}"#);
    insta::assert_snapshot!(ana.get(&path(&admin)).await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);
}

#[tokio::test]
async fn an_administrator_creates_people_who_can_sign_in() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    // Not hindered by what keeps people from registering themselves.
    app.set("disableRegistration", json!(true)).await;
    let created = admin.post(ALL, new("ana")).await.expect(201);
    assert_eq!(created.field("info")["email"], json!("ana@example.org"));
    let login = json!({ "email": "ana@example.org", "password": "long enough" });
    let browser = app.anonymous();
    browser.get("/refresh-csrf").await;
    browser.post("/user/login", login).await.expect(200);
    insta::assert_snapshot!(admin.post(ALL, new("ana")).await, @r#"
    422 {
      "message": "The name has already been taken. (and 1 more error)",
      "errors": {"name":["The name has already been taken."],"email":["The email has already been taken."]}
    }
    "#);
    insta::assert_snapshot!(admin.post(ALL, json!({})).await, @r#"
    422 {
      "message": "The name field is required. (and 3 more errors)",
      "errors": {"name":["The name field is required."],"email":["The email field is required."],"password":["The password field is required."],"is_admin":["The is admin field is required."]}
    }
    "#);
    let mut wrong = new("bob");
    wrong["password_confirmation"] = json!("different");
    wrong["email"] = json!("nonsense");
    wrong["is_admin"] = json!(5);
    insta::assert_snapshot!(admin.post(ALL, wrong).await, @r#"
    422 {
      "message": "The email field must be a valid email address. (and 2 more errors)",
      "errors": {"email":["The email field must be a valid email address."],"password":["The password field confirmation does not match."],"is_admin":["The is admin field must be true or false."]}
    }
    "#);
}

#[tokio::test]
async fn somebody_must_remain_administrator() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    let promote =
        |person: &Person, on: bool| admin.patch(&format!("{}/promote", path(person)), json!({ "is_admin": on }));
    insta::assert_snapshot!(promote(&admin, false).await, @r#"403 {"message":"Cannot demote the only admin account"}"#);
    insta::assert_snapshot!(admin.delete(&path(&admin)).await, @r#"403 {"message":"Cannot delete the only admin account"}"#);
    assert_eq!(promote(&ana, true).await.expect(200).field("info")["is_admin"], json!(true));
    ana.get(ALL).await.expect(200);
    promote(&admin, false).await.expect(200);
    insta::assert_snapshot!(admin.get(ALL).await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);
    for wrong in [json!(null), json!(""), json!(5), json!("yes"), json!([])] {
        let answer = ana.patch(&format!("{}/promote", path(&admin)), json!({ "is_admin": wrong })).await;
        assert_eq!(answer.status, 422, "{wrong}");
    }
}

#[tokio::test]
async fn a_deleted_user_is_gone_with_everything() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    let program = ana.with_token().await;
    ana.adds(TOTP).await;
    insta::assert_snapshot!(admin.delete(&path(&ana)).await, @"204");
    ana.get("/api/v1/user").await.expect(401);
    program.get("/api/v1/user").await.expect(401);
    admin.get("/api/v1/twofaccounts/1").await.expect(404);
    admin.delete(&path(&ana)).await.expect(404);
    let login = app.anonymous();
    login.get("/refresh-csrf").await;
    login.post("/user/login", json!({ "email": ana.email, "password": PASSWORD })).await.expect(401);
}

#[tokio::test]
async fn tokens_are_revoked() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    let program = ana.with_token().await;
    program.get("/api/v1/user").await.expect(200);
    insta::assert_snapshot!(admin.delete(&format!("{}/pats", path(&ana))).await, @"204");
    program.get("/api/v1/user").await.expect(401);
    ana.get("/api/v1/user").await.expect(200);
}

#[tokio::test]
async fn sign_ins_are_listed_newest_first() {
    const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0";
    let app = TestApp::start().await;
    let (administrator, ana) = (app.admin().await, app.user("ana").await);
    let admin = administrator.with_token().await;
    let browser = app.anonymous().with("user-agent", FIREFOX);
    browser.get("/refresh-csrf").await;
    let with = |password: &str| json!({ "email": "ana@example.org", "password": password });
    browser.post("/user/login", with("wrong")).await.expect(401);
    app.advance_seconds(60);
    browser.post("/user/login", with(PASSWORD)).await.expect(200);
    browser.put("/api/v1/user/preferences/kickUserAfter", json!({ "value": 0 })).await.expect(201);
    app.advance_seconds(2 * 3600);
    browser.get("/user/logout").await.expect(200);
    let log = format!("{}/authentications", path(&ana));
    insta::assert_snapshot!(admin.get(&log).await, @r#"
    200 [
      {"id":2,"ip_address":"127.0.0.1","user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0","browser":"Firefox","platform":"Windows","device":"desktop","login_at":"Tue, Nov 14, 2023 10:14 PM","logout_at":"Wed, Nov 15, 2023 12:14 AM","login_successful":true,"duration":"2 hours","login_method":"password"},
      {"id":1,"ip_address":"127.0.0.1","user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0","browser":"Firefox","platform":"Windows","device":"desktop","login_at":"Tue, Nov 14, 2023 10:13 PM","logout_at":null,"login_successful":false,"duration":null,"login_method":"password"}
    ]
    "#);
    let own = ana.with_token().await.get("/api/v1/user/authentications").await.expect(200).json();
    assert_eq!(own, admin.get(&log).await.json());
    let count = |query: &str| {
        let ask = admin.get(&format!("{log}?{query}"));
        async move { ask.await.expect(200).json().as_array().unwrap().len() }
    };
    assert_eq!((count("limit=1").await, count("limit=-1").await, count("limit=0").await), (1, 1, 0));
    app.advance_seconds(45 * 86_400);
    assert_eq!((count("period=1").await, count("period=2").await), (0, 2));
    for wrong in ["period=", "limit=", "period=abc", "limit=x"] {
        assert_eq!(admin.get(&format!("{log}?{wrong}")).await.status, 422, "{wrong}");
    }
    app.advance_seconds(321 * 86_400);
    let kept = administrator.with_token().await.get(&log).await.expect(200).json();
    assert_eq!(kept, json!([]), "what is more than a year old is forgotten");
}

#[tokio::test]
async fn there_is_no_changing_of_users() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    insta::assert_snapshot!(admin.put(&path(&ana), json!({ "name": "x" })).await, @r#"405 {"message":"The PUT method is not supported for route api/v1/users/2. Supported methods: GET, HEAD, DELETE."}"#);
}

#[tokio::test]
async fn without_security_keys_the_password_counts_again() {
    let app = TestApp::start().await;
    let [admin, ana] = [app.admin().await, app.user("ana").await];
    let preference = "/api/v1/user/preferences/useWebauthnOnly";
    ana.put(preference, json!({ "value": true })).await.expect(201);
    ana.put("/api/v1/user/preferences/theme", json!({ "value": "dark" })).await.expect(201);
    let path = format!("/api/v1/users/{}/credentials", ana.id);
    ana.delete(&path).await.expect(403);
    ana.delete("/api/v1/users/99/credentials").await.expect(404);
    assert_eq!(ana.get(preference).await.field("value"), true);
    admin.delete(&path).await.expect(204);
    admin.delete(&path).await.expect(204);
    assert_eq!(ana.get(preference).await.field("value"), false);
    assert_eq!(ana.get("/api/v1/user/preferences/theme").await.field("value"), "dark");
}
