//! What each address answers behind the proxy: local sign-in, requests of other sites, caches, signing out.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::program::does_not_start;
use super::wire::Wire;
use super::{EMAIL, PROXY, REMOTE_USER, STRANGER, is, refused};
use crate::harness::{Answer, MailServer, TestApp};

const JOHN: (&str, &str) = ("Remote-User", "john");
const NOTHING: [(&str, &str); 0] = [];
const MEMBERS: [&str; 4] = ["PUT /user", "PATCH /user/password", "DELETE /user", "GET /user/logout"];

async fn start() -> Wire {
    Wire::start(&[REMOTE_USER]).await
}

#[track_caller]
fn not_applicable(answer: &Answer) {
    let message = "Not applicable when using an auth proxy or SSO";
    assert_eq!((answer.status, answer.field("message")), (405, message.into()), "{answer}");
}

#[tokio::test]
async fn e_01_e_02_local_profiles_are_elsewhere() {
    let wire = start().await;
    for line in MEMBERS {
        not_applicable(&wire.ask(PROXY, line, &[JOHN]).await);
        refused(&wire.ask(PROXY, line, &NOTHING).await, 407, "header_missing");
        refused(&wire.ask(STRANGER, line, &[JOHN]).await, 403, "untrusted_peer");
    }
    let unproved = wire.ask(PROXY, "PUT /user", &[JOHN, ("Sec-Fetch-Site", "cross-site")]).await;
    assert_eq!(unproved.status, 419, "the proof comes first: {unproved}");
}

#[tokio::test]
async fn e_03_nobody_registers() {
    let wire = start().await;
    let body = json!({
        "name": "eve", "email": "eve@example.com", "password": "password", "password_confirmation": "password",
    });
    for from in [STRANGER, PROXY] {
        not_applicable(&wire.send(from, "POST /user", &NOTHING, &body.to_string()).await);
    }
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn e_04_nobody_signs_in_locally() {
    let wire = start().await;
    let body = json!({ "email": "john@example.com", "password": "password" }).to_string();
    for line in [
        "POST /user/login",
        "POST /user/password/lost",
        "POST /user/password/reset",
        "POST /webauthn/login/options",
        "POST /webauthn/login",
        "POST /webauthn/lost",
        "POST /webauthn/recover",
        "GET /socialite/redirect/github",
        "GET /socialite/callback/github",
    ] {
        for from in [STRANGER, PROXY] {
            not_applicable(&wire.send(from, line, &[JOHN], &body).await);
        }
    }
    assert_eq!(wire.users().await, 0);
}

/// An instance where john has an account, and its id.
async fn with_account() -> (Wire, i64) {
    let wire = start().await;
    let uri = json!({ "uri": "otpauth://totp/john?secret=JBSWY3DPEHPK3PXP" }).to_string();
    let id = wire.send(PROXY, "POST /api/v1/twofaccounts", &[JOHN], &uri).await.expect(201).id();
    (wire, id)
}

async fn has_account(wire: &Wire, id: i64) -> bool {
    wire.ask(PROXY, &format!("GET /api/v1/twofaccounts/{id}"), &[JOHN]).await.status == 200
}

#[tokio::test]
async fn e_05_another_site_deletes_nothing() {
    let (wire, id) = with_account().await;
    let line = format!("DELETE /api/v1/twofaccounts?ids={id}");
    for field in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "\u{ff}"),
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
    ] {
        assert_eq!(wire.ask(PROXY, &line, &[JOHN, field]).await.status, 419, "{field:?}");
    }
    assert!(has_account(&wire, id).await);
    assert_eq!(wire.ask(PROXY, &line, &[JOHN, ("Sec-Fetch-Site", "same-origin")]).await.status, 204);
    assert!(!has_account(&wire, id).await);
}

#[tokio::test]
async fn another_site_reads_nothing_where_the_proxy_needs_no_credential() {
    let (wire, id) = with_account().await;
    for field in [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "https://evil.example")]
    {
        for path in ["twofaccounts?withSecret=1".to_owned(), format!("twofaccounts/{id}/otp")] {
            let answer = wire.ask(PROXY, &format!("GET /api/v1/{path}"), &[JOHN, field]).await;
            assert_eq!(answer.status, 419, "{field:?} {path}");
        }
    }
}

