//! `/api/v2/exports`.

use serde_json::{Value, json};
use tracing::Level;

use crate::harness::{Log, Person, TestApp};

const EXPORTS: &str = "/api/v2/exports";
const TOTP: &str = "otpauth://totp/Acme:ana?secret=A4GRFHVVRBGY7UIW";
const STEAM: &str = "otpauth://totp/Steam:gabe?secret=A4GRFHVVRBGY7UIW&encoder=steam";
const SLOW: &str = "otpauth://totp/Slow:ana?secret=A4GRFHVVRBGY7UIW&period=60";

/// Ana, with an account in a group, one of Steam and a slow one; and the ID of the first.
async fn ana(app: &TestApp) -> (Person, i64) {
    let ana = app.user("ana").await;
    let id = ana.adds(TOTP).await;
    ana.adds(STEAM).await;
    ana.adds(SLOW).await;
    let group = ana.post("/api/v1/groups", json!({ "name": "Work" })).await.id();
    ana.post(&format!("/api/v1/groups/{group}/assign"), json!({ "ids": [id] })).await.expect(200);
    (ana, id)
}

async fn export(person: &Person, body: Value) -> Value {
    person.post(EXPORTS, body).await.expect(200).json()
}

#[tokio::test]
async fn every_form_is_reviewed_as_what_one_has_already() {
    let app = TestApp::start().await;
    let (ana, _) = ana(&app).await;
    for (form, password, accounts) in [
        ("sixpin", Some("correct horse"), 3),
        ("2fauth", None, 3),
        ("uris", None, 3),
        ("aegis", None, 3),
        ("aegis", Some("correct horse"), 3),
        ("google", None, 1),
        ("cxf", None, 2),
    ] {
        let file = export(&ana, json!({ "format": form, "password": password })).await;
        assert_eq!(file["accounts"], accounts, "{form}");
        assert_eq!(file["left_out"].as_array().unwrap().len(), 3 - accounts, "{form}");
        assert_eq!(
            file["content"].as_str().unwrap().contains("A4GRFHVVRBGY7UIW"),
            password.is_none() && form != "google"
        );
        let file = [("export", file["content"].as_str().unwrap().as_bytes())];
        let fields: Vec<(&str, &str)> = password.map(|password| ("password", password)).into_iter().collect();
        let review = ana
            .ask(http::Method::POST, "/api/v2/imports/preview")
            .files(&file.map(|(_, bytes)| ("file", bytes)), &fields);
        let review = review.await.expect(200).json();
        let entries = review["entries"].as_array().unwrap();
        assert_eq!(entries.len(), accounts, "{form} {review}");
        assert!(entries.iter().all(|entry| entry["state"] == "duplicate"), "{form} {review}");
        // It may be pasted as well.
        let text = std::str::from_utf8(file[0].1).unwrap();
        let pasted = ana.post("/api/v2/imports/preview", json!({ "text": text, "password": password })).await;
        assert_eq!(pasted.expect(200).json()["entries"].as_array().unwrap().len(), accounts, "{form}");
    }
}

#[tokio::test]
async fn what_a_form_cannot_say_is_named() {
    let app = TestApp::start().await;
    let (ana, _) = ana(&app).await;
    let file = export(&ana, json!({ "format": "google" })).await;
    let left_out: Vec<_> =
        file["left_out"].as_array().unwrap().iter().map(|out| (out["title"].clone(), out["code"].clone())).collect();
    assert_eq!(left_out, [(json!("Steam, gabe"), json!("kind")), (json!("Slow, ana"), json!("period"))]);
    let codes = file["qr_codes"].as_array().unwrap();
    assert_eq!(codes.len(), 1);
    assert!(codes[0]["picture"].as_str().unwrap().starts_with("data:image/svg+xml;base64,"));
    assert_eq!(codes[0]["accounts"], json!(["Acme, ana"]));
}

#[tokio::test]
async fn the_answer_may_be_the_file_alone() {
    let app = TestApp::start().await;
    let (ana, _) = ana(&app).await;
    let answer = ana.post(EXPORTS, json!({ "format": "cxf", "as_file": true })).await.expect(200);
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"cxf-2023-11-14.json\"");
    assert_eq!(answer.header("cache-control"), "private, no-store");
    let steam = export(&ana, json!({ "format": "cxf" })).await["left_out"][0]["id"].to_string();
    assert_eq!(answer.header("sixpin-left-out"), steam);
    assert_eq!(imports::read(answer.text().as_bytes(), None).unwrap().entries.len(), 2);
}

