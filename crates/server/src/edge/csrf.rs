//! Around the pages' own routes: their operations demand a proof, and their answers give it.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header;

use crate::app::App;
use crate::auth::csrf::{is_defended, is_safe};
use crate::auth::proxy_token::TokenRequest;
use crate::auth::session::Visit;
use crate::error::Error;
use crate::visitor::client::Client;

/// Around the operations of the pages: refuses what changes something without proof. What no operation has the method
/// for is not its concern.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    if is_safe(&parts.method) || is_defended(&app, &parts) {
        next.run(Request::from_parts(parts, body)).await
    } else {
        Error::CsrfMismatch.into_response()
    }
}

/// Around the routes of the pages: gives every answer the visitor's cookies.
pub async fn accompany(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    let is_https = Client::from_parts(&parts).is_https;
    let is_of_token = parts.extensions.get::<TokenRequest>().is_some();
    parts.extensions.insert(visit.clone());
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if is_of_token {
        return response;
    }
    // A handler that begins or ends a session leaves a visit with its new cookie.
    let visit = response.extensions_mut().remove::<Visit>().unwrap_or(visit);
    for cookie in visit.cookies(&app, is_https) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
