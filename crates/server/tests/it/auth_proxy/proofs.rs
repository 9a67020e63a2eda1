//! The secret that the proxy and the instance share.

use tracing::Level;

use super::wire::Wire;
use super::{PROXY, REMOTE_USER, STRANGER, is, refused};
use crate::harness::Log;

const JOHN: (&str, &str) = ("Remote-User", "john");
const SECRET: &str = "0123456789abcdef0123456789abcdef";
const NEXT: &str = "fedcba9876543210fedcba9876543210";

fn proof(secret: &str) -> (&str, &str) {
    ("X-Auth-Proxy-Secret", secret)
}

#[tokio::test]
async fn j_01_without_the_secret_nobody_is_believed() {
    let wire = Wire::start(&[REMOTE_USER, ("AUTH_PROXY_SECRET", SECRET)]).await;
    refused(&wire.probe(PROXY, &[JOHN]).await, 403, "proof_invalid");
    for wrong in ["", "x", &SECRET[..31], &SECRET[1..]] {
        refused(&wire.probe(PROXY, &[JOHN, proof(wrong)]).await, 403, "proof_invalid");
    }
    refused(&wire.probe(PROXY, &[JOHN, proof(SECRET), proof(SECRET)]).await, 403, "proof_invalid");
    assert_eq!(wire.users().await, 0);
}

#[tokio::test]
async fn j_02_the_secret_is_never_logged() {
    let log = Log::at(Level::TRACE);
    let wire = Wire::start(&[REMOTE_USER, ("AUTH_PROXY_SECRET", SECRET)]).await;
    is(&wire.probe(PROXY, &[JOHN, proof(SECRET)]).await, "john");
    refused(&wire.probe(PROXY, &[proof(SECRET)]).await, 407, "header_missing");
    refused(&wire.probe(PROXY, &[JOHN, ("X_Auth_Proxy_Secret", SECRET)]).await, 403, "proof_invalid");
    refused(&wire.probe(PROXY, &[JOHN, proof(SECRET), ("X_Auth_Proxy_Secret", SECRET)]).await, 407, "header_alias");
    assert!(!log.lines_with(&["header_alias"]).is_empty());
    assert!(!log.text().contains(SECRET), "{}", log.text());
}

#[tokio::test]
async fn j_03_two_secrets_while_one_is_changed() {
    let both = format!("{SECRET},{NEXT}");
    let wire = Wire::start(&[REMOTE_USER, ("AUTH_PROXY_SECRET", &both)]).await;
    for secret in [SECRET, NEXT] {
        is(&wire.probe(PROXY, &[JOHN, proof(secret)]).await, "john");
    }
    refused(&wire.probe(PROXY, &[JOHN, proof(&both)]).await, 403, "proof_invalid");
}

#[tokio::test]
async fn j_04_the_secret_alone_will_do() {
    let wire = Wire::start(&[REMOTE_USER, ("AUTH_PROXY_SECRET", SECRET), ("TRUSTED_PROXIES", "*")]).await;
    is(&wire.probe(STRANGER, &[JOHN, proof(SECRET)]).await, "john");
    refused(&wire.probe(STRANGER, &[JOHN]).await, 403, "proof_invalid");
}
