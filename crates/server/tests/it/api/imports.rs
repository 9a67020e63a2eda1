//! `/api/v2/imports`.

use serde_json::{Value, json};

use crate::harness::{Answer, Ask, Person, TestApp};

const IMPORTS: &str = "/api/v2/imports";
const PREVIEW: &str = "/api/v2/imports/preview";
const LIST: &str = "otpauth://totp/Acme:ana?secret=A4GRFHVVRBGY7UIW\notpauth://hotp/x?secret=AAAA&counter=5";

/// An export of Aegis with accounts in groups.
fn vault(groups: &[&str]) -> String {
    let entries = groups.iter().enumerate().map(|(number, group)| {
        json!({
            "type": "totp", "name": format!("account {number}"), "issuer": "Acme", "group": group,
            "info": { "secret": "A4GRFHVVRBGY7UIW", "algo": "SHA1", "digits": 6, "period": 30 },
        })
    });
    json!({ "version": 1, "header": { "slots": null, "params": null }, "db": { "entries": entries.collect::<Vec<_>>() } })
        .to_string()
}

fn post(person: &Person, path: &str, files: &[(&str, &[u8])], fields: &[(&str, &str)]) -> Ask {
    person.ask(http::Method::POST, path).files(files, fields)
}

fn states(review: &Answer) -> Vec<String> {
    let review = review.json();
    let entries = review["entries"].as_array().unwrap();
    entries.iter().map(|entry| entry["state"].as_str().unwrap().to_owned()).collect()
}

async fn total(person: &Person) -> Value {
    person.get("/api/v1/twofaccounts/count").await.field("total")
}

#[tokio::test]
async fn a_review_has_codes_and_no_secrets_and_adds_nothing() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let review = ana.post(PREVIEW, json!({ "text": LIST })).await.expect(200);
    assert!(!review.to_string().contains("A4GRFHVV"), "{review}");
    let body = review.json();
    assert_eq!(body["files"][0]["format"], "otpauth_list");
    let [timed, counted] = [0, 1].map(|position| body["entries"][position]["account"].clone());
    let wanted = ana.post("/api/v1/twofaccounts/otp", json!({ "uri": LIST.lines().next() })).await.json();
    assert_eq!(timed["codes"]["list"][0], wanted["password"]);
    assert_eq!(timed["codes"]["list"][1], wanted["next_password"]);
    assert_eq!(timed["codes"]["list"].as_array().unwrap().len(), 10);
    assert_eq!((&counted["codes"], &counted["counter"]), (&Value::Null, &json!(5)));
    assert_eq!(total(&ana).await, 0);
}

#[tokio::test]
async fn the_chosen_entries_are_added_in_one_go_and_taken_back_in_one_go() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.user("ana").await, app.user("ben").await);
    ana.adds("otpauth://totp/Acme:ana?secret=A4GRFHVVRBGY7UIW").await;
    let file = vault(&["Work", "Work", "Home"]);
    let files: [(&str, &[u8]); 2] = [("list.txt", LIST.as_bytes()), ("aegis.json", file.as_bytes())];
    let review = post(&ana, PREVIEW, &files, &[]).await.expect(200);
    assert_eq!(states(&review), ["duplicate", "new", "new", "new", "new"]);

    let added = post(&ana, IMPORTS, &files, &[("entries", "0,1,2,4")]).await.expect(201).json();
    assert_eq!(added["counts"], json!({ "added": 3, "duplicates": 1, "rejected": 0, "not_chosen": 1 }));
    assert_eq!(total(&ana).await, 4);
    let groups = ana.get("/api/v1/groups").await.json();
    let named: Vec<_> =
        groups.as_array().unwrap()[1..].iter().map(|group| (&group["name"], &group["twofaccounts_count"])).collect();
    assert_eq!(named, [(&json!("Work"), &json!(1)), (&json!("Home"), &json!(1))]);

    let imports = ana.get(IMPORTS).await.json();
    assert_eq!((&imports[0]["source"], &imports[0]["accounts"]), (&json!("Aegis, otpauth URIs"), &json!(3)));
    let undo = format!("{IMPORTS}/{}", added["id"]);
    ben.delete(&undo).await.expect(404);
    assert_eq!(ana.delete(&undo).await.expect(200).json(), json!({ "accounts": 3, "groups": 2 }));
    assert_eq!(total(&ana).await, 1);
    ana.delete(&undo).await.expect(404);
}

#[tokio::test]
async fn accounts_go_to_the_chosen_group_or_to_none() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.user("ana").await, app.user("ben").await);
    let group = ana.post("/api/v1/groups", json!({ "name": "Chosen" })).await.json()["id"].to_string();
    let of_ben = ben.post("/api/v1/groups", json!({ "name": "Ben's" })).await.json()["id"].to_string();
    let file = vault(&["Work"]);
    let files: [(&str, &[u8]); 1] = [("aegis.json", file.as_bytes())];
    let refused = post(&ana, IMPORTS, &files, &[("group_id", &of_ben)]).await.expect(422).json();
    assert!(refused["errors"]["group_id"].is_array(), "{refused}");
    assert_eq!(total(&ana).await, 0);
    post(&ana, IMPORTS, &files, &[("group_id", &group)]).await.expect(201);
    assert_eq!(ana.get("/api/v1/groups").await.json()[1]["twofaccounts_count"], 1);
    assert!(ana.get("/api/v1/groups").await.json()[2].is_null(), "its own group isn't added");
    let other = vault(&["Work", "Work"]);
    post(&ana, IMPORTS, &[("aegis.json", other.as_bytes())], &[("group_id", "0")]).await.expect(201);
    assert_eq!(ana.get("/api/v1/groups").await.json()[1]["twofaccounts_count"], 1);
    assert_eq!(total(&ana).await, 2);
}

