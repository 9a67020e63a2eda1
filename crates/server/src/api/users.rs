//! `/users`: people, for administrators (compat 1.14).

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use store::{Read, ResetKind};
use vault::email::is_fallback;
use vault::{SharingPolicy, User, UserId};

use super::me::Person;
use super::path::Id;
use super::sign_ins;
use crate::ago::whole;
use crate::app::App;
use crate::audit::Object;
use crate::auth::caller::{Admin, Caller};
use crate::auth::recovery;
use crate::auth::webauthn::allow_password;
use crate::error::{BadRequest, Forbidden, NotFound, Result};
use crate::icons;
use crate::input::{Input, Validation};
use crate::mail::Letter;
use crate::messages::Locale;
use crate::registration;
use crate::settings::Settings;
use crate::visitor::language::Language;

/// A user as administrators see one.
#[derive(Debug, Serialize)]
pub struct Managed {
    #[serde(flatten)]
    person: Person,
    twofaccounts_count: u64,
    last_seen_at: String,
    created_at: String,
}

impl Managed {
    fn new(app: &App, user: User, sharing: SharingPolicy, accounts: u64, locale: Locale) -> Self {
        let now = app.clock.now();
        Self {
            twofaccounts_count: accounts,
            // compat 1.7.5: a user who was never seen was seen just now.
            last_seen_at: crate::ago::ago(user.last_seen_at.unwrap_or(now), now, locale),
            created_at: crate::ago::ago(user.created_at, now, locale),
            person: Person::new(app, user, sharing),
        }
    }
}

/// Returns a single user with their tokens, keys and pending reset.
async fn user_details(app: &App, read: &mut Read, user: User, locale: Locale) -> Result<Json<Value>> {
    let sharing = Settings::load(read).await?.sharing();
    let tokens = read.token_count(user.id).await?;
    let reset = read.reset(ResetKind::Password, &user.email).await?;
    let reset = reset.map(|reset| pending(reset.created_at, app.clock.now()));
    let keys = read.security_key_count(user.id).await?;
    // compat 1.7.5: only the list counts the accounts.
    let info = Managed::new(app, user, sharing, 0, locale);
    Ok(Json(json!({
        "info": info,
        "password_reset": reset,
        "valid_personal_access_tokens": tokens,
        "webauthn_credentials": keys,
    })))
}

/// Returns when a user was sent a link for a new password, or 0 once it has expired.
fn pending(created_at: Timestamp, now: Timestamp) -> Value {
    if recovery::has_expired(created_at, now) {
        json!(0)
    } else {
        json!(created_at.strftime("%Y-%m-%d %H:%M:%S").to_string())
    }
}

/// The user `id`, before it is asked whether the caller may know: 404 comes before 403.
async fn existing(read: &mut Read, id: i64) -> Result<User> {
    read.user(UserId(id)).await?.ok_or(NotFound::Resource.into())
}

/// `GET /users`.
pub async fn list(State(app): State<App>, _: Admin, language: Language) -> Result<Json<Vec<Managed>>> {
    let mut read = app.store.read().await?;
    let sharing = Settings::load(&mut read).await?.sharing();
    let users = read.users().await?.into_iter();
    // Written as they are: a tree of values in between would take ten times the room.
    Ok(Json(users.map(|(user, accounts)| Managed::new(&app, user, sharing, accounts, language.locale())).collect()))
}

/// `GET /users/{id}`.
pub async fn show(State(app): State<App>, caller: Caller, Id(id): Id, language: Language) -> Result<Json<Value>> {
    let mut read = app.store.read().await?;
    let user = existing(&mut read, id).await?;
    caller.admin()?;
    user_details(&app, &mut read, user, language.locale()).await
}

/// `POST /users`. Works while registration is off.
pub async fn create(
    State(app): State<App>,
    Admin(caller): Admin,
    language: Language,
    mut input: Input,
) -> Result<(StatusCode, Json<Value>)> {
    input.lowercase("email");
    let mut read = app.store.read().await?;
    let settings = Settings::load(&mut read).await?;
    let mut check = Validation::new(&input);
    let registration = registration::check_registration(&mut check, &mut read, &settings).await?;
    let is_admin = check.field("is_admin").required().boolean().value();
    let (registration, is_admin) = check.finish(|| Ok((registration?, is_admin?)))?;
    drop(read);
    let registration = registration.hashed(&app).await?;
    let mut write = caller.write(&app).await?.admin()?;
    let user = registration.create(&app, &mut write, is_admin).await?;
    let object = Object::user(&user);
    let answer = user_details(&app, &mut write, user, language.locale()).await?;
    write.commit().await?;
    caller.record("user.create", &object);
    Ok((StatusCode::CREATED, answer))
}

