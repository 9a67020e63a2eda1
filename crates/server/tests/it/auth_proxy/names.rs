//! Which headers are read, and which are refused because they could be taken for them.

use tracing::Level;

use super::program::does_not_start;
use super::wire::{Wire, request};
use super::{EMAIL, PROXY, REMOTE_USER, is, refused};
use crate::harness::Log;
use crate::harness::TestApp;

const JOHN: (&str, &str) = ("Remote-User", "john");
const NOTHING: [(&str, &str); 0] = [];

fn named(name: &str) -> (&str, &str) {
    ("AUTH_PROXY_HEADER_FOR_USER", name)
}

#[tokio::test]
async fn n_01_a_name_in_any_case() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    let one = wire.probe(PROXY, &[("remote-user", "john")]).await;
    let other = wire.probe(PROXY, &[("REMOTE-USER", "john")]).await;
    is(&one, "john");
    assert_eq!(one.id(), other.id());
}

#[tokio::test]
async fn n_02_n_03_n_04_n_05_names_as_php_knows_them() {
    let wire = Wire::start(&[named("HTTP_REMOTE_USER")]).await;
    is(&wire.probe(PROXY, &[JOHN]).await, "john");
    refused(&wire.probe(PROXY, &[("HTTP_REMOTE_USER", "john")]).await, 407, "header_alias");
    let wire = Wire::start(&[named("HTTP_REMOTE_USER"), ("AUTH_PROXY_HEADER_NOTATION", "wire")]).await;
    is(&wire.probe(PROXY, &[("HTTP_REMOTE_USER", "john")]).await, "john");
    let wire = Wire::start(&[named("HTTP_2FAUTH_USER")]).await;
    is(&wire.probe(PROXY, &[("2FAUTH-User", "john")]).await, "john");
}

#[tokio::test]
async fn n_06_the_log_suggests_the_name_that_came() {
    let log = Log::at(Level::INFO);
    let wire = Wire::start(&[]).await;
    refused(&wire.probe(PROXY, &[JOHN]).await, 407, "header_alias");
    let words = ["header_alias", "set AUTH_PROXY_HEADER_FOR_USER=Remote-User", "127.0.0.2"];
    assert_eq!(log.lines_with(&words).len(), 1, "{}", log.text());
}

#[tokio::test]
async fn n_07_n_08_n_09_other_spellings_are_refused() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    for alias in ["REMOTE_USER", "Remote.User", "Remote_User", "Remote~User", "HTTP_REMOTE_USER", "http-remote-user"] {
        refused(&wire.probe(PROXY, &[JOHN, (alias, "admin")]).await, 407, "header_alias");
        refused(&wire.probe(PROXY, &[(alias, "admin")]).await, 407, "header_alias");
    }
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn n_10_other_spellings_can_be_ignored() {
    let wire = Wire::start(&[REMOTE_USER, ("AUTH_PROXY_ALIAS_POLICY", "ignore")]).await;
    is(&wire.probe(PROXY, &[JOHN, ("REMOTE_USER", "admin")]).await, "john");
    refused(&wire.probe(PROXY, &[("REMOTE_USER", "admin")]).await, 407, "header_missing");
    assert_eq!(wire.users().await, 1);
}

#[tokio::test]
async fn n_11_n_12_one_header_only() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    for twice in [
        [("Remote-User", "a"), ("Remote-User", "b")],
        [("Remote-User", "a"), ("Remote-User", "a")],
        [("Remote-User", "a"), ("remote-user", "a")],
    ] {
        refused(&wire.probe(PROXY, &twice).await, 407, "header_duplicate");
    }
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn n_13_a_list_is_one_name() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    let admin = wire.probe(PROXY, &[("Remote-User", "admin")]).await;
    let listed = wire.probe(PROXY, &[("Remote-User", "alice, admin")]).await;
    is(&listed, "alice, admin");
    assert_ne!(listed.id(), admin.id());
    assert_eq!(listed.field("is_admin"), false);
}

#[tokio::test]
async fn n_14_a_trailer_is_no_header() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    let head = "POST /api/v1/groups HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                Transfer-Encoding: chunked\r\nTrailer: Remote-User\r\nAccept: application/json\r\n";
    let body = "c\r\n{\"name\":\"x\"}\r\n0\r\nRemote-User: admin\r\n\r\n";
    let answer = wire.raw(PROXY, format!("{head}\r\n{body}")).await;
    assert!(answer.starts_with("HTTP/1.1 407 ") && answer.contains("x-auth-proxy-refusal: header_missing"), "{answer}");
    let answer = wire.raw(PROXY, format!("{head}Remote-User: john\r\n\r\n{body}")).await;
    assert!(answer.starts_with("HTTP/1.1 201 "), "a body in chunks is read: {answer}");
    assert_eq!(wire.users().await, 1);
}

