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
    upkeep::remove_expired(&app).await.unwrap();
    assert_eq!(served(&ana, &names).await, [true, true], "somebody may still be filling in the form");
    app.advance(SignedDuration::from_hours(2));
    upkeep::remove_expired(&app).await.unwrap();
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
    upkeep::remove_expired(&app).await.unwrap();
    assert_eq!(served(&ana, &names).await, [true, true]);
    assert!(unfinished.exists());
    written(25);
    upkeep::remove_expired(&app).await.unwrap();
    assert_eq!(served(&ana, &names).await, [true, false]);
    assert!(!unfinished.exists(), "what a crash left there goes as well");
}
