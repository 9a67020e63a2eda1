//! What a name may look like on the wire.

use tracing::Level;

use super::wire::Wire;
use super::{PROXY, REMOTE_USER, is, refused};
use crate::harness::Log;
use crate::harness::{Answer, TestApp};

async fn start(more: &[(&str, &str)]) -> Wire {
    Wire::start(&[&[REMOTE_USER], more].concat()).await
}

/// The probe's answer to a value as it is.
async fn probe(wire: &Wire, value: impl AsRef<[u8]>) -> Answer {
    wire.probe(PROXY, &[("Remote-User", value)]).await
}

#[tokio::test]
async fn v_01_v_02_blanks() {
    let wire = start(&[]).await;
    for empty in ["", "   "] {
        refused(&probe(&wire, empty).await, 407, "header_empty");
    }
    let bare = "GET /api/v1/user HTTP/1.1\r\nHost: localhost\r\nRemote-User:\r\nConnection: close\r\n\r\n";
    let answer = wire.raw(PROXY, bare).await;
    assert!(answer.contains("x-auth-proxy-refusal: header_empty"), "{answer}");
    assert_eq!(wire.users().await, 0);
    is(&probe(&wire, "  john \t").await, "john");
}

#[tokio::test]
async fn v_03_v_04_v_06_utf8() {
    let wire = start(&[]).await;
    is(&probe(&wire, "Gödel").await, "Gödel");
    refused(&probe(&wire, b"G\xF6del").await, 407, "header_undecodable");
    let (decomposed, composed) = (probe(&wire, "Go\u{308}del").await, probe(&wire, "G\u{F6}del").await);
    is(&decomposed, "Gödel");
    assert_eq!(decomposed.id(), composed.id());
    assert_eq!(wire.users().await, 1);
}

#[tokio::test]
async fn v_05_latin1() {
    is(&probe(&start(&[("AUTH_PROXY_VALUE_ENCODING", "latin1")]).await, b"G\xF6del").await, "Gödel");
}

#[tokio::test]
async fn v_07_v_08_v_09_v_10_percent() {
    is(&probe(&start(&[]).await, "Kurt%20G%C3%B6del").await, "Kurt%20G%C3%B6del");
    let wire = start(&[("AUTH_PROXY_VALUE_ENCODING", "percent")]).await;
    is(&probe(&wire, "Kurt%20G%C3%B6del").await, "Kurt Gödel");
    is(&probe(&wire, "%2561dmin").await, "%61dmin");
    for bad in ["a%0d%0ab", "%", "%ZZ", "%FF", "%00"] {
        assert_eq!(probe(&wire, bad).await.status, 407, "{bad}");
    }
    assert_eq!(wire.users().await, 2);
}

#[tokio::test]
async fn v_11_v_12_encoded_words() {
    let wire = start(&[("AUTH_PROXY_VALUE_ENCODING", "rfc2047")]).await;
    is(&probe(&wire, "=?utf-8?q?Ferris_B=C3=BCller?=").await, "Ferris Büller");
    let wire = start(&[]).await;
    let admin = probe(&wire, "admin").await;
    let literal = probe(&wire, "=?utf-8?q?admin?=").await;
    is(&literal, "=?utf-8?q?admin?=");
    assert_ne!(literal.id(), admin.id());
}

#[tokio::test]
async fn v_13_v_14_length() {
    let wire = start(&[]).await;
    let longest = "é".repeat(191);
    is(&probe(&wire, &longest).await, &longest);
    for length in [192, 300] {
        refused(&probe(&wire, "a".repeat(length)).await, 407, "header_too_long");
    }
    let answer = wire.raw(PROXY, super::wire::request("GET /", &[("Remote-User", "a".repeat(300_000))], "")).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert_eq!(wire.users().await, 1);
}

