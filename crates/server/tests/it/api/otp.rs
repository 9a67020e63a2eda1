//! `GET /api/v1/twofaccounts/{id}/otp` and `POST /api/v1/twofaccounts/otp`.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::accounts::{FULL, HOTP, TOTP, path};
use crate::harness::{TestApp, on_every_engine};

const OTP: &str = "/api/v1/twofaccounts/otp";
const STEAM: &str = "otpauth://totp/Steam:ana?secret=XJGTDRUUKZH3X7TQN2QZUGCGXZCC5LXE&issuer=Steam";

#[tokio::test]
async fn by_id() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let of = async |uri: &str| ana.get(&format!("{}/otp", path(ana.adds(uri).await))).await;
    insta::assert_snapshot!(of(TOTP).await, @r#"200 {"password":"504487","otp_type":"totp","generated_at":1700000000,"period":30,"next_password":"392673"}"#);
    insta::assert_snapshot!(of(FULL).await, @r#"200 {"password":"3147263","otp_type":"totp","generated_at":1700000000,"period":40,"next_password":"2644348"}"#);
    insta::assert_snapshot!(of(STEAM).await, @r#"200 {"password":"RP245","otp_type":"steamtotp","generated_at":1700000000,"period":30,"next_password":"9PBGT"}"#);
    insta::assert_snapshot!(of(HOTP).await, @r#"200 {"password":"866384","otp_type":"hotp","counter":6}"#);
}

#[tokio::test]
async fn a_counter_moves_with_each_code() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let id = ana.adds(HOTP).await;
    for counter in 6..9 {
        assert_eq!(ana.get(&format!("{}/otp", path(id))).await.field("counter"), json!(counter));
        assert_eq!(ana.get(&path(id)).await.field("counter"), json!(counter));
    }
}

#[test]
fn fifty_requests_at_once_get_fifty_codes() {
    on_every_engine(async |engine| {
        let app = engine.start(&[]).await;
        let ana = app.user("ana").await;
        // A second copy on the same database takes half of them.
        let twin = ana.on(&app.again().await);
        let id = ana.adds("otpauth://hotp/a?secret=A4GRFHVVRBGY7UIW&counter=0").await;
        let mut requests = JoinSet::new();
        for number in 0..50 {
            let (ana, twin) = (ana.clone(), twin.clone());
            requests.spawn(async move {
                let answer = if number % 2 == 0 { ana } else { twin }.get(&format!("{}/otp", path(id))).await;
                (answer.field("counter").as_u64().unwrap(), answer.field("password").to_string())
            });
        }
        let codes: BTreeSet<(u64, String)> = requests.join_all().await.into_iter().collect();
        assert!(codes.iter().map(|(counter, _)| *counter).eq(1..=50), "{codes:?}");
        assert_eq!(codes.iter().map(|(_, code)| code).collect::<BTreeSet<_>>().len(), 50);
        assert_eq!(ana.get(&path(id)).await.field("counter"), json!(50));
    });
}

#[tokio::test]
async fn by_uri() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    insta::assert_snapshot!(ana.post(OTP, json!({ "uri": FULL })).await, @r#"200 {"password":"3147263","otp_type":"totp","generated_at":1700000000,"period":40,"next_password":"2644348"}"#);
    insta::assert_snapshot!(ana.post(OTP, json!({ "uri": HOTP })).await, @r#"200 {"password":"866384","otp_type":"hotp","counter":6}"#);
    let steam = json!({ "uri": STEAM, "custom_otp": "steamtotp" });
    insta::assert_snapshot!(ana.post(OTP, steam).await, @r#"200 {"password":"RP245","otp_type":"steamtotp","generated_at":1700000000,"period":30,"next_password":"9PBGT"}"#);
    insta::assert_snapshot!(ana.post(OTP, json!({ "uri": TOTP, "account": "x" })).await, @r#"
    400 {
      "message": "bad request",
      "reason": {"uri":"The uri parameter must be provided alone or only in combination with the 'custom_otp' parameter"}
    }
    "#);
    insta::assert_snapshot!(ana.post(&format!("{OTP}?a=1"), json!({ "uri": TOTP, "custom_otp": "steamtotp" })).await, @r#"
    400 {
      "message": "bad request",
      "reason": {"uri":"The uri parameter must be provided alone or only in combination with the 'custom_otp' parameter"}
    }
    "#);
    insta::assert_snapshot!(ana.post(OTP, json!({ "uri": "otpauth://totp/a" })).await, @r#"422 {"message":"The uri field holds no secret.","errors":{"uri":["The uri field holds no secret."]}}"#);
}

#[tokio::test]
async fn by_parameters() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let asked = |more: Value| {
        let mut body = json!({ "account": "a", "otp_type": "totp", "secret": "A4GRFHVVRBGY7UIW" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ana.post(OTP, body)
    };
    insta::assert_snapshot!(asked(json!({})).await, @r#"200 {"password":"504487","otp_type":"totp","generated_at":1700000000,"period":30,"next_password":"392673"}"#);
    insta::assert_snapshot!(asked(json!({ "algorithm": "sha512", "digits": 8 })).await, @r#"200 {"password":"31548298","otp_type":"totp","generated_at":1700000000,"period":30,"next_password":"89141056"}"#);
    insta::assert_snapshot!(asked(json!({ "digits": "10" })).await, @r#"200 {"password":"0541504487","otp_type":"totp","generated_at":1700000000,"period":30,"next_password":"2046392673"}"#);
    insta::assert_snapshot!(asked(json!({ "otp_type": "hotp", "counter": 0 })).await, @r#"200 {"password":"539470","otp_type":"hotp","counter":1}"#);
    // A form that was opened before its group was deleted still shows a code.
    asked(json!({ "group_id": 999 })).await.expect(200);
    insta::assert_snapshot!(asked(json!({ "otp_type": "TOTP", "algorithm": "SHA1" })).await, @r#"
    422 {
      "message": "The otp type field is not supported. (and 1 more error)",
      "errors": {"otp_type":["The otp type field is not supported."],"algorithm":["The selected algorithm is invalid."]}
    }
    "#);
    insta::assert_snapshot!(asked(json!({ "algorithm": "md5" })).await, @r#"
    400 {
      "message": "invalid OTP parameters",
      "reason": ["md5 has too short a digest for one-time passwords: use sha1, sha256 or sha512"]
    }
    "#);
    insta::assert_snapshot!(asked(json!({ "secret": "A" })).await, @r#"200 {"password":"501315","otp_type":"totp","generated_at":1700000000,"period":30,"next_password":"647021"}"#);
    insta::assert_snapshot!(ana.post(OTP, json!({})).await, @r#"
    422 {
      "message": "The account field is required. (and 1 more error)",
      "errors": {"account":["The account field is required."],"otp_type":["The otp type field is required."]}
    }
    "#);
    asked(json!({ "service": "x", "icon": null, "period": null })).await.expect(200);
    ana.post(OTP, json!({ "account": "a", "otp_type": "totp" })).await.expect(200);
}

#[tokio::test]
async fn a_counter_that_isnt_stored_stays() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let first = ana.post(OTP, json!({ "uri": HOTP })).await.json();
    assert_eq!(ana.post(OTP, json!({ "uri": HOTP })).await.json(), first);
}

#[tokio::test]
async fn missing_foreign_and_nonsense() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let id = bob.adds(HOTP).await;
    insta::assert_snapshot!(ana.get(&format!("{}/otp", path(999))).await, @r#"404 {"message":"not found"}"#);
    insta::assert_snapshot!(ana.get("/api/v1/twofaccounts/abc/otp").await, @r#"404 {"message":"unknowkn endpoint"}"#);
    // While sharing is off, that is what is said, even of an account that was never shared.
    insta::assert_snapshot!(ana.get(&format!("{}/otp", path(id))).await, @r#"403 {"message":"Sharing feature is disabled"}"#);
    app.set("enableSharing", json!(true)).await;
    insta::assert_snapshot!(ana.get(&format!("{}/otp", path(id))).await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);
    bob.shares(id, &ana).await;
    assert_eq!(ana.get(&format!("{}/otp", path(id))).await.expect(200).field("counter"), json!(6));
}
