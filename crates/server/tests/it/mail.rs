//! Mails: what is sent when, and what becomes of it when the mail server is away.

use serde_json::json;
use tokio::net::TcpListener;

use crate::harness::{MailServer, PASSWORD, Person, TestApp, loopback};

/// A browser at an address, that tries a password of ana's.
async fn tries(app: &TestApp, last: u8, agent: &str, password: &str) -> u16 {
    let browser = app.anonymous().at(loopback(last)).with("user-agent", agent);
    browser.get("/").await.expect(200);
    browser.post("/user/login", json!({ "email": "ana@example.org", "password": password })).await.status
}

async fn wants(person: &Person, preference: &str) {
    person.put(&format!("/api/v1/user/preferences/{preference}"), json!({ "value": true })).await.expect(201);
}

/// How many mails were sent or are about to be.
fn count(app: &TestApp) -> u64 {
    let state = app.mail.status();
    assert_eq!(state.failed, 0, "{state:?}");
    state.sent + state.waiting
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

#[tokio::test]
async fn a_new_device_is_told_of_once() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let ana = app.user("ana").await;
    app.advance_seconds(61);
    assert_eq!(tries(&app, 3, FIREFOX, PASSWORD).await, 200);
    assert_eq!(count(&app), 0, "nobody asked for it");
    wants(&ana, "notifyOnNewAuthDevice").await;
    assert_eq!(tries(&app, 3, FIREFOX, PASSWORD).await, 200);
    assert_eq!(count(&app), 0, "known");
    assert_eq!(tries(&app, 4, FIREFOX, PASSWORD).await, 200);
    let mail = mails.next().await;
    assert_eq!(mail.header("Subject"), "Sixpin: Sign-in from a new device");
    insta::assert_snapshot!(mail.text(), @"
    Hello ana,

    Your account at Sixpin was used from a device or a network that was not known before.

    Time: 2023-11-14 22:14 (UTC)
    Network address: 127.0.0.4
    Browser: Firefox, Linux

    If it wasn't you, change your password at once and end your other sessions.
    ");
    assert_eq!(tries(&app, 4, FIREFOX, PASSWORD).await, 200);
    assert_eq!(tries(&app, 4, "curl/8", PASSWORD).await, 200);
    mails.next().await;
    assert_eq!(count(&app), 2);
}

#[tokio::test]
async fn whoever_just_came_to_be_knows_of_their_device() {
    let app = TestApp::start().await;
    wants(&app.user("ana").await, "notifyOnNewAuthDevice").await;
    assert_eq!(tries(&app, 3, FIREFOX, PASSWORD).await, 200);
    assert_eq!(count(&app), 0);
}

#[tokio::test]
async fn a_refused_sign_in_is_told_of_but_not_without_end() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let ana = app.user("ana").await;
    assert_eq!(tries(&app, 3, FIREFOX, "wrong").await, 401);
    assert_eq!(count(&app), 0, "nobody asked for it");
    wants(&ana, "notifyOnFailedLogin").await;
    ana.put("/api/v1/user/preferences/lang", json!({ "value": "fr" })).await.expect(201);
    ana.put("/api/v1/user/preferences/timezone", json!({ "value": "Europe/Paris" })).await.expect(201);
    for last in 4..14 {
        assert_eq!(tries(&app, last, FIREFOX, "wrong").await, 401);
    }
    let mail = mails.next().await;
    insta::assert_snapshot!(mail.text(), @"
    Bonjour ana,

    Quelqu'un a essayé de se connecter à votre compte sur Sixpin et a été refusé.

    Date: 2023-11-14 23:13 (Europe/Paris)
    Adresse réseau: 127.0.0.4
    Navigateur: Firefox, Linux

    Si ce n'était pas vous et que cela se reproduit, choisissez un mot de passe plus long.
    ");
    assert_eq!(count(&app), 5);
    app.advance_seconds(3601);
    assert_eq!(tries(&app, 20, FIREFOX, "wrong").await, 401);
    assert_eq!(count(&app), 6);
}

#[tokio::test]
async fn people_are_told_what_is_shared_with_them() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    app.set("enableSharing", json!(true)).await;
    app.set("enableAllUsersSharingScope", json!(true)).await;
    let (ana, bob, eve) = (app.user("ana").await, app.user("bob").await, app.user("eve").await);
    eve.put("/api/v1/user/preferences/notifyOnShare", json!({ "value": false })).await.expect(201);
    let account = ana.adds("otpauth://totp/Example:ana-at-work?secret=JBSWY3DPEHPK3PXP").await;
    let path = format!("/api/v1/twofaccounts/{account}");
    let mut next = async || {
        let mail = mails.next().await;
        assert!(!mail.source.contains("ana-at-work"), "the service alone is named");
        (mail.to.clone(), mail.text().lines().nth(2).unwrap().to_owned())
    };
    let to_bob = |text: &str| ("<bob@example.org>".to_owned(), text.to_owned());
    let shared = to_bob("ana shares the account Example with you at Sixpin.");
    let unshared = to_bob("ana no longer shares the account Example with you at Sixpin.");
    let with_both = json!({ "user_ids": [bob.id, eve.id] });
    ana.post(&format!("{path}/shares"), with_both.clone()).await.expect(201);
    assert_eq!(next().await, shared);
    ana.post(&format!("{path}/shares"), with_both).await.expect(200);
    for _ in 0..2 {
        ana.delete(&format!("{path}/shares/{}", bob.id)).await.expect(204);
    }
    assert_eq!(next().await, unshared);
    ana.post(&format!("{path}/shares/all"), json!({})).await.expect(201);
    assert_eq!(next().await, shared);
    ana.delete(&format!("{path}/shares")).await.expect(204);
    assert_eq!(next().await, unshared);
    let give = json!({ "new_owner_id": bob.id, "confirm_password": PASSWORD });
    ana.patch(&format!("{path}/owner"), give).await.expect(200);
    assert_eq!(next().await, to_bob("ana has made you the owner of the account Example at Sixpin."));
    assert_eq!(count(&app), 5);
}

