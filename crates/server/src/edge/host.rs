//! Behind an auth proxy: requests of browsers that another site's name led here.
//!
//! A proxy that knows users by their network, their certificate or their ticket lets in whatever their browsers send. A
//! page of a stranger whose name suddenly leads here (DNS rebinding) is then of the same origin as this instance, and
//! could read and write everything. Only the name betrays it.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, header};

use crate::app::App;
use crate::auth::proxy_token::TokenRequest;
use crate::error::Error;
use crate::visitor::host::SentTo;

/// Refuses the request of a browser to a host that isn't this instance's, if `APP_URL` says which is. Tokens are no
/// browser's doing.
pub async fn refuse_foreign(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_checked = app.auth_proxy.is_some()
        && app.config.app.url.is_some()
        && is_browsers(request.headers())
        && request.extensions().get::<TokenRequest>().is_none();
    if is_checked
        && let Some(sent_to) = request.extensions().get::<SentTo>()
        && let Some(host) = sent_to.foreign_host(|name| app.config.app.has_host(name))
    {
        tracing::warn!(host, path = request.uri().path(), "{HINT}");
        return Error::Misdirected.into_response();
    }
    next.run(request).await
}

const HINT: &str = "refused with 421: the request was sent to a host that is neither that of APP_URL nor in APP_HOSTS; if \
                    users open it, or the proxy calls this instance so, add it to APP_HOSTS";

/// Whether a request has what browsers send and programs mostly don't: the origin of a page, or a cookie; or languages,
/// which a page can change and not take away. A page at an `http` address reads without any of the others.
fn is_browsers(headers: &HeaderMap) -> bool {
    let is_mark = |name: &str| name.starts_with("sec-fetch-");
    headers.contains_key(header::ORIGIN)
        || headers.contains_key(header::COOKIE)
        || headers.contains_key(header::ACCEPT_LANGUAGE)
        || headers.keys().any(|name| is_mark(name.as_str()))
}
