//! Which peers are believed: the other end of the socket, whatever headers say.

use std::net::{IpAddr, Ipv6Addr};
use std::os::unix::fs::MetadataExt as _;

use tracing::Level;

use super::program::does_not_start;
use super::wire::{Wire, request};
use super::{PROXY, STRANGER, is, refused};
use crate::harness::Log;
use crate::harness::TestApp;

const JOHN: (&str, &str) = ("REMOTE_USER", "john");
const IPV6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

fn trusting(list: &str) -> [(&str, &str); 1] {
    [("TRUSTED_PROXIES", list)]
}

#[tokio::test]
async fn t_01_a_network_is_trusted() {
    let wire = Wire::start(&trusting("127.0.0.0/30")).await;
    is(&wire.probe(PROXY, &[JOHN]).await, "john");
    refused(&wire.probe(STRANGER, &[JOHN]).await, 403, "untrusted_peer");
}

#[tokio::test]
async fn t_02_blanks_in_the_list() {
    is(&Wire::start(&trusting(" 10.0.0.1 , 127.0.0.2 ")).await.probe(PROXY, &[JOHN]).await, "john");
}

#[test]
fn t_03_an_entry_that_cannot_be_understood_stops_the_program() {
    does_not_start(&trusting("127.0.0.2,nonsense"), "\"nonsense\"");
}

#[tokio::test]
async fn t_04_t_05_ipv4_on_a_listener_of_ipv6() {
    for list in ["127.0.0.2", "::ffff:127.0.0.2"] {
        let wire = Wire::on_ipv6(&trusting(list)).await;
        is(&wire.probe(PROXY, &[JOHN]).await, "john");
        refused(&wire.probe(STRANGER, &[JOHN]).await, 403, "untrusted_peer");
    }
}

#[tokio::test]
async fn t_06_t_07_ipv6() {
    for list in ["::2", "127.0.0.0/8"] {
        let wire = Wire::on_ipv6(&trusting(list)).await;
        refused(&wire.probe(IPV6, &[JOHN]).await, 403, "untrusted_peer");
    }
    is(&Wire::on_ipv6(&trusting("::1")).await.probe(IPV6, &[JOHN]).await, "john");
}

