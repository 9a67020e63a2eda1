//! Protection of the pages' own routes against cross-site request forgery: operations require a proof, answers hand it
//! out.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header;

use crate::app::App;
use crate::auth::csrf::{is_defended, is_safe, refuse};
use crate::auth::proxy_token::TokenRequest;
use crate::auth::session::Visit;
use crate::visitor::client::Client;

/// Refuses requests that change something without a proof. A method that no route accepts doesn't get here: the router
/// answers 405.
pub async fn require_proof(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if is_safe(&parts.method) || is_defended(&app, &parts) {
        next.run(Request::from_parts(parts, body)).await
    } else {
        refuse(&app, &parts).into_response()
    }
}

/// Sets the cookies of the visit on every answer, except to requests of programs, which authenticate by token.
pub async fn set_cookies(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    let is_https = Client::from_parts(&parts).is_https;
    if visit.is_ambiguous() {
        tracing::warn!(
            client = ?Client::from_parts(&parts).ip,
            "a browser sent several session cookies, of which none counts: its cookies for this host must be deleted"
        );
    }
    let is_of_token = parts.extensions.get::<TokenRequest>().is_some();
    parts.extensions.insert(visit.clone());
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if is_of_token {
        return response;
    }
    // A handler that begins or ends a session returns a visit with a new cookie.
    let visit = response.extensions_mut().remove::<Visit>().unwrap_or(visit);
    for cookie in visit.cookies(&app, is_https) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