#[tokio::test]
async fn a_password_is_asked_for_and_each_file_may_have_its_own() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let encrypted = include_bytes!("../../../../imports/tests/data/aegis/encrypted.json");
    let expected: Value =
        serde_json::from_slice(include_bytes!("../../../../imports/tests/data/aegis/encrypted.json.expected.json"))
            .unwrap();
    let password = expected["password"].as_str().unwrap();
    let files: [(&str, &[u8]); 2] = [("list.txt", LIST.as_bytes()), ("aegis.json", encrypted)];
    let code = |answer: &Answer| answer.json()["files"][1]["error"]["code"].clone();
    let review = post(&ana, PREVIEW, &files, &[]).await.expect(200);
    assert_eq!((code(&review), review.json()["files"][1]["format"].clone()), (json!("encrypted"), json!("aegis")));
    assert_eq!(states(&review), ["new", "new"], "the other file is read");
    let wrong = post(&ana, PREVIEW, &files, &[("passwords[0]", password)]).await.expect(200);
    assert_eq!(code(&wrong), "encrypted");
    let wrong = post(&ana, PREVIEW, &files, &[("password", "wrong")]).await.expect(200);
    assert_eq!(code(&wrong), "wrong_password");
    let refused = post(&ana, IMPORTS, &files, &[("password", "wrong")]).await.expect(422);
    assert!(refused.json()["message"].as_str().unwrap().starts_with("aegis.json: "), "{refused}");
    assert_eq!(total(&ana).await, 0, "nothing is added by half");
    post(&ana, IMPORTS, &files, &[("passwords[0]", ""), ("passwords[1]", password)]).await.expect(201);
    let all = 2 + expected["accounts"].as_array().unwrap().len();
    assert_eq!(total(&ana).await, all);
}

#[tokio::test]
async fn pictures_and_texts_are_read_together() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let picture = include_bytes!("../../../../../contract/recorded/data/qr-totp.png");
    let files: [(&str, &[u8]); 2] = [("code.png", picture), ("broken.png", b"\x89PNG\r\n\x1a\nbroken")];
    let review = post(&ana, PREVIEW, &files, &[("text", LIST)]).await.expect(200).json();
    let names: Vec<_> = review["files"].as_array().unwrap().iter().map(|file| &file["names"]).collect();
    assert_eq!(names, [&json!(["broken.png"]), &json!(["code.png"])]);
    assert_eq!(review["files"][0]["error"]["code"], "picture_unreadable");
    assert_eq!([&review["files"][0]["sent"], &review["files"][1]["sent"]], [&json!([1]), &json!([0])]);
    assert_eq!(review["entries"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn every_entry_is_counted() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let text = format!("{LIST}\n{LIST}\notpauth://totp/bad?secret=18\nmotp://x:y?secret=00");
    let review = ana.post(PREVIEW, json!({ "text": text })).await.expect(200);
    assert_eq!(states(&review), ["new", "new", "duplicate", "duplicate", "rejected", "rejected"]);
    let codes: Vec<_> = [4, 5].map(|entry| review.json()["entries"][entry]["reason"]["code"].clone()).into();
    assert_eq!(codes, ["secret", "uri"]);
    let added = ana.post(IMPORTS, json!({ "text": text, "entries": "0" })).await.expect(201).json();
    assert_eq!(added["counts"], json!({ "added": 1, "duplicates": 1, "rejected": 2, "not_chosen": 2 }));
}

#[tokio::test]
async fn what_is_no_import_is_refused() {
    let app = TestApp::with(&[("MAX_ACCOUNTS_PER_USER", "1")]).await;
    let ana = app.user("ana").await;
    for path in [IMPORTS, PREVIEW] {
        ana.post(path, json!({})).await.expect(422);
    }
    ana.post(IMPORTS, json!({ "text": "hello" })).await.expect(422);
    ana.post(IMPORTS, json!({ "text": LIST, "entries": "a" })).await.expect(422);
    let full = ana.post(IMPORTS, json!({ "text": LIST })).await.expect(422);
    assert!(full.json()["errors"]["file"].is_array(), "{full}");
    assert_eq!(total(&ana).await, 0);
    ana.post(IMPORTS, json!({ "text": LIST, "entries": "1" })).await.expect(201);
}

#[tokio::test]
async fn files_are_opened_with_each_other() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let sealed = include_bytes!("../../../../imports/tests/data/steam/1.maFile");
    let manifest = include_bytes!("../../../../imports/tests/data/steam/manifest.json");
    let files: [(&str, &[u8]); 2] = [("1.maFile", sealed), ("manifest.json", manifest)];
    let review = post(&ana, PREVIEW, &files, &[("password", "correct horse")]).await.expect(200).json();
    assert_eq!(
        (&review["files"][0]["format"], &review["entries"][0]["account"]["account"]),
        (&json!("steam"), &json!("dave"))
    );
}
