//! The life of an account behind the proxy, and who administrates.

use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinSet;
use tracing::Level;

use super::wire::{Wire, request};
use super::{EMAIL, PROXY, REMOTE_USER, is, refused};
use crate::harness::Log;
use crate::harness::{Answer, TestApp, on_every_engine};

const SUBJECT: [(&str, &str); 2] =
    [("AUTH_PROXY_HEADER_FOR_USER", "X-authentik-username"), ("AUTH_PROXY_HEADER_FOR_ID", "X-authentik-uid")];

async fn named(wire: &Wire, name: &str) -> Answer {
    wire.probe(PROXY, &[("Remote-User", name)]).await
}

async fn subject(wire: &Wire, name: &str, id: &str) -> Answer {
    wire.probe(PROXY, &[("X-authentik-username", name), ("X-authentik-uid", id)]).await
}

#[tokio::test]
async fn l_01_the_first_administrates() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    assert_eq!(named(&wire, "john").await.field("is_admin"), true);
    assert_eq!(named(&wire, "mary").await.field("is_admin"), false);
}

/// The statements that a request of somebody known makes of the database. The address asked makes none itself.
async fn statements(vars: &[(&str, &str)], fields: &[(&str, &str)]) -> Vec<String> {
    let wire = Wire::start(vars).await;
    for _ in 0..2 {
        wire.probe(PROXY, fields).await.expect(200);
    }
    let log = Log::at(Level::TRACE);
    wire.ask(PROXY, "GET /system/optimize", fields).await.expect(200);
    log.lines_with(&["store::statement:"])
}

#[tokio::test]
async fn a_known_person_costs_one_read() {
    let made = statements(&[REMOTE_USER], &[("Remote-User", "john")]).await;
    assert!(made.len() == 1 && made[0].ends_with(" FROM users WHERE name = ?"), "{made:?}");
    let lists = [
        REMOTE_USER,
        ("AUTH_PROXY_HEADER_FOR_EMAIL", "Remote-Email"),
        ("AUTH_PROXY_HEADER_FOR_ID", "Remote-Id"),
        ("AUTH_PROXY_HEADER_FOR_GROUPS", "Remote-Groups"),
        ("AUTH_PROXY_ADMIN_GROUPS", "admins"),
    ];
    let fields = [
        ("Remote-User", "john"),
        ("Remote-Email", "John@example.org"),
        ("Remote-Id", "1"),
        ("Remote-Groups", "admins"),
    ];
    let made = statements(&lists, &fields).await;
    assert!(made.len() == 1 && made[0].ends_with(" FROM users WHERE proxy_subject = ?"), "{made:?}");
}

#[tokio::test]
async fn l_02_unless_nobody_is_to() {
    let wire = Wire::start(&[REMOTE_USER, ("AUTH_PROXY_FIRST_USER_ADMIN", "false")]).await;
    assert_eq!(named(&wire, "john").await.field("is_admin"), false);
}

/// Twenty first requests at once: `name` gives the name of each.
async fn rush(wire: Wire, name: impl Fn(u32) -> String) -> Vec<Answer> {
    let wire = Arc::new(wire);
    let mut requests = JoinSet::new();
    for number in 0..20 {
        let (wire, name) = (Arc::clone(&wire), name(number));
        requests.spawn(async move { named(&wire, &name).await });
    }
    requests.join_all().await
}

#[test]
fn l_04_twenty_at_once_are_one() {
    on_every_engine(async |engine| {
        let wire = Wire::of(engine.start(&behind_proxy()).await).await;
        let app = TestApp::clone(&wire);
        let answers = rush(wire, |_| "john".to_owned()).await;
        for answer in &answers {
            is(answer, "john");
            assert_eq!((answer.id(), answer.field("is_admin")), (1, true.into()));
        }
        assert_eq!(app.store.read().await.unwrap().user_count().await.unwrap(), 1);
    });
}

#[test]
fn l_05_twenty_at_once_have_one_administrator() {
    on_every_engine(async |engine| {
        let wire = Wire::of(engine.start(&behind_proxy()).await).await;
        let app = TestApp::clone(&wire);
        let answers = rush(wire, |number| format!("john{number}")).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        let mut read = app.store.read().await.unwrap();
        assert_eq!((read.user_count().await.unwrap(), read.admin_count().await.unwrap()), (20, 1));
    });
}

fn behind_proxy() -> [(&'static str, &'static str); 3] {
    [("AUTHENTICATION_GUARD", "reverse-proxy-guard"), ("TRUSTED_PROXIES", "127.0.0.2"), REMOTE_USER]
}

