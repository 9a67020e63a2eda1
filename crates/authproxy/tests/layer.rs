//! The tower layer, as a service has it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use authproxy::refusal::AssertionFault;
use authproxy::{
    AssertionSettings, AuthProxy, AuthProxyLayer, Identity, KeySet, Peer, Reason, Refusal, Settings, SharedSecret,
    Timestamp,
};
use http::{HeaderMap, Request};
use tower::{Layer, ServiceExt, service_fn};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn settings() -> Settings {
    Settings {
        trust: "127.0.0.2".parse().unwrap(),
        secret: Some(SharedSecret::new("X-Auth-Proxy-Secret".parse().unwrap(), [SECRET])),
        user: Some("Remote-User".parse().unwrap()),
        ..Settings::default()
    }
}

/// Sends a request through a layer; returns the result and the headers, as a handler sees them.
async fn send(layer: &AuthProxyLayer, request: Request<()>) -> (Result<Identity, Refusal>, HeaderMap) {
    let handler = service_fn(|request: Request<()>| async move {
        let result = request.extensions().get::<Result<Identity, Refusal>>().unwrap().clone();
        Ok::<_, Infallible>((result, request.headers().clone()))
    });
    layer.layer(handler).oneshot(request).await.unwrap()
}

fn request(peer: Option<&str>) -> Request<()> {
    let mut request = Request::new(());
    let headers = request.headers_mut();
    headers.insert("remote-user", "alice".parse().unwrap());
    headers.insert("x-auth-proxy-secret", SECRET.parse().unwrap());
    headers.insert("x_auth_proxy_secret", SECRET.parse().unwrap());
    if let Some(peer) = peer {
        request.extensions_mut().insert(Peer::tcp(peer.parse::<SocketAddr>().unwrap()));
    }
    request
}

#[tokio::test]
async fn the_result_is_in_the_extensions_and_the_proofs_are_gone() {
    let proxy = AuthProxy::new(Settings { ignore_aliases: true, ..settings() }).unwrap();
    let layer = AuthProxyLayer::new(proxy, || Timestamp::UNIX_EPOCH);
    let (result, headers) = send(&layer, request(Some("127.0.0.2:80"))).await;
    assert_eq!(result.unwrap().name, "alice");
    assert!(headers.contains_key("remote-user"));
    assert!(!headers.contains_key("x-auth-proxy-secret") && !headers.contains_key("x_auth_proxy_secret"));
    for peer in [None, Some("127.0.0.9:80")] {
        let (result, headers) = send(&layer, request(peer)).await;
        assert_eq!(result.unwrap_err().code(), "untrusted_peer", "{peer:?}");
        assert_eq!(headers.len(), 1, "{headers:?}");
    }
}

#[tokio::test]
async fn keys_are_asked_for_anew() {
    let assertion = AssertionSettings::new("X-Assertion".parse().unwrap(), "issuer", "audience");
    let proxy = AuthProxy::new(Settings { assertion: Some(assertion), ..Settings::default() }).unwrap();
    let token = "eyJhbGciOiJFUzI1NiJ9.e30.AAAA";
    let assert_fault = async |layer: AuthProxyLayer, fault| {
        let mut request = Request::new(());
        request.headers_mut().insert("x-assertion", token.parse().unwrap());
        let (result, headers) = send(&layer, request).await;
        assert_eq!(result.unwrap_err().reason, Reason::Assertion(fault));
        assert!(headers.is_empty());
    };
    let clock = || Timestamp::UNIX_EPOCH;
    assert_fault(AuthProxyLayer::new(proxy.clone(), clock), AssertionFault::NoKeys).await;
    let jwks = br#"{"keys":[{"kty":"EC","kid":"1","crv":"P-256",
        "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
    let keys = Arc::new(KeySet::from_jwks(jwks).unwrap());
    assert_fault(AuthProxyLayer::with_keys(proxy, clock, move || Arc::clone(&keys)), AssertionFault::UnknownKey).await;
}
