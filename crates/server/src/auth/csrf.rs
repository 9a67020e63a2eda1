//! Proof that one of our own pages sent a request.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, header};
use url::Url;

use super::session::Visit;
use crate::app::App;
use crate::error::Error;

/// In which a browser says what kind of site's page sent a request.
pub const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The CSRF token among the fields of a request's body, `_token`.
#[derive(Debug, Clone)]
pub struct FormToken(pub String);

/// Whether a method changes nothing (RFC 9110 §9.2.1).
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a request proves that one of our pages sent it: by the visitor's CSRF token, or by headers that only
/// browsers set.
///
/// Behind an auth proxy `Origin` counts as well, and a request that no browser sent passes, because no user can have
/// been tricked into sending it: a browser states the origin of a request, or at least sends its cookie.
pub fn is_defended(app: &App, parts: &Parts) -> bool {
    let headers = &parts.headers;
    if app.auth_proxy.is_some() && comes_from_elsewhere(app, parts) {
        return false;
    }
    let visit = Visit::of(app, parts);
    let field = parts.extensions.get::<FormToken>().map(|token| token.0.as_str());
    if let Some(token) = presented_token(headers).or(field) {
        return visit.accepts(app, token);
    }
    let site = headers.get(&SEC_FETCH_SITE);
    if app.auth_proxy.is_none() {
        return site.is_some_and(|site| site == "same-origin");
    }
    site.is_some() || headers.contains_key(header::ORIGIN) || !visit.is_known()
}

/// A request that one of our pages sent, as a browser or the CSRF token says. Behind an auth proxy that is more than
/// what [`is_defended`] asks for: what no browser sent is refused as well.
#[derive(Debug)]
pub struct FromOwnPage;

impl FromRequestParts<App> for FromOwnPage {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let headers = &parts.headers;
        let is_told = headers.contains_key(&SEC_FETCH_SITE)
            || headers.contains_key(header::ORIGIN)
            || presented_token(headers).is_some()
            || parts.extensions.get::<FormToken>().is_some();
        if is_told && is_defended(app, parts) { Ok(Self) } else { Err(Error::CsrfMismatch) }
    }
}

/// Whether a browser says that another site's page sent the request.
///
/// Behind an auth proxy that is reason enough to refuse even what only reads: the proxy may know people by where they
/// are, without any credential that a browser would keep from other sites, and the API's answers are open to all.
pub fn comes_from_elsewhere(app: &App, parts: &Parts) -> bool {
    let headers = &parts.headers;
    match (headers.get(&SEC_FETCH_SITE), headers.get(header::ORIGIN)) {
        (Some(site), _) => site != "same-origin" && site != "none",
        (None, Some(origin)) => !origin.to_str().is_ok_and(|origin| is_own_origin(app, origin, headers)),
        (None, None) => false,
    }
}

/// Whether an origin is this instance: the host that the request was sent to, or the configured public address.
fn is_own_origin(app: &App, origin: &str, headers: &HeaderMap) -> bool {
    let Ok(origin) = Url::parse(origin) else { return false };
    if app.config.app.url.as_ref().is_some_and(|own| own.origin() == origin.origin()) {
        return true;
    }
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    host.and_then(|host| Url::parse(&format!("{}://{host}", origin.scheme())).ok())
        .is_some_and(|own| own.origin() == origin.origin())
}

/// The CSRF token that a request presents in its headers: `X-CSRF-TOKEN` first, else `X-XSRF-TOKEN`.
pub fn presented_token(headers: &HeaderMap) -> Option<&str> {
    const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");
    const XSRF: HeaderName = HeaderName::from_static("x-xsrf-token");
    headers.get(CSRF).or_else(|| headers.get(XSRF))?.to_str().ok()
}
