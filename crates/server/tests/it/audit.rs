//! The audit trail in the log.

use serde_json::json;
use tracing::Level;

use crate::harness::{Log, PASSWORD, TestApp};

const SECRET: &str = "A4GRFHVVRBGY7UIW";

fn lines(log: &Log, event: &str) -> Vec<String> {
    log.lines_with(&[" audit", &format!("event=\"{event}\"")])
}

#[tokio::test]
async fn deeds_of_administrators_name_who_did_what_to_whom() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    let log = Log::at(Level::INFO);
    let path = format!("/api/v1/users/{}", ana.id);
    admin.patch(&format!("{path}/promote"), json!({ "is_admin": true })).await.expect(200);
    admin.put("/api/v1/settings/enableSharing", json!({ "value": true })).await.expect(200);
    admin.delete(&format!("{path}/pats")).await.expect(204);
    admin.delete(&path).await.expect(204);
    let trail = log.lines_with(&[" audit", &format!("user={} ", admin.id)]);
    assert_eq!(trail.len(), 4, "{}", log.text());
    for line in trail.iter().filter(|line| !line.contains("enableSharing")) {
        assert!(line.contains("on_name=\"ana\"") && line.contains(&format!("on_id=\"{}\"", ana.id)), "{line}");
    }
    assert!(log.lines_with(&["path=\"/api/v1/settings/enableSharing\"", &format!("user={}", admin.id)]).len() == 1);
}

#[tokio::test]
async fn secrets_that_leave_are_noted_and_not_written_down() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let account = json!({ "account": "planted-name", "otp_type": "totp", "secret": SECRET });
    let id = ana.post("/api/v1/twofaccounts", account).await.expect(201).id();
    let log = Log::at(Level::INFO);
    ana.get(&format!("/api/v1/twofaccounts/export?ids={id}")).await.expect(200);
    ana.get(&format!("/api/v1/twofaccounts/{id}/qrcode")).await.expect(200);
    let trail = log.lines_with(&[" audit", &format!("on_id=\"{id}\""), "name=\"ana\""]);
    assert_eq!(trail.len(), 2, "{}", log.text());
    assert!(!log.text().contains(SECRET) && !log.text().contains("planted-name"), "{}", log.text());
}

#[tokio::test]
async fn sign_ins_and_failed_ones_of_unknown_addresses_too_are_one_line_each() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let log = Log::at(Level::INFO);
    let browser = app.anonymous().with("sec-fetch-site", "same-origin");
    let sign_in = async |email: &str, password: &str| {
        browser.post("/user/login", json!({ "email": email, "password": password })).await.status
    };
    assert_eq!(sign_in(&ana.email, PASSWORD).await, 200);
    assert_eq!(sign_in(&ana.email, "planted-password").await, 401);
    assert_eq!(sign_in("nobody@example.org", "planted-password").await, 401);
    assert_eq!(sign_in("a\n2026 INFO audit event=\"sign_in\"\u{1b}[2J@example.org", "planted-password").await, 422);
    assert_eq!(lines(&log, "sign_in").len(), 1, "{}", log.text());
    let failed = lines(&log, "sign_in.failed");
    assert_eq!(failed.len(), 3, "{}", log.text());
    assert!(failed[0].contains("ana@example.org") && failed[1].contains("nobody@example.org"), "{failed:?}");
    assert!(failed[2].contains("a\\n2026") && failed[2].contains("\\u{1b}"), "{failed:?}");
    assert!(!log.text().contains("planted-password") && !log.text().contains('\u{1b}'), "{}", log.text());
}
