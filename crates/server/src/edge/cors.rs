//! Cross-origin use of the API by browser extensions and web clients: from any origin, never with credentials.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

/// Answers preflight requests, and allows any origin to read the answers of the API (compat 1.1).
pub async fn allow_any_origin(request: Request, next: Next) -> Response {
    if request.method() == Method::OPTIONS
        && let Some(method) = request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD)
    {
        return answer_preflight(method, request.headers());
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

fn answer_preflight(method: &HeaderValue, request: &HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, method.clone());
    if let Some(names) = request.get(header::ACCESS_CONTROL_REQUEST_HEADERS).filter(|names| !has_forwarded(names)) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, 0.into());
    let varies = HeaderValue::from_static("Access-Control-Request-Method, Access-Control-Request-Headers");
    headers.insert(header::VARY, varies);
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Whether a page asks to send a header that proxies send, such as `X-Forwarded-Host`: some pass on the client's own.
fn has_forwarded(names: &HeaderValue) -> bool {
    let is_proxys = |name: &[u8]| name.trim_ascii().to_ascii_lowercase().starts_with(b"x-forwarded-");
    names.as_bytes().split(|byte| *byte == b',').any(is_proxys)
}
