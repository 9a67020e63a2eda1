//! Proof that one of our own pages sent a request.

use authproxy::Peer;
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use url::Url;

use super::session::Visit;
use crate::app::App;
use crate::error::Error;
use crate::visitor::host::SentTo;

/// In which a browser says what kind of site's page sent a request.
pub const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The CSRF token among the fields of a request's body, `_token`.
#[derive(Debug, Clone)]
pub struct FormToken(pub String);

/// Whether a browser says that a page of another site, or of a neighbour in the same domain, sent a request. A typed
/// address and an old browser pass.
pub fn is_cross_site(headers: &HeaderMap) -> bool {
    headers.get(&SEC_FETCH_SITE).is_some_and(|site| site == "cross-site" || site == "same-site")
}

/// Whether a method changes nothing (RFC 9110 §9.2.1).
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a request proves that one of our pages sent it: by the visitor's CSRF token, or by headers that only
/// browsers set.
///
/// Behind an auth proxy `Origin` counts as well, and a request without `Origin` and `Sec-Fetch-Site` passes: no browser
/// sent it, so no user can have been tricked into it. The cookies of this instance don't make a browser of a program.
pub fn is_defended(app: &App, parts: &Parts) -> bool {
    let headers = &parts.headers;
    if app.auth_proxy.is_some() && comes_from_elsewhere(app, parts) {
        return false;
    }
    let field = parts.extensions.get::<FormToken>().map(|token| token.0.as_str());
    if let Some(token) = presented_token(headers).or(field) {
        return Visit::of(app, parts).accepts(app, token);
    }
    app.auth_proxy.is_some() || headers.get(&SEC_FETCH_SITE).is_some_and(|site| site == "same-origin")
}

/// Whether one of our own pages sent a request, as a browser or the CSRF token says: what no browser sent isn't.
pub fn is_from_page(app: &App, parts: &Parts) -> bool {
    let headers = &parts.headers;
    let is_told = headers.contains_key(&SEC_FETCH_SITE)
        || headers.contains_key(header::ORIGIN)
        || presented_token(headers).is_some()
        || parts.extensions.get::<FormToken>().is_some();
    is_told && is_defended(app, parts)
}

/// Returns the error for a request that isn't defended. Behind an auth proxy the log says what is wrong, since it is
/// mostly the proxy that changes `Host`.
pub fn refuse(app: &App, parts: &Parts) -> Error {
    if app.auth_proxy.is_some() {
        warn_of_mismatch(app, parts);
    }
    Error::CsrfMismatch
}

/// A request that one of our pages sent ([`is_from_page`]). Behind an auth proxy that is more than what [`is_defended`]
/// asks for.
#[derive(Debug)]
pub struct FromOwnPage;

impl FromRequestParts<App> for FromOwnPage {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        if is_from_page(app, parts) { Ok(Self) } else { Err(refuse(app, parts)) }
    }
}

/// Whether a browser says that another site's page sent the request.
///
/// Behind an auth proxy that is reason enough to refuse even what only reads: the proxy may know people by where they
/// are, without any credential that a browser would keep from other sites, and the API's answers are open to all.
pub fn comes_from_elsewhere(app: &App, parts: &Parts) -> bool {
    let headers = &parts.headers;
    let is_own = |origin: &HeaderValue| origin.to_str().is_ok_and(|origin| is_own_origin(app, origin, parts));
    match (headers.get(&SEC_FETCH_SITE), headers.get(header::ORIGIN)) {
        (Some(site), _) if site != "same-origin" && site != "none" => true,
        // To a browser, whatever leads to this machine is of the same origin as itself, a stranger's name too (DNS
        // rebinding). Without `APP_URL` there is nothing to compare `Origin` with where the proxy changes `Host`.
        (Some(_), Some(origin)) => app.config.app.url.is_some() && !is_own(origin),
        (None, Some(origin)) => !is_own(origin),
        (_, None) => false,
    }
}

/// Whether an origin is this instance: the configured public address, a further host, or the host that the request was
/// sent to.
fn is_own_origin(app: &App, origin: &str, parts: &Parts) -> bool {
    let Ok(origin) = Url::parse(origin) else { return false };
    let is_asked_for =
        || SentTo::from_parts(parts).url(origin.scheme()).is_some_and(|own| own.origin() == origin.origin());
    app.config.app.has_origin(&origin) || is_asked_for()
}

/// Maximum number of logged mismatches of one peer per minute.
const LOGGED_MISMATCHES: u32 = 10;

fn warn_of_mismatch(app: &App, parts: &Parts) {
    let peer = parts.extensions.get::<Peer>().copied();
    let count = app.refusal_window.count(peer.and_then(Peer::ip), LOGGED_MISMATCHES, app.clock.unix_seconds()).requests;
    if count > LOGGED_MISMATCHES {
        return;
    }
    let peer = peer.map_or("unknown".to_owned(), |peer| peer.to_string());
    tracing::warn!(peer, method = %parts.method, path = parts.uri.path(), "{}", describe_mismatch(app, parts));
}

/// Returns why a request isn't taken for one of our own pages', and what to do.
fn describe_mismatch(app: &App, parts: &Parts) -> String {
    let said =
        |name: &HeaderName| parts.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let (site, origin) = (said(&SEC_FETCH_SITE), said(&header::ORIGIN));
    if let Some(site) = site.filter(|site| site != "same-origin" && site != "none") {
        return format!("refused with 419: Sec-Fetch-Site says {site:?}, so another site's page sent the request");
    }
    match origin {
        Some(origin) if comes_from_elsewhere(app, parts) => {
            let sent_to = SentTo::from_parts(parts);
            let host = sent_to.hosts.first().map_or("", String::as_str);
            let forwarded =
                sent_to.forwarded.map(|host| format!(", X-Forwarded-Host says {host:?}")).unwrap_or_default();
            format!(
                "refused with 419: Origin says {origin:?}, Host says {host:?}{forwarded}: let the proxy keep Host or set \
                 APP_URL; if users don't open this instance at {origin:?}, another site's page sent the request"
            )
        }
        _ => "refused with 419: the CSRF token isn't that of the cookie and the user".to_owned(),
    }
}

/// The CSRF token that a request presents in its headers: `X-CSRF-TOKEN` first, else `X-XSRF-TOKEN`.
pub fn presented_token(headers: &HeaderMap) -> Option<&str> {
    const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");
    const XSRF: HeaderName = HeaderName::from_static("x-xsrf-token");
    headers.get(CSRF).or_else(|| headers.get(XSRF))?.to_str().ok()
}
