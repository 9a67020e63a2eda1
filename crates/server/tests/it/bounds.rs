//! What one user may store: numbers and sizes.

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, PASSWORD, Person, TestApp};

const ACCOUNTS: &str = "/api/v1/twofaccounts";
const TOTP: &str = "otpauth://totp/Example:a?secret=A4GRFHVVRBGY7UIW";
const PNG: &[u8] = include_bytes!("../../../../contract/recorded/data/qr-totp.png");

fn parameters(field: &str, value: &str) -> Value {
    let mut body = json!({
        "service": "s", "account": "a", "icon": null, "otp_type": "totp", "secret": "A4GRFHVVRBGY7UIW", "digits": 6,
        "algorithm": "sha1", "period": 30,
    });
    body[field] = value.into();
    body
}

/// Expects a 422 whose message for a field names the bound.
#[track_caller]
fn refused(answer: Answer, field: &str, bound: &str) {
    let texts = answer.expect(422).json()["errors"][field].to_string();
    assert!(texts.contains(bound), "{field}: {texts}");
}

#[tokio::test]
async fn names_and_secrets_have_a_longest_length_in_every_way_in() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let id = ana.adds(TOTP).await;
    let one = format!("{ACCOUNTS}/{id}");
    for (field, unit, longest) in [("service", "é", 1024), ("account", "é", 1024), ("secret", "A", 4096)] {
        let (fits, is_too_long) = (unit.repeat(longest), unit.repeat(longest + 1));
        let bound = longest.to_string();
        ana.post(ACCOUNTS, parameters(field, &fits)).await.expect(201);
        for (method, path) in
            [(Method::POST, ACCOUNTS), (Method::PUT, &one), (Method::POST, "/api/v1/twofaccounts/otp")]
        {
            refused(ana.ask(method, path).json(&parameters(field, &is_too_long)).await, field, &bound);
        }
    }
    let long_name = format!("otpauth://totp/{}?secret=A4GRFHVVRBGY7UIW", "a".repeat(1025));
    let long_secret = format!("otpauth://totp/a?secret={}", "A".repeat(4097));
    let long_uri = format!("{TOTP}&image={}", "a".repeat(8192));
    for path in [ACCOUNTS, "/api/v1/twofaccounts/preview", "/api/v1/twofaccounts/otp"] {
        refused(ana.post(path, json!({ "uri": long_name })).await, "account", "1024");
        refused(ana.post(path, json!({ "uri": long_secret })).await, "secret", "4096");
        refused(ana.post(path, json!({ "uri": long_uri })).await, "uri", "8192");
    }
}

#[tokio::test]
async fn an_entry_beyond_a_bound_is_rejected_by_itself() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let long = "a".repeat(2000);
    let payload = format!("otpauth://totp/{long}?secret=A4GRFHVVRBGY7UIW\n{TOTP}");
    let read = ana.post("/api/v1/twofaccounts/migration", json!({ "payload": payload })).await.expect(200).json();
    assert_eq!((&read[0]["id"], &read[1]["id"]), (&json!(-2), &json!(0)));
    assert!(read[0].to_string().len() < 2000, "the name is not sent back whole");
}

#[tokio::test]
async fn a_preference_has_a_largest_size() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let path = "/api/v1/user/preferences/theme";
    ana.put(path, json!({ "value": "a".repeat(1024) })).await.expect(201);
    for large in [json!("a".repeat(1025)), json!(["a".repeat(1024)]), json!({ "a": vec![0; 600] })] {
        refused(ana.put(path, json!({ "value": large })).await, "value", "1024");
    }
}

async fn limited() -> (TestApp, Person) {
    let names = ["ACCOUNTS", "GROUPS", "TOKENS", "SECURITY_KEYS", "UNUSED_ICONS"];
    let vars = names.map(|name| format!("MAX_{name}_PER_USER"));
    let vars: Vec<_> = vars.iter().map(|name| (name.as_str(), "2")).collect();
    let app = TestApp::with(&vars).await;
    let ana = app.user("ana").await;
    (app, ana)
}

#[tokio::test]
async fn accounts_groups_and_tokens_have_a_largest_number() {
    let (app, ana) = limited().await;
    app.user("bob").await.adds(TOTP).await;
    for (path, body, field) in
        [(ACCOUNTS, json!({ "uri": TOTP }), "uri"), ("/oauth/personal-access-tokens", json!({ "name": "t" }), "name")]
    {
        for _ in 0..2 {
            assert!(ana.post(path, body.clone()).await.status < 300);
        }
        refused(ana.post(path, body).await, field, "2");
    }
    refused(ana.post(ACCOUNTS, parameters("account", "c")).await, "account", "2");
    for name in ["one", "two"] {
        ana.post("/api/v1/groups", json!({ "name": name })).await.expect(201);
    }
    refused(ana.post("/api/v1/groups", json!({ "name": "three" })).await, "name", "2");
    let first = ana.get(ACCOUNTS).await.json()[0]["id"].as_i64().unwrap();
    ana.delete(&format!("{ACCOUNTS}/{first}")).await.expect(204);
    ana.adds(TOTP).await;
}

#[tokio::test]
async fn requests_at_once_do_not_pass_the_bound() {
    let (_app, ana) = limited().await;
    let add = || async { ana.post(ACCOUNTS, json!({ "uri": TOTP })).await.status };
    let answers = tokio::join!(add(), add(), add(), add());
    let mut answers = [answers.0, answers.1, answers.2, answers.3];
    answers.sort_unstable();
    assert_eq!(answers, [201, 201, 422, 422]);
}

#[tokio::test]
async fn nobody_is_given_more_accounts_than_the_bound() {
    let (app, ana) = limited().await;
    app.set("enableSharing", json!(true)).await;
    let bob = app.user("bob").await;
    for _ in 0..2 {
        bob.adds(TOTP).await;
    }
    let account = ana.adds(TOTP).await;
    let body = json!({ "new_owner_id": bob.id, "confirm_password": PASSWORD });
    refused(ana.patch(&format!("{ACCOUNTS}/{account}/owner"), body).await, "new_owner_id", "2");
}

#[tokio::test]
async fn icons_without_an_account_have_a_largest_number() {
    for in_database in [false, true] {
        let (app, ana) = limited().await;
        app.set("storeIconsInDatabase", json!(in_database)).await;
        let upload = async || ana.upload("/api/v1/icons", "icon", PNG).await;
        let first = upload().await.expect(201).field("filename").as_str().unwrap().to_owned();
        upload().await.expect(201);
        refused(upload().await, "icon", "2");
        // Another user has room, and so has this one once an account has the icon, or it is deleted.
        app.user("bob").await.upload("/api/v1/icons", "icon", PNG).await.expect(201);
        ana.post(ACCOUNTS, parameters("icon", &first)).await.expect(201);
        let third = upload().await.expect(201).field("filename").as_str().unwrap().to_owned();
        refused(upload().await, "icon", "2");
        ana.delete(&format!("/api/v1/icons/{third}")).await.expect(204);
        upload().await.expect(201);
    }
}

#[tokio::test]
async fn old_sessions_make_room_for_new_ones() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    app.advance_seconds(1);
    for _ in 0..store::MAX_SESSIONS {
        ana.session().await;
    }
    let kept = app.store.read().await.unwrap().sessions(vault::UserId(ana.id)).await.unwrap();
    assert_eq!(kept.len(), store::MAX_SESSIONS);
    ana.get("/api/v1/user").await.expect(401);
}
