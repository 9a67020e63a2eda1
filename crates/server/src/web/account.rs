//! The signed-in person's own name, address, password and end (compat 1.17).

use authproxy::name::name_key;
use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};
use store::{Basis, ResetKind};
use vault::{EmailSource, User};

use crate::api::me::Person;
use crate::app::App;
use crate::app::passwords::Verdict;
use crate::audit::Object;
use crate::auth::caller::SignedIn;
use crate::auth::session::Visit;
use crate::auth::tries::Tries;
use crate::error::{BadRequest, Result, Unauthorized};
use crate::icons;
use crate::input::{Input, Validation};
use crate::messages::Message;
use crate::registration;
use crate::settings::Settings;
use crate::visitor::client::Client;
use crate::visitor::language::Language;

/// `PUT /user`: name and address, with the password.
pub async fn update(State(app): State<App>, SignedIn(caller): SignedIn, mut input: Input) -> Result<Json<Person>> {
    let itself = caller.user.id;
    input.lowercase("email");
    let mut read = app.store.read().await?;
    let settings = Settings::load(&mut read).await?;
    let mut check = Validation::new(&input);
    let name = registration::check_name(&mut check, &mut read, Some(itself)).await?;
    let email = registration::check_email(&mut check, &mut read, &settings, Some(itself)).await?;
    let password = check.field("password").required().value();
    let (name, email, password) = check.finish(|| Ok((name?, email?, password?)))?;
    drop(read);
    confirm_password(&app, &caller.user, password.as_str().unwrap_or_default()).await?;
    if app.config.app.is_demo {
        // compat 1.17: as if it had been done.
        return Ok(Json(Person::new(&app, caller.user, settings.sharing())));
    }
    let mut write = caller.write(&app).await?;
    if !write.name_taken(name, Some(itself)).await? {
        registration::refuse_lookalike(&mut write, name, Some(&caller.user)).await?;
    }
    write
        .set_name_and_email(itself, name, &name_key(name), email, EmailSource::Local, app.clock.now())
        .await
        .map_err(registration::taken)?;
    let user = write.user(itself).await?.ok_or(Unauthorized::Unauthenticated)?;
    write.commit().await?;
    caller.record("user.update", &Object::user(&user));
    Ok(Json(Person::new(&app, user, settings.sharing())))
}

/// `PATCH /user/password`. All sessions end, because a password may be changed after it has leaked, and the caller gets
/// a new one. Tokens stay valid, as in 2FAuth.
pub async fn change_password(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    client: Client,
    language: Language,
    input: Input,
) -> Result<(Extension<Visit>, Json<Value>)> {
    let mut check = Validation::new(&input);
    let current = check.field("currentPassword").required().value();
    let new = registration::check_new_password(&mut check, &[&caller.user.name, &caller.user.email]);
    let (current, new) = check.finish(|| Ok((current?, new?)))?;
    confirm_password(&app, &caller.user, current.as_str().unwrap_or_default()).await?;
    let hash = app.passwords.hash(new).await?;
    let mut write = caller.write(&app).await?;
    write.set_password(caller.user.id, Some(&hash), app.clock.now()).await?;
    write.end_sessions(caller.user.id, None).await?;
    let visit = Visit::begin(&app, &mut write, caller.user.id, &client, Basis::Password).await?;
    write.delete_reset(ResetKind::Password, &caller.user.email).await?;
    write.commit().await?;
    caller.record("user.password.change", &Object::user(&caller.user));
    Ok((Extension(visit), Json(json!({ "message": Message::PasswordChanged.text(language.locale()) }))))
}

/// `DELETE /user`: the person and everything of theirs.
pub async fn delete(State(app): State<App>, SignedIn(caller): SignedIn, input: Input) -> Result<Response> {
    let mut check = Validation::new(&input);
    let password = check.field("password").required().string().value();
    confirm_password(&app, &caller.user, check.finish(|| password)?).await?;
    let mut write = caller.write(&app).await?;
    if caller.user.is_admin && write.admin_count().await? == 1 {
        return Err(BadRequest::LastAdmin.into());
    }
    let unused = write.delete_user(caller.user.id, false, app.clock.now()).await?;
    let leftovers = icons::remove_unused(&mut write, unused).await?;
    write.commit().await?;
    caller.record("user.delete", &Object::user(&caller.user));
    leftovers.remove(&app);
    Ok((StatusCode::NO_CONTENT, Extension(Visit::new(&app))).into_response())
}

/// Refuses unless `password` is the user's.
///
/// # Errors
/// 400 for a wrong one, and for users of a provider, who have none; 429 after too many wrong ones, so that the password
/// can't be guessed through a stolen session.
pub async fn confirm_password(app: &App, user: &User, password: &str) -> Result<()> {
    if user.is_of_provider() {
        return Err(BadRequest::ExternalAccount.into());
    }
    let tries = Tries::to_confirm(user.id);
    tries.count(app).await?;
    let hash = app.store.read().await?.password_hash(user.id).await?.unwrap_or_default();
    if app.passwords.verify(password, &hash).await? == Verdict::Wrong {
        return Err(BadRequest::WrongPassword.into());
    }
    let mut write = app.store.write().await?;
    tries.forget(&mut write).await?;
    write.commit().await?;
    Ok(())
}