#[tokio::test]
async fn a_token_computed_for_a_planted_cookie_does_not_outweigh_the_browsers_word() {
    let (wire, id) = with_account().await;
    let planted = "A".repeat(43);
    let mut token = data_encoding::HEXLOWER.encode(&Sha256::digest(format!("csrf\0{planted}john")));
    token.truncate(40);
    let cookie = format!("sixpin_session={planted}");
    let line = format!("DELETE /api/v1/twofaccounts/{id}");
    let forged = [JOHN, ("Cookie", cookie.as_str()), ("X-CSRF-TOKEN", token.as_str())];
    let from = |site: &'static str| [&forged[..], &[("Sec-Fetch-Site", site)]].concat();
    assert_eq!(wire.ask(PROXY, &line, &from("same-site")).await.status, 419);
    assert_eq!(wire.ask(PROXY, &line, &forged).await.status, 419, "nor does a browser that tells nothing help");
    assert!(has_account(&wire, id).await);
}

#[tokio::test]
async fn e_06_a_form_deletes_nothing() {
    let (wire, id) = with_account().await;
    let form = "_method=DELETE";
    let head = |origin: &str| {
        format!(
            "POST /api/v1/twofaccounts/{id} HTTP/1.1\r\nHost: localhost\r\nRemote-User: john\r\nOrigin: {origin}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}",
            form.len()
        )
    };
    for origin in ["https://evil.example", "http://localhost"] {
        let answer = wire.raw(PROXY, head(origin)).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    let overridden = [JOHN, ("X-HTTP-Method-Override", "DELETE")];
    assert_eq!(wire.ask(PROXY, &format!("POST /api/v1/twofaccounts/{id}"), &overridden).await.status, 405);
    assert!(has_account(&wire, id).await);
}

#[tokio::test]
async fn e_07_our_own_page_changes_things() {
    let app = TestApp::behind_proxy(&[REMOTE_USER, ("APP_URL", "https://codes.example.org")]).await;
    let wire = Wire::of(app).await;
    for (number, field) in [
        ("Origin", "http://localhost"),
        ("Origin", "https://codes.example.org"),
        ("Sec-Fetch-Site", "same-origin"),
        ("Sec-Fetch-Site", "none"),
        ("User-Agent", "curl"),
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({ "name": format!("group {number}") }).to_string();
        let answer = wire.send(PROXY, "POST /api/v1/groups", &[JOHN, field], &body).await;
        assert_eq!(answer.status, 201, "{field:?}: {answer}");
    }
}

#[tokio::test]
async fn e_08_nothing_is_cached_and_no_cookie_is_a_key() {
    let wire = start().await;
    is(&wire.probe(PROXY, &[JOHN]).await, "john");
    for line in ["GET /", "GET /api/v1/user", "GET /api/v1/twofaccounts", "GET /system/infos", "GET /user/logout"] {
        let answer = wire.ask(PROXY, line, &[JOHN]).await;
        assert!(answer.header("cache-control").contains("no-store"), "{line}");
        let cookies = answer.cookies();
        let cookie = cookies.iter().map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
        refused(&wire.probe(PROXY, &[("Cookie", cookie)]).await, 407, "header_missing");
    }
}

#[tokio::test]
async fn r18_the_csrf_token_changes_with_the_person() {
    let wire = start().await;
    let page = wire.ask(PROXY, "GET /", &[JOHN]).await;
    let cookies = page.cookies();
    let of = |cookies: &[&str], start: &str| {
        let cookie = cookies.iter().find(|cookie| cookie.starts_with(start)).unwrap();
        cookie.split(';').next().unwrap().split_once('=').unwrap().1.to_owned()
    };
    let token = of(&cookies, "XSRF-TOKEN=");
    let cookie = cookies.iter().map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
    let body = json!({ "name": "Work" }).to_string();
    let as_whom = |name| [("Remote-User", name), ("Cookie", cookie.as_str()), ("X-XSRF-TOKEN", token.as_str())];
    assert_eq!(wire.send(PROXY, "POST /api/v1/groups", &as_whom("john"), &body).await.status, 201);
    assert_eq!(wire.send(PROXY, "POST /api/v1/groups", &as_whom("mary"), &body).await.status, 419);
    let fresh = wire.ask(PROXY, "GET /refresh-csrf", &[("Remote-User", "mary"), ("Cookie", cookie.as_str())]).await;
    assert_ne!(of(&fresh.cookies(), "XSRF-TOKEN="), token);
}

#[tokio::test]
async fn e_09_other_origins_get_no_credentials() {
    let wire = start().await;
    let evil = [JOHN, ("Origin", "https://evil.example"), ("Access-Control-Request-Method", "DELETE")];
    for line in ["OPTIONS /api/v1/twofaccounts", "OPTIONS /user", "GET /api/v1/user", "GET /system/infos"] {
        let answer = wire.ask(PROXY, line, &evil).await;
        assert_eq!(answer.header("access-control-allow-credentials"), "", "{line}");
    }
}

#[tokio::test]
async fn e_10_the_page_knows_where_to_sign_out() {
    let wire = Wire::start(&[REMOTE_USER, ("PROXY_LOGOUT_URL", "https://sso/logout")]).await;
    let page = wire.ask(PROXY, "GET /", &[JOHN]).await.expect(200);
    assert!(page.text().contains("&quot;proxyLogoutUrl&quot;:&quot;https://sso/logout&quot;"), "{page}");
}

#[test]
fn e_10_a_script_is_no_place_to_sign_out() {
    does_not_start(&[("PROXY_LOGOUT_URL", "javascript:alert(1)")], "PROXY_LOGOUT_URL");
}

#[tokio::test]
async fn e_11_nobody_is_locked_out_by_inactivity() {
    let wire = start().await;
    let body = json!({ "value": 1 }).to_string();
    wire.send(PROXY, "PUT /api/v1/user/preferences/kickUserAfter", &[JOHN], &body).await.expect(201);
    for _ in 0..3 {
        wire.advance_seconds(3600);
        is(&wire.probe(PROXY, &[JOHN]).await, "john");
    }
    let page = wire.ask(PROXY, "GET /", &[JOHN]).await;
    assert!(page.text().contains("&quot;proxyLogoutUrl&quot;:null"), "{page}");
}

#[tokio::test]
async fn e_12_people_get_a_page_and_programs_get_json() {
    let wire = start().await;
    let browser = ("Accept", "text/html,application/xhtml+xml");
    for line in ["GET /user/logout", "GET /system/infos"] {
        let answer = wire.ask(PROXY, line, &[browser]).await;
        assert_eq!((answer.status, answer.header("content-type").as_str()), (403, "text/html; charset=utf-8"));
        assert_eq!(answer.header("x-auth-proxy-refusal"), "header_missing");
        assert!(answer.text().contains("<code>header_missing</code>"), "{answer}");
        assert!(answer.header("cache-control").contains("no-store"));
    }
    refused(&wire.ask(PROXY, "GET /user/logout", &[("Accept", "application/json")]).await, 407, "header_missing");
    refused(&wire.probe(PROXY, &[browser]).await, 407, "header_missing");
    let navigation = [browser, ("Sec-Fetch-Mode", "navigate"), ("Accept-Language", "fr")];
    let answer = wire.probe(STRANGER, &navigation).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("Accès refusé") && answer.text().contains("untrusted_peer"), "{answer}");
    // A browser keeps a 407 to itself: its scripts get a 403 with the reason.
    let script = wire.probe(PROXY, &[("Sec-Fetch-Mode", "cors")]).await;
    assert_eq!((script.status, script.field("reason")), (403, "header_missing".into()));
}

