//! `POST /api/v1/qrcode/decode` and `GET /api/v1/twofaccounts/{id}/qrcode`.

use data_encoding::BASE64;
use serde_json::json;

use super::accounts::{TOTP, path};
use crate::harness::TestApp;

const DECODE: &str = "/api/v1/qrcode/decode";

/// A picture among the recorded exchanges' files.
macro_rules! picture {
    ($name:literal) => {
        include_bytes!(concat!("../../../../../contract/recorded/data/", $name)).as_slice()
    };
}

#[tokio::test]
async fn pictures_of_any_format_are_read() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    insta::assert_snapshot!(ana.upload(DECODE, "qrcode", picture!("qr-totp.png")).await, @r#"200 {"data":"otpauth://totp/Acme:alice?secret=A4GRFHVVRBGY7UIW&issuer=Acme Corp&digits=6"}"#);
    let text = ana.upload(DECODE, "qrcode", picture!("qr-totp.png")).await.json();
    for other in [picture!("qr-totp.jpg"), picture!("qr-totp.gif"), picture!("qr-totp.webp"), picture!("qr-totp.bmp")] {
        assert_eq!(ana.upload(DECODE, "qrcode", other).await.expect(200).json(), text);
    }
}

#[tokio::test]
async fn a_part_of_a_text_is_refused() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let part = include_bytes!("../../../../qr/tests/data/split-1-of-3.png");
    insta::assert_snapshot!(ana.upload(DECODE, "qrcode", part).await, @r#"
    400 {
      "message": "The text is split over several QR codes, and not all of them are in the picture. Missing: 2, 3. Put all of them in one picture."
    }
    "#);
}

#[tokio::test]
async fn what_cant_be_read_is_told_apart() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    insta::assert_snapshot!(ana.upload(DECODE, "qrcode", picture!("blank.png")).await, @r#"400 {"message":"Cannot detect a QR code in the image, try to crop the image"}"#);
    insta::assert_snapshot!(ana.upload(DECODE, "qrcode", picture!("notimage.png")).await, @r#"
    422 {
      "message": "Supported format are jpeg, png, bmp, gif, svg, or webp.",
      "errors": {"qrcode":["Supported format are jpeg, png, bmp, gif, svg, or webp."]}
    }
    "#);
    insta::assert_snapshot!(ana.upload(DECODE, "qrcode", picture!("qr.svg")).await, @r#"
    422 {
      "message": "Supported format are jpeg, png, bmp, gif, svg, or webp.",
      "errors": {"qrcode":["Supported format are jpeg, png, bmp, gif, svg, or webp."]}
    }
    "#);
    insta::assert_snapshot!(ana.upload(DECODE, "qrcode", b"").await, @r#"
    422 {
      "message": "Supported format are jpeg, png, bmp, gif, svg, or webp.",
      "errors": {"qrcode":["Supported format are jpeg, png, bmp, gif, svg, or webp."]}
    }
    "#);
    insta::assert_snapshot!(ana.upload(DECODE, "other", picture!("qr-totp.png")).await, @r#"422 {"message":"The qrcode field is required.","errors":{"qrcode":["The qrcode field is required."]}}"#);
    insta::assert_snapshot!(ana.post(DECODE, json!({ "qrcode": "text" })).await, @r#"
    422 {
      "message": "Supported format are jpeg, png, bmp, gif, svg, or webp.",
      "errors": {"qrcode":["Supported format are jpeg, png, bmp, gif, svg, or webp."]}
    }
    "#);
}

#[tokio::test]
async fn a_format_that_cannot_be_read_is_named() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for (brand, name) in [("heic", "HEIC"), ("avif", "AVIF")] {
        let picture = format!("\0\0\0\x18ftyp{brand}\0\0\0\0mif1{brand}");
        let answer = ana.upload(DECODE, "qrcode", picture.as_bytes()).await.expect(400);
        let message = format!(
            "Pictures in the format {name} cannot be read. Save it as PNG or JPEG, or take a screenshot of it."
        );
        assert_eq!(answer.field("message"), message);
    }
}

#[tokio::test]
async fn every_code_of_a_picture_is_read() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let answer = ana.upload(DECODE, "qrcode", include_bytes!("../../../../../ui/e2e/pictures/two-codes.png")).await;
    assert_eq!(answer.expect(200).field("data").as_str().unwrap().lines().count(), 2);
}

#[tokio::test]
async fn an_account_is_drawn_for_its_owner() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let id = ana.adds(TOTP).await;
    let drawn = ana.get(&format!("{}/qrcode", path(id))).await.expect(200).field("qrcode");
    let svg = drawn.as_str().unwrap().strip_prefix("data:image/svg+xml;base64,").unwrap().to_owned();
    let svg = String::from_utf8(BASE64.decode(svg.as_bytes()).unwrap()).unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"), "{svg}");
    insta::assert_snapshot!(ana.get(&format!("{}/qrcode", path(999))).await, @r#"404 {"message":"not found"}"#);
}
