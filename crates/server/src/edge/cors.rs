//! Cross-origin use of the API by browser extensions and web clients: from any origin, never with credentials. It
//! depends on the path alone, so that errors of every kind can be read as well.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::app::App;

/// Whether a path is one of the API.
fn is_api(path: &str) -> bool {
    path.strip_prefix("/api").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Allows any origin to read the answers of the API (compat 1.1).
pub async fn allow_any_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let below = path.strip_prefix('/').and_then(|path| path.strip_prefix(&app.config.app.subdirectory));
    let is_api = is_api(path) || below.is_some_and(is_api);
    let mut response = next.run(request).await;
    if is_api {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    response
}

/// Answers preflight requests to the API, whatever is at their address.
pub async fn answer_preflight(request: Request, next: Next) -> Response {
    match request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD) {
        Some(method) if request.method() == Method::OPTIONS && is_api(request.uri().path()) => {
            preflight(method, request.headers())
        }
        _ => next.run(request).await,
    }
}

fn preflight(method: &HeaderValue, request: &HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_api_are_those_below_it() {
        for path in ["/api", "/api/", "/api/v1/user", "/api/nothing"] {
            assert!(is_api(path), "{path}");
        }
        for path in ["/", "/apis", "/x/api", "api"] {
            assert!(!is_api(path), "{path}");
        }
    }
}
