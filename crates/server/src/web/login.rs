//! Signing in by password, and out (compat 1.17, 3.7).

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use store::{Claim, Read};
use vault::User;

use crate::api::me::Person;
use crate::app::App;
use crate::app::passwords::Verdict;
use crate::auth::caller::SignedIn;
use crate::auth::csrf;
use crate::auth::notices;
use crate::auth::session::Visit;
use crate::auth::tries::Tries;
use crate::auth::webauthn::KEYS_ALONE;
use crate::error::{Error, MethodNotAllowed, Result, Unauthorized};
use crate::input::{Checked, Input, Validation};
use crate::messages::Message;
use crate::settings::Settings;
use crate::visitor::client::Client;

/// `POST /user/login`.
pub async fn login(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    client: Client,
    input: Input,
) -> Result<Response> {
    end_session(&app, &visit).await?;
    only_admins_while_sso(&app, &input).await?;
    let mut read = app.store.read().await?;
    let mut check = Validation::new(&input);
    let user = check_known_email(&mut check, &mut read).await?;
    let password = check.field("password").required().string().value();
    let ((email, user), password) = check.finish(|| Ok((user?, password?)))?;
    let hash = read.password_hash(user.id).await?.unwrap_or_default();
    drop(read);
    let tries = Tries::to_sign_in(&email, &client);
    tries.count(&app).await?;
    let verdict = app.passwords.verify(password, &hash).await?;
    let is_refused =
        verdict == Verdict::Wrong || user.disabled_at.is_some() || user.preferences.flag(KEYS_ALONE) == Some(true);
    if is_refused {
        app.store.log_sign_in(client.sign_in_entry(user.id, app.clock.now(), false, Some("password"))).await?;
        notices::tell_of_refusal(&app, &user, &client).await?;
        return Err(Unauthorized::WrongCredentials.into());
    }
    let renewed = match verdict {
        Verdict::RightButOld => Some(app.passwords.hash(password).await?),
        _ => None,
    };
    let entrance = Entrance {
        message: "authenticated",
        method: Some("password"),
        proven_hash: Some(&hash),
        renewed_hash: renewed.as_deref(),
        tries: Some(&tries),
    };
    let answer = signed_in(&app, &client, user, entrance).await?;
    Ok((StatusCode::OK, answer).into_response())
}

/// Checks `email`, which must be the address of a user; returns it in lower case, with the user.
///
/// # Errors
/// When the database fails.
pub async fn check_known_email(check: &mut Validation<'_>, read: &mut Read) -> Result<Checked<(String, User)>> {
    let email = check.field("email").required().email().map(str::to_lowercase);
    let user = match email.so_far() {
        Some(email) => read.user_by_email(email).await?,
        None => None,
    };
    Ok(email.found(user, Message::EmailUnknown).value())
}

/// The circumstances of a sign-in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Entrance<'a> {
    /// The message for the page.
    pub message: &'a str,
    /// The method in the sign-in log; `None` for methods without a name there.
    pub method: Option<&'static str>,
    /// The hash that the password was compared with. It must still count: the password may have been changed meanwhile.
    pub proven_hash: Option<&'a str>,
    /// The password's hash, made anew.
    pub renewed_hash: Option<&'a str>,
    /// The tries to be forgotten.
    pub tries: Option<&'a Tries>,
}

/// Begins a session for a user and says who it is; what the page needs to go on.
///
/// # Errors
/// 401 for a password that isn't theirs any more.
pub async fn signed_in(
    app: &App,
    client: &Client,
    user: User,
    entrance: Entrance<'_>,
) -> Result<(Extension<Visit>, Json<Value>)> {
    let now = app.clock.now();
    // The user may have been disabled or deleted while the password was compared.
    let mut write = app.store.write().await?.by(&Claim::checked(user.id)).await?;
    if let Some(proven) = entrance.proven_hash
        && write.password_hash(user.id).await?.as_deref() != Some(proven)
    {
        return Err(Unauthorized::WrongCredentials.into());
    }
    let visit = Visit::begin(app, &mut write, user.id, client).await?;
    if let Some(tries) = entrance.tries {
        tries.forget(&mut write).await?;
    }
    if let (Some(proven), Some(hash)) = (entrance.proven_hash, entrance.renewed_hash) {
        write.renew_password(user.id, proven, hash, now).await?;
    }
    let settings = Settings::load(&mut write).await?;
    write.commit().await?;
    let entry = client.sign_in_entry(user.id, now, true, entrance.method);
    let is_news = notices::is_news(app, &user, &entry).await?;
    app.store.log_sign_in(entry).await?;
    app.store.touch_user(user.id, now).await?;
    if is_news {
        notices::tell_of_device(app, &user, client, now);
    }
    let mut payload = json!(Person::new(app, user, settings.sharing()));
    if let Some(payload) = payload.as_object_mut() {
        payload.remove("authenticated_by_proxy");
        payload.insert("message".into(), json!(entrance.message));
    }
    Ok((Extension(visit), Json(payload)))
}

/// If only single sign-on is allowed, refuses an address that isn't an administrator's.
///
/// # Errors
/// 405 for all others, unknown addresses included.
pub async fn only_admins_while_sso(app: &App, input: &Input) -> Result<()> {
    let mut read = app.store.read().await?;
    if !Settings::load(&mut read).await?.is_on("useSsoOnly") {
        return Ok(());
    }
    let user = match input.text("email") {
        Some(email) => read.user_by_email(&email.to_lowercase()).await?,
        None => None,
    };
    if user.is_some_and(|user| user.is_admin) { Ok(()) } else { Err(MethodNotAllowed::AdministratorsOnly.into()) }
}

/// Ends a visit's session, if it has one.
///
/// # Errors
/// When the database fails.
pub async fn end_session(app: &App, visit: &Visit) -> Result<()> {
    if visit.is_known() && app.store.read().await?.session(&visit.id()).await?.is_some() {
        let mut write = app.store.write().await?;
        write.end_session(&visit.id()).await?;
        write.commit().await?;
    }
    Ok(())
}

/// `GET /user/logout`. A link on another site can't sign users out.
pub async fn logout(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Extension(visit): Extension<Visit>,
    client: Client,
    headers: HeaderMap,
) -> Result<(Extension<Visit>, Json<Value>)> {
    if headers.get(csrf::SEC_FETCH_SITE).is_some_and(|site| site == "cross-site") {
        return Err(Error::CsrfMismatch);
    }
    end_session(&app, &visit).await?;
    app.store.log_sign_out(client.sign_out_entry(caller.user.id, app.clock.now())).await?;
    Ok((Extension(Visit::new(&app)), Json(json!({ "message": "signed out" }))))
}
