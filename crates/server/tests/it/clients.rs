//! What existing clients do and rely on. Each test is named after who would break.

use http::Method;
use serde_json::{Value, json};

use crate::harness::{PASSWORD, Person, TestApp};

const ACCOUNTS: &str = "/api/v1/twofaccounts";
const TOTP: &str = "otpauth://totp/Example:a?secret=A4GRFHVVRBGY7UIW";
const PICTURE: &[u8] = include_bytes!("../../../../contract/recorded/data/qr-totp.png");
const HOTP: &str = "otpauth://hotp/Example:a?secret=A4GRFHVVRBGY7UIW&counter=5";

/// A program with a token, whose user has an account of each kind.
async fn program() -> Person {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    ana.adds(TOTP).await;
    ana.adds(HOTP).await;
    ana.adds("otpauth://totp/Steam:a?secret=A4GRFHVVRBGY7UIW").await;
    ana.with_token().await
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn knuddel_and_kmhari_decode_typed_numbers_and_texts() {
    let program = program().await;
    for account in program.get(ACCOUNTS).await.json().as_array().unwrap() {
        assert!(account["id"].is_u64() && account["digits"].is_u64(), "{account}");
        for text in ["service", "account", "otp_type", "algorithm"] {
            assert!(account[text].is_string(), "{text}: {account}");
        }
    }
    let groups = program.get("/api/v1/groups").await.json();
    assert!(groups[0]["id"].is_u64() && groups[0]["name"].is_string() && groups[0]["twofaccounts_count"].is_u64());
    let with_codes = program.get(&format!("{ACCOUNTS}?withOtp=1")).await.json();
    assert!(with_codes[0]["otp"]["password"].is_string());
    let preview = program.post(&format!("{ACCOUNTS}/preview"), json!({ "uri": TOTP })).await.expect(200).json();
    assert!(preview["otp_type"].is_string() && preview["digits"].is_u64(), "{preview}");
    let decoded = program.upload("/api/v1/qrcode/decode", "qrcode", PICTURE).await.expect(200).json();
    assert_eq!(keys(&decoded), ["data"]);
    assert!(decoded["data"].is_string());
}

#[tokio::test]
async fn the_companion_wants_exactly_200_and_201_and_known_algorithms() {
    let program = program().await;
    for account in program.get(ACCOUNTS).await.expect(200).json().as_array().unwrap() {
        assert!(matches!(account["digits"].as_u64(), Some(5..=10)), "{account}");
        assert!(["sha1", "sha256", "sha512", "md5"].contains(&account["algorithm"].as_str().unwrap()), "{account}");
    }
    program.post(&format!("{ACCOUNTS}/preview"), json!({ "uri": TOTP })).await.expect(200);
    let created = program.post(ACCOUNTS, json!({ "uri": TOTP })).await.expect(201);
    assert!(created.field("id").is_u64() && created.field("secret").is_string());
}

#[tokio::test]
async fn compose_wants_every_key_to_be_there() {
    let program = program().await;
    let wanted =
        ["id", "group_id", "service", "account", "icon", "otp_type", "digits", "algorithm", "period", "counter"];
    for account in program.get(ACCOUNTS).await.json().as_array().unwrap() {
        let present = keys(account);
        assert!(wanted.iter().all(|key| present.contains(key)), "{account}");
    }
    let code = program.get(&format!("{ACCOUNTS}/1/otp")).await.json();
    assert_eq!(keys(&code), ["password", "otp_type", "generated_at", "period", "next_password"]);
    assert_eq!(keys(&program.get(&format!("{ACCOUNTS}/2/otp")).await.json()), ["password", "otp_type", "counter"]);
}

#[tokio::test]
async fn compose_wants_a_message_in_every_error() {
    let program = program().await;
    for answer in [
        program.with_bearer("wrong").get(ACCOUNTS).await,
        program.get("/api/v1/users").await,
        program.get(&format!("{ACCOUNTS}/999")).await,
        program.get("/api/v1/nothing").await,
        program.delete("/api/v1/user").await,
        program.post(ACCOUNTS, json!({})).await,
        program.post(&format!("{ACCOUNTS}/otp"), json!({ "uri": TOTP, "a": 1 })).await,
    ] {
        assert!(answer.field("message").is_string(), "{answer}");
    }
}

#[tokio::test]
async fn android_sync_finds_every_secret_of_ones_own() {
    let program = program().await;
    for account in program.get(&format!("{ACCOUNTS}?withSecret=1")).await.json().as_array().unwrap() {
        for key in ["id", "service", "otp_type", "secret", "digits", "algorithm"] {
            assert!(!account[key].is_null(), "{key}: {account}");
        }
    }
}

#[tokio::test]
async fn android_sends_keys_that_nobody_knows() {
    let program = program().await;
    let account = json!({
        "id": 0, "server_identity": "x", "service": "Example", "account": "a", "otp_type": "totp", "secret": "A4GRFHVV",
        "digits": 6, "algorithm": "sha1", "period": 30, "counter": null, "icon": null,
    });
    program.post(ACCOUNTS, account.clone()).await.expect(201);
    program.put(&format!("{ACCOUNTS}/1"), account).await.expect(200);
}

#[tokio::test]
async fn android_and_the_extension_upload_as_octet_stream() {
    let program = program().await;
    for name in ["qrcode.bin", "qrcode.png"] {
        let upload = program.ask(Method::POST, "/api/v1/qrcode/decode");
        upload.file("qrcode", name, "application/octet-stream", PICTURE).await.expect(200);
        let upload = program.ask(Method::POST, "/api/v1/icons");
        let kept = upload.file("icon", "icon.bin", "application/octet-stream", PICTURE).await.expect(201);
        assert!(kept.field("filename").is_string());
    }
}

#[tokio::test]
async fn android_takes_204_or_404_for_gone() {
    let program = program().await;
    program.delete(&format!("{ACCOUNTS}/1")).await.expect(204);
    program.delete(&format!("{ACCOUNTS}/1")).await.expect(404);
}

#[tokio::test]
async fn dart_wants_its_fields_of_groups_and_exports() {
    let program = program().await;
    program.post("/api/v1/groups", json!({ "name": "Work" })).await.expect(201);
    for group in program.get("/api/v1/groups").await.json().as_array().unwrap() {
        assert!(group["id"].is_u64() && group["name"].is_string() && group["twofaccounts_count"].is_u64(), "{group}");
    }
    let export = program.get(&format!("{ACCOUNTS}/export?ids=1,2,3")).await.expect(200).json();
    assert!(export["app"].is_string() && export["schema"].is_u64(), "{export}");
    for account in export["data"].as_array().unwrap() {
        assert!(account["legacy_uri"].is_string(), "{account}");
    }
}

#[tokio::test]
async fn dart_wants_its_fields_of_users() {
    let app = TestApp::start().await;
    let admin = app.admin().await.with_token().await;
    let user = admin.get("/api/v1/user").await.json();
    assert!(user["id"].is_i64() && user["name"].is_string() && user["email"].is_string());
    assert!(user["preferences"].is_object() && user["is_admin"].is_boolean());
    let managed = &admin.get("/api/v1/users").await.json()[0];
    assert!(managed["twofaccounts_count"].is_u64());
    assert!(managed["last_seen_at"].is_string() && managed["created_at"].is_string());
}

#[tokio::test]
async fn lists_are_arrays_for_ulauncher_and_the_extension() {
    let app = TestApp::start().await;
    let nobody = app.user("ana").await.with_token().await;
    for list in [ACCOUNTS, "/api/v1/groups", "/api/v1/user/preferences", "/api/v1/features"] {
        assert!(nobody.get(list).await.expect(200).json().is_array(), "{list}");
    }
    for account in program().await.get(ACCOUNTS).await.json().as_array().unwrap() {
        assert!(account["service"].is_string() && account["account"].is_string() && account["otp_type"].is_string());
        assert!(account.get("icon").is_some(), "{account}");
    }
}

#[tokio::test]
async fn an_import_posts_back_what_a_preview_answered() {
    let program = program().await;
    let preview = program.post(&format!("{ACCOUNTS}/preview"), json!({ "uri": TOTP })).await.json();
    program.post(ACCOUNTS, preview).await.expect(201);
    let export = "otpauth://totp/Other:b?secret=JBSWY3DPEHPK3PXP\notpauth://hotp/c?secret=JBSWY3DPEHPK3PXP&counter=3";
    let read =
        |payload: &str| program.post(&format!("{ACCOUNTS}/migration?withSecret=1"), json!({ "payload": payload }));
    for account in read(export).await.expect(200).json().as_array().unwrap() {
        assert_eq!(account["id"], json!(0));
        program.post(ACCOUNTS, account.clone()).await.expect(201);
    }
    for account in read(export).await.expect(200).json().as_array().unwrap() {
        assert_eq!(account["id"], json!(-1), "now the caller has it");
    }
}

#[tokio::test]
async fn terminal_clients_send_no_accept_header_and_follow_no_redirects() {
    let app = TestApp::start().await;
    for path in [ACCOUNTS, "/api/v1/user", "/user/logout"] {
        let answer = app.anonymous().get(path).await.expect(401);
        assert_eq!(answer.header("content-type"), "application/json", "{path}");
    }
}

#[tokio::test]
async fn version_probes_find_what_they_look_for() {
    let program = program().await;
    assert!(program.get("/api/v1/user/preferences/theme").await.field("locked").is_boolean(), "5.5 and later");
    assert!(program.get("/api/v1/features").await.expect(200).json().is_array(), "6.1 and later");
    program.get("/api/v1/icons/packs").await.expect(200);
}

#[tokio::test]
async fn wrong_shapes_of_2fauth_js_are_refused_as_ever() {
    let program = program().await;
    program.post(&format!("{ACCOUNTS}/reorder"), json!([2, 1])).await.expect(422);
    program.post(&format!("{ACCOUNTS}/reorder"), json!({ "ids": [2, 1] })).await.expect(422);
    program.patch(&format!("{ACCOUNTS}/withdraw"), json!({ "ids": [1, 2] })).await.expect(422);
    program.delete(ACCOUNTS).json(&json!([1, 2])).await.expect(422);
    program.delete(&format!("{ACCOUNTS}?ids[]=1&ids[]=2")).await.expect(422);
    program.get(&format!("{ACCOUNTS}/export?ids[]=1&otpauth=true")).await.expect(422);
    program.post("/api/v1/icons", json!({ "service": "x", "iconCollection": "selfh" })).await.expect(422);
    program.get(&format!("{ACCOUNTS}/1/twofaccounts?withSecret=true")).await.expect(404);
    program.get("/api/v1/groups/undefined/twofaccounts").await.expect(404);
}

#[tokio::test]
async fn the_helper_keeps_its_first_proof_for_reading() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let helper = app.anonymous();
    helper.get("/login").await.expect(200);
    let first = helper.get("/refresh-csrf").await.text().to_owned();
    let login = json!({ "email": "ana@example.org", "password": PASSWORD });
    helper.without_proof().post("/user/login", login).header("x-csrf-token", &first).await.expect(200);
    // As with 2FAuth 8 the proof changes with the session: what the page's cookie holds now counts.
    helper.without_proof().get("/api/v1/user").header("x-csrf-token", &first).await.expect(401);
    helper.get("/api/v1/user").await.expect(200);
}

#[tokio::test]
async fn the_page_signs_in_without_having_asked_for_a_proof() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let login = || app.anonymous().post("/user/login", json!({ "email": "ana@example.org", "password": PASSWORD }));
    login().header("sec-fetch-site", "same-origin").await.expect(200);
    login().header("sec-fetch-site", "cross-site").await.expect(419);
    login().await.expect(419);
}

#[tokio::test]
async fn ulauncher_links_deep_into_the_page() {
    let app = TestApp::start().await;
    let page = app.anonymous().get("/account/12/edit").await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
}
