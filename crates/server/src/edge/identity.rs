//! The identity that an auth proxy states, read before any other layer sees the request.

use authproxy::Peer;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::App;
use crate::auth::proxy_token::TokenRequest;
use crate::visitor::identity::StatedIdentity;

/// Adds the [`StatedIdentity`] or the [`TokenRequest`] to a request, and removes the proxy's proofs, so that no handler and no
/// log can reveal them.
pub async fn read(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Some(auth_proxy) = &app.auth_proxy {
        if let Some(token) = TokenRequest::of(auth_proxy, request.extensions(), request.headers()) {
            request.extensions_mut().insert(token);
        } else {
            let (peer, now) = (request.extensions().get::<Peer>().copied(), app.clock.now());
            let identity = auth_proxy.evaluate(peer, request.headers(), now).await;
            request.extensions_mut().insert(StatedIdentity(identity));
        }
        auth_proxy.config().rules.remove_proofs(request.headers_mut());
    }
    next.run(request).await
}
