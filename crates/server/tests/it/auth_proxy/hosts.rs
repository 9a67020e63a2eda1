//! Under which hosts the instance is itself: what a proxy makes of `Host`, and other sites' names that lead here.

use serde_json::json;
use tracing::Level;

use super::wire::Wire;
use super::{PROXY, REMOTE_USER, STRANGER, is, refused};
use crate::harness::Answer;
use crate::harness::Log;

const JOHN: (&str, &str) = ("Remote-User", "john");
const URL: (&str, &str) = ("APP_URL", "https://codes.example.org");
const OWN: &str = "https://codes.example.org";

async fn start(vars: &[(&str, &str)]) -> Wire {
    Wire::start(&[&[REMOTE_USER], vars].concat()).await
}

/// A write as john, with further headers.
async fn write(wire: &Wire, fields: &[(&str, &str)]) -> Answer {
    let body = json!({ "value": "dark" }).to_string();
    wire.send(PROXY, "PUT /api/v1/user/preferences/theme", &[&[JOHN], fields].concat(), &body).await
}

#[tokio::test]
async fn e_17_a_proxy_may_name_the_host_beside_its_own() {
    let wire = start(&[]).await;
    let through = |forwarded: &'static str| [("Host", "sixpin:8000"), ("X-Forwarded-Host", forwarded), ("Origin", OWN)];
    for forwarded in ["codes.example.org", "codes.example.org:443", "Codes.Example.ORG"] {
        assert_eq!(write(&wire, &through(forwarded)).await.status, 201, "{forwarded}");
    }
    for other in ["codes.example.org:8443", "evil.example", "codes.example.org, evil.example", "", "a b", "x/y"] {
        assert_eq!(write(&wire, &through(other)).await.status, 419, "{other:?}");
    }
    let twice = [&through("codes.example.org")[..], &[("X-Forwarded-Host", "evil.example")]].concat();
    assert_eq!(write(&wire, &twice).await.status, 419, "one of two values may be the client's");
}

#[tokio::test]
async fn e_17_the_host_of_an_untrusted_peer_is_its_own() {
    let wire = start(&[("TRUSTED_PROXIES", "127.0.0.3"), ("AUTH_PROXY_TRUSTED_PROXIES", "127.0.0.2")]).await;
    let fields = [("Host", "sixpin:8000"), ("X-Forwarded-Host", "codes.example.org"), ("Origin", OWN)];
    assert_eq!(write(&wire, &fields).await.status, 419, "TRUSTED_PROXIES says whose X-Forwarded headers count");
}

#[tokio::test]
async fn e_18_a_changed_host_is_told_in_the_log_and_mended_by_configuration() {
    let rewritten = [("Host", "127.0.0.1:8000"), ("Origin", OWN)];
    let log = Log::at(Level::WARN);
    assert_eq!(write(&start(&[]).await, &rewritten).await.status, 419);
    let words = [
        "Origin says \"https://codes.example.org\", Host says \"127.0.0.1:8000\"",
        "let the proxy keep Host or set APP_URL",
    ];
    assert_eq!(log.lines_with(&words).len(), 1, "{}", log.text());
    for mended in [URL, ("APP_HOSTS", "codes.example.org")] {
        assert_eq!(write(&start(&[mended]).await, &rewritten).await.status, 201, "{mended:?}");
    }
    for browser in [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "none")] {
        let answer = write(&start(&[]).await, &[&rewritten[..], &[browser]].concat()).await;
        assert_eq!(answer.status, 201, "over https the browser knows: {browser:?}");
    }
}

#[tokio::test]
async fn e_18_the_log_says_why_other_requests_are_refused() {
    let wire = start(&[]).await;
    let log = Log::at(Level::WARN);
    assert_eq!(write(&wire, &[("Sec-Fetch-Site", "cross-site")]).await.status, 419);
    assert_eq!(write(&wire, &[("X-XSRF-TOKEN", "planted")]).await.status, 419);
    assert_eq!(log.lines_with(&["Sec-Fetch-Site says \"cross-site\""]).len(), 1, "{}", log.text());
    assert_eq!(log.lines_with(&["the CSRF token isn't that"]).len(), 1, "{}", log.text());
    assert!(!log.text().contains("planted"));
    for _ in 0..30 {
        write(&wire, &[("Origin", "https://evil.example")]).await;
    }
    assert!(log.lines_with(&["refused with 419"]).len() <= 10, "a flood of requests is no flood of lines");
}

