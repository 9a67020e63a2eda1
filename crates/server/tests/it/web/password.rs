//! `POST /user/password/lost` and `/user/password/reset`.

use serde_json::{Value, json};
use sixpin::auth::recovery;
use store::{AdminRule, NewUser, ResetKind};
use vault::{EmailSource, UserId};

use super::login::visitor;
use crate::harness::{Answer, MailServer, PASSWORD, Person, TestApp, loopback};

const NEW: &str = "a new password";

async fn lost(browser: &Person, email: &str) -> Answer {
    browser.post("/user/password/lost", json!({ "email": email })).await
}

/// The token and the address of a link.
fn carried(link: &url::Url) -> (String, String) {
    let value = |name: &str| link.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned();
    (value("token"), value("email"))
}

async fn reset(browser: &Person, link: &url::Url) -> Answer {
    let (token, email) = carried(link);
    let body = json!({ "token": token, "email": email, "password": NEW, "password_confirmation": NEW });
    browser.post("/user/password/reset", body).await
}

#[tokio::test]
async fn a_link_by_mail_sets_a_new_password_once() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let ana = app.user("ana").await;
    let program = ana.with_token().await;
    let browser = visitor(&app).await;
    insta::assert_snapshot!(lost(&browser, "ana@example.org").await, @r#"200 {"message":"We have emailed your password reset link!"}"#);
    let mail = mails.next().await;
    assert_eq!((mail.to.as_str(), mail.header("To").as_str()), ("<ana@example.org>", "ana@example.org"));
    assert_eq!(mail.header("From"), "Sixpin <noreply@2fa.example.org>");
    assert_eq!(mail.header("Subject"), "Sixpin: Choose a new password");
    let link = mail.link();
    assert!(link.as_str().starts_with("https://2fa.example.org/codes/user/password/reset?token="), "{link}");
    assert!(mail.html().contains(&link.as_str().replace('&', "&amp;")), "{}", mail.html());

    insta::assert_snapshot!(reset(&browser, &link).await, @r#"200 {"message":"Your password has been reset!"}"#);
    browser.get("/api/v1/user").await.expect(200);
    ana.get("/api/v1/user").await.expect(401);
    program.get("/api/v1/user").await.expect(200);
    insta::assert_snapshot!(reset(&visitor(&app).await, &link).await, @r#"
    422 {
      "message": "This password reset token is invalid.",
      "errors": {"email":["This password reset token is invalid."]}
    }
    "#);
    let login = async |password: &str| {
        visitor(&app).await.post("/user/login", json!({ "email": ana.email, "password": password })).await.status
    };
    assert_eq!((login(PASSWORD).await, login(NEW).await), (401, 200));
}

#[tokio::test]
async fn five_links_an_hour_and_none_after_a_change_of_the_password() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let ana = app.user("ana").await;
    let mut browser = visitor(&app).await;
    for number in 1..=6 {
        browser = browser.at(loopback(20 + number));
        let status = lost(&browser, &ana.email).await.status;
        assert_eq!(status, if number <= 5 { 200 } else { 422 }, "{number}");
        app.advance_seconds(61);
    }
    let mut link = mails.next().await.link();
    for _ in 2..=5 {
        link = mails.next().await.link();
    }
    let change = json!({ "currentPassword": PASSWORD, "password": NEW, "password_confirmation": NEW });
    ana.patch("/user/password", change).await.expect(200);
    assert_eq!(reset(&browser, &link).await.status, 422);
}

#[tokio::test]
async fn an_address_that_nobody_has_is_not_told_from_others() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    app.user("ana").await;
    let browser = visitor(&app).await;
    let body = |email: &str| json!({ "token": "x", "email": email, "password": NEW, "password_confirmation": NEW });
    let mut answers = Vec::new();
    for email in ["ana@example.org", "nobody@example.org"] {
        answers.push([
            lost(&browser, email).await.to_string(),
            lost(&browser, email).await.to_string(),
            lost(&browser, &email.to_uppercase()).await.to_string(),
            browser.post("/user/password/reset", body(email)).await.to_string(),
        ]);
    }
    assert_eq!(answers[0], answers[1]);
    insta::assert_snapshot!(answers[0].join("\n"), @r#"
    200 {"message":"We have emailed your password reset link!"}
    422 {"message":"Please wait before retrying.","errors":{"email":["Please wait before retrying."]}}
    422 {"message":"Please wait before retrying.","errors":{"email":["Please wait before retrying."]}}
    422 {
      "message": "This password reset token is invalid.",
      "errors": {"email":["This password reset token is invalid."]}
    }
    "#);
    mails.next().await;
    let state = app.mail.status();
    assert_eq!((state.sent + state.waiting, state.failed), (1, 0), "nothing is sent to who isn't there");
}

#[tokio::test]
async fn what_is_no_address_is_refused() {
    let app = TestApp::start().await;
    let browser = visitor(&app).await;
    for body in [json!({}), json!({ "email": "nobody" }), json!({ "email": ["a@b"] }), json!({ "email": null })] {
        browser.post("/user/password/lost", body).await.expect(422);
    }
    let long = format!("{}@example.org", "a".repeat(60).repeat(4));
    lost(&browser, &long).await.expect(422);
    insta::assert_snapshot!(browser.post("/user/password/reset", json!({})).await, @r#"
    422 {
      "message": "The token field is required. (and 2 more errors)",
      "errors": {"token":["The token field is required."],"email":["The email field is required."],"password":["The password field is required."]}
    }
    "#);
}

#[tokio::test]
async fn a_link_works_for_an_hour_and_until_the_next() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    app.user("ana").await;
    let browser = visitor(&app).await;
    lost(&browser, "ana@example.org").await.expect(200);
    let first = mails.next().await.link();
    app.advance_seconds(60);
    lost(&browser, "ana@example.org").await.expect(200);
    let second = mails.next().await.link();
    reset(&browser, &first).await.expect(422);
    app.advance_seconds(3601);
    reset(&browser, &second).await.expect(422);
    lost(&browser, "ana@example.org").await.expect(200);
    let third = mails.next().await.link();
    app.advance_seconds(3600);
    reset(&browser, &third).await.expect(200);
}

#[tokio::test]
async fn a_link_is_for_its_own_address_and_purpose() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let ana = app.user("ana").await;
    app.user("bob").await;
    let browser = visitor(&app).await;
    lost(&browser, "ana@example.org").await.expect(200);
    let link = mails.next().await.link();
    let stolen = link.as_str().replace("ana%40", "bob%40").parse().unwrap();
    reset(&browser, &stolen).await.expect(422);
    let mut write = app.store.write().await.unwrap().by_operator();
    let ana = Some(UserId(ana.id));
    let other = recovery::new_link(&app, &mut write, ResetKind::Webauthn, "ana@example.org", ana).await.unwrap();
    write.commit().await.unwrap();
    reset(&browser, &other.parse().unwrap()).await.expect(422);
    reset(&browser, &link).await.expect(200);
}

