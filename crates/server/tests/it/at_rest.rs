//! What can't be deciphered: an error that says so, never a value.

use rusqlite::Connection;

use crate::harness::{Person, TestApp};

const TOTP: &str = "otpauth://totp/Example:a?secret=A4GRFHVVRBGY7UIW";
const OTHER: &str = "otpauth://totp/Example:b?secret=JBSWY3DPEHPK3PXP";

/// Two accounts; the first has the sealed secret of the second.
async fn with_a_moved_secret() -> (TestApp, Person) {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    ana.adds(TOTP).await;
    ana.adds(OTHER).await;
    let database = Connection::open(app.config.data_dir.join("sixpin.sqlite")).unwrap();
    database
        .execute("UPDATE accounts SET secret = (SELECT secret FROM accounts WHERE id = 2) WHERE id = 1", [])
        .unwrap();
    (app, ana)
}

#[tokio::test]
async fn a_secret_moved_to_another_account_opens_nothing() {
    let (_app, ana) = with_a_moved_secret().await;
    for path in ["/1", "/1/otp", "/1/qrcode", "/1?withSecret=0&withOtp=1", "/export?ids=1"] {
        let answer = ana.get(&format!("/api/v1/twofaccounts{path}")).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(answer, @r#"
            400 {
              "message": "The secret cannot be deciphered (account 1). This is mainly caused by a wrong APP_KEY set in the .env configuration file of Sixpin or a corrupted data stored in database."
            }
            "#);
        }
    }
}

#[tokio::test]
async fn a_secret_that_opens_nothing_hides_no_other() {
    let (_app, ana) = with_a_moved_secret().await;
    let export = ana.get("/api/v1/twofaccounts/export?ids=1,2").await.expect(200);
    assert_eq!(
        (export.field("data").as_array().unwrap().len(), &export.headers["sixpin-left-out"]),
        (1, &"1".parse().unwrap())
    );
    for path in ["twofaccounts", "groups/0/twofaccounts"] {
        let list = ana.get(&format!("/api/v1/{path}?withSecret=1&withOtp=1")).await.expect(200).json();
        let has = |index: usize, key: &str| list[index].get(key).is_some();
        assert_eq!([has(0, "secret"), has(0, "otp"), has(1, "secret"), has(1, "otp")], [false, false, true, true]);
        assert_eq!(list[0]["account"], "a", "it is still there: {list}");
    }
}

#[tokio::test]
async fn what_needs_no_secret_goes_on_without_it() {
    let (_app, ana) = with_a_moved_secret().await;
    ana.get("/api/v1/twofaccounts").await.expect(200);
    ana.get("/api/v1/twofaccounts/1?withSecret=0").await.expect(200);
    ana.get("/api/v1/twofaccounts/2/otp").await.expect(200);
    ana.get("/api/v1/twofaccounts?ids=2&withSecret=1").await.expect(200);
    ana.delete("/api/v1/twofaccounts/1").await.expect(204);
    ana.get("/api/v1/twofaccounts?withSecret=1").await.expect(200);
}

#[tokio::test]
async fn no_secret_stands_in_the_files() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let (_, token) = ana.new_token().await;
    ana.adds("otpauth://totp/Bank:my-number?secret=A4GRFHVVRBGY7UIW").await;
    let session = ana.cookie("sixpin_session").unwrap();
    let planted = ["A4GRFHVVRBGY7UIW", "my-number", "otpauth://", &token, &session, "a4grfhvv"];
    let raw = data_encoding::BASE32.decode(b"A4GRFHVVRBGY7UIW").unwrap();
    for entry in std::fs::read_dir(&app.config.data_dir).unwrap() {
        let path = entry.unwrap().path();
        let Ok(content) = std::fs::read(&path) else { continue };
        for secret in planted.iter().map(|text| text.as_bytes()).chain([raw.as_slice()]) {
            let is_there = content.windows(secret.len()).any(|window| window == secret);
            assert!(!is_there, "{} has {:?}", path.display(), String::from_utf8_lossy(secret));
        }
    }
}