#[tokio::test]
async fn groups_come_back_in_their_order_even_without_accounts() {
    let app = TestApp::start().await;
    let (ana, id) = ana(&app).await;
    let empty = ana.post("/api/v1/groups", json!({ "name": "Empty" })).await.id();
    ana.put(&format!("/api/v1/groups/{empty}"), json!({ "name": "Empty", "show_in_chips": false })).await.expect(200);
    let work = ana.get("/api/v1/groups").await.json()[1]["id"].clone();
    ana.put(&format!("/api/v1/groups/{work}"), json!({ "name": "Work", "show_in_chips": true })).await.expect(200);
    ana.post("/api/v1/groups/reorder", json!({ "orderedIds": [empty, work] })).await.expect(200);
    let bob = app.user("bob").await;
    let move_to_bob = async |ids: Option<String>| {
        let mut body = json!({ "format": "sixpin", "password": "correct horse" });
        if let Some(ids) = ids {
            body["ids"] = ids.into();
        }
        let file = export(&ana, body).await;
        let file = [("file", file["content"].as_str().unwrap().as_bytes())];
        let sent = bob.ask(http::Method::POST, "/api/v2/imports").files(&file, &[("password", "correct horse")]);
        sent.await.expect(201);
        let groups = bob.get("/api/v1/groups").await.json();
        let named = |group: &Value| (group["name"].clone(), group["show_in_chips"].clone());
        groups.as_array().unwrap().iter().skip(1).map(named).collect::<Vec<_>>()
    };
    assert_eq!(
        move_to_bob(Some(id.to_string())).await,
        [(json!("Work"), json!(true))],
        "only those of chosen accounts"
    );
    let both = [(json!("Work"), json!(true)), (json!("Empty"), json!(false))];
    assert_eq!(move_to_bob(None).await, both, "what is there already stays first");
}

#[tokio::test]
async fn what_readers_get_wrong_is_told() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for uri in [
        "otpauth://totp/A:a?secret=A4GRFHVVRBGY7UIWA4GRFHVVRBGY7UIW&period=90",
        "otpauth://totp/B:b?secret=A4GRFHVVRBGY7UIW&period=150",
    ] {
        ana.adds(uri).await;
    }
    let file = export(&ana, json!({ "format": "uris" })).await;
    let note = |code: &str, titles: &[&str]| json!({ "code": code, "titles": titles });
    let expected =
        [note("keepassxc_period", &["A, a", "B, b"]), note("pyotp_period", &["B, b"]), note("pyotp_secret", &["B, b"])];
    assert_eq!(file["notes"], json!(expected));
    assert_eq!(export(&ana, json!({ "format": "aegis" })).await["notes"], json!([]));
}

#[tokio::test]
async fn only_ones_own_accounts_leave_and_the_trail_says_so() {
    let app = TestApp::start().await;
    app.set("enableSharing", json!(true)).await;
    let (ana, id) = ana(&app).await;
    let bob = app.user("bob").await;
    ana.shares(id, &bob).await;
    let log = Log::at(Level::INFO);
    assert_eq!(export(&bob, json!({ "format": "uris" })).await["accounts"], 0);
    bob.post(EXPORTS, json!({ "format": "uris", "ids": id.to_string() })).await.expect(403);
    assert_eq!(export(&bob, json!({ "format": "uris", "ids": "999999" })).await["content"], "");
    let one = export(&ana, json!({ "format": "uris", "ids": id.to_string() })).await;
    assert_eq!(one["content"], "otpauth://totp/Acme:ana?issuer=Acme&secret=A4GRFHVVRBGY7UIW\n");
    assert_eq!(log.lines_with(&["event=\"account.export\"", "name=\"ana\""]).len(), 1, "{}", log.text());
    assert!(!log.text().contains("A4GRFHVVRBGY7UIW"));
}

#[tokio::test]
async fn a_password_is_for_forms_that_can_be_encrypted() {
    let app = TestApp::start().await;
    let (ana, _) = ana(&app).await;
    for (body, field) in [
        (json!({}), "format"),
        (json!({ "format": "xml" }), "format"),
        (json!({ "format": "sixpin" }), "password"),
        (json!({ "format": "sixpin", "password": "" }), "password"),
        (json!({ "format": "uris", "password": "correct horse" }), "password"),
        (json!({ "format": "uris", "ids": "1;2" }), "ids"),
    ] {
        let errors = ana.post(EXPORTS, body.clone()).await.expect(422).field("errors");
        assert!(errors.get(field).is_some(), "{body} {errors}");
    }
}

#[tokio::test]
async fn a_file_of_ones_own_says_with_whom_accounts_were_shared() {
    let app = TestApp::start().await;
    app.set("enableSharing", json!(true)).await;
    let (ana, id) = ana(&app).await;
    let bob = app.user("bob").await;
    ana.shares(id, &bob).await;
    let file = export(&ana, json!({ "format": "sixpin", "password": "correct horse" })).await;
    let import = imports::read(file["content"].as_str().unwrap().as_bytes(), Some("correct horse")).unwrap();
    assert!(import.warnings[0].to_string().ends_with("Acme, ana (bob)"), "{:?}", import.warnings);
    assert_eq!(import.entries[0].as_ref().unwrap().group.as_deref(), Some("Work"));
}
