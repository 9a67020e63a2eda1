//! Addresses of local sign-in, which are closed when an auth proxy authenticates users.

use axum::extract::{FromRequestParts as _, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::Method;

use crate::app::App;
use crate::auth::caller::SignedIn;
use crate::auth::csrf;
use crate::auth::session::Visit;
use crate::error::MethodNotAllowed;

/// The audience of a page's address.
#[derive(Debug, PartialEq, Eq)]
pub enum Audience {
    /// Visitors who aren't signed in.
    Guests,
    /// Signed-in users.
    Members,
}

/// Answers 405 to the addresses of local sign-in behind an auth proxy. Addresses for signed-in users first check the
/// sign-in, and answer as usual if it fails.
pub async fn refuse(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_local = app.auth_proxy.as_ref().is_some_and(|proxy| proxy.config().tokens.is_none() || !is_of_tokens(path));
    let Some(audience) = local_audience(request.method(), path).filter(|_| is_local) else {
        return next.run(request).await;
    };
    let (mut parts, _) = request.into_parts();
    // The CSRF proof is checked first, as everywhere. compat 1.3: whoever keeps our cookies is taken for a browser here.
    let is_browser = Visit::of(&app, &parts).is_known();
    let is_defended = if is_browser { csrf::is_from_page } else { csrf::is_defended };
    if !csrf::is_safe(&parts.method) && !is_defended(&app, &parts) {
        return csrf::refuse(&app, &parts).into_response();
    }
    if audience == Audience::Members
        && let Err(error) = SignedIn::from_request_parts(&mut parts, &app).await
    {
        return error.into_response();
    }
    MethodNotAllowed::NotWithProxy.into_response()
}

/// Whether an address manages tokens. Where tokens are accepted behind the proxy, it isn't one of local sign-in.
fn is_of_tokens(path: &str) -> bool {
    path.trim_matches('/').split('/').next() == Some("oauth")
}

/// Returns the audience of an address of local sign-in. Addresses are matched by their beginning, so that none is
/// missed.
fn local_audience(method: &Method, path: &str) -> Option<Audience> {
    let mut segments = path.trim_matches('/').split('/');
    match (segments.next()?, segments.next()) {
        ("user", None | Some("login" | "password")) if method == Method::POST => Some(Audience::Guests),
        ("webauthn", Some("login" | "lost" | "recover")) | ("socialite", _) => Some(Audience::Guests),
        ("user" | "oauth" | "webauthn", _) => Some(Audience::Members),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_of_local_sign_in_is_known() {
        for guests in [
            "POST /user",
            "POST /user/login",
            "POST /user/password/lost",
            "POST /user/password/reset",
            "POST /webauthn/login/options",
            "POST /webauthn/login",
            "POST /webauthn/lost",
            "POST /webauthn/recover",
            "GET /socialite/redirect/github",
            "GET /socialite/callback/openid",
        ] {
            assert_eq!(of(guests), Some(Audience::Guests), "{guests}");
        }
        for members in [
            "PUT /user",
            "DELETE /user",
            "PATCH /user/password",
            "GET /user/logout",
            "GET /oauth/personal-access-tokens",
            "DELETE /oauth/personal-access-tokens/1",
            "POST /webauthn/register/options",
            "GET /webauthn/credentials",
            "DELETE //webauthn/credentials/1/",
        ] {
            assert_eq!(of(members), Some(Audience::Members), "{members}");
        }
        for other in ["GET /", "GET /accounts", "GET /login", "GET /refresh-csrf", "GET /system/infos", "GET /users"] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    fn of(line: &str) -> Option<Audience> {
        let (method, path) = line.split_once(' ').unwrap();
        local_audience(&method.parse().unwrap(), path)
    }
}
