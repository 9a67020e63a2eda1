//! Rate limits by the user or the client's address.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::Method;
use http::request::Parts;

use crate::app::App;
use crate::app::limits::{Allowance, Counted, Meter, Window};
use crate::auth::proxy_token::TokenRequest;
use crate::auth::session::Visit;
use crate::auth::token;
use crate::error::Result;
use crate::visitor::browser::is_import_page;
use crate::visitor::client::Client;
use crate::visitor::identity::StatedIdentity;

/// Maximum number of requests per minute to sign-in routes from one address.
const SIGN_INS: u32 = 10;
/// Maximum number of requests per minute to the routes of recovery from one address: apart from sign-in, so that a
/// mistyped form doesn't keep everyone behind the same router from signing in.
const RECOVERIES: u32 = 10;
/// How many times the limit of a network of one customer all networks of an IPv6 /48 have together.
const WIDE: u32 = 10;
/// Maximum number of registrations per minute from one address: each costs a password hash, and reveals which names are
/// taken.
const REGISTRATIONS: u32 = 60;
/// Maximum number of security-key challenges per minute for one address: each is stored until it is
/// answered or expires.
const CHALLENGES: u32 = 60;

/// Limits the API to `THROTTLE_API` requests per minute for each user, with more for the accounts that an import page
/// creates. Requests without a user are counted for the client's network: strangers behind the same address, or behind a
/// proxy that isn't trusted with addresses, must not lock out users who are signed in.
pub async fn api(State(app): State<App>, request: Request, next: Next) -> Response {
    let limits = &app.config.throttle;
    let Some(base) = limits.api else { return next.run(request).await };
    let limit = if is_import(&request) {
        let Some(more) = limits.api_during_import else { return next.run(request).await };
        base.saturating_add(more)
    } else {
        base
    };
    let (mut parts, body) = request.into_parts();
    let network = Counted::Network(Client::from_parts(&parts).network());
    let count_network = || app.api_window.admit(network, limit, app.clock.unix_seconds());
    if !has_credentials(&app, &parts) {
        let admitted = count_network();
        return run_admitted(admitted, Request::from_parts(parts, body), next).await;
    }
    let meter = Meter::new(limit);
    parts.extensions.insert(meter.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    match meter.outcome() {
        Some(Some(allowance)) => allowance.stated_on(response),
        Some(None) => response,
        // Its credentials are no user's, or the route asks for none.
        None => match count_network() {
            Ok(allowance) => allowance.stated_on(response),
            Err(error) => error.into_response(),
        },
    }
}

/// Whether a request has something by which it may be authenticated, right or wrong.
fn has_credentials(app: &App, parts: &Parts) -> bool {
    let is_named = parts.extensions.get::<StatedIdentity>().is_some_and(|stated| stated.0.is_ok());
    is_named
        || parts.extensions.get::<TokenRequest>().is_some()
        || token::bearer(&parts.headers).is_some()
        || Visit::of(app, parts).is_known()
}

/// Limits the routes that sign users in.
pub async fn sign_in(State(app): State<App>, request: Request, next: Next) -> Response {
    run_limited(&app, &app.sign_in_window, SIGN_INS, request, next).await
}

/// Limits the routes by which users regain access.
pub async fn recovery(State(app): State<App>, request: Request, next: Next) -> Response {
    run_limited(&app, &app.recovery_window, RECOVERIES, request, next).await
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
fn is_import(request: &Request) -> bool {
    request.method() == Method::POST && request.uri().path() == "/twofaccounts" && is_import_page(request.headers())
}

async fn run_limited(app: &App, window: &Window, limit: u32, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let client = Client::from_parts(&parts);
    let now = app.clock.unix_seconds();
    let admitted = window.admit(client.network(), limit, now).and_then(|allowance| {
        if let Some(wide) = client.wide_network() {
            window.admit(Some(wide), limit.saturating_mul(WIDE), now)?;
        }
        Ok(allowance)
    });
    run_admitted(admitted, Request::from_parts(parts, body), next).await
}

async fn run_admitted(admitted: Result<Allowance>, request: Request, next: Next) -> Response {
    match admitted {
        Ok(allowance) => allowance.stated_on(next.run(request).await),
        Err(error) => error.into_response(),
    }
}
