//! `/api/v1/twofaccounts/export`.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::shares::{TOTP, lend, sharing};
use crate::harness::{Person, TestApp};

/// The exported accounts.
async fn exported(who: &Person, query: &str) -> Vec<Value> {
    let answer = who.get(&format!("/api/v1/twofaccounts/export?ids={query}")).await.expect(200);
    answer.field("data").as_array().unwrap().clone()
}

#[tokio::test]
async fn an_export_has_everything() {
    let ana = TestApp::start().await.user("ana").await;
    ana.adds("otpauth://totp/Acme:ana?secret=a4grfhvvrbgy7ui&issuer=Acme&algorithm=SHA256&digits=8").await;
    insta::assert_snapshot!(ana.get("/api/v1/twofaccounts/export?ids=1").await, @r#"
    200 {
      "app": "2fauth_v8.0.1",
      "schema": 1,
      "datetime": "2023-11-14T22:13:20.000000Z",
      "data": [{"otp_type":"totp","account":"ana","service":"Acme","icon":null,"icon_mime":null,"icon_file":null,"secret":"A4GRFHVVRBGY7UI=","digits":8,"algorithm":"sha256","period":30,"counter":null,"legacy_uri":"otpauth://totp/Acme:ana?secret=a4grfhvvrbgy7ui&issuer=Acme&algorithm=SHA256&digits=8"}]
    }
    "#);
}

#[tokio::test]
async fn an_icon_is_exported_with_its_content() {
    for in_database in [false, true] {
        let app = TestApp::start().await;
        app.set("storeIconsInDatabase", json!(in_database)).await;
        let ana = app.user("ana").await;
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>"#;
        let kept = ana.upload("/api/v1/icons", "icon", svg).await.expect(201).field("filename");
        for icon in [&kept, &json!("gone.png"), &json!("../gone.png"), &json!(null), &kept] {
            let account = json!({ "account": "ana", "icon": icon, "otp_type": "totp", "secret": "A4GRFHVVRBGY7UIW" });
            ana.post("/api/v1/twofaccounts", account).await.expect(201);
        }
        let served = ana.get(&format!("/storage/icons/{}", kept.as_str().unwrap())).await.expect(200);
        let with_file = [kept, json!("image/svg+xml"), json!(BASE64.encode(&served.body))];
        let icons: Vec<_> = exported(&ana, "5,4,3,2,1")
            .await
            .iter()
            .map(|account| ["icon", "icon_mime", "icon_file"].map(|key| account[key].clone()))
            .collect();
        let without_file = |name: Value| [name, Value::Null, Value::Null];
        let expected = [
            with_file.clone(),
            without_file(json!("gone.png")),
            without_file(json!("../gone.png")),
            without_file(json!(null)),
            with_file,
        ];
        assert_eq!(icons, expected, "in the database: {in_database}");
    }
}

#[tokio::test]
async fn uris_can_be_read_back() {
    let ana = TestApp::start().await.user("ana").await;
    let uris = [
        "otpauth://totp/AT%26T%20%2B%20Co:an%23a?issuer=AT%26T%20%2B%20Co&secret=A4GRFHVVRBGY7UIW",
        "otpauth://hotp/ana?counter=7&digits=8&secret=A4GRFHVVRBGY7UIW",
    ];
    for uri in uris {
        ana.adds(uri).await;
    }
    let answer = ana.get("/api/v1/twofaccounts/export?ids=1,2&otpauth=1").await.json();
    assert_eq!(answer["data"], json!(uris.map(|uri| json!({ "uri": uri }))));
    assert!(answer.get("schema").is_none());
    assert_eq!(answer["app"], "2fauth_v8.0.1");
}

/// Adds an account as an import page does.
async fn import(who: &Person, service: Value, name: &str) -> i64 {
    let body = json!({ "service": service, "account": name, "otp_type": "totp", "secret": "A4GRFHVVRBGY7UIW" });
    who.clone()
        .with("referer", "https://x.example/account/import")
        .post("/api/v1/twofaccounts", body)
        .await
        .expect(201)
        .id()
}

#[tokio::test]
async fn names_with_colons_go_out_and_come_back() {
    let ana = TestApp::start().await.user("ana").await;
    import(&ana, json!("Router"), "ana:admin").await;
    import(&ana, json!(null), "https://nas.example.org:5001").await;
    import(&ana, json!("Cloud: Work"), "ana").await;
    ana.adds(TOTP).await;
    for form in ["0", "1"] {
        let export =
            ana.get(&format!("/api/v1/twofaccounts/export?ids=1,2,3,4&otpauth={form}")).await.expect(200).json();
        let read = ana.post("/api/v1/twofaccounts/migration", json!({ "payload": export.to_string() })).await;
        let names: Vec<_> = read
            .json()
            .as_array()
            .unwrap()
            .iter()
            .map(|it| [&it["id"], &it["service"], &it["account"]].map(Clone::clone))
            .collect();
        let expected = [
            [json!(-1), json!("Router"), json!("ana:admin")],
            [json!(-1), json!(null), json!("https://nas.example.org:5001")],
            [json!(-1), json!("Cloud: Work"), json!("ana")],
        ];
        assert_eq!(names[..3], expected, "otpauth={form}");
    }
    let uris = exported(&ana, "1&otpauth=1").await;
    assert_eq!(uris[0]["uri"], "otpauth://totp/Router:ana%3Aadmin?issuer=Router&secret=A4GRFHVVRBGY7UIW");
    let legacy = &exported(&ana, "1").await[0]["legacy_uri"];
    assert_eq!(legacy, "otpauth://totp/Router%3Aana%3Aadmin?issuer=Router&secret=A4GRFHVVRBGY7UIW");
}

#[tokio::test]
async fn an_account_that_no_uri_can_hold_is_left_out_and_told() {
    let ana = TestApp::start().await.user("ana").await;
    let padding = json!({ "account": "a", "otp_type": "totp", "secret": "====" });
    let hollow = ana.post("/api/v1/twofaccounts", padding).await.expect(201).id();
    let whole = ana.adds(TOTP).await;
    let answer = ana.get(&format!("/api/v1/twofaccounts/export?ids={hollow},{whole}&otpauth=1")).await.expect(200);
    assert_eq!(answer.field("data").as_array().unwrap().len(), 1);
    assert_eq!(answer.headers["sixpin-left-out"], hollow.to_string());
    ana.get(&format!("/api/v1/twofaccounts/export?ids={hollow}&otpauth=1")).await.expect(400);
}

#[tokio::test]
async fn all_that_is_asked_for_must_be_owned() {
    let (_, [ana, bob]) = sharing(["ana", "bob"]).await;
    let [own, borrowed] = [ana.adds(TOTP).await, bob.adds(TOTP).await];
    lend(&bob, borrowed, &ana).await.expect(201);
    assert_eq!(exported(&ana, &format!("{own},99")).await.len(), 1);
    assert_eq!(exported(&ana, "99").await.len(), 0);
    ana.get(&format!("/api/v1/twofaccounts/export?ids={own},{borrowed}")).await.expect(403);
    let many = |count| vec![borrowed.to_string(); count].join(",");
    ana.get(&format!("/api/v1/twofaccounts/export?ids={}", many(99))).await.expect(403);
    ana.get(&format!("/api/v1/twofaccounts/export?ids={}", many(100))).await.expect(400);
    ana.get(&format!("/api/v1/twofaccounts/export?ids={},", many(100))).await.expect(422);
}

#[tokio::test]
async fn the_form_is_a_truth_value() {
    let ana = TestApp::start().await.user("ana").await;
    ana.adds(TOTP).await;
    for (value, as_uris) in [("1", true), ("0", false)] {
        let answer = exported(&ana, &format!("1&otpauth={value}")).await;
        assert_eq!(answer[0].get("uri").is_some(), as_uris, "{value}");
    }
    for value in ["", "2", "0.1", "01", "true", "yes"] {
        ana.get(&format!("/api/v1/twofaccounts/export?ids=1&otpauth={value}")).await.expect(422);
    }
    let answer = ana.get("/api/v1/twofaccounts/export?otpauth=x").await.expect(422);
    assert_eq!(answer.field("errors").as_object().unwrap().len(), 2);
}
