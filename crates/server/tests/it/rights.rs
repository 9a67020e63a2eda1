//! Rights are asked for where they are used: a request that was allowed when it arrived, and then waits for the write
//! transaction, is refused if the right is taken away in between.

use std::future::IntoFuture as _;
use std::pin::pin;

use http::Method;
use serde_json::{Value, json};
use store::AdminWrite;
use vault::{AccountId, UserId};

use crate::harness::{Answer, PASSWORD, Person, TestApp};

const TOTP: &str = "otpauth://totp/Example:a?secret=A4GRFHVVRBGY7UIW";
const HOTP: &str = "otpauth://hotp/Example:b?secret=A4GRFHVVRBGY7UIW&counter=5";

/// Lets a request pass authentication and wait for the write transaction, changes something in that, and returns the
/// request's answer.
async fn overtaken(
    app: &TestApp,
    person: &Person,
    (method, path, body): (Method, &str, Value),
    change: impl AsyncFnOnce(&mut AdminWrite),
) -> Answer {
    // The person's activity is written down at most once a second, so not by the request itself.
    person.get("/api/v1/user").await.expect(200);
    let mut write = app.store.write().await.unwrap().by_operator();
    let mut answer = pin!(person.ask(method, path).json(&body).into_future());
    // Authentication is ready at once: the first poll gets past it, to the transaction or the hash of a password.
    for _ in 0..100 {
        tokio::select! {
            biased;
            answer = &mut answer => panic!("{path} doesn't wait for the transaction: {answer}"),
            () = std::future::ready(()) => {}
        }
    }
    change(&mut write).await;
    write.commit().await.unwrap();
    answer.await
}

fn new_admin() -> Value {
    json!({
        "name": "eve", "email": "eve@example.org", "password": "long enough", "password_confirmation": "long enough",
        "is_admin": true,
    })
}

/// The writes of administrators.
fn administration(own: &Person, other: &Person) -> Vec<(Method, String, Value)> {
    let user = |id: i64, rest: &str| format!("/api/v1/users/{id}{rest}");
    vec![
        (Method::POST, "/api/v1/users".into(), new_admin()),
        (Method::PATCH, user(own.id, "/promote"), json!({ "is_admin": true })),
        (Method::PATCH, user(other.id, "/promote"), json!({ "is_admin": true })),
        (Method::DELETE, user(other.id, ""), Value::Null),
        (Method::PATCH, user(other.id, "/password/reset"), Value::Null),
        (Method::DELETE, user(other.id, "/pats"), Value::Null),
        (Method::DELETE, user(other.id, "/credentials"), Value::Null),
        (Method::POST, "/api/v1/settings".into(), json!({ "key": "own", "value": 1 })),
        (Method::PUT, "/api/v1/settings/disableRegistration".into(), json!({ "value": true })),
        (Method::DELETE, "/api/v1/settings/restrictList".into(), Value::Null),
    ]
}

/// A text with all users and settings.
async fn state(app: &TestApp) -> String {
    let mut read = app.store.read().await.unwrap();
    let users: Vec<_> = read.users().await.unwrap().into_iter().map(|(user, _)| (user.id, user.is_admin)).collect();
    format!("{users:?} {:?}", read.settings().await.unwrap())
}

#[tokio::test]
async fn an_administrator_who_was_demoted_meanwhile_changes_nothing() {
    let app = TestApp::start().await;
    let (_admin, ben, other) = (app.admin().await, app.administrator("ben").await, app.user("other").await);
    for by in [ben.clone(), ben.with_token().await] {
        for (method, path, body) in administration(&ben, &other) {
            let promote = async |is_admin: bool| {
                let mut write = app.store.write().await.unwrap().by_operator();
                write.set_admin(UserId(ben.id), is_admin, app.clock.now()).await.unwrap();
                write.commit().await.unwrap();
            };
            promote(false).await;
            let before = state(&app).await;
            promote(true).await;
            let answer = overtaken(&app, &by, (method, &path, body), async |write| {
                write.set_admin(UserId(ben.id), false, app.clock.now()).await.unwrap();
            });
            answer.await.expect(403);
            assert_eq!(state(&app).await, before, "{path}");
        }
    }
}

/// The writes of any user.
fn own_writes(account: i64, hotp: i64, group: i64, other: &Person) -> Vec<(Method, String, Value)> {
    let one = |rest: &str| format!("/api/v1/twofaccounts/{account}{rest}");
    vec![
        (Method::POST, "/api/v1/twofaccounts".into(), json!({ "uri": TOTP })),
        (
            Method::PUT,
            one(""),
            json!({ "service": "s", "account": "changed", "icon": null, "otp_type": "totp",
            "secret": "JBSWY3DPEHPK3PXP", "digits": 6, "algorithm": "sha1", "period": 30 }),
        ),
        (Method::DELETE, one(""), Value::Null),
        (Method::DELETE, format!("/api/v1/twofaccounts?ids={account}"), Value::Null),
        (Method::PATCH, format!("/api/v1/twofaccounts/withdraw?ids={account}"), Value::Null),
        (Method::POST, "/api/v1/twofaccounts/reorder".into(), json!({ "orderedIds": [hotp, account] })),
        (Method::GET, format!("/api/v1/twofaccounts/{hotp}/otp"), Value::Null),
        (Method::POST, one("/shares"), json!({ "user_ids": [other.id] })),
        (Method::POST, one("/shares/all"), Value::Null),
        (Method::DELETE, one("/shares"), Value::Null),
        (Method::PATCH, one("/owner"), json!({ "new_owner_id": other.id, "confirm_password": PASSWORD })),
        (Method::POST, "/api/v1/groups".into(), json!({ "name": "new" })),
        (Method::PUT, format!("/api/v1/groups/{group}"), json!({ "name": "renamed" })),
        (Method::POST, format!("/api/v1/groups/{group}/assign"), json!({ "ids": [account] })),
        (Method::POST, "/api/v1/groups/reorder".into(), json!({ "orderedIds": [group] })),
        (Method::DELETE, format!("/api/v1/groups/{group}"), Value::Null),
        (Method::PUT, "/api/v1/user/preferences/theme".into(), json!({ "value": "dark" })),
        (Method::DELETE, "/api/v1/icons/0123456789012345678901234567890123456789.png".into(), Value::Null),
    ]
}

