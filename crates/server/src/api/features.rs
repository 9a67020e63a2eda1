//! `/features`: what of the instance is switched on (compat 1.13).

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{NotFound, Result};
use crate::settings::Settings;

/// A feature as the API shows it.
#[derive(Debug, Serialize)]
pub struct Feature {
    name: &'static str,
    state: &'static str,
}

/// Returns every feature. Some can't be switched off and are listed because clients ask for them.
fn list_features(settings: &Settings) -> [Feature; 5] {
    let policy = settings.sharing();
    let feature = |name, is_on| Feature { name, state: if is_on { "enabled" } else { "disabled" } };
    [
        feature("iconPack", true),
        feature("sharing", policy.enabled),
        feature("allUsersSharingScope", policy.all_users),
        feature("showNextOtp", true),
        feature("groupChips", true),
    ]
}

/// `GET /features`.
pub async fn list(State(app): State<App>, _: Caller) -> Result<Json<[Feature; 5]>> {
    Ok(Json(list_features(&Settings::load(&mut app.store.read().await?).await?)))
}

/// `GET /features/{name}`.
pub async fn show(State(app): State<App>, _: Caller, Path(name): Path<String>) -> Result<Json<Feature>> {
    let all = list_features(&Settings::load(&mut app.store.read().await?).await?);
    all.into_iter().find(|feature| feature.name == name).map(Json).ok_or(NotFound::Resource.into())
}