/// `DELETE /users/{id}`.
pub async fn delete(State(app): State<App>, caller: Caller, Id(id): Id) -> Result<StatusCode> {
    let mut write = caller.write(&app).await?;
    let user = existing(&mut write, id).await?;
    let mut write = write.admin()?;
    if user.is_admin && write.admin_count().await? == 1 {
        return Err(Forbidden::LastAdminDeleted.into());
    }
    let unused = write.delete_user(user.id, app.auth_proxy.is_some(), app.clock.now()).await?;
    let leftovers = icons::remove_unused(&mut write, unused).await?;
    write.commit().await?;
    caller.record("user.delete", &Object::user(&user));
    leftovers.remove(&app);
    Ok(StatusCode::NO_CONTENT)
}

/// `PATCH /users/{id}/promote`: gives or takes the administrator's role.
pub async fn promote(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    language: Language,
    input: Input,
) -> Result<Json<Value>> {
    let mut write = caller.write(&app).await?;
    let mut user = existing(&mut write, id).await?;
    let mut write = write.admin()?;
    let mut check = Validation::new(&input);
    let is_admin = check.field("is_admin").required().boolean().value();
    let is_admin = check.finish(|| is_admin)?;
    if !is_admin && user.is_admin && write.admin_count().await? == 1 {
        return Err(Forbidden::LastAdminDemoted.into());
    }
    write.set_admin(user.id, is_admin, app.clock.now()).await?;
    user.is_admin = is_admin;
    let object = Object::user(&user);
    let answer = user_details(&app, &mut write, user, language.locale()).await?;
    write.commit().await?;
    caller.record(if is_admin { "user.promote" } else { "user.demote" }, &object);
    Ok(answer)
}

/// `PATCH /users/{id}/password/reset`: takes a user's password back, ends their sessions and mails them a link for a
/// new one. Their tokens stay valid, as in 2FAuth.
pub async fn reset_password(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    language: Language,
) -> Result<Json<Value>> {
    let mut write = caller.write(&app).await?;
    let user = existing(&mut write, id).await?;
    let mut write = write.admin()?;
    if is_fallback(&user.email) {
        return Err(BadRequest::NoMailAddress.into());
    }
    if user.is_of_provider() {
        return Err(BadRequest::NoPasswordOfProvider.into());
    }
    write.set_password(user.id, None, app.clock.now()).await?;
    write.end_sessions(user.id, None).await?;
    let link = recovery::new_link(&app, &mut write, ResetKind::Password, &user.email, Some(user.id)).await?;
    let answer = user_details(&app, &mut write, user.clone(), language.locale()).await?;
    write.commit().await?;
    caller.record("user.password.reset", &Object::user(&user));
    app.mail.send(&user, language.locale(), Letter::password_reset_by_admin(link, recovery::MINUTES.unsigned_abs()));
    Ok(answer)
}

/// `DELETE /users/{id}/pats`: revokes all tokens of a user.
pub async fn revoke_tokens(State(app): State<App>, caller: Caller, Id(id): Id) -> Result<StatusCode> {
    let mut write = caller.write(&app).await?;
    let user = existing(&mut write, id).await?;
    let mut write = write.admin()?;
    write.revoke_tokens(user.id).await?;
    write.commit().await?;
    caller.record("user.tokens.revoke", &Object::user(&user));
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /users/{id}/credentials`: removes a user's security keys, and lets them sign in by password again.
pub async fn revoke_credentials(State(app): State<App>, caller: Caller, Id(id): Id) -> Result<StatusCode> {
    let mut write = caller.write(&app).await?;
    let user = existing(&mut write, id).await?;
    let mut write = write.admin()?;
    write.delete_security_keys(user.id).await?;
    let object = Object::user(&user);
    allow_password(&mut write, user, app.clock.now()).await?;
    write.commit().await?;
    caller.record("user.keys.revoke", &object);
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /users/{id}/authentications`: when and from where a user signed in, newest first.
pub async fn sign_ins(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    language: Language,
    input: Input,
) -> Result<Json<Value>> {
    let user = existing(&mut app.store.read().await?, id).await?;
    let Admin(caller) = caller.admin()?;
    sign_in_log(&app, &caller.user, user.id, language, &input).await
}

/// `GET /user/authentications`: the caller's own. 2FAuth shows it to administrators alone.
pub async fn own_sign_ins(
    State(app): State<App>,
    caller: Caller,
    language: Language,
    input: Input,
) -> Result<Json<Value>> {
    sign_in_log(&app, &caller.user, caller.user.id, language, &input).await
}

/// The sign-in log of a user, for a reader.
async fn sign_in_log(app: &App, reader: &User, user: UserId, language: Language, input: &Input) -> Result<Json<Value>> {
    let timezone = app.config.preferences.value(&reader.preferences, "timezone").cloned();
    let mut check = Validation::new(input);
    let months = check.field("period").sometimes().numeric().map(whole).optional();
    let limit = check.field("limit").sometimes().numeric().map(whole).optional();
    let range = check.finish(|| Ok(sign_ins::Range { months, limit }))?;
    sign_ins::list(app, user, range, timezone.as_ref().and_then(Value::as_str), language.locale()).await
}
