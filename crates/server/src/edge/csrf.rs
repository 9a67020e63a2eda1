//! Proof that one of our own pages sent a request, for whatever changes something.

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, header};
use url::Url;

use super::overrides::BodyFields;
use crate::app::App;
use crate::auth::proxy::TokenRequest;
use crate::auth::session::{self, Visit};
use crate::error::Error;
use crate::visitor::client::Client;

/// In which a browser says what kind of site's page sent a request.
pub const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a method changes nothing (RFC 9110 §9.2.1).
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

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
    let is_https = Client::of(&parts).is_https;
    let is_of_token = parts.extensions.get::<TokenRequest>().is_some();
    parts.extensions.insert(visit.clone());
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if is_of_token {
        return response;
    }
    // A handler that signs somebody in or out leaves the visit with its new cookie behind.
    let visit = response.extensions_mut().remove::<Visit>().unwrap_or(visit);
    for cookie in visit.cookies(&app, is_https) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Whether a request proves that one of our pages sent it: by the visitor's CSRF token, or by the browser's word.
///
/// Behind an auth proxy the browser's `Origin` counts as well, and what no browser sent passes, because nobody can have
/// been tricked into sending it: a browser says where a request comes from, or at least sends the cookie it was given.
pub fn is_defended(app: &App, parts: &Parts) -> bool {
    let headers = &parts.headers;
    if app.auth_proxy.is_some() && comes_from_elsewhere(app, parts) {
        return false;
    }
    let visit = Visit::of(app, parts);
    let field = parts.extensions.get::<BodyFields>().and_then(|fields| fields.csrf_token.as_deref());
    if let Some(token) = session::presented_csrf_token(headers).or(field) {
        return visit.accepts(app, token);
    }
    let site = headers.get(&SEC_FETCH_SITE);
    if app.auth_proxy.is_none() {
        return site.is_some_and(|site| site == "same-origin");
    }
    site.is_some() || headers.contains_key(header::ORIGIN) || !visit.is_known()
}

/// A request that one of our pages sent, as a browser or the CSRF token says. Behind an auth proxy that is more than what
/// [`is_defended`] asks for: what no browser sent is refused as well.
#[derive(Debug)]
pub struct FromOwnPage;

impl FromRequestParts<App> for FromOwnPage {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let headers = &parts.headers;
        let field = parts.extensions.get::<BodyFields>().and_then(|fields| fields.csrf_token.as_ref());
        let is_told = headers.contains_key(&SEC_FETCH_SITE)
            || headers.contains_key(header::ORIGIN)
            || session::presented_csrf_token(headers).is_some()
            || field.is_some();
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