#[tokio::test]
async fn t_08_t_09_no_header_makes_a_stranger_the_proxy() {
    let wire = Wire::start(&[]).await;
    for field in [
        ("X-Forwarded-For", "127.0.0.2"),
        ("X-Real-IP", "127.0.0.2"),
        ("Forwarded", "for=127.0.0.2"),
        ("X-Forwarded-By", "127.0.0.2"),
        ("CF-Connecting-IP", "127.0.0.2"),
        ("True-Client-IP", "127.0.0.2"),
    ] {
        refused(&wire.probe(STRANGER, &[JOHN, field]).await, 403, "untrusted_peer");
    }
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn t_10_t_11_the_header_for_addresses_is_for_the_log_alone() {
    let log = Log::at(Level::INFO);
    let wire = Wire::start(&[("PROXY_HEADER_FOR_IP", "X-Real-IP")]).await;
    refused(&wire.probe(STRANGER, &[JOHN, ("X-Real-IP", "127.0.0.2")]).await, 403, "untrusted_peer");
    assert_eq!(log.lines_with(&["status=403", "client=127.0.0.9"]).len(), 1, "{}", log.text());
    is(&wire.probe(PROXY, &[JOHN, ("X-Real-IP", "203.0.113.7")]).await, "john");
    assert_eq!(log.lines_with(&["status=200", "client=203.0.113.7"]).len(), 1, "{}", log.text());
    assert_eq!(visits(&wire).await, ["203.0.113.7"]);
}

#[tokio::test]
async fn t_12_the_nearest_address_that_is_no_proxy_is_logged() {
    let log = Log::at(Level::INFO);
    let wire = Wire::start(&[]).await;
    is(&wire.probe(PROXY, &[JOHN, ("X-Forwarded-For", "6.6.6.6, 203.0.113.7")]).await, "john");
    assert_eq!(log.lines_with(&["status=200", "client=203.0.113.7"]).len(), 1, "{}", log.text());
    assert_eq!(visits(&wire).await, ["203.0.113.7"]);
}

/// The addresses in the sign-in log of the first user.
async fn visits(wire: &Wire) -> Vec<String> {
    let entries = wire.store.read().await.unwrap().sign_ins(vault::UserId(1), None).await.unwrap();
    entries.into_iter().map(|entry| entry.ip.unwrap()).collect()
}

#[test]
fn t_13_everybody_is_too_many() {
    does_not_start(&trusting("*"), "AUTH_PROXY_ALLOW_ANY_PEER=true");
}

#[tokio::test]
async fn t_14_unless_somebody_says_so() {
    let wire = Wire::start(&[("TRUSTED_PROXIES", "*"), ("AUTH_PROXY_ALLOW_ANY_PEER", "true")]).await;
    assert!(wire.config.warnings[0].contains("Every client that reaches this server can be any user"));
    is(&wire.probe(STRANGER, &[JOHN]).await, "john");
}

#[tokio::test]
async fn t_15_a_list_for_identity_alone() {
    let wire = Wire::start(&[("TRUSTED_PROXIES", "127.0.0.0/8"), ("AUTH_PROXY_TRUSTED_PROXIES", "127.0.0.2")]).await;
    refused(&wire.probe(STRANGER, &[JOHN]).await, 403, "untrusted_peer");
    is(&wire.probe(PROXY, &[JOHN]).await, "john");
}

#[tokio::test]
async fn t_16_a_proxy_preamble_is_no_peer() {
    let wire = Wire::start(&[]).await;
    // Version 2, PROXY, TCP over IPv4, 12 bytes: from 127.0.0.2:80 to 127.0.0.1:80.
    let preamble = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\x7F\0\0\x02\x7F\0\0\x01\0\x50\0\x50";
    let answer = wire.raw(STRANGER, [&preamble[..], &request("GET /api/v1/user", &[JOHN], "")].concat()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let preamble = "PROXY TCP4 127.0.0.2 127.0.0.1 80 80\r\n";
    let answer = wire.raw(STRANGER, [preamble.as_bytes(), &request("GET /api/v1/user", &[JOHN], "")].concat()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn t_17_t_18_t_19_a_unix_socket() {
    let own = std::fs::metadata("/proc/self").unwrap().uid();
    let (ours, others) = (format!("unix:uid={own}"), format!("unix:uid={}", own + 1));
    for list in ["unix:", &ours] {
        is(&Wire::on_unix_socket(&trusting(list)).await.probe(PROXY, &[JOHN]).await, "john");
    }
    for list in [&others, "127.0.0.1,127.0.0.2"] {
        let wire = Wire::on_unix_socket(&trusting(list)).await;
        refused(&wire.probe(PROXY, &[JOHN]).await, 403, "untrusted_peer");
    }
}

#[tokio::test]
async fn t_20_t_21_public_addresses_make_nobody() {
    let wire = Wire::start(&[]).await;
    let page = wire.ask(STRANGER, "GET /", &[JOHN]).await.expect(200);
    let asset = page.text().split('"').find(|text| text.contains("assets/")).unwrap().to_owned();
    let asset = format!("GET /{}", asset.trim_start_matches("./"));
    for line in ["GET /", "GET /accounts", "GET /up", "GET /manifest.json", "GET /favicon.svg", &asset] {
        for from in [STRANGER, PROXY] {
            assert_eq!(wire.ask(from, line, &[JOHN]).await.status, 200, "{line}");
        }
    }
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn r1_nobody_is_trusted_by_default() {
    let wire = Wire::of(TestApp::with(&[("AUTHENTICATION_GUARD", "reverse-proxy-guard")]).await).await;
    for from in ["127.0.0.1", "127.0.0.2"] {
        refused(&wire.probe(from.parse().unwrap(), &[JOHN]).await, 403, "untrusted_peer");
    }
}