#[tokio::test]
async fn e_19_another_sites_name_that_leads_here_opens_nothing() {
    let wire = start(&[URL, ("APP_HOSTS", "codes.lan:8443")]).await;
    let rebound = [("Host", "evil.example"), ("Origin", "http://evil.example"), ("Sec-Fetch-Site", "same-origin")];
    let log = Log::at(Level::WARN);
    assert_eq!(write(&wire, &rebound).await.status, 421);
    assert_eq!(log.lines_with(&["evil.example", "APP_HOSTS"]).len(), 1, "{}", log.text());
    for mark in [
        ("Origin", OWN),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Site", "none"),
        ("Cookie", "a=b"),
        ("Accept-Language", "en"),
    ] {
        for path in ["/api/v1/user", "/", "/system/proxy", "/refresh-csrf"] {
            let line = format!("GET {path}");
            let fields = [JOHN, ("Host", "evil.example:8000"), mark];
            assert_eq!(wire.ask(PROXY, &line, &fields).await.status, 421, "{mark:?} {path}");
            // A page can add headers to requests of its own origin, and some proxies pass them on.
            let forged = [&fields[..], &[("X-Forwarded-Host", "codes.example.org")]].concat();
            assert_eq!(wire.ask(PROXY, &line, &forged).await.status, 421, "{mark:?} {path}");
        }
    }
    let navigation = [JOHN, ("Host", "evil.example"), ("Sec-Fetch-Mode", "navigate"), ("Accept-Language", "fr")];
    let page = wire.ask(PROXY, "GET /", &navigation).await;
    assert!(page.text().contains("Cette instance a une autre adresse"), "{page}");
    is(&wire.probe(PROXY, &[JOHN, ("Host", "evil.example")]).await, "john");
    for own in ["codes.example.org", "CODES.example.org:8443", "codes.lan", "sixpin:8000", "127.0.0.1:8000", "[::1]"] {
        is(&wire.probe(PROXY, &[JOHN, ("Host", own), ("Sec-Fetch-Site", "same-origin")]).await, "john");
    }
    let beside = [("Host", "sixpin:8000"), ("Origin", "http://evil.example"), ("Sec-Fetch-Site", "same-origin")];
    assert_eq!(write(&wire, &beside).await.status, 419, "the proxy hides the name in Host, the browser states it");
}

#[tokio::test]
async fn e_19_a_page_cannot_ask_to_name_the_host() {
    let wire = start(&[]).await;
    for (names, is_allowed) in [("Authorization, Content-Type", true), ("content-type, x-forwarded-host", false)] {
        let fields = [
            ("Origin", "https://evil.example"),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", names),
        ];
        let answer = wire.ask(PROXY, "OPTIONS /api/v1/groups", &fields).await;
        assert_eq!(answer.header("access-control-allow-headers") == names, is_allowed, "{answer}");
    }
}

#[tokio::test]
async fn e_20_a_program_keeps_our_cookies() {
    let wire = start(&[]).await;
    let page = wire.ask(PROXY, "GET /", &[JOHN]).await;
    let jar: Vec<&str> = page.cookies().iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
    let jar = jar.join("; ");
    let as_program = [JOHN, ("Cookie", jar.as_str())];
    let body = json!({ "name": "Work" }).to_string();
    let id = wire.send(PROXY, "POST /api/v1/groups", &as_program, &body).await.expect(201).id();
    wire.ask(PROXY, &format!("DELETE /api/v1/groups/{id}"), &as_program).await.expect(204);
    write(&wire, &[("Cookie", &jar)]).await.expect(201);
    for browser in [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "same-site")] {
        assert_eq!(write(&wire, &[("Cookie", &jar), browser]).await.status, 419, "{browser:?}");
    }
}

#[tokio::test]
async fn e_21_the_page_is_told_the_reason_without_https() {
    let wire = start(&[]).await;
    let mark = ("X-Sixpin-Page", "1");
    for (fields, reason) in [(&[mark][..], "header_missing"), (&[mark, ("Remote-User", "")], "header_empty")] {
        let answer = wire.probe(PROXY, fields).await;
        assert_eq!((answer.status, answer.field("reason")), (403, reason.into()), "{answer}");
    }
    let stranger = wire.probe(STRANGER, &[mark]).await;
    assert_eq!((stranger.status, stranger.field("reason")), (403, "untrusted_peer".into()));
    refused(&wire.probe(PROXY, &[("Accept", "application/json")]).await, 407, "header_missing");
}
