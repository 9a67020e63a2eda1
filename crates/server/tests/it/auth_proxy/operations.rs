//! What an operator sees, and what no sequence of headers does.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use tracing::Level;

use super::program::says_at_start;
use super::wire::Wire;
use super::{PROXY, REMOTE_USER, STRANGER, refused};
use crate::harness::Log;

const NOTHING: [(&str, &str); 0] = [];

#[tokio::test]
async fn o_01_refusals_are_logged_by_name_and_not_too_often() {
    let log = Log::at(Level::WARN);
    let wire = Wire::start(&[REMOTE_USER]).await;
    let fields = [("X-Forwarded-User", "some-value"), ("Cookie", "some=value"), ("Authorization", "Bearer some-value")];
    for _ in 0..30 {
        refused(&wire.probe(PROXY, &fields).await, 407, "header_missing");
    }
    let words =
        ["reason=\"header_missing\"", "peer=\"127.0.0.2\"", "Remote-User (AUTH_PROXY_HEADER_FOR_USER) is missing"];
    assert_eq!(log.lines_with(&words).len(), 10, "{}", log.text());
    assert_eq!(log.lines_with(&["X-Forwarded-User", "Cookie", "Authorization"]).len(), 10, "{}", log.text());
    assert_eq!(log.lines_with(&["further refusals", "127.0.0.2"]).len(), 1, "{}", log.text());
    assert!(!log.text().contains("some"), "{}", log.text());
    refused(&wire.probe(STRANGER, &NOTHING).await, 403, "untrusted_peer");
    assert_eq!(log.lines_with(&["untrusted_peer", "127.0.0.9"]).len(), 1, "others are still logged: {}", log.text());
    wire.advance_seconds(60);
    refused(&wire.probe(PROXY, &fields).await, 407, "header_missing");
    assert_eq!(log.lines_with(&words).len(), 11, "{}", log.text());
}

#[test]
fn o_03_the_start_tells_what_is_believed() {
    let said = says_at_start(&[("AUTH_PROXY_HEADER_FOR_USER", "HTTP_REMOTE_USER"), ("TRUSTED_PROXIES", "192.0.2.7")]);
    assert!(said.contains("INFO auth proxy: peers 192.0.2.7, user from remote-user, no secret"), "{said}");
}

#[test]
fn r1_the_start_tells_that_nobody_is_believed() {
    let said = says_at_start(&[("TRUSTED_PROXIES", "")]);
    assert!(said.contains("ERROR no proxy is trusted, so every request will be refused with 403"), "{said}");
}

#[tokio::test]
async fn o_04_a_request_of_two_lengths_is_none() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    let hidden = "GET /api/v1/user HTTP/1.1\r\nHost: localhost\r\nRemote-User: admin\r\n\r\n";
    let (length, chunked) = (format!("Content-Length: {}\r\n", 5 + hidden.len()), "Transfer-Encoding: chunked\r\n");
    let head = "POST /api/v1/groups HTTP/1.1\r\nHost: localhost\r\nRemote-User: john\r\n";
    let first = "GET /up HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for bytes in [
        format!("{head}{length}{chunked}\r\n0\r\n\r\n{hidden}"),
        format!("{head}{chunked}{length}\r\n0\r\n\r\n{hidden}"),
    ] {
        let answer = wire.raw(PROXY, &bytes).await;
        assert!(answer.starts_with("HTTP/1.1 400 ") && !answer.contains("HTTP/1.1 2"), "{answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "nothing else is answered: {answer}");
        let mut connection = wire.connect(PROXY).await;
        assert_eq!(connection.exchange(first.as_bytes()).await.status, 200);
        connection.write(bytes.as_bytes()).await;
        let answer = connection.rest().await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "in a later request: {answer}");
    }
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn r27_nothing_follows_a_request_in_chunks() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    let head = "POST /api/v1/groups HTTP/1.1\r\nHost: localhost\r\nRemote-User: john\r\nTransfer-Encoding: chunked\r\n";
    let hidden = "GET /up HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let answer = wire.raw(PROXY, format!("{head}\r\n0\r\n\r\n{hidden}")).await;
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}

#[tokio::test]
async fn o_02_nobody_makes_the_instance_ask_itself() {
    let log = Log::at(Level::DEBUG);
    let fetching = [("OUTGOING_REQUESTS", "true"), ("BLOCK_OPTAUTH_IMAGELINK_FETCHING", "false")];
    let wire = Wire::start(&[&[REMOTE_USER], &fetching[..]].concat()).await;
    for host in ["127.0.0.1", "127.0.0.2", "[::ffff:127.0.0.1]", "[::1]", "localhost"] {
        let uri = format!("otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&image=http://{host}:{}/icon-512.png", wire.port());
        let body = serde_json::json!({ "uri": uri }).to_string();
        let made = wire.send(PROXY, "POST /api/v1/twofaccounts", &[("Remote-User", "john")], &body).await;
        assert_eq!((made.status, made.field("icon")), (201, serde_json::Value::Null), "{host}: {made}");
    }
    assert_eq!(log.lines_with(&["the picture of an otpauth URI isn't taken"]).len(), 5, "{}", log.text());
    assert_eq!(log.lines_with(&["GET", "/icon-512.png"]), [""; 0], "{}", log.text());
}

/// Headers as clients send them, to be mixed with the proxy's.
fn field() -> impl Strategy<Value = (&'static str, &'static str)> {
    let names = vec![
        "Remote-User",
        "remote-user",
        "REMOTE_USER",
        "Remote_User",
        "Remote.User",
        "Remote~User",
        "HTTP_REMOTE_USER",
        "X-Remote-User",
        "X-Forwarded-User",
        "X-Forwarded-For",
        "Authorization",
        "Cookie",
        "Connection",
    ];
    let values = vec!["john", "admin", "", "(null)", "close, Remote-User", "127.0.0.2", "Basic YWRtaW46", "a, b"];
    (prop::sample::select(names), prop::sample::select(values))
}

#[tokio::test]
async fn o_05_without_exactly_one_name_nobody_comes_in() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    let mut runner = TestRunner::deterministic();
    let sets = prop::collection::vec(field(), 0..8);
    for _ in 0..2000 {
        let mut fields = sets.new_tree(&mut runner).unwrap().current();
        if fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("remote-user")).count() == 1 {
            fields.push(("Remote-User", "john"));
        }
        let answer = wire.probe(PROXY, &fields).await;
        assert_eq!(answer.status, 407, "{fields:?}: {answer}");
    }
    assert_eq!(wire.users().await, 0);
}
