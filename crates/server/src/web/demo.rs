//! Demo mode: all visitors share one user account, so that none may close it to the others, create another, or have
//! mails sent (compat 3.16).

use axum::extract::{FromRequestParts as _, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::Method;

use super::local::Audience;
use crate::app::App;
use crate::auth::caller::SignedIn;
use crate::error::Unauthorized;

/// Answers 401 in a demo to the page operations that are closed there. Operations for signed-in users first check the
/// sign-in, and answer as usual if it fails.
pub async fn refuse(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(audience) = closed_operation(request.method(), request.uri().path()).filter(|_| app.config.app.is_demo)
    else {
        return next.run(request).await;
    };
    let (mut parts, _) = request.into_parts();
    if audience == Audience::Members
        && let Err(error) = SignedIn::from_request_parts(&mut parts, &app).await
    {
        return error.into_response();
    }
    Unauthorized::Demo.into_response()
}

/// Returns the audience of an operation that is closed in a demo.
fn closed_operation(method: &Method, path: &str) -> Option<Audience> {
    match (method.as_str(), path) {
        (
            "POST",
            "/user"
            | "/user/password/lost"
            | "/user/password/reset"
            | "/webauthn/login/options"
            | "/webauthn/lost"
            | "/webauthn/recover",
        ) => Some(Audience::Guests),
        ("PATCH", "/user/password") | ("DELETE", "/user") | ("GET" | "DELETE", "/user/sessions") => {
            Some(Audience::Members)
        }
        _ => None,
    }
}
