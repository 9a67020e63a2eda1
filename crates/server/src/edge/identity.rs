//! What an auth proxy says about a request, read before anything else sees it.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;

use super::peer::Peer;
use crate::app::App;
use crate::auth::proxy::{Identity, Refusal, TokenRequest};

/// Whom a trusted proxy names, or why nobody is believed. Nothing has been logged, looked up or made because of it:
/// public routes take no notice of it.
#[derive(Debug, Clone)]
pub struct Claim(pub Result<Identity, Refusal>);

impl Claim {
    /// What tells the person of a request from others: the same for all requests of one person, and empty for nobody.
    pub fn key(parts: &Parts) -> String {
        match parts.extensions.get() {
            Some(Self(Ok(identity))) => identity.subject.as_ref().unwrap_or(&identity.name).clone(),
            _ => String::new(),
        }
    }
}

/// Notes the claim of a request, or that it is a token's instead, and takes the proxy's proofs out of it, so that no
/// handler and no log can show them.
pub async fn read(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Some(auth_proxy) = &app.auth_proxy {
        if let Some(token) = TokenRequest::of(auth_proxy, request.extensions(), request.headers()) {
            request.extensions_mut().insert(token);
        } else {
            let (peer, now) = (request.extensions().get::<Peer>().copied(), app.clock.now());
            auth_proxy.prepare(peer, request.headers(), now).await;
            let claim = auth_proxy.evaluate(peer, request.headers(), now);
            request.extensions_mut().insert(Claim(claim));
        }
        auth_proxy.conceal_proofs(request.headers_mut());
    }
    next.run(request).await
}
