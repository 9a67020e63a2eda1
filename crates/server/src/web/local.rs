//! Addresses of local sign-in, which make no sense when an auth proxy says who somebody is.

use axum::extract::{FromRequestParts as _, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::Method;

use crate::app::App;
use crate::auth::caller::SignedIn;
use crate::auth::csrf;
use crate::error::{Error, MethodNotAllowed};

/// Whom an address of the pages is for.
#[derive(Debug, PartialEq, Eq)]
pub enum For {
    /// Somebody who isn't signed in.
    Guests,
    /// Somebody who is.
    Members,
}

/// Around the pages' own routes: behind an auth proxy, the addresses of local sign-in are answered 405. Where only members
/// come in, whoever isn't one is answered what their request deserves.
pub async fn refuse(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_local = app.auth_proxy.as_ref().is_some_and(|proxy| proxy.config().tokens.is_none() || !is_of_tokens(path));
    let Some(whose) = local(request.method(), path).filter(|_| is_local) else {
        return next.run(request).await;
    };
    let (mut parts, _) = request.into_parts();
    // The proof comes before what an address is good for, as everywhere.
    if !csrf::is_safe(&parts.method) && !csrf::is_defended(&app, &parts) {
        return Error::CsrfMismatch.into_response();
    }
    if whose == For::Members
        && let Err(error) = SignedIn::from_request_parts(&mut parts, &app).await
    {
        return error.into_response();
    }
    MethodNotAllowed::NotWithProxy.into_response()
}

/// Whether an address is one where people have their tokens, which is nothing local where tokens are taken.
fn is_of_tokens(path: &str) -> bool {
    path.trim_matches('/').split('/').next() == Some("oauth")
}

/// Whom an address is for, if it is one of local sign-in. Told by its beginning, so that none can be forgotten.
fn local(method: &Method, path: &str) -> Option<For> {
    let mut segments = path.trim_matches('/').split('/');
    match (segments.next()?, segments.next()) {
        ("user", None | Some("login" | "password")) if method == Method::POST => Some(For::Guests),
        ("webauthn", Some("login" | "lost" | "recover")) | ("socialite", _) => Some(For::Guests),
        ("user" | "oauth" | "webauthn", _) => Some(For::Members),
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
            assert_eq!(of(guests), Some(For::Guests), "{guests}");
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
            assert_eq!(of(members), Some(For::Members), "{members}");
        }
        for other in ["GET /", "GET /accounts", "GET /login", "GET /refresh-csrf", "GET /system/infos", "GET /users"] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    fn of(line: &str) -> Option<For> {
        let (method, path) = line.split_once(' ').unwrap();
        local(&method.parse().unwrap(), path)
    }
}
