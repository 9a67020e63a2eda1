//! `sixpin doctor proxy`, and the page that tells an administrator the same.

use serde_json::{Value, json};

use super::program::says;
use super::wire::Wire;
use super::{PROXY, REMOTE_USER, STRANGER};
use crate::harness::TestApp;

const GET: &str = "GET /system/proxy";

#[tokio::test]
async fn administrators_see_what_came_and_what_decided() {
    let wire = Wire::start(&[REMOTE_USER, ("AUTH_PROXY_ALIAS_POLICY", "ignore")]).await;
    let fields = [("Remote-User", "john"), ("REMOTE_USER", "planted"), ("X-Other", "planted")];
    let answer = wire.ask(PROXY, GET, &fields).await.expect(200);
    assert!(!answer.to_string().contains("planted"), "names of headers alone: {answer}");
    let told = answer.json();
    assert_eq!(told["guard"], "reverse-proxy-guard");
    assert_eq!(
        told["request"],
        json!({
            "peer": "127.0.0.2", "host": "localhost", "trusted_as": "127.0.0.2", "forwarded_as": "127.0.0.2", "proven": false,
            "header": "Remote-User", "name": "john",
            "headers": ["Host", "Accept", "Remote-User", "remote_user", "X-Other"], "aliases": ["remote_user"],
        })
    );
    let codes: Vec<&Value> = told["advice"].as_array().unwrap().iter().map(|advice| &advice["code"]).collect();
    assert_eq!(codes, ["aliases_ignored", "loopback_trusted", "no_stable_id", "no_email", "no_logout_url"]);
    let user =
        json!({ "topic": "user", "variable": "AUTH_PROXY_HEADER_FOR_USER", "value": "Remote-User", "written": null });
    assert!(told["configuration"].as_array().unwrap().contains(&user), "{answer}");
}

#[tokio::test]
async fn administrators_see_why_somebody_cannot_come_in() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    wire.probe(PROXY, &[("Remote-User", "admin")]).await.expect(200);
    for _ in 0..30 {
        wire.probe(PROXY, &[("X-Forwarded-User", "planted")]).await.expect(407);
    }
    wire.advance_seconds(60);
    wire.probe(STRANGER, &[("Remote-User", "planted")]).await.expect(403);
    let answer = wire.ask(PROXY, GET, &[("Remote-User", "admin")]).await.expect(200);
    assert!(!answer.to_string().contains("planted"), "{answer}");
    let told = answer.json();
    let [stranger, missing] = &told["refusals"].as_array().unwrap()[..] else { panic!("{answer}") };
    assert_eq!((&stranger["peer"], &stranger["reason"]), (&json!("127.0.0.9"), &json!("untrusted_peer")));
    assert!(stranger["hint"].as_str().unwrap().contains("add it to TRUSTED_PROXIES"), "{stranger}");
    assert_eq!((&missing["reason"], &missing["count"]), (&json!("header_missing"), &json!(30)));
    assert_eq!(missing["headers"], json!(["Host", "Accept", "X-Forwarded-User"]));
    assert_ne!(missing["last"], stranger["last"]);
}

#[tokio::test]
async fn the_secret_is_told_to_nobody() {
    let secret = ("X-Auth-Proxy-Secret", "planted-secret-planted-secret-planted");
    let wire = Wire::start(&[REMOTE_USER, ("AUTH_PROXY_SECRET", secret.1)]).await;
    let answer = wire.ask(PROXY, GET, &[("Remote-User", "john"), secret]).await.expect(200);
    assert!(!answer.to_string().contains("planted"), "{answer}");
    assert_eq!(answer.json()["request"]["proven"], true);
}

