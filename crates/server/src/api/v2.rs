//! `/api/v2`: Sixpin's own operations, which 2FAuth doesn't have. There are none yet.
//!
//! The handlers of an operation belong to a file of its resource, next to this one.

use axum::Router;
use axum::routing::any;

use crate::app::App;
use crate::error::NotFound;

/// Returns the routes. An unknown path is a 404 with every method.
pub fn routes() -> Router<App> {
    Router::new().route("/", any(unknown)).route("/{*rest}", any(unknown))
}

/// Answers a request for an unknown path.
pub async fn unknown() -> NotFound {
    NotFound::Resource
}
