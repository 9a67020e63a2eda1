//! `POST /api/v1/twofaccounts`.

use serde_json::{Value, json};

use super::{ALL, FULL, HOTP, TOTP, path};
use crate::harness::{Person, TestApp};

#[tokio::test]
async fn by_uri() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let answer = ana.post(ALL, json!({ "uri": FULL })).await;
    insta::assert_snapshot!(answer, @r#"
    201 {
      "id": 1,
      "group_id": null,
      "otp_type": "totp",
      "account": "account",
      "service": "service",
      "icon": null,
      "secret": "A4GRFHVVRBGY7UIW",
      "digits": 7,
      "algorithm": "sha256",
      "period": 40,
      "counter": null
    }
    "#);
    assert_eq!(ana.get(&path(answer.id())).await.json(), answer.json());
    insta::assert_snapshot!(ana.post(ALL, json!({ "uri": HOTP })).await, @r#"
    201 {
      "id": 2,
      "group_id": null,
      "otp_type": "hotp",
      "account": "account",
      "service": "service",
      "icon": null,
      "secret": "A4GRFHVVRBGY7UIW",
      "digits": 6,
      "algorithm": "sha1",
      "period": null,
      "counter": 5
    }
    "#);
    insta::assert_snapshot!(ana.post(ALL, json!({ "uri": "otpauth://totp/alone?secret=a4grfhvvrbgy7uiw" })).await, @r#"
    201 {
      "id": 3,
      "group_id": null,
      "otp_type": "totp",
      "account": "alone",
      "service": null,
      "icon": null,
      "secret": "A4GRFHVVRBGY7UIW",
      "digits": 6,
      "algorithm": "sha1",
      "period": 30,
      "counter": null
    }
    "#);
}

#[tokio::test]
async fn by_form() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let fields = [("otp_type", "TOTP"), ("account", " ana@example.org "), ("service", ""), ("secret", "eee")];
    insta::assert_snapshot!(ana.form(ALL, &fields).await, @r#"
    201 {
      "id": 1,
      "group_id": null,
      "otp_type": "totp",
      "account": "ana@example.org",
      "service": null,
      "icon": null,
      "secret": "EEE=====",
      "digits": 6,
      "algorithm": "sha1",
      "period": 30,
      "counter": null
    }
    "#);
}

#[tokio::test]
async fn by_parameters() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let full = json!({
        "service": "Example", "account": "ana", "icon": null, "otp_type": "hotp", "secret": "A4GRFHVVRBGY7UIW",
        "digits": 10, "algorithm": "SHA512", "period": null, "counter": 3,
    });
    insta::assert_snapshot!(ana.post(ALL, full).await, @r#"
    201 {
      "id": 1,
      "group_id": null,
      "otp_type": "hotp",
      "account": "ana",
      "service": "Example",
      "icon": null,
      "secret": "A4GRFHVVRBGY7UIW",
      "digits": 10,
      "algorithm": "sha512",
      "period": null,
      "counter": 3
    }
    "#);
    let nulls = json!({
        "service": null, "account": "ana", "icon": null, "otp_type": "totp", "secret": "A4GRFHVVRBGY7UIW",
        "digits": null, "algorithm": null, "period": null, "counter": null, "group_id": null,
    });
    insta::assert_snapshot!(ana.post(ALL, nulls).await, @r#"
    201 {
      "id": 2,
      "group_id": null,
      "otp_type": "totp",
      "account": "ana",
      "service": null,
      "icon": null,
      "secret": "A4GRFHVVRBGY7UIW",
      "digits": 6,
      "algorithm": "sha1",
      "period": 30,
      "counter": null
    }
    "#);
}

#[tokio::test]
async fn an_account_without_a_secret_gets_one() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let secret = ana.post(ALL, json!({ "account": "ana", "otp_type": "totp" })).await.expect(201).field("secret");
    // 64 bytes in base32.
    assert_eq!(secret.as_str().unwrap().len(), 104);
}

#[tokio::test]
async fn steam_is_recognised() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let by_name =
        json!({ "service": "STEAM", "account": "ana", "otp_type": "totp", "secret": "A4GRFHVV", "digits": 8 });
    insta::assert_snapshot!(ana.post(ALL, by_name).await, @r#"
    201 {
      "id": 1,
      "group_id": null,
      "otp_type": "steamtotp",
      "account": "ana",
      "service": "Steam",
      "icon": null,
      "secret": "A4GRFHVV",
      "digits": 5,
      "algorithm": "sha1",
      "period": 30,
      "counter": null
    }
    "#);
    let by_wish = json!({ "uri": TOTP, "custom_otp": "steamtotp" });
    assert_eq!(ana.post(ALL, by_wish).await.expect(201).field("otp_type"), json!("steamtotp"));
}

#[tokio::test]
async fn unknown_fields_and_a_wished_owner_are_ignored() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let wish = json!({ "uri": TOTP, "id": 77, "user_id": bob.id, "server_identity": "x", "icon": "x.png" });
    let answer = ana.post(ALL, wish).await.expect(201);
    assert_eq!((answer.id(), answer.field("icon")), (1, Value::Null));
    bob.get(&path(1)).await.expect(403);
}

#[tokio::test]
async fn the_group_is_the_default_one_unless_told_otherwise() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let group =
        |person: Person| async move { person.post("/api/v1/groups", json!({ "name": "Work" })).await.expect(201).id() };
    let (own, foreign) = (group(ana.clone()).await, group(bob.clone()).await);
    let prefer = |name: &'static str, value: i64| {
        let ana = ana.clone();
        async move { ana.put(&format!("/api/v1/user/preferences/{name}"), json!({ "value": value })).await.expect(201) }
    };
    let given = |group: Value| {
        let ana = ana.clone();
        async move {
            let body = json!({ "account": "a", "otp_type": "totp", "secret": "A4GRFHVV", "group_id": group });
            ana.post(ALL, body).await.expect(201).field("group_id")
        }
    };
    let none = Value::Null;
    assert_eq!(given(Value::Null).await, none, "no default");
    assert_eq!(given(json!(own)).await, json!(own));
    assert_eq!(given(json!(foreign)).await, none, "somebody else's");
    prefer("defaultGroup", own).await;
    assert_eq!(given(Value::Null).await, json!(own), "the default");
    assert_eq!(given(json!(0)).await, none, "explicitly none");
    assert_eq!(given(json!("0")).await, none, "explicitly none, as text");
    let by_uri = ana.post(ALL, json!({ "uri": TOTP, "group_id": 0 })).await.expect(201);
    assert_eq!(by_uri.field("group_id"), json!(own), "with a URI, zero is no choice");
    prefer("defaultGroup", -1).await;
    assert_eq!(given(Value::Null).await, none, "the open group, when none is");
    prefer("activeGroup", own).await;
    assert_eq!(given(Value::Null).await, json!(own), "the open group");
    prefer("defaultGroup", foreign).await;
    assert_eq!(given(Value::Null).await, none, "a default that is somebody else's");
    let unknown = json!({ "account": "a", "otp_type": "totp", "group_id": 999 });
    insta::assert_snapshot!(ana.post(ALL, unknown).await, @r#"422 {"message":"The selected group id is invalid.","errors":{"group_id":["The selected group id is invalid."]}}"#);
}