#[tokio::test]
async fn v_21_administrators_see_names_that_look_alike() {
    let wire = Wire::start(&[REMOTE_USER]).await;
    wire.probe(PROXY, &[("Remote-User", "admin")]).await.expect(200);
    let other = [("Remote-User", "\u{430}dmin")];
    wire.probe(PROXY, &other).await.expect(200);
    assert_eq!(wire.probe(PROXY, &other).await.expect(200).field("is_admin"), false);
    let told = wire.ask(PROXY, GET, &[("Remote-User", "admin")]).await.json();
    let people = told["people"].as_array().unwrap();
    let told = |person: &Value| (person["name"].clone(), person["mixed"].clone(), person["alike"].clone());
    let expected = [("admin", false, "\u{430}dmin"), ("\u{430}dmin", true, "admin")];
    let expected = expected.map(|(name, mixed, alike)| (json!(name), json!(mixed), json!([alike])));
    assert_eq!(people.iter().map(told).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn without_a_proxy_it_says_so() {
    let app = TestApp::start().await;
    let told = app.admin().await.get("/system/proxy").await.expect(200).json();
    assert_eq!(told["guard"], "web-guard");
    assert_eq!((&told["configuration"], &told["advice"], &told["refusals"]), (&json!([]), &json!([]), &json!([])));
    assert_eq!((&told["request"]["peer"], &told["request"]["header"]), (&json!("127.0.0.1"), &Value::Null));
    assert_eq!(told["software"].as_array().unwrap().len(), 5);
}

/// What the program says of an instance that takes `127.0.0.1` for its proxy, and its exit status.
async fn examined(vars: &'static [(&'static str, &'static str)], arguments: &'static [&'static str]) -> (String, i32) {
    let mut all = vec![REMOTE_USER, ("TRUSTED_PROXIES", "127.0.0.1")];
    all.extend(vars);
    let wire = Wire::start(&all).await;
    let url = format!("http://127.0.0.1:{}", wire.port());
    let said = tokio::task::spawn_blocking(move || {
        let address = url.trim_start_matches("http://");
        let all: Vec<_> = all.iter().copied().chain([("LISTEN", address)]).collect();
        says(&all, &[&["doctor", "proxy", "--url", &url], arguments].concat())
    });
    let said = said.await.unwrap();
    assert_eq!(wire.users().await, u64::from(arguments.iter().any(|argument| argument.contains("john"))), "{}", said.0);
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_door_is_found() {
    let (said, status) = examined(&[], &["--header", "X-Session: x", "--proxy", "HAProxy"]).await;
    for words in [
        "note  a stranger, without more\n        the proxy passes on what it didn't sign in",
        "FAULT a stranger, sending Remote-User: (null)\n        the client's header came through as the name",
        "        HAProxy  http-request del-header Remote-User",
        "note  a stranger, sending remote_user: (null)\n        the proxy passes on this spelling",
        "        HAProxy  option http-restrict-req-hdr-names delete",
        "ok    a stranger, as (null) by Authorization",
        "note  a stranger, sending Remote-User: (null)\n        this machine itself is trusted",
        "HAProxy: without del-header",
    ] {
        assert!(said.contains(words), "{words:?} in {said}");
    }
    assert_eq!(status, 1, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_that_only_the_proxy_opens_is_no_fault() {
    let vars = &[("AUTH_PROXY_SECRET", "0123456789abcdef0123456789abcdef")];
    let (said, status) = examined(vars, &[]).await;
    assert!(said.contains("ok    a stranger, without more\n        passed on without the proxy's proof"), "{said}");
    assert!(said.contains("ok    a stranger, sending Remote-User: (null)\n        makes no difference"), "{said}");
    assert_eq!(status, 0, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_adds_instead_of_replacing_is_found() {
    let (said, _) = examined(&[], &["--header", "Remote-User: john"]).await;
    for words in [
        "ok    signed in, without more\n        answered for \"john\"",
        "note  signed in, sending Remote-User: (null)\n        the proxy adds its header to the client's",
        "note  signed in, sending Connection: close, Remote-User\n        a client can have the proxy drop its header",
    ] {
        assert!(said.contains(words), "{words:?} in {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_proxy_names_nobody_a_clients_own_header_is_tried() {
    let (said, status) = examined(&[], &["--cookie", "session=expired"]).await;
    assert!(said.contains("FAULT signed in, without more"), "{said}");
    assert!(
        said.contains("FAULT signed in, sending Remote-User: (null)\n        the client's header came through"),
        "{said}"
    );
    assert!(said.contains("The rest is not tried"), "{said}");
    assert_eq!(status, 1, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_the_app_is_tried() {
    let sign_in = &["--header", "Remote-User: john"];
    let (said, _) = examined(&[], sign_in).await;
    for words in [
        "taken for the app's own page",
        "the host arrived as it was sent",
        "X-Forwarded-For is missing, so all clients share one limit",
        "any      let it set X-Forwarded-For",
    ] {
        assert!(said.contains(words), "{words:?} in {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_host_is_found() {
    let (said, status) = examined(&[], &["--header", "Remote-User: john", "--header", "Host: sixpin:8000"]).await;
    for words in [
        "FAULT signed in, as a page of http://127.0.0.1",
        "the proxy changes Host (419)",
        "note  signed in, asking what arrived\n        the proxy changes Host: \"sixpin:8000\" arrived",
        "nginx    proxy_set_header Host $http_host;",
    ] {
        assert!(said.contains(words), "{words:?} in {said}");
    }
    assert_eq!(status, 1, "{said}");
}

#[test]
fn the_set_up_alone_is_told_and_no_request_made() {
    let (said, status) = says(&[REMOTE_USER], &["doctor", "proxy"]);
    assert!(said.contains("AUTH_PROXY_HEADER_FOR_USER   Remote-User\n"), "{said}");
    assert_eq!(status, 0, "{said}");
    let (said, status) = says(&[("TRUSTED_PROXIES", "")], &["doctor", "proxy"]);
    assert!(said.contains("fault: no proxy is trusted") && status == 1, "{said}");
    let (said, status) = says(&[("AUTH_PROXY_SECERT", "x")], &["doctor", "proxy"]);
    assert!(said.contains("AUTH_PROXY_SECERT is not known") && status == 1, "{said}");
}
