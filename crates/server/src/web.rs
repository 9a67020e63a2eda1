//! The pages, and the routes that they alone use.

pub mod account;
pub mod demo;
pub mod files;
pub mod icons;
pub mod local;
pub mod login;
pub mod password;
pub mod proxy;
pub mod register;
pub mod sessions;
pub mod shell;
pub mod sso;
pub mod system;
pub mod tokens;
pub mod webauthn;

use axum::Router;
use axum::routing::{delete, get, patch, post, put};

use crate::app::App;

pub use files::routes as files;

/// Returns the routes that sign users in (compat 1.16).
pub fn sign_in_routes() -> Router<App> {
    Router::new()
        .route("/user/login", post(login::login))
        .route("/webauthn/login", post(webauthn::login::login))
        .route("/webauthn/recover", post(webauthn::recovery::recover))
        .route("/socialite/redirect/{driver}", get(sso::redirect))
        .route("/socialite/callback/{driver}", get(sso::callback))
}

/// Returns the routes by which users regain access by mail. With the link of a lost key a password is tried, so that
/// is signing in.
pub fn recovery_routes() -> Router<App> {
    Router::new()
        .route("/user/password/lost", post(password::lost))
        .route("/user/password/reset", post(password::reset))
        .route("/webauthn/lost", post(webauthn::recovery::lost))
}

/// Registration.
pub fn register_routes() -> Router<App> {
    Router::new().route("/user", post(register::register))
}

/// The challenges for security keys of strangers.
pub fn challenge_routes() -> Router<App> {
    Router::new().route("/webauthn/login/options", post(webauthn::login::options))
}

/// The other routes of the pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/user", put(account::update).delete(account::delete))
        .route("/user/password", patch(account::change_password))
        .route("/user/logout", get(login::logout))
        .route("/user/sessions", get(sessions::list).delete(sessions::end_others))
        .route("/user/sessions/{id}", delete(sessions::end))
        .route("/oauth/personal-access-tokens", get(tokens::list).post(tokens::create))
        .route("/oauth/personal-access-tokens/{id}", delete(tokens::revoke))
        .route("/webauthn/register/options", post(webauthn::keys::options))
        .route("/webauthn/register", post(webauthn::keys::register))
        .route("/webauthn/credentials", get(webauthn::keys::list))
        .route("/webauthn/credentials/{id}/name", patch(webauthn::keys::rename))
        .route("/webauthn/credentials/{id}", delete(webauthn::keys::delete))
        .route("/socialite/link", get(sso::link).delete(sso::unlink))
        .route("/socialite/link/{driver}", post(sso::begin_link))
        .route("/refresh-csrf", get(system::refresh_csrf))
        .route("/system/infos", get(system::infos))
        .route("/system/mail", get(system::mail))
        .route("/system/test-email", post(system::test_mail))
        .route("/system/proxy", get(proxy::show))
        .route("/system/latestRelease", get(system::latest_release))
        .route("/system/optimize", get(system::optimize))
        .route("/system/clear-cache", get(system::clear_cache))
}
