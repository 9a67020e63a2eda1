//! `/user`: the caller and their preferences.

use axum::Json;
use axum::extract::{Path, State};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use vault::{SharingPolicy, User, bounds};

use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::webauthn::KEYS_ALONE;
use crate::config::InForce;
use crate::error::{Forbidden, NotFound, Result, Unauthorized};
use crate::input::{Input, Validation};
use crate::settings::Settings;

/// A user as the API shows one (compat 1.7.4).
#[derive(Debug, Serialize)]
pub struct Person {
    id: i64,
    name: String,
    email: String,
    oauth_provider: Option<String>,
    authenticated_by_proxy: bool,
    preferences: InForce,
    #[serde(rename = "appSettings")]
    app_settings: AppSettings,
    is_admin: bool,
}

/// The settings that every user may know.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AppSettings {
    enable_sharing: bool,
    enable_all_users_sharing_scope: bool,
}

impl From<SharingPolicy> for AppSettings {
    fn from(policy: SharingPolicy) -> Self {
        Self { enable_sharing: policy.enabled, enable_all_users_sharing_scope: policy.all_users }
    }
}

impl Person {
    /// Returns the view of a user.
    pub fn new(app: &App, user: User, sharing: SharingPolicy) -> Self {
        let is_of_provider = user.is_of_provider();
        Self {
            id: user.id.0,
            preferences: app.config.preferences.in_force(user.preferences),
            oauth_provider: user.sso.filter(|_| is_of_provider).map(|sso| sso.provider),
            authenticated_by_proxy: app.auth_proxy.is_some(),
            app_settings: sharing.into(),
            is_admin: user.is_admin,
            name: user.name,
            email: user.email,
        }
    }
}

/// `GET /user/name`, for clients that still ask.
pub async fn deprecated_name(State(app): State<App>) -> ([(HeaderName, HeaderValue); 1], Json<Value>) {
    let since = app
        .clock
        .now()
        .to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .strftime("Tue, 21 Mar 2023 %H:%M:%S GMT")
        .to_string();
    let since = HeaderValue::try_from(since).unwrap_or(HeaderValue::from_static("Tue, 21 Mar 2023 00:00:00 GMT"));
    ([(HeaderName::from_static("deprecation"), since)], Json(json!({ "deprecation": true })))
}

/// `GET /user`.
pub async fn show(State(app): State<App>, caller: Caller) -> Result<Json<Person>> {
    let settings = Settings::load(&mut app.store.read().await?).await?;
    Ok(Json(Person::new(&app, caller.user, settings.sharing())))
}

/// A preference as the API shows one.
#[derive(Debug, Serialize)]
pub struct Preference {
    key: String,
    value: Value,
    locked: bool,
}

fn preference_of(app: &App, user: &User, name: &str) -> Option<Preference> {
    let value = app.config.preferences.value(&user.preferences, name)?.clone();
    Some(Preference { key: name.to_owned(), value, locked: app.config.preferences.is_locked(name) })
}

/// `GET /user/preferences`.
pub async fn preferences(State(app): State<App>, caller: Caller) -> Json<Vec<Preference>> {
    let known = app.config.preferences.names();
    Json(known.filter_map(|name| preference_of(&app, &caller.user, name)).collect())
}

/// `GET /user/preferences/{name}`.
pub async fn preference(State(app): State<App>, caller: Caller, Path(name): Path<String>) -> Result<Json<Preference>> {
    preference_of(&app, &caller.user, &name).map(Json).ok_or(NotFound::Resource.into())
}

/// `PUT /user/preferences/{name}`. Any JSON value is kept as it is: 2FAuth checks no types.
pub async fn set_preference(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
    input: Input,
) -> Result<(StatusCode, Json<Value>)> {
    let mut check = Validation::new(&input);
    let value = check.field("value").required().max_bytes(bounds::PREFERENCE_BYTES).map(Value::clone).value();
    let value = check.finish(|| value)?;
    if app.config.preferences.default(&name).is_none() {
        return Err(NotFound::Resource.into());
    }
    // In a demo it would lock all other visitors out.
    let is_closed = app.config.app.is_demo && name == KEYS_ALONE;
    if is_closed || app.config.preferences.is_locked(&name) {
        return Err(Forbidden::PreferenceLocked.into());
    }
    let mut write = caller.write(&app).await?;
    // Read again: another request may have changed another preference meanwhile.
    let mut user = write.user(caller.user.id).await?.ok_or(Unauthorized::Unauthenticated)?;
    user.preferences.set(&name, value.clone());
    write.set_preferences(user.id, &user.preferences, app.clock.now()).await?;
    write.commit().await?;
    Ok((StatusCode::CREATED, Json(json!({ "key": name, "value": value }))))
}