#[tokio::test]
async fn an_administrator_tests_the_way_out() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let admin = app.admin().await;
    insta::assert_snapshot!(admin.post("/system/test-email", json!({})).await, @r#"200 {"message":"Ok"}"#);
    let mail = mails.next().await;
    assert_eq!((mail.to.as_str(), mail.header("Subject").as_str()), ("<admin@example.org>", "Sixpin: Test mail"));
    let state = admin.get("/system/mail").await.expect(200).json();
    assert_eq!((&state["mailer"], &state["sent"], &state["failures"]), (&json!("smtp"), &json!(1), &json!([])));
    assert_eq!(state["from"], "noreply@2fa.example.org");
}

#[tokio::test]
async fn a_server_that_refuses_is_shown_to_administrators() {
    // A port that nobody listens on any more.
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port().to_string();
    let vars = [("MAIL_HOST", "127.0.0.1"), ("MAIL_PORT", port.as_str()), ("MAIL_ENCRYPTION", "none")];
    let app = TestApp::with(&vars).await;
    let admin = app.admin().await;
    let answer = admin.post("/system/test-email", json!({})).await.expect(424);
    assert_eq!(answer.field("message"), "Email sending failed");
    let details = answer.field("details").as_str().unwrap().to_owned();
    assert!(details.starts_with(&format!("127.0.0.1:{port}: the connection failed")), "{details}");
    let state = admin.get("/system/mail").await.expect(200).json();
    assert_eq!((&state["sent"], &state["failed"]), (&json!(0), &json!(1)));
    assert_eq!(
        state["failures"],
        json!([{ "at": "2023-11-14T22:13:20.000000Z", "to": "admin@example.org", "about": "test", "error": details }])
    );
}

#[tokio::test]
async fn a_server_that_hangs_keeps_nobody_waiting() {
    // It accepts connections and says nothing.
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port().to_string();
    let vars = [("MAIL_HOST", "127.0.0.1"), ("MAIL_PORT", port.as_str()), ("MAIL_ENCRYPTION", "none")];
    let app = TestApp::with(&vars).await;
    let ana = app.user("ana").await;
    wants(&ana, "notifyOnFailedLogin").await;
    let browser = app.anonymous();
    browser.get("/").await.expect(200);
    browser.post("/user/password/lost", json!({ "email": ana.email })).await.expect(200);
    assert_eq!(tries(&app, 3, FIREFOX, "wrong").await, 401);
    assert_eq!(tries(&app, 3, FIREFOX, PASSWORD).await, 200);
    assert_eq!(app.mail.status().waiting, 2);
    drop(server);
}

#[tokio::test]
async fn so_many_mails_wait_and_no_more() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = server.local_addr().unwrap().port().to_string();
    let vars = [("MAIL_HOST", "127.0.0.1"), ("MAIL_PORT", port.as_str()), ("MAIL_ENCRYPTION", "none")];
    let app = TestApp::with(&vars).await;
    let ana = app.user("ana").await;
    let ana = app.store.read().await.unwrap().user(vault::UserId(ana.id)).await.unwrap().unwrap();
    for _ in 0..1100 {
        app.mail.send(&ana, sixpin::messages::Locale::English, sixpin::mail::Letter::test());
    }
    let state = app.mail.status();
    assert_eq!((state.waiting, state.failed, state.failures.len()), (1024, 76, 20));
    assert_eq!(state.failures[0].error, "too many mails wait for the mail server");
    drop(server);
}

#[tokio::test]
async fn a_new_token_is_told_of_without_being_asked() {
    let mut mails = MailServer::start().await;
    let app = TestApp::with(&mails.vars()).await;
    let ana = app.user("ana").await;
    ana.post("/oauth/personal-access-tokens", json!({ "name": "ext\n\nhello" })).await.expect(200);
    let mail = mails.next().await;
    assert_eq!(mail.header("Subject"), "Sixpin: An access token was added");
    insta::assert_snapshot!(mail.text(), @"
    Hello ana,

    The access token “ext  hello” was added to your account at Sixpin. A program that has it acts in your name.

    Time: 2023-11-14 22:13 (UTC)
    Network address: 127.0.0.1

    If it wasn't you, delete it in the settings at once, change your password and end your other sessions.
    ");
}
