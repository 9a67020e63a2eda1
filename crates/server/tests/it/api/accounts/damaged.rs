//! URIs, secrets and names as pages, mails and other programs leave them.

use serde_json::{Value, json};

use super::ALL;
use super::create::answers;
use crate::harness::TestApp;

/// A URI with `more` after its secret, for ana at Shop.
fn shop(more: &str) -> Value {
    json!({ "uri": format!("otpauth://totp/Shop:ana?secret=MFRGGZDFMZTWQ2LK{more}") })
}

#[tokio::test]
async fn a_uri_that_a_page_damaged_is_read_rightly_everywhere() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for more in [
        "&amp;issuer=Shop&amp;digits=8&amp;period=60&amp;algorithm=SHA-256",
        "&#38;issuer=Shop&#38;digits=8&#38;period=60&#38;algorithm=HmacSHA256",
        "?issuer=Shop?digits=8?period=60?algorithm=sha256",
    ] {
        for operation in ["", "/preview"] {
            let read = ana.post(&format!("{ALL}{operation}"), shop(more)).await.json();
            let read = ["service", "secret", "digits", "period", "algorithm"].map(|key| read[key].clone());
            assert_eq!(
                read,
                [json!("Shop"), json!("MFRGGZDFMZTWQ2LK"), json!(8), json!(60), json!("sha256")],
                "{more}"
            );
        }
        let code = ana.post(&format!("{ALL}/otp"), shop(more)).await.expect(200);
        assert_eq!((code.field("period"), code.field("password").as_str().unwrap().len()), (json!(60), 8), "{more}");
    }
}

#[tokio::test]
async fn a_uri_that_cannot_be_repaired_says_why() {
    let answers = answers([
        shop("?foo=bar"),
        shop("&algorithm=SHA3-256"),
        shop("&algorithm=HmacSHA1"),
        shop("&issuer=Cloud:%20Work"),
        json!({ "account": "a", "otp_type": "totp", "secret": "A4GRFHVV", "algorithm": "SHA-224" }),
    ]);
    insta::assert_snapshot!(answers.await, @r#"
    {"uri":"otpauth://totp/Shop:ana?secret=MFRGGZDFMZTWQ2LK?foo=bar"}
      422 {
      "message": "The uri field is damaged: its secret contains “?”. Copy it again.",
      "errors": {"uri":["The uri field is damaged: its secret contains “?”. Copy it again."]}
    }
    {"uri":"otpauth://totp/Shop:ana?secret=MFRGGZDFMZTWQ2LK&algorithm=SHA3-256"}
      422 {
      "message": "The algorithm SHA3-256 is not supported. Possible are SHA-1, SHA-256, SHA-512.",
      "errors": {"uri":["The algorithm SHA3-256 is not supported. Possible are SHA-1, SHA-256, SHA-512."]}
    }
    {"uri":"otpauth://totp/Shop:ana?secret=MFRGGZDFMZTWQ2LK&algorithm=HmacSHA1"}
      422 {"message":"The selected uri is invalid.","errors":{"uri":["The selected uri is invalid."]}}
    {"uri":"otpauth://totp/Shop:ana?secret=MFRGGZDFMZTWQ2LK&issuer=Cloud:%20Work"}
      422 {
      "message": "The uri field names a service or an account with a colon, which is not allowed here. Take the colon out, or import the account.",
      "errors": {"uri":["The uri field names a service or an account with a colon, which is not allowed here. Take the colon out, or import the account."]}
    }
    {"account":"a","otp_type":"totp","secret":"A4GRFHVV","algorithm":"SHA-224"}
      422 {
      "message": "The algorithm sha224 is not supported. Possible are SHA-1, SHA-256, SHA-512.",
      "errors": {"algorithm":["The algorithm sha224 is not supported. Possible are SHA-1, SHA-256, SHA-512."]}
    }
    "#);
}

#[tokio::test]
async fn invisible_characters_are_no_part_of_a_secret_or_a_name() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let body = json!({
        "service": "\u{ad}Shop\u{2060}", "account": "\u{200b}ana", "otp_type": "totp",
        "secret": "\u{2060}GJTG\u{200b}C5LUNA\u{feff}", "algorithm": "HMAC-SHA-512",
    });
    let made = ana.post(ALL, body).await.expect(201);
    let made = ["service", "account", "secret", "algorithm"].map(|key| made.field(key));
    assert_eq!(made, ["Shop", "ana", "GJTGC5LUNA======", "sha512"].map(|text| json!(text)));
}

#[tokio::test]
async fn an_import_page_may_bring_names_with_colons_which_stay() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let mut account = json!({
        "service": "Cloud: Work", "account": "ana:admin", "icon": null, "otp_type": "totp",
        "secret": "A4GRFHVVRBGY7UIW", "digits": 6, "algorithm": "sha1", "period": 30, "counter": null,
    });
    ana.post(ALL, account.clone()).await.expect(422);
    let id = ana
        .clone()
        .with("referer", "https://x.example/account/import")
        .post(ALL, account.clone())
        .await
        .expect(201)
        .id();
    account["digits"] = json!(8);
    assert_eq!(ana.put(&format!("{ALL}/{id}"), account.clone()).await.expect(200).field("digits"), 8);
    account["account"] = json!("ana:root");
    ana.put(&format!("{ALL}/{id}"), account.clone()).await.expect(422);
    account["account"] = json!("ana");
    ana.put(&format!("{ALL}/{id}"), account.clone()).await.expect(200);
    let bob = app.user("bob").await;
    account["account"] = json!("x:y");
    bob.put(&format!("{ALL}/{id}"), account.clone()).await.expect(422);
    account["account"] = json!("x");
    // Whether the service is the present one isn't told to others.
    bob.put(&format!("{ALL}/{id}"), account).await.expect(422);
    ana.get(&format!("{ALL}/{id}/qrcode")).await.expect(200);
    ana.get(&format!("{ALL}/{id}/otp")).await.expect(200);
}
