//! `/api/v1`, which 2FAuth's clients use, one file per resource; and [`v2`], Sixpin's own.

pub mod accounts;
pub mod export;
pub mod exports;
pub mod features;
pub mod groups;
pub mod icons;
pub mod imports;
pub mod me;
pub mod migration;
pub mod notices;
pub mod otp;
pub mod otp_logs;
pub mod ownership;
pub mod path;
pub mod qrcode;
pub mod recipients;
pub mod settings;
pub mod shares;
pub mod sign_ins;
pub mod users;
pub mod v2;

use axum::extract::{FromRequestParts as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, delete, get, patch, post};
use axum::{Extension, Router};
use http::{HeaderValue, Method, StatusCode, header};

use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{MethodNotAllowed, NotFound, Result};
use crate::input::Limits;

/// The description of all routes: an `OpenAPI` document in YAML.
pub const CONTRACT: &str = include_str!("../../../contract/openapi.yaml");

/// The limits of routes that take files.
const FILES: Extension<Limits> = Extension(Limits::FILES);

/// Returns the routes of `/api/v1` (compat 1.8).
pub fn routes() -> Router<App> {
    Router::new()
        .route("/user/name", get(me::deprecated_name))
        .route("/user", get(me::show))
        .route("/user/authentications", get(users::own_sign_ins))
        .route("/user/preferences", get(me::preferences))
        .route("/user/preferences/{name}", get(me::preference).put(me::set_preference))
        .merge(account_routes())
        .merge(sharing_routes())
        .merge(group_routes())
        .merge(admin_routes())
        .route("/icons", post(icons::upload).layer(FILES))
        .route("/icons/packs", get(icons::packs).fallback(as_icon))
        .route("/icons/default", post(icons::official).fallback(as_icon))
        .route("/icons/{name}", delete(icons::delete))
        .route("/qrcode/decode", post(qrcode::decode).layer(FILES))
        .route("/features", get(features::list))
        .route("/features/{name}", get(features::show))
}

fn account_routes() -> Router<App> {
    Router::new()
        .route("/twofaccounts", get(accounts::list).post(accounts::create).delete(accounts::bulk::delete))
        .route("/twofaccounts/count", or_id(get(accounts::bulk::count)))
        .route("/twofaccounts/export", or_id(get(export::export)))
        .route("/twofaccounts/withdraw", or_id(patch(accounts::bulk::withdraw)))
        .route("/twofaccounts/reorder", or_id(post(accounts::bulk::reorder)))
        .route("/twofaccounts/migration", or_id(post(migration::read).layer(FILES).get(accounts::show)))
        .route("/twofaccounts/preview", or_id(post(accounts::preview)))
        .route("/twofaccounts/otp", or_id(post(otp::by_parameters).get(accounts::show)))
        .route(
            "/twofaccounts/{id}",
            get(accounts::show).put(accounts::update).patch(accounts::update).delete(accounts::delete),
        )
        .route("/twofaccounts/{id}/otp", get(otp::by_id))
        .route("/twofaccounts/{id}/otp-logs", get(otp_logs::list))
        .route("/twofaccounts/{id}/qrcode", get(qrcode::of_account))
}

fn sharing_routes() -> Router<App> {
    Router::new()
        .route("/twofaccounts/{id}/shares", get(shares::show).post(shares::share).delete(shares::revoke_all))
        .route("/twofaccounts/{id}/shares/all", post(shares::share_with_all).delete(shares::revoke))
        .route("/twofaccounts/{id}/shares/{user}", delete(shares::revoke))
        .route("/twofaccounts/{id}/recipients", get(recipients::list))
        .route("/twofaccounts/{id}/owner", patch(ownership::transfer))
}

fn group_routes() -> Router<App> {
    Router::new()
        .route("/groups", get(groups::list).post(groups::create))
        .route("/groups/reorder", or_id(post(groups::reorder)))
        .route("/groups/{id}", get(groups::show).put(groups::update).patch(groups::update).delete(groups::delete))
        .route("/groups/{id}/twofaccounts", get(groups::accounts))
        .route("/groups/{id}/assign", post(groups::assign))
}

fn admin_routes() -> Router<App> {
    Router::new()
        .route("/users", get(users::list).post(users::create))
        .route("/users/{id}", get(users::show).delete(users::delete))
        .route("/users/{id}/promote", patch(users::promote))
        .route("/users/{id}/password/reset", patch(users::reset_password))
        .route("/users/{id}/pats", delete(users::revoke_tokens))
        .route("/users/{id}/credentials", delete(users::revoke_credentials))
        .route("/users/{id}/authentications", get(users::sign_ins))
        .route("/settings", get(settings::list).post(settings::create))
        .route("/settings/{name}", get(settings::show).put(settings::update).delete(settings::delete))
}

/// Returns the methods of a literal path, such as `count`, and those that it has besides as the ID of an account or a
/// group, which it isn't: 404 (compat 1.8).
fn or_id(own: MethodRouter<App>) -> MethodRouter<App> {
    own.fallback(as_id)
}

/// Answers a method that a literal path lacks, as the address of an account or a group.
async fn as_id(State(app): State<App>, request: Request) -> Result<Response> {
    let method = request.method().clone();
    if !matches!(method, Method::GET | Method::HEAD | Method::PUT | Method::PATCH | Method::DELETE) {
        let mut response = other_method(method).await;
        if response.status() == StatusCode::METHOD_NOT_ALLOWED {
            let allowed = HeaderValue::from_static("GET,HEAD,PUT,PATCH,DELETE");
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        return Ok(response);
    }
    Caller::from_request_parts(&mut request.into_parts().0, &app).await?;
    Err(NotFound::Resource.into())
}

/// Answers a method that a literal path lacks, as the address of an icon: none has such a name.
async fn as_icon(State(app): State<App>, request: Request) -> Result<Response> {
    let method = request.method().clone();
    if method != Method::DELETE {
        return Ok(other_api_method(method).await);
    }
    Caller::from_request_parts(&mut request.into_parts().0, &app).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Answers another method of a known route: OPTIONS with an empty 200, all others with 405. The router adds `Allow`.
pub async fn other_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        StatusCode::OK.into_response()
    } else {
        MethodNotAllowed::OtherMethods.into_response()
    }
}

/// Answers another method of a known route of `/api/v1`.
pub async fn other_api_method(method: Method) -> Response {
    match method {
        // compat 1.4: a route without GET answers it with 404, even if it has other methods.
        Method::GET | Method::HEAD => NotFound::Endpoint.into_response(),
        method => other_method(method).await,
    }
}