#[tokio::test]
async fn v_15_v_16_invisible_characters() {
    let wire = start(&[]).await;
    for control in ["a\u{1}b", "a\0b", "a\u{7f}b"] {
        let answer = wire.raw(PROXY, super::wire::request("GET /api/v1/user", &[("Remote-User", control)], "")).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{control:?}: {answer}");
    }
    for bad in ["a\tb", "a\u{202E}b", "a\u{200B}b", "a\u{FEFF}b", "a\u{A0}b"] {
        refused(&probe(&wire, bad).await, 407, "header_bad_char");
    }
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn v_17_v_18_words_for_nobody() {
    let wire = start(&[]).await;
    for word in [
        "(null)",
        "null",
        "-",
        "none",
        "undefined",
        "ANONYMOUS",
        "Anonymous User",
        "{http.auth.user.id}",
        "${user}",
        "%{REMOTE_USER}e",
    ] {
        refused(&probe(&wire, word).await, 407, "header_sentinel");
    }
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn v_19_v_20_case() {
    let wire = start(&[]).await;
    is(&probe(&wire, "John").await, "John");
    refused(&probe(&wire, "john").await, 403, "name_collision");
    assert_eq!(wire.users().await, 1);
    let app = TestApp::behind_proxy(&[REMOTE_USER, ("AUTH_PROXY_USERNAME_CASE", "lower")]).await;
    let john = app.user("john").await;
    let answer = probe(&Wire::of(app).await, "JOHN").await;
    is(&answer, "john");
    assert_eq!(answer.id(), john.id);
}

#[tokio::test]
async fn v_21_v_22_look_alikes() {
    let wire = start(&[]).await;
    let admin = probe(&wire, "admin").await;
    assert_eq!(admin.field("is_admin"), true);
    let cyrillic = probe(&wire, "\u{430}dmin").await;
    is(&cyrillic, "\u{430}dmin");
    assert_ne!(cyrillic.id(), admin.id());
    assert_ne!(cyrillic.field("is_admin"), true);
    refused(&probe(&wire, "admin\u{A0}").await, 407, "header_bad_char");
    refused(&probe(&wire, "\u{FF41}dmin").await, 403, "name_collision");
}

#[tokio::test]
async fn v_23_signs_are_signs() {
    let wire = start(&[]).await;
    for name in ["' OR 1=1 --", "<script>", "../../x"] {
        is(&probe(&wire, name).await, name);
    }
    assert_eq!(wire.users().await, 3);
}

#[tokio::test]
async fn v_24_a_prefix() {
    let wire = start(&[("AUTH_PROXY_STRIP_PREFIX", "accounts.google.com:")]).await;
    is(&probe(&wire, "accounts.google.com:a@x").await, "a@x");
    refused(&probe(&wire, "a@x").await, 407, "header_prefix");
}

#[tokio::test]
async fn v_26_v_27_where_case_is_ignored_accounts_keep_theirs() {
    let app = TestApp::behind_proxy(&[REMOTE_USER, ("AUTH_PROXY_USERNAME_CASE", "lower")]).await;
    let john = app.user("John").await;
    let wire = Wire::of(app).await;
    for name in ["john", "John", "JOHN"] {
        let answer = probe(&wire, name).await;
        is(&answer, "John");
        assert_eq!(answer.id(), john.id, "{name}");
    }
    let mut write = wire.store.write().await.unwrap();
    let named = store::NewUser {
        name: "JOHN",
        name_key: "john",
        email: "other@example.org",
        email_source: vault::EmailSource::Local,
        password_hash: None,
        admin: store::AdminRule::No,
        sso: None,
        proxy_subject: None,
    };
    write.create_user(&named, wire.clock.now()).await.unwrap();
    write.commit().await.unwrap();
    let log = Log::at(Level::WARN);
    for name in ["john", "John", "JOHN"] {
        refused(&probe(&wire, name).await, 403, "name_collision");
    }
    let lines = log.lines_with(&["name_collision", "\"John\" and \"JOHN\""]);
    assert_eq!(lines.len(), 3, "{}", log.text());
    assert!(!log.text().contains("set AUTH_PROXY_USERNAME_CASE"), "{}", log.text());
}

#[tokio::test]
async fn v_28_to_v_31_words_for_nothing_and_names_of_machines() {
    let wire = start(&[]).await;
    for nothing in [
        "<nil>",
        "nil",
        "<no value>",
        "%!s(<nil>)",
        "%!v(<nil>)",
        "[object Object]",
        "NaN",
        "$http_remote_user",
        "$authentik_username",
        "%REMOTE_USER%",
        "{{ user }}",
        "<remote_user>",
        "%s",
    ] {
        refused(&probe(&wire, nothing).await, 407, "header_sentinel");
    }
    assert_eq!(wire.users().await, 0);
    for name in ["PC01$", "Nan", "$DUPLICATE-1f4", "a$b"] {
        is(&probe(&wire, name).await, name);
    }
}

#[tokio::test]
async fn v_32_a_suffix() {
    let wire = start(&[("AUTH_PROXY_STRIP_SUFFIX", "@EXAMPLE.ORG")]).await;
    is(&probe(&wire, "ana@EXAMPLE.ORG").await, "ana");
    refused(&probe(&wire, "ana").await, 407, "header_suffix");
}

#[tokio::test]
async fn v_33_a_name_may_be_the_address() {
    let wire = start(&[("AUTH_PROXY_HEADER_FOR_EMAIL", "Remote-User")]).await;
    let ana = probe(&wire, "Ana@Example.org").await;
    assert_eq!((ana.field("name"), ana.field("email")), ("Ana@Example.org".into(), "ana@example.org".into()));
    assert_eq!(probe(&wire, "bob").await.field("email"), "bob@remote");
    let apart = start(&[]).await;
    let unconfigured = probe(&apart, "ana@EXAMPLE.ORG").await;
    assert_eq!(unconfigured.field("email"), "ana@example.org@remote", "a realm is no mail domain");
}

#[tokio::test]
async fn v_25_made_up_addresses_never_meet() {
    let wire = start(&[]).await;
    let one = probe(&wire, "x").await;
    let other = probe(&wire, "x@remote").await;
    is(&other, "x@remote");
    assert_ne!((one.id(), one.field("email")), (other.id(), other.field("email")));
    assert_ne!(one.field("email"), other.field("email"));
}
