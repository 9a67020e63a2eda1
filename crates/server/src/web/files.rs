//! Files: the app's own, and what needs neither cookies nor sign-in.

use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde_json::json;

use super::icons;
use crate::api::CONTRACT;
use crate::app::App;
use crate::error::NotFound;

/// The routes of files.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/up", get(up))
        .route("/manifest.json", get(manifest))
        .route("/openapi.yaml", get(contract))
        .route("/robots.txt", get(async || "User-agent: *\nDisallow: /\n"))
        .route("/storage/icons/{name}", get(icons::show))
        .route("/storage/noicon.svg", get(icons::none))
        .route("/assets/{*path}", get(asset))
        .route("/favicon.ico", get(picture))
        .route("/favicon.svg", get(picture))
        .route("/favicon_lg.png", get(picture))
        .route("/icon-512.png", get(picture))
}

/// Whether the program runs and its database answers.
async fn up(State(app): State<App>) -> Response {
    let answers = match app.store.read().await {
        Ok(mut read) => read.setting("").await.is_ok(),
        Err(_) => false,
    };
    if answers {
        Html("<!doctype html><title>Sixpin</title><p>Sixpin is up.</p>\n").into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Html("<!doctype html><title>Sixpin</title><p>The database is away.</p>\n"))
            .into_response()
    }
}

/// `GET /manifest.json`: the web app manifest. Its URLs are relative to its own.
async fn manifest(State(app): State<App>) -> impl IntoResponse {
    let name = &app.config.app.name;
    Json(json!({
        "id": "./",
        "short_name": name,
        "name": name,
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "theme_color": "#131917",
        "background_color": "#131917",
        "icons": [
            { "src": "favicon_lg.png", "type": "image/png", "sizes": "180x180" },
            { "src": "icon-512.png", "type": "image/png", "sizes": "512x512" },
            { "src": "favicon.svg", "type": "image/svg+xml", "sizes": "any" },
        ],
        "shortcuts": [{ "name": "New 2FA", "url": "./add" }],
    }))
}

/// `GET /openapi.yaml`: the description of the API (media type: RFC 9512).
async fn contract() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/yaml"), (header::CACHE_CONTROL, "public, no-cache")], CONTRACT)
}

/// A picture of the app: its address stays when it changes.
async fn picture(uri: Uri, headers: HeaderMap) -> Response {
    file(uri.path().trim_start_matches('/'), &headers)
}

/// A file of the app whose name holds its content's hash: it never changes. A missing one is a real 404, so that a page
/// of an older version notices.
async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    file(&format!("assets/{path}"), &headers)
}

fn file(path: &str, request: &HeaderMap) -> Response {
    let Some(asset) = ui::file(path) else { return NotFound::Resource.into_response() };
    let etag = HeaderValue::try_from(asset.etag).unwrap_or(HeaderValue::from_static("\"\""));
    let lasting = if asset.immutable { "public, max-age=31536000, immutable" } else { "public, no-cache" };
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(lasting));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if request.get(header::IF_NONE_MATCH) == Some(&etag) {
        headers.insert(header::ETAG, etag);
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    headers.insert(header::ETAG, etag);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.mime));
    let accepted = request.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let accepts = |coding: &str| accepted.split(',').any(|part| part.split(';').next().map(str::trim) == Some(coding));
    let (coding, bytes) = match (asset.br, asset.gz) {
        (Some(br), _) if accepts("br") => (Some("br"), br),
        (_, Some(gz)) if accepts("gzip") => (Some("gzip"), gz),
        _ => (None, asset.bytes),
    };
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    (headers, bytes).into_response()
}
