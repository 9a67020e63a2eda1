//! Rate limits by the client's address.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{Method, header};

use crate::app::App;
use crate::app::limits::{Allowance, Window};
use crate::error::Error;
use crate::visitor::client::Client;

/// Maximum number of requests per minute to sign-in routes from one address.
const SIGN_INS: u32 = 10;
/// Maximum number of registrations per minute from one address: each costs a password hash, and reveals which names are
/// taken.
const REGISTRATIONS: u32 = 60;
/// Maximum number of security-key challenges per minute for one address: each is stored until it is
/// answered or expires.
const CHALLENGES: u32 = 60;

/// Limits the API to `THROTTLE_API` requests per minute, with more for the accounts that an import page creates.
pub async fn api(State(app): State<App>, request: Request, next: Next) -> Response {
    let limits = &app.config.throttle;
    let Some(base) = limits.api else { return next.run(request).await };
    let limit = if is_import(&request) {
        let Some(more) = limits.api_during_import else { return next.run(request).await };
        base.saturating_add(more)
    } else {
        base
    };
    run_limited(&app, &app.api_window, limit, request, next).await
}

/// Limits the routes that sign users in.
pub async fn sign_in(State(app): State<App>, request: Request, next: Next) -> Response {
    run_limited(&app, &app.sign_in_window, SIGN_INS, request, next).await
}

/// Limits registration.
pub async fn register(State(app): State<App>, request: Request, next: Next) -> Response {
    run_limited(&app, &app.register_window, REGISTRATIONS, request, next).await
}

/// Limits the challenges for security keys, which unauthenticated clients can request.
pub async fn challenge(State(app): State<App>, request: Request, next: Next) -> Response {
    run_limited(&app, &app.challenge_window, CHALLENGES, request, next).await
}

/// Whether an import page creates an account. Paths are relative to `/api/v1`.
///
/// compat 1.6: 2FAuth recognises its import page by the end of the referrer.
fn is_import(request: &Request) -> bool {
    let referrer = request.headers().get(header::REFERER).and_then(|value| value.to_str().ok());
    request.method() == Method::POST
        && request.uri().path() == "/twofaccounts"
        && referrer.is_some_and(|referrer| referrer.ends_with("account/import"))
}

async fn run_limited(app: &App, window: &Window, limit: u32, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let address = Client::from_parts(&parts).network();
    let now = app.clock.unix_seconds();
    let standing = window.count(address, limit, now);
    let Some(allowance) = Allowance::after(standing.requests, limit) else {
        let retry_after = standing.ends.saturating_sub(now);
        return Error::Throttled { retry_after, reset: standing.ends, limit }.into_response();
    };
    allowance.stated_on(next.run(Request::from_parts(parts, body)).await)
}
