//! `/api/v1/icons`, `/storage` and what happens to icons with their accounts.

use std::fs;

use http::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Person, TestApp, on_every_engine};

const SVG: &[u8] =
    br#"<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script><rect/></svg>"#;
/// One transparent pixel.
const GIF: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

/// Uploads an icon; answers its name.
async fn uploaded(person: &Person, content: &[u8]) -> String {
    let answer = person.upload("/api/v1/icons", "icon", content).await.expect(201);
    answer.field("filename").as_str().unwrap().to_owned()
}

/// Adds an account with an icon; answers its id.
async fn account(person: &Person, icon: &str) -> i64 {
    let account = json!({
        "service": "Acme", "account": "ana", "icon": icon, "otp_type": "totp", "secret": "A4GRFHVVRBGY7UIW",
        "digits": 6, "algorithm": "sha1", "period": 30,
    });
    person.post("/api/v1/twofaccounts", account).await.expect(201).id()
}

async fn icon_of(person: &Person, account: i64) -> Value {
    person.get(&format!("/api/v1/twofaccounts/{account}")).await.expect(200).field("icon")
}

async fn served(app: &TestApp, name: &str) -> Answer {
    app.anonymous().get(&format!("/storage/icons/{name}")).await
}

/// The names of the files in the folder of icons.
fn files(app: &TestApp) -> Vec<String> {
    let Ok(entries) = fs::read_dir(app.config.data_dir.join("icons")) else { return Vec::new() };
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

async fn keep_in_database(admin: &Person, on: bool) -> Answer {
    admin.put("/api/v1/settings/storeIconsInDatabase", json!({ "value": on })).await
}

#[tokio::test]
async fn an_upload_gets_a_name_nobody_can_guess_and_is_served_to_whoever_knows_it() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let name = uploaded(&ana, GIF).await;
    let (stem, extension) = name.split_once('.').unwrap();
    assert!(stem.len() == 40 && stem.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{name}");
    assert_eq!(extension, "png");
    let answer = served(&app, &name).await;
    assert!(answer.body.starts_with(b"\x89PNG"));
    insta::assert_snapshot!(answer.head(), @"
    200
    cache-control: private, max-age=31536000, immutable
    content-security-policy: default-src 'none'; style-src 'unsafe-inline'; sandbox
    content-type: image/png
    cross-origin-opener-policy: same-origin
    permissions-policy: camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)
    referrer-policy: same-origin
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
    insta::assert_snapshot!(app.anonymous().get("/storage/noicon.svg").await.head(), @"
    200
    cache-control: public, max-age=86400
    content-security-policy: default-src 'none'; style-src 'unsafe-inline'; sandbox
    content-type: image/svg+xml
    cross-origin-opener-policy: same-origin
    permissions-policy: camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)
    referrer-policy: same-origin
    x-content-type-options: nosniff
    x-frame-options: DENY
    ");
}

#[tokio::test]
async fn an_svg_is_served_harmless() {
    let app = TestApp::start().await;
    let name = uploaded(&app.user("ana").await, SVG).await;
    let answer = served(&app, &name).await.expect(200);
    insta::assert_snapshot!(answer.text(), @r#"<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>"#);
    insta::assert_snapshot!(answer.header("content-security-policy"), @"default-src 'none'; style-src 'unsafe-inline'; sandbox");
    insta::assert_snapshot!(answer.header("x-content-type-options"), @"nosniff");
}

#[tokio::test]
async fn an_svg_as_people_copy_it_from_a_page_is_taken() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for svg in ["<svg><rect/></svg>", "<svg xmlns='http://www.w3.org/2000/sgv' onload='x'><script/><rect/></svg>"] {
        let answer = served(&app, &uploaded(&ana, svg.as_bytes()).await).await.expect(200);
        assert_eq!(answer.text(), r#"<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>"#, "{svg}");
    }
}

#[tokio::test]
async fn what_is_no_icon_is_refused() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    insta::assert_snapshot!(ana.upload("/api/v1/icons", "icon", b"text").await, @r#"
    422 {
      "message": "Supported format are jpeg, png, bmp, gif, svg, or webp.",
      "errors": {"icon":["Supported format are jpeg, png, bmp, gif, svg, or webp."]}
    }
    "#);
    insta::assert_snapshot!(ana.upload("/api/v1/icons", "picture", GIF).await, @r#"422 {"message":"The icon field is required.","errors":{"icon":["The icon field is required."]}}"#);
    insta::assert_snapshot!(ana.upload("/api/v1/icons", "icon", &GIF[..12]).await, @r#"500 {"message":"File upload failed"}"#);
    insta::assert_snapshot!(ana.upload("/api/v1/icons", "icon", b"<svg><rect></svg>").await, @r#"500 {"message":"File upload failed"}"#);
    insta::assert_snapshot!(ana.upload("/api/v1/icons", "icon", b"\0\0\0\x20ftypavif").await, @r#"
    422 {
      "message": "Supported format are jpeg, png, bmp, gif, svg, or webp.",
      "errors": {"icon":["Supported format are jpeg, png, bmp, gif, svg, or webp."]}
    }
    "#);
    let nested = format!("<svg xmlns='http://www.w3.org/2000/svg'>{}{}</svg>", "<g>".repeat(3000), "</g>".repeat(3000));
    insta::assert_snapshot!(ana.upload("/api/v1/icons", "icon", nested.as_bytes()).await, @r#"
    422 {
      "message": "The picture is too large: use one of at most 8192 pixels a side, or an SVG file of at most 512 kB.",
      "errors": {"icon":["The picture is too large: use one of at most 8192 pixels a side, or an SVG file of at most 512 kB."]}
    }
    "#);
    insta::assert_snapshot!(app.anonymous().upload("/api/v1/icons", "icon", GIF).await, @r#"401 {"message":"Unauthenticated."}"#);
    assert_eq!(files(&app), [""; 0]);
}

#[tokio::test]
async fn no_name_reaches_another_file() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    uploaded(&ana, GIF).await;
    fs::write(app.config.data_dir.join("secret.png"), "secret").unwrap();
    fs::write(app.config.data_dir.join("icons/key.txt"), "secret").unwrap();
    for name in
        ["..%2Fsecret.png", "..%5csecret.png", "%2e%2e%2fsecret.png", ".png", "key.txt", "a%00.png", "nothere.png"]
    {
        served(&app, name).await.expect(404);
        ana.delete(&format!("/api/v1/icons/{name}")).await.expect(204);
    }
    assert!(app.config.data_dir.join("secret.png").is_file());
}

#[tokio::test]
async fn an_icon_of_somebody_elses_account_stays() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.user("ana").await, app.user("ben").await);
    let name = uploaded(&ana, GIF).await;
    let id = account(&ana, &name).await;
    let path = format!("/api/v1/icons/{name}");
    insta::assert_snapshot!(ben.delete(&path).await, @r#"403 {"message":"unauthorized"}"#);
    insta::assert_snapshot!(app.anonymous().delete(&path).await, @r#"401 {"message":"Unauthenticated."}"#);
    assert_eq!(icon_of(&ana, id).await, json!(name));
    ana.delete(&path).await.expect(204);
    served(&app, &name).await.expect(404);
    assert_eq!(icon_of(&ana, id).await, Value::Null, "an icon that isn't there is none");
    ana.delete(&path).await.expect(204);
    insta::assert_snapshot!(ana.get(&path).await, @r#"404 {"message":"unknowkn endpoint"}"#);
}

#[tokio::test]
async fn an_icon_goes_with_its_last_account() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (ana, ben) = (app.user("ana").await, app.user("ben").await);
    for in_database in [false, true] {
        keep_in_database(&admin, in_database).await.expect(200);
        let [shared, own] = [uploaded(&ana, GIF).await, uploaded(&ana, SVG).await];
        let [one, two] = [account(&ana, &shared).await, account(&ana, &shared).await];
        let three = account(&ana, &own).await;
        let bens = account(&ben, &shared).await;
        ana.delete(&format!("/api/v1/twofaccounts/{one}")).await.expect(204);
        served(&app, &shared).await.expect(200);
        ana.delete(&format!("/api/v1/twofaccounts?ids={two},{three}")).await.expect(204);
        served(&app, &shared).await.expect(200);
        served(&app, &own).await.expect(404);
        ben.delete(&format!("/api/v1/twofaccounts/{bens}")).await.expect(204);
        served(&app, &shared).await.expect(404);
    }
}

#[tokio::test]
async fn icons_go_with_their_user_unless_others_have_them() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    for in_database in [false, true] {
        keep_in_database(&admin, in_database).await.expect(200);
        let cleo = app.user(&format!("cleo {in_database}")).await;
        let [shared, own] = [uploaded(&cleo, GIF).await, uploaded(&cleo, SVG).await];
        account(&cleo, &own).await;
        account(&cleo, &shared).await;
        account(&ana, &shared).await;
        admin.delete(&format!("/api/v1/users/{}", cleo.id)).await.expect(204);
        served(&app, &own).await.expect(404);
        served(&app, &shared).await.expect(200);
    }
}

#[test]
fn icons_move_into_the_database_and_back() {
    on_every_engine(async |engine| {
        let app = engine.start(&[]).await;
        let admin = app.admin().await;
        let ana = app.user("ana").await;
        let used = uploaded(&ana, SVG).await;
        let fresh = uploaded(&ana, GIF).await;
        let [one, two] = [account(&ana, &used).await, account(&ana, "gone.png").await];
        let before = [served(&app, &used).await.body, served(&app, &fresh).await.body];

        keep_in_database(&admin, true).await.expect(200);
        keep_in_database(&admin, true).await.expect(200);
        assert_eq!(files(&app), [""; 0]);
        assert_eq!([served(&app, &used).await.body, served(&app, &fresh).await.body], before);
        assert_eq!(icon_of(&ana, one).await, json!(used));
        assert_eq!(icon_of(&ana, two).await, Value::Null);
        let later = uploaded(&ana, GIF).await;
        account(&ana, &later).await;
        assert_eq!(files(&app), [""; 0]);
        let list = ana.get("/api/v1/twofaccounts").await.json();
        let icons: Vec<_> = list.as_array().unwrap().iter().map(|account| account["icon"].clone()).collect();
        assert_eq!(icons, [json!(used), Value::Null, json!(later)]);
        let deleted = uploaded(&ana, GIF).await;
        ana.delete(&format!("/api/v1/icons/{deleted}")).await.expect(204);
        served(&app, &deleted).await.expect(404);

        keep_in_database(&admin, false).await.expect(200);
        let mut expected = vec![used.clone(), fresh.clone(), later.clone()];
        expected.sort();
        assert_eq!(files(&app), expected);
        assert_eq!([served(&app, &used).await.body, served(&app, &fresh).await.body], before);
        assert_eq!(app.store.read().await.unwrap().icon_names().await.unwrap(), [""; 0]);
    });
}

#[tokio::test]
async fn a_move_that_fails_changes_nothing() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let folder = app.config.data_dir.join("icons");
    fs::write(&folder, "in the way").unwrap();
    insta::assert_snapshot!(keep_in_database(&admin, true).await, @r#"400 {"message":"Migration of icons failed. The setting has been restored to its previous value."}"#);
    assert_eq!(admin.get("/api/v1/settings/storeIconsInDatabase").await.field("value"), json!(false));

    fs::remove_file(&folder).unwrap();
    keep_in_database(&admin, true).await.expect(200);
    let name = uploaded(&admin, GIF).await;
    fs::write(&folder, "in the way").unwrap();
    keep_in_database(&admin, false).await.expect(400);
    assert_eq!(admin.get("/api/v1/settings/storeIconsInDatabase").await.field("value"), json!(true));
    served(&app, &name).await.expect(200);
}

#[tokio::test]
async fn an_upload_that_cannot_be_kept_is_an_error() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    fs::write(app.config.data_dir.join("icons"), "in the way").unwrap();
    ana.upload("/api/v1/icons", "icon", GIF).await.expect(500);
    ana.ask(Method::POST, "/api/v1/icons").await.expect(422);
}

/// A pack `brands` with the icon of Acme.
fn with_pack(app: &TestApp) {
    let pack = app.config.data_dir.join("iconPacks/brands");
    fs::create_dir_all(&pack).unwrap();
    fs::write(pack.join("Acme-Corp.svg"), SVG).unwrap();
    fs::write(pack.join("broken.png"), "\u{89}PNG").unwrap();
}

async fn default(person: &Person, wanted: Value) -> Answer {
    person.post("/api/v1/icons/default", wanted).await
}

#[tokio::test]
async fn icons_come_from_packs() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    insta::assert_snapshot!(ana.get("/api/v1/icons/packs").await, @"200 []");
    insta::assert_snapshot!(default(&ana, json!({ "service": "Acme Corp", "iconPack": "brands" })).await, @r#"
    422 {
      "message": "The icon pack cannot be found on the server.",
      "errors": {"iconPack":["The icon pack cannot be found on the server."]}
    }
    "#);
    with_pack(&app);
    insta::assert_snapshot!(ana.get("/api/v1/icons/packs").await, @r#"200 [{"name":"brands"}]"#);
    let found = default(&ana, json!({ "service": "<b>ACME</b> corp", "iconPack": "brands" })).await.expect(201);
    let name = found.field("filename").as_str().unwrap().to_owned();
    assert!(!served(&app, &name).await.expect(200).text().contains("script"), "packs aren't trusted either");
    for service in [json!("Other"), json!("broken"), json!("../brands/acme corp"), json!(""), Value::Null] {
        let answer = default(&ana, json!({ "service": service, "iconPack": "brands" })).await.expect(204);
        assert!(answer.body.is_empty());
    }
    insta::assert_snapshot!(app.anonymous().get("/api/v1/icons/packs").await, @r#"401 {"message":"Unauthenticated."}"#);
}

#[tokio::test]
async fn an_official_icon_is_asked_for_in_known_terms() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    with_pack(&app);
    for (wanted, status, field) in [
        (json!({ "service": 5, "iconPack": "brands" }), 204, ""),
        (json!({ "service": true }), 204, ""),
        (json!({ "service": false }), 204, ""),
        (json!({ "service": 1.5 }), 204, ""),
        (json!({ "service": ["a"] }), 422, "service"),
        (json!({ "service": "a", "iconPack": "../brands" }), 422, "iconPack"),
        (json!({ "service": "a", "iconPack": null }), 422, "iconPack"),
        (json!({ "service": "a", "iconPack": "brands", "variant": "dark" }), 422, "variant"),
        (json!({ "service": "a", "iconCollection": "other" }), 422, "iconCollection"),
        (json!({ "service": "a", "iconCollection": "tfa", "variant": "dark" }), 422, "variant"),
        (json!({ "service": "a", "iconCollection": "selfh", "variant": "blue" }), 422, "variant"),
        (json!({ "service": "a", "iconCollection": "selfh", "variant": "dark" }), 204, ""),
        (json!({ "service": "a", "variant": "blue" }), 204, ""),
        (json!({ "service": "a" }), 204, ""),
        (json!({}), 204, ""),
    ] {
        let answer = default(&ana, wanted.clone()).await;
        assert_eq!(answer.status, status, "{wanted}: {answer}");
        if status == 422 {
            assert!(answer.field("errors").get(field).is_some(), "{wanted}: {answer}");
        }
    }
}

#[tokio::test]
async fn an_account_gets_the_icon_that_its_service_is_known_by() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    with_pack(&app);
    let uri = "otpauth://totp/Acme%20Corp:ana?secret=A4GRFHVVRBGY7UIW&issuer=Acme%20Corp";
    let prefer = async |name: &str, value: Value| {
        ana.put(&format!("/api/v1/user/preferences/{name}"), json!({ "value": value })).await.expect(201);
    };
    prefer("iconSource", json!("iconpack")).await;
    prefer("iconPack", json!("brands")).await;
    let id = ana.adds(uri).await;
    let icon = icon_of(&ana, id).await;
    served(&app, icon.as_str().unwrap()).await.expect(200);
    assert!(ana.post("/api/v1/twofaccounts/preview", json!({ "uri": uri })).await.field("icon").is_string());

    let mut account = json!({
        "service": "Acme Corp", "account": "ana", "icon": null, "otp_type": "totp", "secret": "A4GRFHVVRBGY7UIW",
        "digits": 6, "algorithm": "sha1", "period": 30,
    });
    let path = format!("/api/v1/twofaccounts/{id}");
    let taken_away = ana.put(&path, account.clone()).await.expect(200);
    assert_eq!(taken_away.field("icon"), Value::Null, "it doesn't come back by itself");
    assert!(ana.put(&path, account.clone()).await.expect(200).field("icon").is_string());
    account["icon"] = icon.clone();
    assert_eq!(ana.put(&path, account.clone()).await.expect(200).field("icon"), icon);

    prefer("getOfficialIcons", json!(false)).await;
    let id = ana.adds(uri).await;
    assert_eq!(icon_of(&ana, id).await, Value::Null);
}