#[tokio::test]
async fn n_15_n_16_a_header_that_connection_names() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    for connection in ["close, Remote-User", "REMOTE_USER"] {
        refused(&wire.probe(PROXY, &[JOHN, ("Connection", connection)]).await, 407, "header_hop_by_hop");
    }
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn n_17_headers_that_are_none() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    for head in [
        "GET /api/v1/user HTTP/1.1\r\nHost: localhost\r\nRemote-User : john\r\n\r\n",
        "GET /api/v1/user HTTP/1.1\r\n Remote-User: john\r\nHost: localhost\r\n\r\n",
        "GET /api/v1/user HTTP/1.1\r\nHost: localhost\r\nX: y\r\n Remote-User: john\r\n\r\n",
        "GET /api/v1/user HTTP/1.1\r\nHost: localhost\r\nRemote-User: jo\r\n hn\r\n\r\n",
    ] {
        let answer = wire.raw(PROXY, head).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{head}: {answer}");
    }
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn n_18_there_is_no_http2() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    let answer = wire.raw(PROXY, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    assert!(!answer.contains(" 200 "), "{answer}");
    let upgrade = [JOHN, ("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABk")];
    is(&wire.probe(PROXY, &upgrade).await, "john");
}

#[tokio::test]
async fn n_19_no_name_is_the_default_name() {
    for name in ["null", ""] {
        let wire = Wire::start(&[named(name)]).await;
        is(&wire.probe(PROXY, &[("REMOTE_USER", "john")]).await, "john");
        refused(&wire.probe(PROXY, &NOTHING).await, 407, "header_missing");
    }
}

#[test]
fn n_20_n_21_names_that_stop_the_program() {
    for name in ["Authorization", "Host", "X.User", "Remote User"] {
        does_not_start(&[named(name)], "AUTH_PROXY_HEADER_FOR_USER: ");
    }
    does_not_start(&[REMOTE_USER, ("AUTH_PROXY_HEADER_FOR_EMAIL", "REMOTE_USER")], "could be taken for each other");
}

#[tokio::test]
async fn n_22_a_longer_name_is_no_other_spelling() {
    let wire = Wire::start(&[EMAIL]).await;
    is(&wire.probe(PROXY, &[("REMOTE_USER", "john"), ("REMOTE_USER_EMAIL", "j@example.com")]).await, "john");
}

#[tokio::test]
async fn n_23_only_headers_say_who_it_is() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    let cookie = [("Cookie", "Remote-User=admin; REMOTE_USER=admin")];
    refused(&wire.probe(PROXY, &cookie).await, 407, "header_missing");
    refused(&wire.ask(PROXY, "GET /api/v1/user?Remote-User=admin", &NOTHING).await, 407, "header_missing");
    let body = r#"{"Remote-User":"admin","REMOTE_USER":"admin","name":"x"}"#;
    refused(&wire.send(PROXY, "POST /api/v1/groups", &NOTHING, body).await, 407, "header_missing");
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn n_24_without_the_guard_the_headers_are_nothing() {
    let log = Log::at(Level::TRACE);
    let wire = Wire::of(TestApp::with(&[REMOTE_USER, ("TRUSTED_PROXIES", "127.0.0.2")]).await).await;
    let identity = [("Remote-User", "some-administrator"), ("REMOTE_USER", "some-administrator")];
    for line in [
        "GET /",
        "GET /accounts",
        "GET /up",
        "GET /manifest.json",
        "GET /system/infos",
        "PUT /user",
        "POST /user",
        "GET /user/logout",
        "GET /oauth/personal-access-tokens",
        "GET /api/v1/user",
        "GET /api/v1/user/name",
        "GET /api/v1/user/preferences",
        "GET /api/v1/twofaccounts",
        "POST /api/v1/twofaccounts",
        "GET /api/v1/twofaccounts/1",
        "GET /api/v1/twofaccounts/1/otp",
        "GET /api/v1/groups",
        "GET /api/v1/users",
        "GET /api/v1/settings",
        "GET /api/v1/nothing",
    ] {
        let (without, with) = (wire.ask(PROXY, line, &NOTHING).await, wire.ask(PROXY, line, &identity).await);
        assert_eq!((without.status, without.text()), (with.status, with.text()), "{line}");
    }
    assert_eq!(wire.users().await, 0);
    assert!(!log.text().contains("some-administrator"), "{}", log.text());
}

#[tokio::test]
async fn r27_a_request_without_end_is_cut_off() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    let fields: Vec<_> = (0..64).map(|_| ("X", "y")).collect();
    let answer = wire.raw(PROXY, request("GET /api/v1/user", &fields, "")).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}
