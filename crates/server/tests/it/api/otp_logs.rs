//! `/api/v1/twofaccounts/{id}/otp-logs`.

use http::Method;
use serde_json::json;

use super::shares::{TOTP, lend, sharing};
use crate::harness::TestApp;

#[tokio::test]
async fn the_owner_sees_who_generated_codes() {
    let (app, [ana, bob]) = sharing(["ana", "bob"]).await;
    let account = ana.adds("otpauth://hotp/Acme:ana?secret=A4GRFHVVRBGY7UIW&counter=5").await;
    let [otp, logs] = ["otp", "otp-logs"].map(|route| format!("/api/v1/twofaccounts/{account}/{route}"));
    lend(&ana, account, &bob).await.expect(201);
    insta::assert_snapshot!(ana.get(&logs).await, @"200 []");
    bob.get(&otp).await.expect(200);
    app.advance_seconds(1);
    ana.get(&otp).await.expect(200);
    app.admin().await.delete(&format!("/api/v1/users/{}", bob.id)).await.expect(204);
    insta::assert_snapshot!(ana.get(&logs).await, @r#"
    200 [
      {"requester_name":"bob","requester_email":"bob@example.org","owner_name":"ana","owner_email":"ana@example.org","ip_address":"127.0.0.1","generated_at":"2023-11-14T22:13:20.000000Z","otp_type":"hotp","counter":6},
      {"requester_name":"ana","requester_email":"ana@example.org","owner_name":"ana","owner_email":"ana@example.org","ip_address":"127.0.0.1","generated_at":"2023-11-14T22:13:21.000000Z","otp_type":"hotp","counter":7}
    ]
    "#);
}

#[tokio::test]
async fn the_log_goes_back_some_months_and_ends_with_the_retention() {
    let app = TestApp::with(&[("OTP_LOG_RETENTION", "60")]).await;
    let ana = app.user("ana").await.with_token().await;
    let account = ana.adds(TOTP).await;
    let own = format!("/api/v1/twofaccounts/{account}");
    for _ in 0..4 {
        ana.get(&format!("{own}/otp")).await.expect(200);
        app.advance_seconds(20 * 86_400);
    }
    for (query, expected) in
        [("", 3), ("?period=1", 1), ("?period=2.9", 3), ("?limit=2", 2), ("?limit=-1", 3), ("?period=1&limit=0", 0)]
    {
        let answer = ana.ask(Method::GET, &format!("{own}/otp-logs{query}")).await.expect(200).json();
        let entries = answer.as_array().unwrap();
        assert_eq!(entries.len(), expected, "{query}");
        assert!(entries.iter().all(|entry| entry.get("counter").is_none()));
    }
    let oldest = ana.get(&format!("{own}/otp-logs?limit=1")).await.json();
    assert_eq!(oldest[0]["generated_at"], "2023-12-04T22:13:20.000000Z");
    for query in ["?period=", "?period=x", "?limit=", "?limit=x"] {
        ana.get(&format!("{own}/otp-logs{query}")).await.expect(422);
    }
    let eve = app.user("eve").await;
    eve.get(&format!("{own}/otp-logs?limit=x")).await.expect(422);
    eve.get(&format!("{own}/otp-logs")).await.expect(403);
    eve.get("/api/v1/twofaccounts/99/otp-logs?limit=x").await.expect(404);
    assert_eq!(ana.get(&format!("{own}/otp-logs")).await.json().as_array().map(Vec::len), Some(3));
    assert_eq!(json!([]), ana.get(&format!("{own}/otp-logs?period=0")).await.json());
}
