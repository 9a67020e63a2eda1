//! `/storage`: icons. Knowing an icon's name is enough to load it, since an `<img>` sends no token.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use crate::app::App;
use crate::error::{NotFound, Result};
use crate::icons;

/// Opened by itself, an SVG is a page: it may do nothing at all.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");
/// Another picture would have another name.
const LASTING: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// `GET /storage/icons/{name}`.
pub async fn show(State(app): State<App>, Path(name): Path<String>) -> Result<Response> {
    let kind = icons::content_type(&name).ok_or(NotFound::Resource)?;
    let content = icons::load_content(&app, &mut app.store.read().await?, &name).await?.ok_or(NotFound::Resource)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, LASTING),
    ];
    Ok((headers, content).into_response())
}

/// `GET /storage/noicon.svg`: what clients show for an account without an icon.
pub async fn none() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
    ];
    (headers, include_str!("noicon.svg"))
}
