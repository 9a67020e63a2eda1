//! `/api/v1/settings`, for administrators.

use serde_json::{Value, json};

use crate::harness::TestApp;

const ALL: &str = "/api/v1/settings";

fn path(name: &str) -> String {
    format!("{ALL}/{name}")
}

#[tokio::test]
async fn the_native_ones_come_first_then_the_instances_own() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    admin.post(ALL, json!({ "key": "own", "value": "12" })).await.expect(201);
    let listed = admin.get(ALL).await.json();
    let lines: Vec<_> = listed.as_array().unwrap().iter().map(Value::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"key":"useEncryption","value":true}
    {"key":"checkForUpdate","value":false}
    {"key":"lastRadarScan","value":0}
    {"key":"latestRelease","value":false}
    {"key":"disableRegistration","value":false}
    {"key":"enableSso","value":true}
    {"key":"useSsoOnly","value":false}
    {"key":"allowPatWhileSsoOnly","value":false}
    {"key":"restrictRegistration","value":false}
    {"key":"restrictList","value":""}
    {"key":"restrictRule","value":""}
    {"key":"keepSsoRegistrationEnabled","value":false}
    {"key":"storeIconsInDatabase","value":false}
    {"key":"enableSharing","value":false}
    {"key":"enableAllUsersSharingScope","value":false}
    {"key":"own","value":12}
    "#);
}

#[tokio::test]
async fn one_is_set_and_takes_effect() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    insta::assert_snapshot!(admin.put(&path("enableSharing"), json!({ "value": true })).await, @r#"200 {"key":"enableSharing","value":true}"#);
    insta::assert_snapshot!(admin.get(&path("enableSharing")).await, @r#"200 {"key":"enableSharing","value":true}"#);
    assert_eq!(ana.get("/api/v1/user").await.field("appSettings")["enableSharing"], json!(true));
    insta::assert_snapshot!(admin.put(&path("enableSharing"), json!({})).await, @r#"422 {"message":"The value field is required.","errors":{"value":["The value field is required."]}}"#);
    insta::assert_snapshot!(admin.get(&path("unknown")).await, @r#"404 {"message":"not found"}"#);
    insta::assert_snapshot!(admin.get(&path("foo1")).await, @r#"404 {"message":"unknowkn endpoint"}"#);
    insta::assert_snapshot!(admin.put(&path("anything"), json!({ "value": { "a": [1] } })).await, @r#"200 {"key":"anything","value":{"a":[1]}}"#);
}

#[tokio::test]
async fn encryption_cant_be_switched_off() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    insta::assert_snapshot!(admin.put(&path("useEncryption"), json!({ "value": false })).await, @r#"
    422 {
      "message": "Encryption is always on in Sixpin and can't be turned off.",
      "errors": {"value":["Encryption is always on in Sixpin and can't be turned off."]}
    }
    "#);
    admin.put(&path("useEncryption"), json!({ "value": true })).await.expect(200);
    admin.post(ALL, json!({ "key": "useEncryption", "value": false })).await.expect(422);
    assert_eq!(admin.get(&path("useEncryption")).await.field("value"), json!(true));
}

#[tokio::test]
async fn restrictions_are_checked_and_can_be_reset() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let list = |value: &str| admin.put(&path("restrictList"), json!({ "value": value }));
    list("ana@example.org|bob@example.org").await.expect(200);
    insta::assert_snapshot!(list("ana@example.org|nonsense").await, @r#"
    422 {
      "message": "All emails must be valid and separated with a pipe",
      "errors": {"value":["All emails must be valid and separated with a pipe"]}
    }
    "#);
    insta::assert_snapshot!(admin.put(&path("restrictRule"), json!({ "value": "(" })).await, @r#"
    422 {
      "message": "The value field must be a valid regex pattern.",
      "errors": {"value":["The value field must be a valid regex pattern."]}
    }
    "#);
    insta::assert_snapshot!(admin.put(&path("restrictRule"), json!({ "value": "" })).await, @r#"422 {"message":"The value field is required.","errors":{"value":["The value field is required."]}}"#);
    insta::assert_snapshot!(admin.delete(&path("restrictList")).await, @"204");
    insta::assert_snapshot!(admin.get(&path("restrictList")).await, @r#"200 {"key":"restrictList","value":""}"#);
}

#[tokio::test]
async fn ones_own_are_made_and_deleted_the_native_ones_stay() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    insta::assert_snapshot!(admin.post(ALL, json!({ "key": "own", "value": [1, "a"] })).await, @r#"201 {"key":"own","value":[1,"a"]}"#);
    insta::assert_snapshot!(admin.post(ALL, json!({ "key": "own", "value": 1 })).await, @r#"422 {"message":"The key has already been taken.","errors":{"key":["The key has already been taken."]}}"#);
    insta::assert_snapshot!(admin.post(ALL, json!({ "key": "own-1" })).await, @r#"
    422 {
      "message": "The key field must only contain letters. (and 1 more error)",
      "errors": {"key":["The key field must only contain letters."],"value":["The value field is required."]}
    }
    "#);
    insta::assert_snapshot!(admin.delete(&path("own")).await, @"204");
    insta::assert_snapshot!(admin.delete(&path("own")).await, @r#"404 {"message":"not found"}"#);
    insta::assert_snapshot!(admin.delete(&path("enableSso")).await, @r#"400 {"message":"bad request","reason":["Only user-created setting can be deleted"]}"#);
}

#[tokio::test]
async fn empty_items_of_the_list_are_kept_and_match_nobody() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for list in ["a@x.test|", "|a@x.test", "a@x.test||b@x.test", "|"] {
        let kept = admin.put("/api/v1/settings/restrictList", json!({ "value": list })).await.expect(200);
        assert_eq!(kept.field("value"), list);
    }
    admin.put("/api/v1/settings/restrictList", json!({ "value": "a@x.test|nobody" })).await.expect(422);
    let rule = json!({ "value": "^(?!.*\\+).*@corp\\.test$" });
    admin.put("/api/v1/settings/restrictRule", rule).await.expect(200);
    let refused = admin.put("/api/v1/settings/restrictRule", json!({ "value": "a(?R)?b" })).await.expect(422);
    assert!(refused.text().contains("(?R"), "{refused}");
}

#[tokio::test]
async fn what_cant_be_changed_to_cant_be_made_either() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let rule = json!({ "key": "restrictRule", "value": "(" });
    assert!(admin.post(ALL, rule).await.expect(422).text().contains("regex"));
    admin.post(ALL, json!({ "key": "restrictList", "value": "nobody" })).await.expect(422);
    assert_eq!(admin.get(&path("restrictRule")).await.field("value"), "");
    for (length, status) in [(60_000, 201), (70_000, 422)] {
        let value = "x".repeat(length);
        admin.post(ALL, json!({ "key": "own", "value": value })).await.expect(status);
    }
    admin.put(&path("own"), json!({ "value": ["x".repeat(70_000)] })).await.expect(422);
}