/// The writes of the pages, which take a session.
fn page_writes() -> Vec<(Method, String, Value)> {
    let new = json!({ "name": "eve", "email": "eve@example.org", "password": PASSWORD });
    let password =
        json!({ "currentPassword": PASSWORD, "password": "a new one", "password_confirmation": "a new one" });
    vec![
        (Method::POST, "/oauth/personal-access-tokens".into(), json!({ "name": "left behind" })),
        (Method::DELETE, "/oauth/personal-access-tokens/id".into(), Value::Null),
        (Method::DELETE, "/user/sessions".into(), Value::Null),
        (Method::DELETE, format!("/user/sessions/{}", "00".repeat(32)), Value::Null),
        (Method::PATCH, "/webauthn/credentials/AAAA/name".into(), json!({ "name": "mine" })),
        (Method::DELETE, "/webauthn/credentials/AAAA".into(), Value::Null),
        (Method::PUT, "/user".into(), new),
        (Method::PATCH, "/user/password".into(), password),
        (Method::DELETE, "/user".into(), json!({ "password": PASSWORD })),
        (Method::DELETE, "/socialite/link".into(), json!({ "password": PASSWORD })),
    ]
}

/// Everything that a user has, as a text.
async fn belongings(app: &TestApp, user: UserId) -> String {
    let mut read = app.store.read().await.unwrap();
    let theirs = read.user(user).await.unwrap().map(|user| (user.name, user.email, user.preferences, user.sso));
    let accounts = read.visible_accounts(user, vault::SharingPolicy::default(), None).await.unwrap();
    let mut shares = Vec::new();
    for seen in &accounts {
        shares.extend(read.shares(seen.account.id).await.unwrap());
    }
    let groups = read.groups(user).await.unwrap();
    let tokens = read.token_count(user).await.unwrap();
    format!("{theirs:?} {accounts:?} {shares:?} {groups:?} {tokens} {:?}", read.password_hash(user).await.unwrap())
}

async fn user_with_accounts(app: &TestApp) -> (Person, [i64; 3], Person) {
    for setting in ["enableSharing", "enableAllUsersSharingScope"] {
        app.set(setting, json!(true)).await;
    }
    let (ana, other) = (app.user("ana").await, app.user("other").await);
    let (account, hotp) = (ana.adds(TOTP).await, ana.adds(HOTP).await);
    let group = ana.post("/api/v1/groups", json!({ "name": "group" })).await.expect(201).id();
    (ana, [account, hotp, group], other)
}

#[tokio::test]
async fn a_session_that_ended_meanwhile_writes_nothing() {
    let app = TestApp::start().await;
    let (ana, [account, hotp, group], other) = user_with_accounts(&app).await;
    let before = belongings(&app, UserId(ana.id)).await;
    for (method, path, body) in own_writes(account, hotp, group, &other).into_iter().chain(page_writes()) {
        let browser = ana.session().await;
        let answer = overtaken(&app, &browser, (method, &path, body), async |write| {
            write.end_sessions(UserId(ana.id), None).await.unwrap();
        });
        answer.await.expect(401);
        assert_eq!(belongings(&app, UserId(ana.id)).await, before, "{path}");
        // A password is tried five times a minute.
        app.advance_seconds(60);
    }
}

#[tokio::test]
async fn a_token_that_was_revoked_meanwhile_writes_nothing() {
    let app = TestApp::start().await;
    let (ana, [account, hotp, group], other) = user_with_accounts(&app).await;
    let before = belongings(&app, UserId(ana.id)).await;
    for (method, path, body) in own_writes(account, hotp, group, &other) {
        let program = ana.with_token().await;
        let answer = overtaken(&app, &program, (method, &path, body), async |write| {
            write.revoke_tokens(UserId(ana.id)).await.unwrap();
        });
        answer.await.expect(401);
        assert_eq!(belongings(&app, UserId(ana.id)).await, before, "{path}");
        app.advance_seconds(60);
    }
}

#[tokio::test]
async fn a_disabled_user_of_the_proxy_writes_nothing() {
    let app = TestApp::behind_proxy(&[]).await;
    let ana = app.user("ana").await;
    ana.get("/api/v1/user").await.expect(200);
    let create = (Method::POST, "/api/v1/groups", json!({ "name": "new" }));
    let answer = overtaken(&app, &ana, create, async |write| {
        write.set_disabled(UserId(ana.id), Some(app.clock.now()), app.clock.now()).await.unwrap();
    });
    answer.await.expect(401);
    assert!(app.store.read().await.unwrap().groups(UserId(ana.id)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_request_that_waits_and_keeps_its_right_is_served() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let account = ana.adds(TOTP).await;
    let path = format!("/api/v1/twofaccounts/{account}");
    overtaken(&app, &ana, (Method::DELETE, &path, Value::Null), async |_| {}).await.expect(204);
    let left = app.store.read().await.unwrap().account(UserId(ana.id), AccountId(account)).await.unwrap();
    assert!(left.is_none());
}
