//! `POST /webauthn/lost` and `/webauthn/recover`.

use serde_json::{Value, json};
use url::Url;

use super::key::{KEYS, Key, at_home, visitor};
use crate::harness::{Answer, MailServer, PASSWORD, Person, TestApp, loopback};

const ALONE: &str = "/api/v1/user/preferences/useWebauthnOnly";
const INVALID: &str =
    r#"422 {"message":"This reset token is invalid.","errors":{"token":["This reset token is invalid."]}}"#;

async fn lost(browser: &Person, email: &str) -> Answer {
    browser.post("/webauthn/lost", json!({ "email": email })).await
}

/// What a page sends that a link led to.
fn carried(link: &Url, password: &str) -> Value {
    let value = |name: &str| link.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
    json!({ "token": value("token"), "email": value("email"), "password": password })
}

async fn recover(browser: &Person, body: &Value) -> Answer {
    browser.post("/webauthn/recover", body.clone()).await
}

/// The link of the next mail that isn't about a new key.
async fn next_link(mails: &mut MailServer) -> Url {
    let mail = mails.next().await;
    let is_of_key = mail.header("Subject").contains("was added");
    if is_of_key { mails.next().await.link() } else { mail.link() }
}

/// Somebody who signs in by key alone.
async fn ana(app: &TestApp) -> Person {
    let ana = at_home(app.user("ana").await);
    Key::new().registered_by(&ana).await;
    ana.put(ALONE, json!({ "value": true })).await.expect(201);
    ana
}

#[tokio::test]
async fn a_link_and_the_password_replace_a_lost_key() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let ana = ana(&app).await;
    let browser = visitor(&app).await;
    insta::assert_snapshot!(lost(&browser, &ana.email).await, @r#"200 {"message":"Account recovery email sent!"}"#);
    let link = next_link(&mut mails).await;
    assert!(link.as_str().starts_with("https://2fa.example.org/codes/webauthn/recover?token="), "{link}");
    let wrong = carried(&link, "wrong");
    insta::assert_snapshot!(recover(&browser, &wrong).await, @r#"401 {"message":"Unauthenticated."}"#);
    browser.get("/api/v1/user").await.expect(401);
    let right = carried(&link, PASSWORD);
    insta::assert_snapshot!(recover(&browser, &right).await, @r#"200 {"message":"Webauthn login disabled"}"#);
    assert_eq!(browser.get("/api/v1/user").await.expect(200).id(), ana.id);
    assert_eq!(browser.get(KEYS).await.json(), json!([]));
    assert_eq!(browser.get(ALONE).await.field("value"), false);
    assert_eq!(recover(&visitor(&app).await, &right).await.to_string(), INVALID, "the link is used up");
    let login = json!({ "email": ana.email, "password": PASSWORD });
    visitor(&app).await.post("/user/login", login).await.expect(200);
}

#[tokio::test]
async fn keys_stay_for_who_wants_to_keep_them() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let ana = ana(&app).await;
    for (revoke, header, left) in [
        (json!(false), None, 1),
        (json!("0"), None, 1),
        (json!(0), None, 1),
        (json!(false), Some("true"), 0),
        (Value::Null, None, 0),
    ] {
        if ana.get(KEYS).await.json() == json!([]) {
            Key::new().registered_by(&ana).await;
        }
        app.advance_seconds(60);
        let browser = visitor(&app).await;
        lost(&browser, &ana.email).await.expect(200);
        let mut body = carried(&next_link(&mut mails).await, PASSWORD);
        body["revokeAll"] = revoke;
        let ask = browser.post("/webauthn/recover", body);
        let ask = if let Some(unique) = header { ask.header("webauthn-unique", unique) } else { ask };
        ask.await.expect(200);
        assert_eq!(browser.get(KEYS).await.json().as_array().unwrap().len(), left);
        assert_eq!(browser.get(ALONE).await.field("value"), false);
    }
}

#[tokio::test]
async fn only_the_latest_link_of_its_own_kind_and_hour_counts() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let (ana, bob) = (ana(&app).await, app.user("bob").await);
    let browser = visitor(&app).await;
    browser.post("/user/password/lost", json!({ "email": ana.email })).await.expect(200);
    let other_kind = carried(&next_link(&mut mails).await, PASSWORD);
    lost(&browser, &ana.email).await.expect(200);
    let first = carried(&next_link(&mut mails).await, PASSWORD);
    app.advance_seconds(60);
    lost(&browser, &ana.email).await.expect(200);
    let second = carried(&next_link(&mut mails).await, PASSWORD);
    let mut stolen = second.clone();
    stolen["email"] = bob.email.clone().into();
    let mut guessed = second.clone();
    guessed["token"] = "A".repeat(43).into();
    let mut unknown = second.clone();
    unknown["email"] = "nobody@example.org".into();
    for bad in [other_kind, first, stolen, guessed, unknown] {
        assert_eq!(recover(&browser, &bad).await.to_string(), INVALID);
    }
    assert_eq!(ana.get(KEYS).await.json().as_array().unwrap().len(), 1);
    app.advance_seconds(3601);
    assert_eq!(recover(&browser, &second).await.to_string(), INVALID);
}

#[tokio::test]
async fn an_address_that_nobody_has_is_not_told_from_others() {
    let mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    ana(&app).await;
    let browser = visitor(&app).await;
    let answers = async |email: &str| {
        [lost(&browser, email).await.to_string(), lost(&browser, email).await.to_string()].join("\n")
    };
    let told = answers("ana@example.org").await;
    assert_eq!(told, answers("nobody@example.org").await);
    insta::assert_snapshot!(told, @r#"
    200 {"message":"Account recovery email sent!"}
    422 {"message":"Please wait before retrying.","errors":{"email":["Please wait before retrying."]}}
    "#);
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let app = TestApp::start().await;
    let browser = visitor(&app).await;
    insta::assert_snapshot!(recover(&browser, &json!({})).await, @r#"
    422 {
      "message": "The token field is required. (and 2 more errors)",
      "errors": {"token":["The token field is required."],"email":["The email field is required."],"password":["The password field is required."]}
    }
    "#);
    browser.post("/webauthn/lost", json!({ "email": "nobody" })).await.expect(422);
}

#[tokio::test]
async fn a_link_is_no_way_to_guess_the_password() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&[&mails.vars()[..], &[("LOGIN_THROTTLE", "2")]].concat()).await;
    let ana = ana(&app).await;
    let browser = visitor(&app).await;
    lost(&browser, &ana.email).await.expect(200);
    let link = next_link(&mut mails).await;
    for _ in 0..2 {
        recover(&browser, &carried(&link, "wrong")).await.expect(401);
    }
    recover(&browser, &carried(&link, PASSWORD)).await.expect(429);
    app.advance_seconds(60);
    recover(&browser, &carried(&link, PASSWORD)).await.expect(200);
}

#[tokio::test]
async fn who_is_switched_off_or_must_use_single_sign_on_stays_out() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let ana = ana(&app).await;
    let browser = visitor(&app).await.at(loopback(7));
    lost(&browser, &ana.email).await.expect(200);
    let body = carried(&next_link(&mut mails).await, PASSWORD);
    app.set("useSsoOnly", json!(true)).await;
    recover(&browser, &body).await.expect(405);
    lost(&browser, &ana.email).await.expect(405);
    app.set("useSsoOnly", json!(false)).await;
    app.disable(&ana).await;
    assert_eq!(recover(&browser, &body).await.to_string(), INVALID);
}