#[tokio::test]
async fn where_a_link_leads_is_not_the_askers_choice() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    app.user("ana").await;
    let ask = visitor(&app).await.post("/user/password/lost", json!({ "email": "ana@example.org" }));
    let ask = ask.header("host", "evil.example").header("x-forwarded-host", "evil.example");
    ask.header("accept-language", "de").await.expect(200);
    let mail = mails.next().await;
    assert_eq!(mail.link().host_str(), Some("2fa.example.org"));
    assert!(mail.text().starts_with("Hallo ana,\n"), "{}", mail.text());
}

#[tokio::test]
async fn a_new_password_does_not_let_in_whom_only_keys_let_in() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let ana = app.user("ana").await;
    ana.put("/api/v1/user/preferences/useWebauthnOnly", json!({ "value": true })).await.expect(201);
    let browser = visitor(&app).await;
    lost(&browser, "ana@example.org").await.expect(200);
    reset(&browser, &mails.next().await.link()).await.expect(200);
    browser.get("/api/v1/user").await.expect(401);
}

#[tokio::test]
async fn nobody_who_is_switched_off_gets_a_link() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    app.disable(&ana).await;
    lost(&visitor(&app).await, "ana@example.org").await.expect(200);
    let state = app.mail.status();
    assert_eq!(state.sent + state.waiting + state.failed, 0);
}

