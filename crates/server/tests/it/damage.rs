//! A damaged row costs that row alone.

use serde_json::json;

use crate::harness::{Person, TestApp};

const ALL: &str = "/api/v1/twofaccounts";
const URI: &str = "otpauth://totp/service:account?secret=A4GRFHVVRBGY7UIW&issuer=service";

fn execute(app: &TestApp, sql: &str) {
    rusqlite::Connection::open(app.config.data_dir.join("sixpin.sqlite")).unwrap().execute_batch(sql).unwrap();
}

/// Two accounts of Ana, shared with Bob, of which the first is to be damaged.
async fn people(app: &TestApp) -> (Person, Person, [i64; 2]) {
    app.set("enableSharing", json!(true)).await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let ids = [ana.adds(URI).await, ana.adds(URI).await];
    for id in ids {
        ana.shares(id, &bob).await;
    }
    (ana, bob, ids)
}

#[tokio::test]
async fn a_damaged_account_leaves_the_others_alone() {
    for damage in ["account = zeroblob(60)", "service = 'x'", "otp_type = 'tatp'", "digits = 3000", "counter = -5"] {
        let app = TestApp::start().await;
        let (ana, bob, [damaged, intact]) = people(&app).await;
        execute(&app, &format!("UPDATE accounts SET {damage} WHERE id = {damaged}"));
        for person in [&ana, &bob] {
            let listed = person.get(&format!("{ALL}?withOtp=1&withSecret=1")).await.expect(200).json();
            assert_eq!(listed[0]["id"], damaged, "{damage}");
            assert_eq!([&listed[0]["otp"], &listed[0]["secret"]], [&json!(null); 2], "{damage}");
            assert_eq!(listed[1]["id"], intact);
            assert!(listed[1]["otp"]["password"].is_string());
            for path in [format!("{ALL}/{damaged}"), format!("{ALL}/{damaged}/otp")] {
                let refused = person.get(&path).await.expect(400).json();
                let told = refused["message"].as_str().unwrap();
                assert!(told.contains(&format!("account {damaged} ")), "{told}");
            }
        }
        let stranger = app.user("eve").await;
        stranger.get(&format!("{ALL}/{damaged}")).await.expect(403);
        let exported = ana.get(&format!("{ALL}/export?ids={damaged},{intact}")).await.expect(200).json();
        assert_eq!(exported["data"].as_array().unwrap().len(), 1);
        ana.get(&format!("{ALL}/export?ids={damaged}")).await.expect(400);
        let changed = json!({ "account": "a", "otp_type": "totp", "secret": "A4GRFHVVRBGY7UIW", "service": null,
            "icon": null, "digits": 6, "algorithm": "sha1", "period": 30 });
        ana.put(&format!("{ALL}/{damaged}"), changed).await.expect(400);
        ana.delete(&format!("{ALL}/{damaged}")).await.expect(204);
        assert_eq!(ana.get(ALL).await.expect(200).json().as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn damaged_preferences_and_settings_are_the_defaults_and_registration_closes() {
    let app = TestApp::start().await;
    let (ana, _, _) = people(&app).await;
    app.set("disableRegistration", json!(false)).await;
    app.set("lastRadarScan", json!(7)).await;
    execute(&app, "UPDATE users SET preferences = '{not json'");
    execute(&app, "UPDATE settings SET value = '{not json' WHERE name IN ('disableRegistration', 'lastRadarScan')");
    ana.get("/api/v1/user").await.expect(200);
    ana.get("/api/v1/user/preferences").await.expect(200);
    let admin = app.admin().await;
    assert_eq!(admin.get("/api/v1/settings/lastRadarScan").await.expect(200).json()["value"], 0);
    assert_eq!(admin.get("/api/v1/settings/disableRegistration").await.expect(200).json()["value"], true);
    admin.put("/api/v1/settings/disableRegistration", json!({ "value": false })).await.expect(200);
    assert_eq!(admin.get("/api/v1/settings/disableRegistration").await.expect(200).json()["value"], false);
}
