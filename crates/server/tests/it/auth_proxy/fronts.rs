//! What real proxies send (cases X), replayed byte for byte: `captured/README.md` says how it was recorded.
//!
//! `cargo xtask test proxies` runs the proxies themselves.

use std::path::Path;

use serde_json::Value;

use super::wire::Wire;
use super::{PROXY, REMOTE_USER, STRANGER, is, refused};
use crate::harness::Answer;

/// The secret in the recorded requests.
const SECRET: (&str, &str) = ("AUTH_PROXY_SECRET", "5d41402abc4b2a76b9719d911017c592");
const REMOTE_EMAIL: (&str, &str) = ("AUTH_PROXY_HEADER_FOR_EMAIL", "Remote-Email");

/// A recorded request.
fn captured(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/auth_proxy/captured");
    std::fs::read(folder.join(name).with_extension("http")).unwrap()
}

/// An instance that already has an administrator, worth pretending to be.
async fn instance(vars: &[(&str, &str)]) -> Wire {
    let wire = Wire::start(vars).await;
    wire.administrator("admin").await;
    wire
}

async fn replay(wire: &Wire, name: &str) -> Answer {
    wire.connect(PROXY).await.exchange(&captured(name)).await
}

/// Checks that the request is refused for that reason and makes nobody, and that it is a stranger's from elsewhere.
async fn is_nobodys(wire: &Wire, name: &str, reason: &str) {
    refused(&replay(wire, name).await, 407, reason);
    refused(&wire.connect(STRANGER).await.exchange(&captured(name)).await, 403, "untrusted_peer");
    assert_eq!(wire.users().await, 1, "{name}");
}

#[tokio::test]
async fn x_01_nginx_and_authelia() {
    let wire = instance(&[REMOTE_USER, REMOTE_EMAIL, SECRET]).await;
    let answer = replay(&wire, "x_01_nginx_authelia").await;
    is(&answer, "alice");
    assert_eq!(answer.field("email"), "alice@example.org");
    assert_eq!(answer.field("is_admin"), false);
}

#[tokio::test]
async fn x_02_authelia_names_nobody() {
    let wire = instance(&[REMOTE_USER, REMOTE_EMAIL, SECRET]).await;
    is_nobodys(&wire, "x_02_nginx_authelia_bypass", "header_missing").await;
}

#[tokio::test]
async fn x_03_nginx_passes_the_other_spelling() {
    let wire = instance(&[SECRET]).await;
    is_nobodys(&wire, "x_03_nginx_alias", "header_alias").await;
}

#[tokio::test]
async fn x_04_nginx_passes_underscores() {
    let wire = instance(&[REMOTE_USER, REMOTE_EMAIL, SECRET]).await;
    is_nobodys(&wire, "x_04_nginx_underscores", "header_alias").await;
    is_nobodys(&wire, "x_04_nginx_underscores_nobody", "header_alias").await;
}

#[tokio::test]
async fn x_05_haproxy_sets_what_is_undefined() {
    let wire = instance(&[REMOTE_USER]).await;
    is_nobodys(&wire, "x_05_haproxy_empty", "header_empty").await;
}

/// What docs/auth-proxy.md warns of: the proxy vouches for what the client sent, and nothing in the request tells. The
/// secret does, because the proxy sends it under the same condition as the name.
#[tokio::test]
async fn x_06_haproxy_does_not_delete_the_header() {
    let wire = instance(&[REMOTE_USER]).await;
    let believed = replay(&wire, "x_06_haproxy_not_deleted").await;
    is(&believed, "admin");
    assert_eq!(believed.field("is_admin"), true);

    let wire = wire.again_with(&[SECRET]).await;
    refused(&replay(&wire, "x_06_haproxy_not_deleted").await, 403, "proof_invalid");
}

#[tokio::test]
async fn x_07_apache() {
    let wire = instance(&[REMOTE_USER, SECRET]).await;
    is_nobodys(&wire, "x_07_apache_hop_by_hop", "header_missing").await;
    is(&replay(&wire, "x_07_apache").await, "alice");
}

#[tokio::test]
async fn x_08_apache_sends_null() {
    let wire = instance(&[REMOTE_USER, SECRET]).await;
    is_nobodys(&wire, "x_08_apache_null", "header_sentinel").await;
}

#[tokio::test]
async fn x_09_caddy_sends_a_placeholder() {
    let wire = instance(&[REMOTE_USER, REMOTE_EMAIL, SECRET]).await;
    is_nobodys(&wire, "x_09_caddy_placeholder", "header_sentinel").await;
}

#[tokio::test]
async fn x_10_caddy_passes_the_other_spelling() {
    let wire = instance(&[REMOTE_USER, REMOTE_EMAIL, SECRET]).await;
    is_nobodys(&wire, "x_10_caddy_alias", "header_alias").await;
}

/// Written after Traefik's documentation, not captured.
#[tokio::test]
async fn x_11_traefik_passes_the_other_spelling() {
    let wire = instance(&[REMOTE_USER, REMOTE_EMAIL, SECRET]).await;
    is_nobodys(&wire, "x_11_traefik_documented", "header_alias").await;
}

#[test]
fn both_recipes_for_traefik_drop_the_same_headers_of_clients() {
    let file: Value = serde_saphyr::from_str(include_str!("../../../../../docs/proxies/traefik-authelia.yml")).unwrap();
    let containers: Value =
        serde_saphyr::from_str(include_str!("../../../../../docs/proxies/traefik-authelia.compose.yml")).unwrap();
    let names = file["http"]["middlewares"]["authelia"]["forwardAuth"]["authResponseHeaders"].as_array().unwrap();
    let names: Vec<&str> = names.iter().map(|name| name.as_str().unwrap()).collect();
    let label = "traefik.http.middlewares.authelia.forwardauth.authresponseheaders";
    assert_eq!(containers["services"]["authelia"]["labels"][label], names.join(","));
    let sixpin = &containers["services"]["sixpin"];
    let proxy = &containers["services"]["traefik"]["networks"]["codes"]["ipv4_address"];
    assert_eq!(sixpin["environment"]["TRUSTED_PROXIES"], *proxy);
    assert!(sixpin["ports"].is_null(), "nothing gets past the proxy");
}