/// What each body is answered.
pub(super) async fn answers(bodies: impl IntoIterator<Item = Value>) -> String {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let mut answers = Vec::new();
    for body in bodies {
        answers.push(format!("{body}\n  {}", ana.post(ALL, body.clone()).await));
    }
    assert_eq!(ana.get(ALL).await.json(), json!([]), "nothing was stored");
    answers.join("\n")
}

#[tokio::test]
async fn what_is_wrong_with_a_uri_is_said_by_field() {
    let answers = answers([
        json!({ "uri": null }),
        json!({ "uri": 5 }),
        json!({ "uri": "http://example.org" }),
        json!({ "uri": "otpauth://totp/?secret=A4GRFHVV" }),
        json!({ "uri": "otpauth://totp/a" }),
        json!({ "uri": TOTP, "custom_otp": "Steamtotp" }),
        json!({ "uri": TOTP, "custom_otp": null }),
    ]);
    insta::assert_snapshot!(answers.await, @r#"
    {"uri":null}
      422 {"message":"The uri field is required.","errors":{"uri":["The uri field is required."]}}
    {"uri":5}
      422 {
      "message": "The uri field must be a string. (and 1 more error)",
      "errors": {"uri":["The uri field must be a string.","The uri field is not a valid otpauth uri."]}
    }
    {"uri":"http://example.org"}
      422 {
      "message": "The uri field is not a valid otpauth uri.",
      "errors": {"uri":["The uri field is not a valid otpauth uri."]}
    }
    {"uri":"otpauth://totp/?secret=A4GRFHVV"}
      422 {
      "message": "The label field is not a valid otpauth uri.",
      "errors": {"label":["The label field is not a valid otpauth uri."]}
    }
    {"uri":"otpauth://totp/a"}
      422 {"message":"The uri field holds no secret.","errors":{"uri":["The uri field holds no secret."]}}
    {"uri":"otpauth://totp/service:account?secret=A4GRFHVVRBGY7UIW&issuer=service","custom_otp":"Steamtotp"}
      422 {
      "message": "The selected custom otp is invalid.",
      "errors": {"custom_otp":["The selected custom otp is invalid."]}
    }
    {"uri":"otpauth://totp/service:account?secret=A4GRFHVVRBGY7UIW&issuer=service","custom_otp":null}
      422 {
      "message": "The custom otp field must be a string. (and 1 more error)",
      "errors": {"custom_otp":["The custom otp field must be a string.","The selected custom otp is invalid."]}
    }
    "#);
}

#[tokio::test]
async fn what_is_wrong_with_parameters_is_said_by_field() {
    let answers = answers([
        json!({}),
        json!({ "account": "a:b", "service": "c:d", "otp_type": "Xotp", "secret": "1.0" }),
        json!({ "account": "a", "otp_type": "totp", "secret": null }),
        json!({ "account": "a", "otp_type": "totp", "secret": "A4GR FHVV" }),
        json!({ "account": "a", "otp_type": "totp", "secret": 12345 }),
        json!({ "account": "a", "otp_type": "totp", "digits": 4, "period": 0, "counter": -1 }),
        json!({ "account": "a", "otp_type": "totp", "digits": 11, "algorithm": "sha3", "period": "1.5" }),
        json!({ "account": 5, "otp_type": true, "service": ["x"], "icon": 1, "group_id": true }),
        json!({ "account": "a", "otp_type": "totp", "secret": "A4GRFHVV", "algorithm": "md5" }),
    ]);
    insta::assert_snapshot!(answers.await, @r#"
    {}
      422 {
      "message": "The account field is required. (and 1 more error)",
      "errors": {"account":["The account field is required."],"otp_type":["The otp type field is required."]}
    }
    {"account":"a:b","service":"c:d","otp_type":"Xotp","secret":"1.0"}
      422 {
      "message": "The service field must not contain colon. (and 3 more errors)",
      "errors": {"service":["The service field must not contain colon."],"account":["The account field must not contain colon."],"otp_type":["The otp type field is not supported."],"secret":["The secret field must be a base32 encoded string."]}
    }
    {"account":"a","otp_type":"totp","secret":null}
      422 {"message":"The secret field must be a string.","errors":{"secret":["The secret field must be a string."]}}
    {"account":"a","otp_type":"totp","secret":"A4GR FHVV"}
      422 {
      "message": "The secret field must be a base32 encoded string.",
      "errors": {"secret":["The secret field must be a base32 encoded string."]}
    }
    {"account":"a","otp_type":"totp","secret":12345}
      422 {"message":"The secret field must be a string.","errors":{"secret":["The secret field must be a string."]}}
    {"account":"a","otp_type":"totp","digits":4,"period":0,"counter":-1}
      422 {
      "message": "The digits field must be between 5 and 10. (and 2 more errors)",
      "errors": {"digits":["The digits field must be between 5 and 10."],"period":["The period field must be at least 1."],"counter":["The counter field must be at least 0."]}
    }
    {"account":"a","otp_type":"totp","digits":11,"algorithm":"sha3","period":"1.5"}
      422 {
      "message": "The digits field must be between 5 and 10. (and 2 more errors)",
      "errors": {"digits":["The digits field must be between 5 and 10."],"algorithm":["The algorithm sha3 is not supported. Possible are SHA-1, SHA-256, SHA-512."],"period":["The period field must be an integer."]}
    }
    {"account":5,"otp_type":true,"service":["x"],"icon":1,"group_id":true}
      422 {
      "message": "The service field must be a string. (and 5 more errors)",
      "errors": {"service":["The service field must be a string.","The service field must not contain colon."],"account":["The account field must be a string."],"icon":["The icon field must be a string."],"otp_type":["The otp type field is not supported."],"group_id":["The group id field must be an integer."]}
    }
    {"account":"a","otp_type":"totp","secret":"A4GRFHVV","algorithm":"md5"}
      400 {
      "message": "invalid OTP parameters",
      "reason": ["md5 has too short a digest for one-time passwords: use sha1, sha256 or sha512"]
    }
    "#);
}
