//! The headers of every kind of answer.

use serde_json::json;

use crate::harness::{TestApp, loopback};

/// Status and headers without the cookies, whose attributes are tested where they belong.
fn head(answer: &crate::harness::Answer) -> String {
    let head = answer.head();
    head.lines().filter(|line| !line.starts_with("set-cookie")).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn of_the_api() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    insta::assert_snapshot!(head(&ana.get("/api/v1/twofaccounts?withSecret=1").await), @"
    200
    access-control-allow-origin: *
    cache-control: private, no-store
    content-security-policy: default-src 'none'; frame-ancestors 'none'
    content-type: application/json
    cross-origin-opener-policy: same-origin
    permissions-policy: camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)
    referrer-policy: same-origin
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
    insta::assert_snapshot!(head(&app.anonymous().get("/api/v1/user").await), @"
    401
    access-control-allow-origin: *
    cache-control: private, no-store
    content-security-policy: default-src 'none'; frame-ancestors 'none'
    content-type: application/json
    cross-origin-opener-policy: same-origin
    permissions-policy: camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)
    referrer-policy: same-origin
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
    insta::assert_snapshot!(head(&ana.delete("/api/v1/user").await), @"
    405
    access-control-allow-origin: *
    allow: GET,HEAD
    cache-control: private, no-store
    content-security-policy: default-src 'none'; frame-ancestors 'none'
    content-type: application/json
    cross-origin-opener-policy: same-origin
    permissions-policy: camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)
    referrer-policy: same-origin
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
}

#[tokio::test]
async fn of_the_pages() {
    let app = TestApp::start().await;
    insta::assert_snapshot!(head(&app.anonymous().get("/accounts").await), @"
    200
    cache-control: no-store
    content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'
    content-type: text/html; charset=utf-8
    cross-origin-opener-policy: same-origin
    permissions-policy: camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)
    referrer-policy: same-origin
    vary: accept-encoding
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
    insta::assert_snapshot!(head(&app.anonymous().get("/refresh-csrf").await), @"
    200
    cache-control: private, no-store
    content-security-policy: default-src 'none'; frame-ancestors 'none'
    content-type: text/html; charset=utf-8
    cross-origin-opener-policy: same-origin
    permissions-policy: camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)
    referrer-policy: same-origin
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
    insta::assert_snapshot!(head(&app.anonymous().post("/user/login", json!({})).await), @"
    419
    cache-control: private, no-store
    content-security-policy: default-src 'none'; frame-ancestors 'none'
    content-type: application/json
    cross-origin-opener-policy: same-origin
    permissions-policy: camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)
    referrer-policy: same-origin
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
}

#[tokio::test]
async fn of_files() {
    let app = TestApp::start().await;
    insta::assert_snapshot!(head(&app.anonymous().get("/up").await), @"
    200
    cache-control: private, no-store
    content-security-policy: default-src 'none'; frame-ancestors 'none'
    content-type: text/html; charset=utf-8
    cross-origin-opener-policy: same-origin
    permissions-policy: camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)
    referrer-policy: same-origin
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
    insta::assert_snapshot!(head(&app.anonymous().get("/manifest.json").await), @"
    200
    cache-control: private, no-store
    content-security-policy: default-src 'none'; frame-ancestors 'none'
    content-type: application/json
    cross-origin-opener-policy: same-origin
    permissions-policy: camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)
    referrer-policy: same-origin
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
    insta::assert_snapshot!(head(&app.anonymous().get("/assets/gone.js").await), @"
    404
    cache-control: private, no-store
    content-security-policy: default-src 'none'; frame-ancestors 'none'
    content-type: application/json
    cross-origin-opener-policy: same-origin
    permissions-policy: camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)
    referrer-policy: same-origin
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
    insta::assert_snapshot!(head(&app.anonymous().get("/robots.txt").await), @"
    200
    cache-control: private, no-store
    content-security-policy: default-src 'none'; frame-ancestors 'none'
    content-type: text/plain; charset=utf-8
    cross-origin-opener-policy: same-origin
    permissions-policy: camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)
    referrer-policy: same-origin
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
}

#[tokio::test]
async fn strict_transport_is_demanded_where_the_request_came_by_https() {
    let app = TestApp::with(&[("TRUSTED_PROXIES", "127.0.0.2")]).await;
    let asked =
        |last: u8, proto: &str| app.anonymous().at(loopback(last)).get("/up").header("x-forwarded-proto", proto);
    assert_eq!(asked(2, "https").await.header("strict-transport-security"), "max-age=31536000");
    assert_eq!(asked(2, "http").await.header("strict-transport-security"), "");
    assert_eq!(asked(9, "https").await.header("strict-transport-security"), "");
}
