//! `GET /api/v1/twofaccounts` and `GET /api/v1/twofaccounts/{id}`.

use serde_json::{Value, json};

use super::{ALL, FULL, HOTP, TOTP, path};
use crate::harness::TestApp;

#[tokio::test]
async fn a_list_has_secrets_and_codes_on_request() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    assert_eq!(ana.get(ALL).await.json(), json!([]));
    ana.adds(TOTP).await;
    ana.adds(HOTP).await;
    insta::assert_snapshot!(ana.get(ALL).await, @r#"
    200 [
      {"id":1,"group_id":null,"otp_type":"totp","account":"account","service":"service","icon":null,"digits":6,"algorithm":"sha1","period":30,"counter":null},
      {"id":2,"group_id":null,"otp_type":"hotp","account":"account","service":"service","icon":null,"digits":6,"algorithm":"sha1","period":null,"counter":5}
    ]
    "#);
    let full = ana.get(&format!("{ALL}?withSecret=1&withOtp=1")).await.json();
    insta::assert_snapshot!(full[0], @r#"{"id":1,"group_id":null,"otp_type":"totp","account":"account","service":"service","icon":null,"secret":"A4GRFHVVRBGY7UIW","digits":6,"algorithm":"sha1","period":30,"counter":null,"otp":{"password":"504487","generated_at":1700000000,"next_password":"392673"}}"#);
    assert_eq!(full[1]["secret"], json!("A4GRFHVVRBGY7UIW"));
    assert_eq!(full[1].get("otp"), None, "a counter doesn't move by being looked at");
}

#[tokio::test]
async fn with_secret_is_a_truth_value_and_with_otp_is_there_or_not() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    ana.adds(TOTP).await;
    for (query, secret, otp) in [
        ("withSecret=1", true, false),
        ("withSecret=true", true, false),
        ("withSecret=ON", true, false),
        ("withSecret=0", false, false),
        ("withSecret=false", false, false),
        ("withSecret=", false, false),
        ("withSecret=2", false, false),
        ("withOtp=1", false, true),
        ("withOtp=0", false, true),
        ("withOtp=false", false, true),
        ("withOtp", false, true),
    ] {
        let list = ana.get(&format!("{ALL}?{query}")).await.json();
        let found = (list[0].get("secret").is_some(), list[0].get("otp").is_some());
        assert_eq!(found, (secret, otp), "{query}");
    }
}

#[tokio::test]
async fn a_single_account_has_its_secret_unless_told_otherwise() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let id = ana.adds(FULL).await;
    insta::assert_snapshot!(ana.get(&path(id)).await, @r#"
    200 {
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
    let bare = ana.get(&format!("{}?withSecret=0&withOtp=1&at=1700000100", path(id))).await.json();
    assert_eq!(bare.get("secret"), None);
    insta::assert_snapshot!(bare["otp"], @r#"{"password":"2919164","generated_at":1700000100,"next_password":"8983996"}"#);
}

#[tokio::test]
async fn ids_narrow_the_list_and_open_nothing() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let (one, two, foreign) = (ana.adds(TOTP).await, ana.adds(TOTP).await, bob.adds(TOTP).await);
    let listed = ana.get(&format!("{ALL}?ids={two},{foreign},999")).await.json();
    assert_eq!(ids(&listed), [two]);
    assert_eq!(ids(&ana.get(ALL).await.json()), [one, two]);
    for wrong in ["", "1,", ",1", "a", "1.5", "1 2", "-1"] {
        let answer = ana.get(&format!("{ALL}?ids={}", wrong.replace(' ', "%20"))).await;
        assert_eq!(answer.status, 422, "{wrong}: {answer}");
    }
    insta::assert_snapshot!(ana.get(&format!("{ALL}?ids=1,2,")).await, @r#"
    422 {
      "message": "IDs must be comma separated, without trailing comma.",
      "errors": {"ids":["IDs must be comma separated, without trailing comma."]}
    }
    "#);
    insta::assert_snapshot!(ana.get(&format!("{ALL}?ids[]=1")).await, @r#"
    422 {
      "message": "The ids field must be a string. (and 1 more error)",
      "errors": {"ids":["The ids field must be a string.","IDs must be comma separated, without trailing comma."]}
    }
    "#);
    let many = vec!["1"; 150].join(",");
    ana.get(&format!("{ALL}?ids={many}")).await.expect(200);
}

#[tokio::test]
async fn missing_and_foreign_accounts() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let foreign = bob.adds(TOTP).await;
    insta::assert_snapshot!(ana.get(&path(foreign)).await, @r#"403 {"message":"forbidden","reason":"This action is unauthorized."}"#);
    insta::assert_snapshot!(ana.get(&path(999)).await, @r#"404 {"message":"not found"}"#);
    for nothing in ["abc", "1.0", "-1", "99999999999999999999", "%31x", "otp"] {
        let answer = ana.get(&format!("{ALL}/{nothing}")).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(answer, @r#"404 {"message":"not found"}"#);
        }
    }
}

#[tokio::test]
async fn a_borrower_sees_no_secret_whatever_they_ask_for() {
    let app = TestApp::start().await;
    app.set("enableSharing", json!(true)).await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let id = ana.adds(TOTP).await;
    ana.shares(id, &bob).await;
    insta::assert_snapshot!(bob.get(&format!("{}?withSecret=1&withOtp=1", path(id))).await, @r#"
    200 {
      "id": 1,
      "group_id": null,
      "is_borrowed": true,
      "borrowed_by": "ana",
      "otp_type": "totp",
      "account": "account",
      "service": "service",
      "icon": null,
      "digits": 6,
      "algorithm": "sha1",
      "period": 30,
      "counter": null,
      "otp": {"password":"504487","generated_at":1700000000,"next_password":"392673"}
    }
    "#);
    assert_eq!(bob.get(&format!("{ALL}?withSecret=1")).await.json()[0].get("secret"), None);
    assert_eq!(ana.get(&path(id)).await.json()["is_shared"], json!(true));
    app.set("enableSharing", json!(false)).await;
    bob.get(&path(id)).await.expect(403);
    assert_eq!(bob.get(ALL).await.json(), json!([]));
    assert_eq!(ana.get(&path(id)).await.json().get("is_shared"), None);
}

#[tokio::test]
async fn an_icon_is_named_only_while_its_file_is_there() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let body = json!({ "account": "a", "otp_type": "totp", "secret": "A4GRFHVV", "icon": "gone.png" });
    assert_eq!(ana.post(ALL, body).await.expect(201).field("icon"), Value::Null);
}

fn ids(list: &Value) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|account| account["id"].as_i64().unwrap()).collect()
}