#[tokio::test]
async fn l_06_nobody_is_made() {
    let wire = Wire::start(&[REMOTE_USER, ("AUTH_PROXY_AUTO_CREATE", "false")]).await;
    refused(&named(&wire, "john").await, 403, "unknown_user");
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn l_07_who_was_deleted_stays_deleted() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    named(&wire, "admin").await;
    let john = named(&wire, "john").await.id();
    let body = json!({ "name": "mine" }).to_string();
    wire.send(PROXY, "POST /api/v1/groups", &[("Remote-User", "john")], &body).await.expect(201);
    let line = format!("DELETE /api/v1/users/{john}");
    wire.ask(PROXY, &line, &[("Remote-User", "admin")]).await.expect(204);
    refused(&named(&wire, "john").await, 403, "tombstoned");
    let wire = wire.again_with(&[("AUTH_PROXY_RECREATE_DELETED", "true")]).await;
    let fresh = named(&wire, "john").await;
    assert_eq!(fresh.field("is_admin"), false);
    let groups = wire.ask(PROXY, "GET /api/v1/groups", &[("Remote-User", "john")]).await.json();
    assert_eq!(groups.as_array().unwrap().len(), 1, "only that of all accounts: {groups}");
}

#[tokio::test]
async fn l_08_a_disabled_account_is_closed() {
    let app = TestApp::behind_proxy(&[REMOTE_USER]).await;
    let john = app.user("john").await;
    app.disable(&john).await;
    refused(&named(&Wire::of(app).await, "john").await, 403, "account_disabled");
}

#[tokio::test]
async fn l_09_l_10_l_11_the_identifier_decides() {
    let wire = Wire::start(&SUBJECT).await;
    let alice = subject(&wire, "alice", "u1").await;
    is(&alice, "alice");
    let renamed = subject(&wire, "alice2", "u1").await;
    is(&renamed, "alice2");
    assert_eq!(renamed.id(), alice.id());
    let other = subject(&wire, "alice", "u2").await;
    is(&other, "alice");
    assert_ne!(other.id(), alice.id(), "l_10: a name that was given to somebody else opens nothing");
    refused(&subject(&wire, "alice2", "u3").await, 403, "identity_conflict");
    refused(&wire.probe(PROXY, &[("X-authentik-username", "alice")]).await, 407, "header_missing");
}

#[tokio::test]
async fn l_12_an_address_opens_nothing() {
    let wire = Wire::start(&[REMOTE_USER, ("AUTH_PROXY_HEADER_FOR_EMAIL", "Remote-Email")]).await;
    let email = ("Remote-Email", "john@example.com");
    let john = wire.probe(PROXY, &[("Remote-User", "john"), email]).await;
    let mary = wire.probe(PROXY, &[("Remote-User", "mary"), email]).await;
    is(&mary, "mary");
    assert_ne!(mary.id(), john.id());
    assert_eq!(mary.field("email"), "mary@remote");
}

#[tokio::test]
async fn l_13_no_password_opens_an_account_that_the_proxy_made() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    is(&named(&wire, "john").await, "john");
    let wire = wire.again_with(&[("AUTHENTICATION_GUARD", "web-guard")]).await;
    let page = [("Sec-Fetch-Site", "same-origin")];
    for (password, status) in [("password", 401), ("*", 401), (" ", 422), ("", 422)] {
        let body = json!({ "email": "john@remote", "password": password }).to_string();
        let answer = wire.send(PROXY, "POST /user/login", &page, &body).await;
        assert_eq!(answer.status, status, "{password:?}: {answer}");
    }
}

#[tokio::test]
async fn l_14_the_only_user_gets_what_nobody_owns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.sqlite");
    let local = TestApp::with(&[("DB_DATABASE", path.to_str().unwrap())]).await;
    let old = local.user("old").await;
    let account = old.adds("otpauth://totp/old?secret=JBSWY3DPEHPK3PXP").await;
    let group = old.post("/api/v1/groups", json!({ "name": "Work" })).await.expect(201).id();
    let database = rusqlite::Connection::open(path).unwrap();
    let orphaned = "UPDATE accounts SET user_id = NULL; UPDATE account_groups SET user_id = NULL; DELETE FROM users";
    database.execute_batch(orphaned).unwrap();
    let wire = Wire::of(local.again_with(&behind_proxy()).await).await;
    let john = [("Remote-User", "john")];
    let accounts = wire.ask(PROXY, "GET /api/v1/twofaccounts", &john).await.json();
    assert_eq!(accounts[0]["id"], account);
    let groups = wire.ask(PROXY, "GET /api/v1/groups", &john).await.json();
    assert_eq!(groups[1]["id"], group);
    let codes = wire.ask(PROXY, &format!("GET /api/v1/twofaccounts/{account}/otp"), &john).await;
    assert_eq!(codes.status, 200, "{codes}");
    named(&wire, "mary").await;
    let accounts = wire.ask(PROXY, "GET /api/v1/twofaccounts", &[("Remote-User", "mary")]).await.json();
    assert_eq!(accounts, json!([]));
}