#[tokio::test]
async fn e_13_a_visit_is_logged_after_a_quarter_of_an_hour() {
    let wire = start().await;
    let agent = ("User-Agent", "Firefox");
    for (minutes, rows) in [(0, 1), (10, 1), (16, 2)] {
        wire.advance_seconds(60 * minutes);
        is(&wire.probe(PROXY, &[JOHN, agent]).await, "john");
        let entries = wire.store.read().await.unwrap().sign_ins(vault::UserId(1), None).await.unwrap();
        assert_eq!(entries.len(), rows, "after {minutes} more minutes");
        assert_eq!((entries[0].guard.as_str(), entries[0].method.as_deref()), ("reverse-proxy-guard", None));
        assert_eq!((entries[0].successful, entries[0].user_agent.as_deref()), (true, Some("Firefox")));
    }
}

#[tokio::test]
async fn e_14_a_new_device_is_told_of_where_there_is_an_address() {
    let mut mails = MailServer::start().await;
    let wire = Wire::start(&[[REMOTE_USER, EMAIL].as_slice(), &mails.vars()].concat()).await;
    let john = [JOHN, ("REMOTE_USER_EMAIL", "john@example.org")];
    let (mary, body) = ([("Remote-User", "mary")], json!({ "value": true }).to_string());
    for person in [&john[..], &mary] {
        wire.send(PROXY, "PUT /api/v1/user/preferences/notifyOnNewAuthDevice", person, &body).await.expect(201);
    }
    wire.advance_seconds(16 * 60);
    wire.probe(PROXY, &[&mary[..], &[("User-Agent", "Firefox")]].concat()).await.expect(200);
    wire.probe(PROXY, &[&john[..], &[("User-Agent", "Firefox")]].concat()).await.expect(200);
    let mail = mails.next().await;
    assert_eq!(
        (mail.to.as_str(), mail.header("Subject").as_str()),
        ("<john@example.org>", "Sixpin: Sign-in from a new device")
    );
    wire.advance_seconds(16 * 60);
    wire.probe(PROXY, &[&john[..], &[("User-Agent", "Firefox")]].concat()).await.expect(200);
    let state = wire.mail.status();
    assert_eq!((state.sent + state.waiting, state.failed), (1, 0), "none to mary@remote, and none for a known device");
}

