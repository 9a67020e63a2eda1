//! The log line of each request, without the query and values of headers: they may be secrets.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::visitor::client::Client;
use crate::visitor::requester::Requester;

/// Logs a request once it is answered.
pub async fn log_request(request: Request, next: Next) -> Response {
    if !tracing::enabled!(tracing::Level::INFO) {
        return next.run(request).await;
    }
    let start = Instant::now();
    let (mut parts, body) = request.into_parts();
    let requester = Requester::default();
    parts.extensions.insert(requester.clone());
    let client = Client::from_parts(&parts).ip;
    let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
    let response = next.run(Request::from_parts(parts, body)).await;
    let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    let client = client.map(tracing::field::display);
    let user = requester.user().map(|user| user.0);
    tracing::info!(%method, path, status = response.status().as_u16(), micros, client, user, "request");
    response
}
