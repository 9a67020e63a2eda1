//! Cross-origin use of the API, as browser extensions and web clients need it: any origin, never with credentials.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

/// Answers preflights and opens every answer of the API to any origin (compat 1.1).
pub async fn open(request: Request, next: Next) -> Response {
    if request.method() == Method::OPTIONS
        && let Some(asked) = request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD)
    {
        return preflight(asked, request.headers());
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

fn preflight(asked: &HeaderValue, request: &HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, asked.clone());
    if let Some(asked) = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, 0.into());
    let varies = HeaderValue::from_static("Access-Control-Request-Method, Access-Control-Request-Headers");
    headers.insert(header::VARY, varies);
    (StatusCode::NO_CONTENT, headers).into_response()
}
