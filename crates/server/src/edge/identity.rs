//! What an auth proxy says about a request, read before anything else sees it.

use authproxy::Peer;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::auth::proxy_token::TokenRequest;
use crate::visitor::claim::Claim;

/// Notes the claim of a request, or that it is a token's instead, and takes the proxy's proofs out of it, so that no
/// handler and no log can show them.
pub async fn read(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Some(auth_proxy) = &app.auth_proxy {
        if let Some(token) = TokenRequest::of(auth_proxy, request.extensions(), request.headers()) {
            request.extensions_mut().insert(token);
        } else {
            let (peer, now) = (request.extensions().get::<Peer>().copied(), app.clock.now());
            let claim = auth_proxy.evaluate(peer, request.headers(), now).await;
            request.extensions_mut().insert(Claim(claim));
        }
        auth_proxy.config().rules.remove_proofs(request.headers_mut());
    }
    next.run(request).await
}
