//! `/api/v1/twofaccounts/migration`.

use serde_json::{Value, json};

use crate::harness::{Answer, Person, TestApp};

const PATH: &str = "/api/v1/twofaccounts/migration";
const LIST: &str = "otpauth://totp/Acme:ana?secret=A4GRFHVVRBGY7UIW\n\notpauth://hotp/x?secret=AAAA&counter=5";

async fn migrate(person: &Person, payload: &str) -> Answer {
    person.post(PATH, json!({ "payload": payload, "withSecret": 1 })).await
}

fn ids(answer: &Answer) -> Vec<i64> {
    answer.json().as_array().unwrap().iter().map(|account| account["id"].as_i64().unwrap()).collect()
}

/// An export of 2FAuth with one account, which has an icon.
fn with_icon(icon: &str, mime: &str) -> String {
    let account = json!({
        "otp_type": "totp", "account": "ana", "service": "Acme", "icon": "x.svg", "icon_mime": mime, "icon_file": icon,
        "secret": "A4GRFHVVRBGY7UIW", "digits": 6, "algorithm": "sha1", "period": 30, "counter": null,
    });
    json!({ "app": "2fauth_v8.0.1", "schema": 1, "data": [account] }).to_string()
}

#[tokio::test]
async fn accounts_are_shown_and_not_added() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    insta::assert_snapshot!(migrate(&ana, LIST).await, @r#"
    200 [
      {"id":0,"group_id":null,"otp_type":"totp","account":"ana","service":"Acme","icon":null,"secret":"A4GRFHVVRBGY7UIW","digits":6,"algorithm":"sha1","period":30,"counter":null},
      {"id":0,"group_id":null,"otp_type":"hotp","account":"x","service":null,"icon":null,"secret":"AAAA====","digits":6,"algorithm":"sha1","period":null,"counter":5}
    ]
    "#);
    let uploaded = ana.upload(PATH, "file", LIST.as_bytes()).await.expect(200);
    assert!(uploaded.json()[0].get("secret").is_none(), "{uploaded}");
    assert_eq!(ana.get("/api/v1/twofaccounts/count").await.field("total"), 0);
}

#[tokio::test]
async fn the_own_accounts_are_known_and_nobody_elses() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.user("ana").await, app.user("ben").await);
    ben.adds("otpauth://totp/Acme:ana?secret=A4GRFHVVRBGY7UIW").await;
    assert_eq!(ids(&migrate(&ana, LIST).await), [0, 0]);
    ana.adds("otpauth://totp/Acme:ana?secret=A4GRFHVVRBGY7UIW").await;
    assert_eq!(ids(&migrate(&ana, LIST).await), [-1, 0]);
    // Another period is no other account, another secret is.
    assert_eq!(ids(&migrate(&ana, "otpauth://totp/Acme:ana?secret=A4GRFHVVRBGY7UIW&period=60").await), [-1]);
    assert_eq!(ids(&migrate(&ana, "otpauth://totp/Acme:ana?secret=A4GRFHVVRBGY7UIX").await), [0]);
    // Twice the same in one file isn't marked.
    let twice = "otpauth://totp/new?secret=AAAA\notpauth://totp/new?secret=AAAA";
    assert_eq!(ids(&migrate(&ana, twice).await), [0, 0]);
}

// compat: the reason stands in the place of the secret.
#[tokio::test]
async fn a_bad_entry_spoils_no_other() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let answer = migrate(&ana, &format!("{LIST}\notpauth://totp/bad?issuer=nosecret")).await;
    assert_eq!(ids(&answer), [0, 0, -2]);
    insta::assert_json_snapshot!(answer.json()[2], @r#"
    {
      "id": -2,
      "group_id": null,
      "otp_type": "totp",
      "account": "- invalid account -",
      "service": "- invalid service -",
      "icon": null,
      "secret": "THE URI HOLDS NO SECRET=",
      "digits": 6,
      "algorithm": "sha1",
      "period": null,
      "counter": null
    }
    "#);
    let french = ana.with("accept-language", "fr").post(PATH, json!({ "payload": "otpauth://totp/bad" })).await;
    insta::assert_snapshot!(french.json()[0]["account"], @r#""- compte invalide -""#);
}

#[tokio::test]
async fn icons_are_kept() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let svg = data_encoding::BASE64.encode(br#"<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><rect/></svg>"#);
    let icon = migrate(&ana, &with_icon(&svg, "image/svg+xml")).await.json()[0]["icon"].clone();
    let served = app.anonymous().get(&format!("/storage/icons/{}", icon.as_str().unwrap())).await.expect(200);
    assert!(!served.text().contains("onload"), "{served}");
    for (icon, mime) in [("AAAA", "image/png"), ("?", "image/png"), (&svg, "text/html"), ("", "image/png")] {
        assert_eq!(migrate(&ana, &with_icon(icon, mime)).await.json()[0]["icon"], Value::Null);
    }
}

#[tokio::test]
async fn what_cannot_be_read_says_so() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    insta::assert_snapshot!(migrate(&ana, "hello").await, @r#"400 {"message":"Data do not match any supported format"}"#);
    let encrypted = json!({ "header": { "slots": [] }, "db": "AAAA" }).to_string();
    insta::assert_snapshot!(migrate(&ana, &encrypted).await, @r#"400 {"message":"Unreadable, the data seem encrypted"}"#);
    insta::assert_snapshot!(migrate(&ana, "otpauth-migration://offline?data=fhQKjeZWxsbw").await, @r#"400 {"message":"Invalid or unreadable Google Authenticator data"}"#);
    let incomplete = json!({ "db": { "entries": [{ "type": "totp", "name": "x" }] } }).to_string();
    insta::assert_snapshot!(migrate(&ana, &incomplete).await, @r#"
    422 {
      "message": "The db.entries.0.issuer field must be present. (and 1 more error)",
      "errors": {"db.entries.0.issuer":["The db.entries.0.issuer field must be present."],"db.entries.0.info":["The db.entries.0.info field must be present."]}
    }
    "#);
    insta::assert_snapshot!(migrate(&ana, "").await, @r#"
    422 {
      "message": "The payload field is required when file is not present. (and 1 more error)",
      "errors": {"payload":["The payload field is required when file is not present."],"file":["The file field is required when payload is not present."]}
    }
    "#);
    insta::assert_snapshot!(ana.upload(PATH, "file", b"").await, @r#"
    422 {
      "message": "The file field must be a file of type: txt, json, csv.",
      "errors": {"file":["The file field must be a file of type: txt, json, csv."]}
    }
    "#);
    insta::assert_snapshot!(ana.upload(PATH, "file", b"\xff\xfe").await, @r#"400 {"message":"Data do not match any supported format"}"#);
    let many = "otpauth://totp/a\n".repeat(10_001);
    insta::assert_snapshot!(migrate(&ana, &many).await, @r#"400 {"message":"The file has more than 10,000 entries: split it."}"#);
}

#[tokio::test]
async fn what_it_says_of_an_account_can_be_added() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for account in migrate(&ana, LIST).await.json().as_array().unwrap() {
        ana.post("/api/v1/twofaccounts", account.clone()).await.expect(201);
    }
    assert_eq!(ids(&migrate(&ana, LIST).await), [-1, -1]);
}
