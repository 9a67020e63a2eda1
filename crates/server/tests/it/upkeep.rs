//! What is past its time is removed.

use std::time::{Duration, SystemTime};

use jiff::SignedDuration;
use serde_json::json;
use sixpin::upkeep;

use crate::harness::{Person, TestApp};

const PICTURE: &[u8] = include_bytes!("../../../../contract/recorded/data/qr-totp.png");

/// The names of two uploaded icons, of which an account has the first.
async fn two_icons(ana: &Person) -> [String; 2] {
    let mut names = [const { String::new() }; 2];
    for name in &mut names {
        let uploaded = ana.upload("/api/v1/icons", "icon", PICTURE).await.expect(201).json();
        uploaded["filename"].as_str().unwrap().clone_into(name);
    }
    let account = json!({ "account": "a", "otp_type": "totp", "icon": names[0] });
    ana.post("/api/v1/twofaccounts", account).await.expect(201);
    names
}

/// Whether the icons are served.
async fn served(ana: &Person, names: &[String; 2]) -> [bool; 2] {
    let mut served = [false; 2];
    for (name, served) in names.iter().zip(&mut served) {
        *served = ana.get(&format!("/storage/icons/{name}")).await.status == 200;
    }
    served
}

#[tokio::test]
async fn an_icon_in_the_database_that_nobody_uses_goes_after_a_day() {
    let app = TestApp::start().await;
    app.set("storeIconsInDatabase", json!(true)).await;
    let ana = app.user("ana").await;
    let names = two_icons(&ana).await;
    app.advance(SignedDuration::from_hours(23));
    upkeep::remove_expired(&app, Duration::ZERO).await.unwrap();
    assert_eq!(served(&ana, &names).await, [true, true], "somebody may still be filling in the form");
    app.advance(SignedDuration::from_hours(2));
    upkeep::remove_expired(&app, Duration::ZERO).await.unwrap();
    assert_eq!(served(&ana, &names).await, [true, false]);
}

#[tokio::test]
async fn an_icon_file_that_nobody_uses_goes_after_a_day() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let names = two_icons(&ana).await;
    let folder = app.config.data_dir.join("icons");
    let unfinished = folder.join(".new-a.png");
    std::fs::write(&unfinished, PICTURE).unwrap();
    // Files have the machine's time, whatever the test's clock says.
    let written = |hours_ago: u64| {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(app.clock.unix_seconds());
        for entry in std::fs::read_dir(&folder).unwrap() {
            let file = std::fs::File::options().write(true).open(entry.unwrap().path()).unwrap();
            file.set_modified(now - Duration::from_hours(hours_ago)).unwrap();
        }
    };
    written(23);
    upkeep::remove_expired(&app, Duration::ZERO).await.unwrap();
    assert_eq!(served(&ana, &names).await, [true, true]);
    assert!(unfinished.exists());
    written(25);
    upkeep::remove_expired(&app, Duration::ZERO).await.unwrap();
    assert_eq!(served(&ana, &names).await, [true, false]);
    assert!(!unfinished.exists(), "what a crash left there goes as well");
}

#[tokio::test]
async fn a_clock_that_is_ahead_deletes_nothing_and_one_that_stays_does() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let client = ana.with_token().await;
    let id = ana.adds("otpauth://totp/a?secret=A4GRFHVVRBGY7UIW").await;
    let code = format!("/api/v1/twofaccounts/{id}/otp");
    let logs = format!("/api/v1/twofaccounts/{id}/otp-logs");
    ana.get(&code).await.expect(200);
    upkeep::remove_expired(&app, Duration::ZERO).await.unwrap();
    // The clock is two years ahead, at a start and for some hours.
    let years = SignedDuration::from_hours(2 * 365 * 24);
    app.advance(years);
    upkeep::remove_expired(&app, Duration::ZERO).await.unwrap();
    for _ in 0..20 {
        app.advance(SignedDuration::from_hours(1));
        upkeep::remove_expired(&app, Duration::from_hours(1)).await.unwrap();
    }
    ana.get("/api/v1/user").await.expect(401);
    client.get(&code).await.expect(401);
    let admin = app.admin().await;
    admin.get(&format!("/api/v1/users/{}/authentications", ana.id)).await.expect(200);
    // It is set right.
    app.advance(-years);
    upkeep::remove_expired(&app, Duration::from_hours(1)).await.unwrap();
    client.get(&code).await.expect(200);
    assert_eq!(client.get(&logs).await.expect(200).json().as_array().unwrap().len(), 2);
    // This time it really is two years later: after a day of running, what has expired is deleted.
    app.advance(years);
    upkeep::remove_expired(&app, Duration::ZERO).await.unwrap();
    for _ in 0..24 {
        app.advance(SignedDuration::from_hours(1));
        upkeep::remove_expired(&app, Duration::from_hours(1)).await.unwrap();
    }
    app.advance(-years);
    client.get(&code).await.expect(401);
}

#[tokio::test]
async fn a_session_that_was_used_while_the_clock_was_ahead_is_set_right() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    // Less than the sign-out by inactivity.
    app.advance(SignedDuration::from_hours(2));
    ana.get("/api/v1/user/preferences").await;
    ana.get("/api/v1/user").await.expect(200);
    app.advance(SignedDuration::from_hours(-2));
    ana.get("/api/v1/user").await.expect(200);
    let user = app.store.read().await.unwrap().user(vault::UserId(ana.id)).await.unwrap().unwrap();
    assert!(user.last_seen_at.unwrap() <= app.clock.now());
}
