//! The pages, and the routes that they alone use.

pub mod account;
pub mod files;
pub mod icons;
pub mod local;
pub mod login;
pub mod register;
pub mod shell;
pub mod system;
pub mod tokens;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, delete, get, patch, post, put};

use crate::app::App;
use crate::edge::throttle;

pub use files::routes as files;

/// Routes of guests that only exist to say that an auth proxy does their work.
const GUESTS_ONLY: &[&str] = &[
    "/user/password/lost",
    "/user/password/reset",
    "/webauthn/login/options",
    "/webauthn/login",
    "/webauthn/lost",
    "/webauthn/recover",
    "/socialite/redirect/{driver}",
    "/socialite/callback/{driver}",
];

/// Routes of members that only exist to say the same.
const MEMBERS_ONLY: &[&str] = &[
    "/webauthn/register/options",
    "/webauthn/register",
    "/webauthn/credentials",
    "/webauthn/credentials/{id}",
    "/webauthn/credentials/{id}/name",
];

/// Behind an auth proxy, routes whose every method is answered by the layer around them; none otherwise.
fn elsewhere(app: &App, paths: &[&str]) -> Router<App> {
    let paths = if app.auth_proxy.is_some() { paths } else { &[] };
    paths.iter().fold(Router::new(), |router, path| router.route(path, any(local::not_applicable)))
}

/// The routes of the pages (contract 1.16).
pub fn routes(app: &App) -> Router<App> {
    let sign_in = Router::new()
        .route("/user/login", post(login::login))
        .layer(from_fn_with_state(app.clone(), throttle::sign_in));
    let guests = elsewhere(app, GUESTS_ONLY)
        .route("/user", post(register::register))
        .merge(sign_in)
        .layer(from_fn_with_state(app.clone(), local::without_auth_proxy));
    let members = elsewhere(app, MEMBERS_ONLY)
        .route("/user", put(account::update).delete(account::delete))
        .route("/user/password", patch(account::change_password))
        .route("/user/logout", get(login::logout))
        .route("/oauth/personal-access-tokens", get(tokens::list).post(tokens::create))
        .route("/oauth/personal-access-tokens/{id}", delete(tokens::revoke))
        .layer(from_fn_with_state(app.clone(), local::for_members));
    Router::new()
        .merge(guests)
        .merge(members)
        .route("/refresh-csrf", get(system::refresh_csrf))
        .route("/system/infos", get(system::infos))
}
