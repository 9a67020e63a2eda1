//! Security headers, on every answer.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

use crate::app::App;
use crate::visitor::client::Client;

/// The content policy of all answers except pages: nothing is run, loaded or framed.
const BARE_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const ONLY_CAMERA: HeaderValue = HeaderValue::from_static(
    "camera=(self), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-get=(self)",
);
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Browsers use https for the host for a year (RFC 6797).
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");
const HSTS_SUBDOMAINS: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

/// Adds the headers. A handler's own content policy and cache rules stay.
pub async fn protect(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let is_https = Client::from_parts(&parts).is_https;
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(BARE_POLICY);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(PERMISSIONS_POLICY, ONLY_CAMERA);
    headers.insert(OPENER_POLICY, HeaderValue::from_static("same-origin"));
    // Unless the handler allows caching, the answer may have a user's data.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    if is_https {
        let hsts = if app.config.app.hsts_subdomains { HSTS_SUBDOMAINS } else { HSTS };
        headers.insert(header::STRICT_TRANSPORT_SECURITY, hsts);
    }
    response
}