#[tokio::test]
async fn an_administrator_takes_a_password_back() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let (admin, ana) = (app.admin().await.with_token().await, app.user("ana").await);
    let program = ana.with_token().await;
    let path = format!("/api/v1/users/{}/password/reset", ana.id);
    let answer = admin.ask(http::Method::PATCH, &path).await.expect(200);
    assert_eq!(answer.field("password_reset"), "2023-11-14 22:13:20");
    ana.get("/api/v1/user").await.expect(401);
    program.get("/api/v1/user").await.expect(200);
    let browser = visitor(&app).await;
    let login = json!({ "email": ana.email, "password": PASSWORD });
    browser.post("/user/login", login).await.expect(401);
    let mail = mails.next().await;
    assert!(mail.text().contains("An administrator of Sixpin has taken back your password."), "{}", mail.text());
    app.advance_seconds(3601);
    let shown = admin.get(&format!("/api/v1/users/{}", ana.id)).await.expect(200);
    assert_eq!(shown.field("password_reset"), 0);
    admin.ask(http::Method::PATCH, &path).await.expect(200);
    reset(&browser, &mails.next().await.link()).await.expect(200);
    let shown = admin.get(&format!("/api/v1/users/{}", ana.id)).await.expect(200);
    assert_eq!(shown.field("password_reset"), Value::Null);
}

#[tokio::test]
async fn a_password_is_not_taken_back_from_who_has_no_address() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let new = NewUser {
        name: "john",
        name_key: "john",
        email: "john@remote",
        email_source: EmailSource::Fallback,
        password_hash: None,
        admin: AdminRule::No,
        sso: None,
        proxy_subject: None,
    };
    let mut write = app.store.write().await.unwrap().by_operator();
    let john = write.create_user(&new, app.clock.now()).await.unwrap();
    write.commit().await.unwrap();
    let path = format!("/api/v1/users/{}/password/reset", john.id);
    insta::assert_snapshot!(admin.ask(http::Method::PATCH, &path).await, @r#"400 {"message":"bad request","reason":"There is no mail address of this person: the one shown was made up."}"#);
    lost(&visitor(&app).await, "john@remote").await.expect(200);
    let state = app.mail.status();
    assert_eq!(state.sent + state.waiting + state.failed, 0);
}

#[tokio::test]
async fn a_link_is_its_users_and_not_the_next_ones_with_the_address() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let ana = app.user("ana").await;
    let browser = visitor(&app).await;
    lost(&browser, "ANA@example.org").await.expect(200);
    let link = mails.next().await.link();
    browser.post("/webauthn/lost", json!({ "email": "ana@example.org" })).await.expect(200);
    mails.next().await;
    let change = json!({ "name": "ana", "email": "ana@new.example", "password": PASSWORD });
    ana.put("/user", change).await.expect(200);
    let mut read = app.store.read().await.unwrap();
    for kind in [ResetKind::Password, ResetKind::Webauthn] {
        assert_eq!(read.reset(kind, "ana@example.org").await.unwrap(), None);
    }
    drop(read);
    // The next one with the address, and one who asked before there was a user.
    lost(&browser, "zoe@example.org").await.expect(200);
    let bob = app.user("Ana").await;
    reset(&browser, &link).await.expect(422);
    bob.get("/api/v1/user").await.expect(200);
}

#[tokio::test]
async fn while_there_is_single_sign_on_alone_a_link_is_mailed_to_administrators_and_nobody_is_told() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    app.set("useSsoOnly", json!(true)).await;
    let browser = visitor(&app).await;
    for email in [&*ana.email, "nobody@example.org", &admin.email, &admin.email, "nonsense"] {
        lost(&browser, email).await.expect(405);
    }
    let mail = mails.next().await;
    assert_eq!(mail.to, "<admin@example.org>");
    reset(&browser, &mail.link()).await.expect(200);
    reset(&browser, &mail.link()).await.expect(405);
}

#[tokio::test]
async fn recovery_has_a_limit_of_its_own() {
    let app = TestApp::start().await;
    app.user("ana").await;
    let browser = visitor(&app).await;
    for path in ["/user/password/lost", "/user/password/reset", "/webauthn/lost"].iter().cycle().take(10) {
        browser.post(path, json!({})).await.expect(422);
    }
    browser.post("/webauthn/lost", json!({})).await.expect(429);
    browser.post("/user/login", json!({ "email": "ana@example.org", "password": PASSWORD })).await.expect(200);
}
