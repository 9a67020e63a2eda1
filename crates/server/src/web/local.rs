//! Routes of local sign-in, which make no sense when an auth proxy says who somebody is.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::auth::caller::by_proxy;
use crate::error::Error;
use crate::messages::Message;

/// Around sign-in: behind an auth proxy every request is answered 405.
pub async fn without_auth_proxy(State(app): State<App>, request: Request, next: Next) -> Response {
    if app.auth_proxy.is_some() { not_applicable().await.into_response() } else { next.run(request).await }
}

/// Around what only members may do locally: behind an auth proxy whoever it vouches for is answered 405, anybody else
/// what their request deserves.
pub async fn for_members(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(auth_proxy) = &app.auth_proxy else { return next.run(request).await };
    let (parts, _) = request.into_parts();
    match by_proxy(&app, auth_proxy, &parts).await {
        Ok(_) => not_applicable().await.into_response(),
        Err(error) => error.into_response(),
    }
}

/// The answer of such a route.
pub async fn not_applicable() -> Error {
    Error::NotApplicable(Message::NotWithProxy)
}