#[tokio::test]
async fn l_15_two_people_on_one_connection() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    let mut connection = wire.connect(PROXY).await;
    let cookies = connection.exchange(&request("GET /", &[("Remote-User", "john")], "")).await;
    let cookie =
        cookies.cookies().iter().map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
    for name in ["john", "mary"] {
        let body = json!({ "name": format!("of {name}") }).to_string();
        let fields = [("Remote-User", name), ("Cookie", cookie.as_str()), ("Sec-Fetch-Site", "same-origin")];
        connection.exchange(&request("POST /api/v1/groups", &fields, &body)).await.expect(201);
    }
    for name in ["john", "mary", "john", "mary"] {
        let fields = [("Remote-User", name), ("Cookie", cookie.as_str())];
        let user = connection.exchange(&request("GET /api/v1/user", &fields, "")).await;
        is(&user, name);
        let groups = connection.exchange(&request("GET /api/v1/groups", &fields, "")).await.json();
        let names: Vec<_> = groups.as_array().unwrap()[1..].iter().map(|group| group["name"].clone()).collect();
        assert_eq!(names, [format!("of {name}")]);
    }
}

#[tokio::test]
async fn l_03_a_list_says_who_administrates() {
    let wire = Wire::start(&[REMOTE_USER, ("AUTH_PROXY_ADMIN_USERS", "alice, carol")]).await;
    assert_eq!(named(&wire, "bob").await.field("is_admin"), false, "not even the first");
    assert_eq!(named(&wire, "alice").await.field("is_admin"), true);
    let wire = wire.again_with(&[("AUTH_PROXY_ADMIN_USERS", "bob")]).await;
    assert_eq!(named(&wire, "alice").await.field("is_admin"), false);
    assert_eq!(wire.ask(PROXY, "GET /api/v1/users", &[("Remote-User", "alice")]).await.status, 403);
    assert_eq!(named(&wire, "bob").await.field("is_admin"), true);
    assert_eq!(wire.ask(PROXY, "GET /api/v1/users", &[("Remote-User", "bob")]).await.status, 200);
}

#[tokio::test]
async fn what_the_word_of_a_proxy_changes_is_in_the_audit_trail() {
    let wire = Wire::start(&[REMOTE_USER, EMAIL]).await;
    let log = Log::at(Level::INFO);
    let told =
        |event: &str| log.lines_with(&[" audit", &format!("event=\"{event}\""), "name=\"eve\"", "via=\"proxy\""]).len();
    named(&wire, "eve").await;
    named(&wire, "eve").await;
    assert_eq!((told("user.create"), told("user.update")), (1, 0), "{}", log.text());
    wire.probe(PROXY, &[("Remote-User", "eve"), (EMAIL.1, "eve@example.org")]).await;
    assert_eq!(told("user.update"), 1, "{}", log.text());
    let wire = wire.again_with(&[("AUTH_PROXY_ADMIN_USERS", "ana")]).await;
    named(&wire, "eve").await;
    assert_eq!(told("user.demote"), 1, "{}", log.text());
}

#[tokio::test]
async fn l_16_a_group_says_who_administrates() {
    let wire = Wire::start(&[
        REMOTE_USER,
        ("AUTH_PROXY_HEADER_FOR_GROUPS", "Remote-Groups"),
        ("AUTH_PROXY_GROUPS_SEPARATOR", "|"),
        ("AUTH_PROXY_ADMIN_GROUPS", "admins"),
    ])
    .await;
    for (groups, is_admin) in
        [("a|b", false), ("a|admins", true), ("superadmins", false), ("admins,x", false), ("admins", true), ("", false)]
    {
        let answer = wire.probe(PROXY, &[("Remote-User", "john"), ("Remote-Groups", groups)]).await;
        assert_eq!(answer.field("is_admin") == true, is_admin, "{groups}");
    }
    let twice = [("Remote-User", "john"), ("Remote-Groups", "a"), ("Remote-Groups", "admins")];
    refused(&wire.probe(PROXY, &twice).await, 407, "header_duplicate");
}

#[tokio::test]
async fn l_17_groups_with_semicolons() {
    let groups = [("AUTH_PROXY_HEADER_FOR_GROUPS", "Auth-Groups"), ("AUTH_PROXY_ADMIN_GROUPS", "timelords")];
    let sent = [("Remote-User", "dwho"), ("Auth-Groups", "users; timelords")];
    let wire = Wire::start(&[&[REMOTE_USER], &groups[..]].concat()).await;
    let log = Log::at(Level::WARN);
    for _ in 0..3 {
        assert_ne!(wire.probe(PROXY, &sent).await.field("is_admin"), true);
    }
    assert_eq!(log.lines_with(&["AUTH_PROXY_GROUPS_SEPARATOR=\";\""]).len(), 1, "{}", log.text());
    let wire = Wire::start(&[&[REMOTE_USER, ("AUTH_PROXY_GROUPS_SEPARATOR", ";")], &groups[..]].concat()).await;
    assert_eq!(wire.probe(PROXY, &sent).await.field("is_admin"), true);
}
