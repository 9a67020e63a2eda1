//! Demo mode: strangers share an account, so that nobody may take it away from the others, make another, or have mails
//! sent (compat 3.16).

use axum::extract::{FromRequestParts as _, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::Method;

use super::local::For;
use crate::app::App;
use crate::auth::caller::SignedIn;
use crate::error::Unauthorized;

/// Around the operations of the pages: in a demo, those that it has no use for are answered 401. Where only members come
/// in, whoever isn't one is answered what their request deserves.
pub async fn refuse(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(whose) = closed(request.method(), request.uri().path()).filter(|_| app.config.app.is_demo) else {
        return next.run(request).await;
    };
    let (mut parts, _) = request.into_parts();
    if whose == For::Members
        && let Err(error) = SignedIn::from_request_parts(&mut parts, &app).await
    {
        return error.into_response();
    }
    Unauthorized::Demo.into_response()
}

/// Whom an operation is for, if it is closed in a demo.
fn closed(method: &Method, path: &str) -> Option<For> {
    match (method.as_str(), path) {
        (
            "POST",
            "/user"
            | "/user/password/lost"
            | "/user/password/reset"
            | "/webauthn/login/options"
            | "/webauthn/lost"
            | "/webauthn/recover",
        ) => Some(For::Guests),
        ("PATCH", "/user/password") | ("DELETE", "/user") | ("GET" | "DELETE", "/user/sessions") => Some(For::Members),
        _ => None,
    }
}
