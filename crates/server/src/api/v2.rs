//! `/api/v2`: Sixpin's own operations, which 2FAuth doesn't have.
//!
//! The handlers of an operation belong to a file of its resource, next to this one.

use axum::routing::{any, delete, get, post};
use axum::{Extension, Router};

use super::{exports, imports};
use crate::app::App;
use crate::error::NotFound;
use crate::input::Limits;

/// Returns the routes. An unknown path is a 404 with every method.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/exports", post(exports::create))
        .route("/imports/preview", post(imports::preview).layer(Extension(Limits::FILES)))
        .route("/imports", get(imports::list).post(imports::create).layer(Extension(Limits::FILES)))
        .route("/imports/{id}", delete(imports::undo))
        .route("/", any(unknown))
        .route("/{*rest}", any(unknown))
}

/// Answers a request for an unknown path.
pub async fn unknown() -> NotFound {
    NotFound::Resource
}
