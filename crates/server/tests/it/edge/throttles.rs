//! The limit on requests to the API (compat 1.6).

use serde_json::json;

use crate::harness::{TestApp, loopback};

const TOTP: &str = "otpauth://totp/a?secret=A4GRFHVVRBGY7UIW";

#[tokio::test]
async fn the_sixth_of_five_is_too_many_for_a_minute() {
    let app = TestApp::with(&[("THROTTLE_API", "5")]).await;
    for left in (0..5).rev() {
        let answer = app.anonymous().get("/api/v1/nothing").await.expect(404);
        assert_eq!(
            [answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining")],
            ["5", &left.to_string()]
        );
    }
    app.advance_seconds(20);
    let refused = app.anonymous().get("/api/v1/user").await;
    insta::assert_snapshot!(refused, @r#"429 {"message":"Too Many Attempts."}"#);
    let limits: Vec<_> = ["retry-after", "x-ratelimit-reset", "x-ratelimit-limit", "x-ratelimit-remaining"]
        .map(|name| refused.header(name))
        .into();
    assert_eq!(limits, ["40", "1700000060", "5", "0"]);
    assert_eq!(refused.header("access-control-allow-origin"), "*");
    app.anonymous().at(loopback(9)).get("/api/v1/user").await.expect(401);
    app.anonymous().get("/refresh-csrf").await.expect(200);
    app.advance_seconds(40);
    app.anonymous().get("/api/v1/user").await.expect(401);
}

#[tokio::test]
async fn it_can_be_off() {
    for off in ["null", "false", "0", ""] {
        let app = TestApp::with(&[("THROTTLE_API", off)]).await;
        for _ in 0..70 {
            let answer = app.anonymous().get("/api/v1/user").await.expect(401);
            assert_eq!(answer.header("x-ratelimit-limit"), "", "{off}");
        }
    }
}

#[tokio::test]
async fn an_import_page_has_more_room_on_the_same_counter() {
    let app = TestApp::with(&[("THROTTLE_API", "5"), ("THROTTLE_API_DURING_IMPORT", "10")]).await;
    let ana = app.user("ana").await.with_token().await;
    for _ in 0..5 {
        ana.get("/api/v1/user").await.expect(200);
    }
    ana.get("/api/v1/user").await.expect(429);
    let create = || {
        ana.post("/api/v1/twofaccounts", json!({ "uri": TOTP })).header("referer", "https://x.example/account/import")
    };
    for _ in 0..10 {
        create().await.expect(201);
    }
    create().await.expect(429);
    ana.get("/api/v1/user").await.expect(429);
}

#[tokio::test]
async fn creations_beyond_the_limit_block_other_requests() {
    let app = TestApp::with(&[("THROTTLE_API", "3")]).await;
    let ana = app.user("ana").await.with_token().await;
    for _ in 0..4 {
        let create = ana.post("/api/v1/twofaccounts", json!({ "uri": TOTP }));
        create.header("referer", "https://x.example/2fa/account/import").await.expect(201);
    }
    ana.get("/api/v1/user").await.expect(429);
    ana.get("/api/v1/user").header("referer", "https://x.example/account/import").await.expect(429);
}

#[tokio::test]
async fn behind_a_trusted_proxy_clients_count_apart() {
    let app = TestApp::with(&[("THROTTLE_API", "1"), ("TRUSTED_PROXIES", "127.0.0.2")]).await;
    let client =
        |ip: &str, peer: u8| app.anonymous().at(loopback(peer)).get("/api/v1/user").header("x-forwarded-for", ip);
    client("192.0.2.1", 2).await.expect(401);
    client("192.0.2.1", 2).await.expect(429);
    client("192.0.2.2", 2).await.expect(401);
    // What a client wrote itself stands further left.
    client("192.0.2.9, 192.0.2.1", 2).await.expect(429);
    // Nobody else is believed.
    client("192.0.2.3", 7).await.expect(401);
    client("192.0.2.4", 7).await.expect(429);
}

#[tokio::test]
async fn strangers_at_the_same_address_lock_no_user_out() {
    let app = TestApp::with(&[("THROTTLE_API", "3")]).await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await.with_token().await);
    for _ in 0..4 {
        app.anonymous().get("/api/v1/user").await;
    }
    app.anonymous().get("/api/v1/user").await.expect(429);
    for user in [&ana, &bob] {
        for left in ["2", "1", "0"] {
            assert_eq!(user.get("/api/v1/user").await.expect(200).header("x-ratelimit-remaining"), left);
        }
        let refused = user.get("/api/v1/user").await.expect(429);
        assert_eq!([refused.header("x-ratelimit-remaining"), refused.header("retry-after")], ["0", "60"]);
        user.clone().at(loopback(9)).get("/api/v1/user").await.expect(429);
    }
}

#[tokio::test]
async fn credentials_that_are_nobodys_count_for_the_address() {
    let app = TestApp::with(&[("THROTTLE_API", "3")]).await;
    let guess = || app.anonymous().get("/api/v1/user").header("authorization", "Bearer wrong");
    for _ in 0..3 {
        guess().await.expect(401);
    }
    guess().await.expect(429);
    app.anonymous().get("/api/v1/nothing").await.expect(429);
}

#[tokio::test]
async fn a_private_peer_that_reports_addresses_without_being_trusted_is_shown_to_administrators() {
    let app = TestApp::with(&[("TRUSTED_PROXIES", "127.0.0.2")]).await;
    let admin = app.admin().await;
    let subjects = async || {
        let report = admin.get("/system/proxy").await.expect(200).json();
        let advice = report["advice"].as_array().unwrap().clone();
        advice.into_iter().map(|advice| (advice["code"].clone(), advice["subject"].clone())).collect::<Vec<_>>()
    };
    let forwarded = |peer: u8| app.anonymous().at(loopback(peer)).get("/up").header("x-forwarded-for", "192.0.2.1");
    forwarded(2).await.expect(200);
    assert_eq!(subjects().await, []);
    forwarded(7).await.expect(200);
    forwarded(7).await.expect(200);
    assert_eq!(subjects().await, [(json!("unnamed_proxy"), json!("127.0.0.7"))]);
}
