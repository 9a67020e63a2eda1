//! The auth proxy on real sockets: what comes over a wire, from which peer, and what is answered.
//!
//! Each test's name begins with the IDs of its cases in `docs/proxy-cases.md`: S, what 2FAuth's documentation says; T, trust
//! in peers; N, names of headers; V, their values; L, the life of accounts; E, what addresses answer; J, proofs; P, tokens;
//! X, real proxies; O, operation; R, a rule.
//!
//! The instance is in-process; its listeners, hyper and the peers are real. The trusted proxy is 127.0.0.2, [`PROXY`];
//! 127.0.0.9, [`STRANGER`], is nobody's.

mod accounts;
mod assertions;
mod certificates;
mod cloudflare;
mod doctor;
mod endpoints;
mod fronts;
mod hosts;
mod issuer;
mod keys;
mod names;
mod operations;
mod peers;
mod presets;
mod program;
mod proofs;
mod seed;
mod tokens;
mod values;
mod wire;

use std::net::{IpAddr, Ipv4Addr};

use crate::harness::Answer;

/// The trusted proxy.
const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
/// Somebody else.
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9));
/// A request without headers of its own.
const NO_HEADERS: [(&str, &str); 0] = [];
/// Names people as most proxies do.
const REMOTE_USER: (&str, &str) = ("AUTH_PROXY_HEADER_FOR_USER", "Remote-User");
/// Gives addresses as the documentation of 2FAuth does.
const EMAIL: (&str, &str) = ("AUTH_PROXY_HEADER_FOR_EMAIL", "REMOTE_USER_EMAIL");

/// Checks that the probe was answered for whoever has that name.
#[track_caller]
fn is(answer: &Answer, name: &str) {
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!((answer.field("name"), answer.field("authenticated_by_proxy")), (name.into(), true.into()));
}

/// Whether the probe was answered for an administrator.
fn is_admin(answer: &Answer) -> bool {
    answer.field("is_admin") == true
}

/// Checks that the request was refused for that reason, which the answer gives in a header, and in the body where 2FAuth
/// has no answer of its own.
#[track_caller]
fn refused(answer: &Answer, status: u16, reason: &str) {
    assert_eq!((answer.status, answer.header("x-auth-proxy-refusal").as_str()), (status, reason), "{answer}");
    let body = answer.json();
    match reason {
        "untrusted_peer" => {
            assert_eq!(body, serde_json::json!({ "message": "Request does not come from a trusted proxy" }));
        }
        "header_missing" => assert_eq!(body, serde_json::json!({ "message": "Unauthenticated." })),
        _ => assert_eq!(body["reason"], reason),
    }
}
