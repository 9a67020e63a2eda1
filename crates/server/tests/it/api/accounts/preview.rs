//! `POST /api/v1/twofaccounts/preview`.

use serde_json::json;

use super::{ALL, FULL, TOTP};
use crate::harness::TestApp;

const PREVIEW: &str = "/api/v1/twofaccounts/preview";

#[tokio::test]
async fn a_uri_is_shown_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    insta::assert_snapshot!(ana.post(PREVIEW, json!({ "uri": FULL })).await, @r#"
    200 {
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
    let bare = ana.post(&format!("{PREVIEW}?withSecret=0"), json!({ "uri": FULL })).await.expect(200).json();
    assert_eq!(bare.get("secret"), None);
    assert_eq!(ana.get(ALL).await.json(), json!([]));
}

#[tokio::test]
async fn here_a_custom_type_may_be_null_and_in_any_case() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let typed = |custom: serde_json::Value| ana.post(PREVIEW, json!({ "uri": TOTP, "custom_otp": custom }));
    assert_eq!(typed(json!("SteamTOTP")).await.expect(200).field("otp_type"), json!("steamtotp"));
    assert_eq!(typed(json!(null)).await.expect(200).field("otp_type"), json!("totp"));
    insta::assert_snapshot!(typed(json!("yubico")).await, @r#"
    422 {
      "message": "The selected custom otp is invalid.",
      "errors": {"custom_otp":["The selected custom otp is invalid."]}
    }
    "#);
    insta::assert_snapshot!(ana.post(PREVIEW, json!({ "uri": "otpauth://xotp/a" })).await, @r#"
    422 {
      "message": "The uri field is not a valid otpauth uri.",
      "errors": {"uri":["The uri field is not a valid otpauth uri."]}
    }
    "#);
}

#[tokio::test]
async fn more_is_shown_than_may_be_stored() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let shown = async |uri: &str| {
        let shown = ana.post(PREVIEW, json!({ "uri": uri })).await.expect(200).json();
        ["otp_type", "service", "account", "secret"].map(|key| shown[key].clone())
    };
    let secret = "MFRGGZDFMZTWQ2LK";
    for (uri, expected) in [
        ("steam://MFRGGZDFMZTWQ2LK", json!(["steamtotp", "Steam", "", secret])),
        (
            "otpauth://steam/Steam:ana?secret=MFRGGZDFMZTWQ2LK&issuer=Steam",
            json!(["steamtotp", "Steam", "ana", secret]),
        ),
        ("otpauth://totp?secret=MFRGGZDFMZTWQ2LK", json!(["totp", null, "", secret])),
        ("OTPAUTH://TOTP/SHOP:ANA?SECRET=MFRGGZDFMZTWQ2LK", json!(["totp", "SHOP", "ANA", secret])),
        (
            "otpauth://totp/ana@cloud.example.org?secret=MFRGGZDFMZTWQ2LK&issuer=http://cloud.example.org/ (Cloud)",
            json!(["totp", "http://cloud.example.org/ (Cloud)", "ana@cloud.example.org", secret]),
        ),
        ("otpauth://totp/a:b:c?secret=MFRGGZDFMZTWQ2LK", json!(["totp", "a", "b:c", secret])),
    ] {
        assert_eq!(json!(shown(uri).await), expected, "{uri}");
    }
}
