//! Demo mode (compat 3.16).

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use http::Method;
use serde_json::json;

use crate::harness::{PASSWORD, TestApp};

const DEMO: (&str, &str) = ("IS_DEMO_APP", "true");

#[tokio::test]
async fn what_would_take_the_demo_from_others_is_closed() {
    let app = TestApp::with(&[DEMO]).await;
    let (ana, browser) = (app.user("ana").await, app.anonymous());
    browser.get("/").await.expect(200);
    let new = json!({ "name": "x", "email": "x@example.org", "password": PASSWORD, "password_confirmation": PASSWORD });
    insta::assert_snapshot!(browser.post("/user", new).await, @r#"401 {"message":"Feature disabled in Demo mode"}"#);
    for path in [
        "/user/password/lost",
        "/user/password/reset",
        "/webauthn/login/options",
        "/webauthn/lost",
        "/webauthn/recover",
    ] {
        // Nothing of the body is looked at.
        let answer = browser.post(path, json!({})).await;
        assert!(matches!(answer.status, 401 | 405), "{path}: {answer}");
    }
    let passwords = json!({ "currentPassword": PASSWORD, "password": "x", "password_confirmation": "y" });
    insta::assert_snapshot!(ana.patch("/user/password", passwords.clone()).await, @r#"401 {"message":"Feature disabled in Demo mode"}"#);
    let end = ana.ask(Method::DELETE, "/user").json(&json!({ "password": PASSWORD })).header("accept-language", "fr");
    insta::assert_snapshot!(end.await, @r#"401 {"message":"Fonction désactivée en mode démo"}"#);
    ana.get("/user/sessions").await.expect(401);
    ana.delete("/user/sessions").await.expect(401);
    ana.put("/api/v1/user/preferences/useWebauthnOnly", json!({ "value": true })).await.expect(403);
    insta::assert_snapshot!(browser.patch("/user/password", passwords.clone()).await, @r#"401 {"message":"Unauthenticated."}"#);
    insta::assert_snapshot!(ana.without_proof().patch("/user/password", passwords).await, @r#"419 {"message":"CSRF token mismatch."}"#);
}

#[tokio::test]
async fn the_name_stays_though_it_seems_to_change() {
    let app = TestApp::with(&[DEMO]).await;
    let ana = app.user("ana").await;
    let change = |password: &str| json!({ "name": "eve", "email": "eve@example.org", "password": password });
    ana.put("/user", change("wrong")).await.expect(400);
    let answer = ana.put("/user", change(PASSWORD)).await.expect(200).json();
    assert_eq!((&answer["name"], &answer["email"]), (&json!("ana"), &json!("ana@example.org")));
    assert_eq!(ana.get("/api/v1/user").await.field("name"), json!("ana"));
}

#[tokio::test]
async fn everything_else_goes_on() {
    let app = TestApp::with(&[DEMO]).await;
    app.user("ana").await;
    let browser = app.anonymous();
    let page = browser.get("/").await.expect(200);
    assert!(page.text().contains("&quot;isDemo&quot;:true"), "the page tells");
    browser.post("/user/login", json!({ "email": "ana@example.org", "password": PASSWORD })).await.expect(200);
    browser.adds("otpauth://totp/Example:a?secret=JBSWY3DPEHPK3PXP").await;
}

#[tokio::test]
async fn without_demo_mode_nothing_is_closed() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    assert!(ana.get("/").await.text().contains("&quot;isDemo&quot;:false"));
    ana.ask(Method::DELETE, "/user").json(&json!({ "password": PASSWORD })).await.expect(204);
}

/// What `sixpin reset-demo` does in a data folder, with `typed` on its standard input.
fn reset(folder: &tempfile::TempDir, is_demo: bool, arguments: &[&str], typed: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sixpin"));
    program.env_clear().env("DATA_DIR", folder.path()).env("IS_DEMO_APP", is_demo.to_string());
    program.current_dir(folder.path()).arg("reset-demo").args(arguments);
    let mut program = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Whoever doesn't ask doesn't read either.
    let _ = program.stdin.take().unwrap().write_all(typed.as_bytes());
    program.wait_with_output().unwrap()
}

#[tokio::test]
async fn a_demo_is_reset_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let app = TestApp::with(&[DEMO, ("DATA_DIR", data)]).await;
    app.user("eve").await.adds("otpauth://totp/Example:eve?secret=JBSWY3DPEHPK3PXP").await;
    app.set("disableRegistration", json!(true)).await;
    for (is_demo, typed) in [(false, "demo\n"), (true, "yes\n"), (true, "")] {
        let refused = reset(&folder, is_demo, &[], typed);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("nothing was deleted"), "{refused:?}");
    }
    assert_eq!(app.store.read().await.unwrap().users().await.unwrap().len(), 1);
    for (arguments, typed) in [(&[][..], "demo\n"), (&["--no-confirm"], "")] {
        let done = reset(&folder, true, arguments, typed);
        assert!(done.status.success(), "{done:?}");
        let browser = app.anonymous();
        browser.get("/").await;
        let entered = browser.post("/user/login", json!({ "email": "demo@2fauth.app", "password": "demo" })).await;
        let person = entered.expect(200);
        assert_eq!((person.field("name"), person.field("is_admin")), (json!("demo"), json!(false)));
        let accounts = browser.get("/api/v1/twofaccounts?withOtp=1").await.expect(200).json();
        assert_eq!(accounts.as_array().unwrap().len(), 6, "{accounts}");
        assert!(app.store.read().await.unwrap().settings().await.unwrap().is_empty());
    }
}
