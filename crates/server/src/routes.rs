//! All routes, and the layers around each kind.

use axum::extract::{DefaultBodyLimit, OriginalUri, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use axum::{Extension, Router};
use http::{Method, StatusCode};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};

use crate::api::{other_api_method, other_method};
use crate::app::App;
use crate::edge::{cors, csrf, headers, host, identity, lang, log, overrides, real_ip, throttle};
use crate::error::NotFound;
use crate::input::Limits;
use crate::{api, web};

/// Returns the whole application.
pub fn router(app: App) -> Router {
    // BREACH: codes and secrets never share a compressed answer with data that another site could inject, because the
    // request for them needs a proof. Small answers aren't worth compressing; pictures are compressed already.
    let compression = CompressionLayer::new().compress_when(
        SizeAbove::new(1024).and(NotForContentType::IMAGES).and(NotForContentType::new("application/octet-stream")),
    );
    let inner = Router::new()
        .nest("/api/v1", api_routes(&app))
        .merge(own_api_routes(&app))
        .merge(other_api_routes(&app))
        .merge(page_routes(&app))
        .merge(web::files().method_not_allowed_fallback(other_method))
        .layer(DefaultBodyLimit::disable())
        .layer(compression)
        .layer(from_fn(cors::answer_preflight))
        .layer(from_fn_with_state(app.clone(), host::refuse_foreign))
        .layer(from_fn_with_state(app.clone(), headers::protect))
        .with_state(app.clone())
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(panicked))
        .layer(from_fn(log::log_request));
    // Around the router as a whole: these layers need the header `Allow` that it adds, change the method or path that
    // it matches, or provide what all other layers read.
    Router::new()
        .fallback_service(inner)
        .layer(from_fn_with_state(app.clone(), lang::localize))
        .layer(from_fn_with_state(app.clone(), overrides::apply))
        .layer(from_fn_with_state(app.clone(), real_ip::identify_client))
        .layer(from_fn_with_state(app.clone(), identity::read))
        .layer(from_fn_with_state(app, cors::allow_any_origin))
}

fn api_routes(app: &App) -> Router<App> {
    api::routes()
        .route("/{*rest}", get(async || NotFound::Endpoint))
        .method_not_allowed_fallback(other_api_method)
        .layer(from_fn_with_state(app.clone(), throttle::api))
}

/// Returns the routes of `/api/v2`, surrounded like those of `/api/v1` and counted in the same window.
fn own_api_routes(app: &App) -> Router<App> {
    Router::new()
        .nest("/api/v2", api::v2::routes())
        .route("/api/v2/", any(api::v2::unknown))
        .method_not_allowed_fallback(other_method)
        .layer(from_fn_with_state(app.clone(), throttle::api))
}

/// Returns the rest of `/api`, which has no pages.
fn other_api_routes(app: &App) -> Router<App> {
    let bases = ["/api/v1", "/api/v1/"];
    let others = ["/api", "/api/", "/api/{*rest}"];
    let unknown = || get(async || NotFound::Endpoint);
    let routes = bases.iter().fold(Router::new(), |routes, path| routes.route(path, unknown()));
    let routes = routes.method_not_allowed_fallback(other_api_method);
    others
        .iter()
        .fold(routes, |routes, path| routes.route(path, any(api::v2::unknown)))
        .layer(from_fn_with_state(app.clone(), throttle::api))
}

fn page_routes(app: &App) -> Router<App> {
    web::sign_in_routes()
        .layer(from_fn_with_state(app.clone(), throttle::sign_in))
        .merge(web::recovery_routes().layer(from_fn_with_state(app.clone(), throttle::recovery)))
        .merge(web::register_routes().layer(from_fn_with_state(app.clone(), throttle::register)))
        .merge(web::challenge_routes().layer(from_fn_with_state(app.clone(), throttle::challenge)))
        .merge(web::routes())
        .route("/", get(web::shell::page))
        .route("/{*path}", get(web::shell::page))
        .layer(Extension(Limits::SMALL))
        .layer(from_fn_with_state(app.clone(), web::demo::refuse))
        .layer(from_fn_with_state(app.clone(), csrf::require_proof))
        // compat 1.3: 405 comes before the check of the proof.
        .method_not_allowed_fallback(other_page_method)
        .layer(from_fn_with_state(app.clone(), web::local::refuse))
        .layer(from_fn_with_state(app.clone(), csrf::set_cookies))
}

/// Answers another method of one of the pages' own routes: GET with the page.
async fn other_page_method(app: State<App>, uri: OriginalUri, method: Method) -> Response {
    match method {
        Method::GET | Method::HEAD => web::shell::page(app, uri).await.into_response(),
        method => other_method(method).await,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    tracing::error!(panic = text.unwrap_or("?"), "a request handler panicked");
    (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(serde_json::json!({ "message": "Server Error" }))).into_response()
}
