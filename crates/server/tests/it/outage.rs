//! Times at which the database is of no use: requests are told so in bounded time, and all goes on afterwards.

use std::os::unix::fs::FileExt as _;
use std::time::{Duration, Instant};

use serde_json::json;
use sixpin::upkeep;
use tracing::Level;

use crate::harness::{Log, TestApp};

const GROUPS: &str = "/api/v1/groups";

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_another_program_holds_is_told_of_in_time() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let other = rusqlite::Connection::open(app.config.data_dir.join("sixpin.sqlite")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let start = Instant::now();
    let answer = ana.post(GROUPS, json!({ "name": "Work" })).await.expect(503);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(answer.field("message"), "The database cannot be reached at the moment. Please try again shortly.");
    other.execute_batch("ROLLBACK").unwrap();
    ana.post(GROUPS, json!({ "name": "Work" })).await.expect(201);
}

#[tokio::test]
async fn the_weekly_check_of_the_file_names_what_is_wrong() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for number in 0..50 {
        ana.adds(&format!("otpauth://totp/account-{number}?secret=A4GRFHVVRBGY7UIW")).await;
    }
    let log = Log::at(Level::INFO);
    upkeep::check_file(&app).await;
    assert_eq!(log.lines_with(&["the database file was checked and is whole"]).len(), 1, "{}", log.text());
    let path = app.config.data_dir.join("sixpin.sqlite");
    let other = rusqlite::Connection::open(&path).unwrap();
    let checkpoint = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    assert_eq!(other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], checkpoint).unwrap(), 0);
    let sql = "SELECT rootpage FROM sqlite_master WHERE name = 'accounts'";
    let page: u32 = other.query_row(sql, [], |row| row.get(0)).unwrap();
    // The number of cells of the page.
    std::fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .write_at(&[0xff; 2], u64::from(page - 1) * 4096 + 3)
        .unwrap();
    let restarted = app.again().await;
    upkeep::check_file(&restarted).await;
    assert_eq!(log.lines_with(&["the database file is damaged", "faults="]).len(), 1, "{}", log.text());
}