#[tokio::test]
async fn e_15_an_administrator_sees_how_it_is_set_up() {
    let wire = Wire::start(&[
        ("AUTH_PROXY_HEADER_FOR_USER", "HTTP_REMOTE_USER"),
        ("AUTH_PROXY_HEADER_FOR_EMAIL", "Remote-Email"),
        ("TRUSTED_PROXIES", "127.0.0.0/8"),
        ("AUTH_PROXY_TRUSTED_PROXIES", "127.0.0.2"),
        ("PROXY_LOGOUT_URL", "/oauth2/sign_out"),
        ("AUTH_PROXY_SECRET", "0123456789abcdef0123456789abcdef"),
    ])
    .await;
    let proof = ("X-Auth-Proxy-Secret", "0123456789abcdef0123456789abcdef");
    let infos = wire.ask(PROXY, "GET /system/infos", &[JOHN, proof]).await.expect(200);
    let common = infos.field("common");
    for (name, value) in [
        ("Auth guard", "reverse-proxy-guard"),
        ("Auth proxy logout url", "/oauth2/sign_out"),
        ("Auth proxy header for user", "remote-user"),
        ("Auth proxy header for email", "remote-email"),
        ("Trusted proxies", "127.0.0.0/8; for identity 127.0.0.2"),
    ] {
        assert_eq!(common[name], value, "{name}");
    }
    assert!(!infos.text().contains("0123456789abcdef"));
    let mary = wire.ask(PROXY, "GET /system/infos", &[("Remote-User", "mary"), proof]).await;
    assert_eq!(mary.status, 403);
}

#[tokio::test]
async fn e_16_texts_in_the_persons_language() {
    let wire = start().await;
    let body = json!({ "value": "fr" }).to_string();
    wire.send(PROXY, "PUT /api/v1/user/preferences/lang", &[JOHN], &body).await.expect(201);
    let groups = wire.ask(PROXY, "GET /api/v1/groups", &[JOHN, ("Accept-Language", "en")]).await.json();
    assert_eq!(groups[0]["name"], "Tous");
    let english = wire.ask(PROXY, "GET /api/v1/groups", &[("Remote-User", "mary")]).await.json();
    assert_eq!(english[0]["name"], "All");
}
