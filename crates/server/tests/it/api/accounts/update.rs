//! `PUT` and `PATCH /api/v1/twofaccounts/{id}`, `DELETE /api/v1/twofaccounts/{id}`.

use serde_json::{Value, json};

use super::{ALL, HOTP, TOTP, path};
use crate::harness::TestApp;

fn complete() -> Value {
    json!({
        "service": "Other", "account": "bob", "icon": null, "otp_type": "totp", "secret": "JBSWY3DPEHPK3PXP",
        "digits": 8, "algorithm": "sha256", "period": 60,
    })
}

#[tokio::test]
async fn everything_is_replaced() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let id = ana.adds(HOTP).await;
    let mut body = complete();
    body["user_id"] = json!(bob.id);
    insta::assert_snapshot!(ana.put(&path(id), body).await, @r#"
    200 {
      "id": 1,
      "group_id": null,
      "otp_type": "totp",
      "account": "bob",
      "service": "Other",
      "icon": null,
      "secret": "JBSWY3DPEHPK3PXP",
      "digits": 8,
      "algorithm": "sha256",
      "period": 60,
      "counter": null
    }
    "#);
    bob.get(&path(id)).await.expect(403);
    assert_eq!(ana.patch(&path(id), complete()).await.expect(200).json(), ana.get(&path(id)).await.json());
    let hotp = json!({
        "service": null, "account": "bob", "icon": null, "otp_type": "HOTP", "secret": "eee", "digits": 6, "algorithm": null,
    });
    insta::assert_snapshot!(ana.put(&path(id), hotp).await, @r#"
    200 {
      "id": 1,
      "group_id": null,
      "otp_type": "hotp",
      "account": "bob",
      "service": null,
      "icon": null,
      "secret": "EEE=====",
      "digits": 6,
      "algorithm": "sha1",
      "period": null,
      "counter": 0
    }
    "#);
}

#[tokio::test]
async fn every_key_must_be_there() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let id = ana.adds(TOTP).await;
    let before = ana.get(&path(id)).await.json();
    insta::assert_snapshot!(ana.put(&path(id), json!({})).await, @r#"
    422 {
      "message": "The service field must be present. (and 5 more errors)",
      "errors": {"service":["The service field must be present."],"account":["The account field is required."],"icon":["The icon field must be present."],"otp_type":["The otp type field is required."],"secret":["The secret field must be present."],"digits":["The digits field must be present."]}
    }
    "#);
    insta::assert_snapshot!(ana.patch(&path(id), json!({ "account": "only this" })).await, @r#"
    422 {
      "message": "The service field must be present. (and 4 more errors)",
      "errors": {"service":["The service field must be present."],"icon":["The icon field must be present."],"otp_type":["The otp type field is required."],"secret":["The secret field must be present."],"digits":["The digits field must be present."]}
    }
    "#);
    assert_eq!(ana.get(&path(id)).await.json(), before);
}

#[tokio::test]
async fn the_group_is_left_unless_named() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let id = ana.adds(TOTP).await;
    let group = ana.post("/api/v1/groups", json!({ "name": "Work" })).await.id();
    let put = async |group: Value| {
        let mut body = complete();
        body["group_id"] = group;
        ana.put(&path(id), body).await
    };
    assert_eq!(put(json!(group)).await.expect(200).field("group_id"), json!(group));
    assert_eq!(ana.put(&path(id), complete()).await.expect(200).field("group_id"), Value::Null);
    put(json!(group)).await.expect(200);
    assert_eq!(put(json!(0)).await.expect(200).field("group_id"), Value::Null);
    put(json!(group)).await.expect(200);
    assert_eq!(put(Value::Null).await.expect(200).field("group_id"), Value::Null);
    insta::assert_snapshot!(put(json!(999)).await, @r#"422 {"message":"The selected group id is invalid.","errors":{"group_id":["The selected group id is invalid."]}}"#);
}

#[tokio::test]
async fn wrong_values_of_somebody_elses_account_are_told_before_whose_it_is() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let id = ana.adds(TOTP).await;
    bob.put(&path(id), json!({})).await.expect(422);
    insta::assert_snapshot!(bob.put(&path(id), complete()).await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);
    insta::assert_snapshot!(bob.put(&path(999), json!({})).await, @r#"404 {"message":"not found"}"#);
}

#[tokio::test]
async fn a_deleted_account_is_gone() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let id = ana.adds(TOTP).await;
    insta::assert_snapshot!(bob.delete(&path(id)).await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);
    insta::assert_snapshot!(ana.delete(&path(id)).await, @"204");
    insta::assert_snapshot!(ana.delete(&path(id)).await, @r#"404 {"message":"not found"}"#);
    assert_eq!(ana.get(ALL).await.json(), json!([]));
}
