//! `/api/v1/user`.

use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn the_old_route_of_the_name_says_that_it_is_old() {
    let answer = TestApp::start().await.anonymous().get("/api/v1/user/name").await;
    insta::assert_snapshot!(answer, @r#"200 {"deprecation":true}"#);
    insta::assert_snapshot!(answer.header("deprecation"), @"Tue, 21 Mar 2023 22:13:20 GMT");
}

#[tokio::test]
async fn the_user_is_whoever_asks() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    insta::assert_snapshot!(ana.get("/api/v1/user").await, @r#"
    200 {
      "id": 1,
      "name": "ana",
      "email": "ana@example.org",
      "oauth_provider": null,
      "authenticated_by_proxy": false,
      "preferences": {"showOtpAsDot":false,"showNextOtp":true,"revealDottedOTP":false,"closeOtpOnCopy":false,"copyOtpOnDisplay":false,"clearSearchOnCopy":false,"useBasicQrcodeReader":false,"displayMode":"list","showAccountsIcons":true,"iconSource":"logolib","iconCollection":"selfh","iconPack":null,"iconVariant":"regular","iconVariantStrictFetch":false,"kickUserAfter":15,"activeGroup":0,"useGroupChips":true,"showVirtualChips":true,"rememberActiveGroup":true,"viewDefaultGroupOnCopy":false,"defaultGroup":0,"defaultCaptureMode":"livescan","useDirectCapture":false,"useWebauthnOnly":false,"getOfficialIcons":true,"theme":"system","formatPassword":true,"formatPasswordBy":0.5,"lang":"browser","getOtpOnRequest":true,"notifyOnNewAuthDevice":false,"notifyOnFailedLogin":false,"notifyOnOwnershipTransfer":true,"notifyOnShare":true,"timezone":"UTC","sortOrder":"asc","sortCaseSensitive":false,"autoCloseTimeout":2,"AutoSaveQrcodedAccount":false,"showEmailInFooter":true,"showQuickNavMenus":true},
      "appSettings": {"enableSharing":false,"enableAllUsersSharingScope":false},
      "is_admin": false
    }
    "#);
    assert_eq!(ana.with_token().await.get("/api/v1/user").await.json(), ana.get("/api/v1/user").await.json());
}

#[tokio::test]
async fn the_user_behind_a_proxy_says_so() {
    let app = TestApp::behind_proxy(&[]).await;
    let answer = app.proxied("ana").get("/api/v1/user").await;
    assert_eq!((answer.field("name"), answer.field("authenticated_by_proxy")), (json!("ana"), json!(true)));
}
