//! Single sign-on, and linking a provider to a user (compat 1.20, W9, W10; 3.9).
//!
//! A browser goes to the provider and comes back with a code. Meanwhile the attempt is kept in the browser's session.

mod attempts;

use authproxy::name::name_key;
use axum::Json;
use axum::extract::{Extension, Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{AdminRule, Basis, CreateUserError, NewUser, Write};
use vault::{EmailSource, User};

use self::attempts::Found;
use super::account::confirm_password;
use super::login::{Entrance, end_session, signed_in};
use crate::app::App;
use crate::audit::{self, Object};
use crate::auth::caller::{Caller, SignedIn, Via, by_session};
use crate::auth::csrf;
use crate::auth::session::Visit;
use crate::error::{Error, NotFound, Result};
use crate::input::{Input, Validation};
use crate::outside::sso::{Attempt, Profile, Provider};
use crate::registration::LENGTH;
use crate::settings::Settings;
use crate::visitor::client::Client;
use vault::email::is_email;

/// The app's root, as seen from the addresses of sign-in.
const ROOT: &str = "../../";
/// Maximum length of a name, in characters, and of an address, in bytes.
const LONGEST: usize = LENGTH as usize;

/// Why single sign-on is refused, as the page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SsoRefusal {
    /// There is no such provider, or not all that is needed is set.
    NotSetUp,
    /// Administrators have switched single sign-on off.
    Disabled,
    /// The provider states no identity, or without a valid proof.
    Failed,
    /// Another user has the address.
    EmailTaken,
    /// Registration is closed.
    NoRegistration,
    /// An administrator has disabled the user.
    AccountDisabled,
    /// The identity is linked to another user.
    Linked,
}

impl SsoRefusal {
    fn code(self) -> &'static str {
        match self {
            Self::NotSetUp => "sso_bad_provider_setup",
            Self::Disabled => "sso_disabled",
            Self::Failed => "sso_failed",
            Self::EmailTaken => "sso_email_already_used",
            Self::NoRegistration => "sso_no_register",
            Self::AccountDisabled => "sso_account_disabled",
            Self::Linked => "sso_already_linked",
        }
    }
}

impl IntoResponse for SsoRefusal {
    fn into_response(self) -> Response {
        to(&format!("{ROOT}error?err={}", self.code()))
    }
}

/// An answer that sends the browser elsewhere.
fn to(address: &str) -> Response {
    let address = HeaderValue::try_from(address).unwrap_or(HeaderValue::from_static(ROOT));
    (StatusCode::FOUND, [(header::LOCATION, address), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))])
        .into_response()
}

/// `GET /socialite/redirect/{driver}`: to the provider. The present session goes on until the user comes back, and a
/// link on another site doesn't begin to replace it.
pub async fn redirect(
    State(app): State<App>,
    Path(driver): Path<String>,
    Extension(visit): Extension<Visit>,
    client: Client,
    headers: HeaderMap,
) -> Result<Response> {
    let Some(provider) = app.sso.by_name(&driver) else { return Ok(SsoRefusal::NotSetUp.into_response()) };
    if !is_on(&app).await? {
        return Ok(SsoRefusal::Disabled.into_response());
    }
    if csrf::is_cross_site(&headers) && by_session(&app, &visit).await.is_ok() {
        return Ok(to(&format!("{ROOT}accounts")));
    }
    let attempt = Attempt::new(&driver, false, app.clock.now(), app.random);
    let Some(url) = authorization_url(provider, &attempt).await else { return Ok(SsoRefusal::Failed.into_response()) };
    attempts::remember(&app, &visit, &client, &attempt).await?;
    Ok((Extension(visit), to(&url)).into_response())
}

/// Whether single sign-on is switched on.
async fn is_on(app: &App) -> Result<bool> {
    Ok(Settings::load(&mut app.store.read().await?).await?.is_on("enableSso"))
}

/// Returns the URL to which the browser is sent, or none if the provider can't be reached.
async fn authorization_url(provider: Provider<'_>, attempt: &Attempt) -> Option<String> {
    let url = provider.authorization_url(attempt).await;
    url.inspect_err(|error| tracing::warn!(provider = attempt.provider, %error, "the provider can't be reached"))
        .ok()
        .map(String::from)
}

/// The authorization response (RFC 6749, section 4.1.2).
#[derive(Debug, Deserialize)]
pub struct Answer {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// `GET /socialite/callback/{driver}`: back from the provider.
pub async fn callback(
    State(app): State<App>,
    Path(driver): Path<String>,
    Extension(visit): Extension<Visit>,
    client: Client,
    Query(answer): Query<Answer>,
) -> Result<Response> {
    let Some(provider) = app.sso.by_name(&driver) else { return Ok(SsoRefusal::NotSetUp.into_response()) };
    if !is_on(&app).await? {
        return Ok(SsoRefusal::Disabled.into_response());
    }
    let now = app.clock.now();
    let state = answer.state.as_deref().unwrap_or_default();
    let Some(Found { attempt, user, others }) = attempts::take(&app, &visit, &driver, state, now).await? else {
        // Another tab may have been faster.
        let is_signed_in = by_session(&app, &visit).await.is_ok();
        tracing::warn!(provider = driver, is_signed_in, "a browser came back from the provider without an attempt");
        return Ok(if is_signed_in { to(&format!("{ROOT}accounts")) } else { SsoRefusal::Failed.into_response() });
    };
    // An answer of another provider, mixed up by an attacker (RFC 9207, section 2.4).
    let is_mixed_up = answer.iss.as_deref().is_some_and(|issuer| !provider.is_issuer(issuer));
    let Some(code) = answer.code.filter(|_| !is_mixed_up && answer.error.is_none()) else {
        // The provider's error code is for the log, cut to the length of such codes (RFC 6749, section 4.1.2.1).
        let error: Option<String> = answer.error.map(|error| error.chars().take(80).collect());
        tracing::warn!(provider = driver, is_mixed_up, ?error, "a browser came back from the provider without success");
        return Ok(SsoRefusal::Failed.into_response());
    };
    let profile = match provider.fetch_profile(&code, &attempt, now).await {
        Ok(profile) => profile,
        Err(error) => {
            tracing::warn!(provider = driver, %error, "the provider's word can't be taken");
            return Ok(SsoRefusal::Failed.into_response());
        }
    };
    // It becomes part of the name and, where the provider tells none, of the address.
    let room = LONGEST - " (@)".len() - driver.len();
    if !(1..=room).contains(&profile.subject.len()) || profile.subject.contains(char::is_control) {
        tracing::warn!(
            provider = driver,
            length = profile.subject.len(),
            "the provider's subject is empty, too long, or no text"
        );
        return Ok(SsoRefusal::Failed.into_response());
    }
    match user.filter(|_| attempt.is_link) {
        Some(user) => {
            let caller = Caller { user, via: Via::Session(visit.id()), client };
            add(&app, &driver, &visit, &caller, &profile).await
        }
        None => sign_in(&app, &driver, &visit, &client, &profile, others).await,
    }
}

/// Signs in the user of a profile, who may be new, in a session that takes over the browser's `others` attempts.
async fn sign_in(
    app: &App,
    driver: &str,
    former: &Visit,
    client: &Client,
    profile: &Profile,
    others: Option<Value>,
) -> Result<Response> {
    let mut write = app.store.write().await?;
    let user = match find_or_create_user(app, &mut write, driver, profile).await? {
        Ok(user) => user,
        Err(failure) => {
            tracing::info!(provider = driver, reason = failure.code(), "single sign-on refused");
            audit::record_refusal("sso", profile.email.as_deref(), client, StatusCode::FOUND);
            return Ok(failure.into_response());
        }
    };
    write.commit().await?;
    if by_session(app, former).await.is_ok() {
        end_session(app, former).await?;
    }
    let (visit, _) = signed_in(app, client, user, Entrance::by(Basis::Provider(driver.to_owned()))).await?;
    if others.is_some() {
        let mut write = app.store.write().await?;
        write.set_session_data(&visit.id(), others.as_ref()).await?;
        write.commit().await?;
    }
    Ok((visit, to(&format!("{ROOT}accounts"))).into_response())
}

/// Returns the user of a profile, with the profile's name and address, and creates an unknown one.
async fn find_or_create_user(
    app: &App,
    write: &mut Write,
    driver: &str,
    profile: &Profile,
) -> Result<std::result::Result<User, SsoRefusal>> {
    let identity = profile.identity(driver);
    let now = app.clock.now();
    let name = profile_name(profile, driver);
    if let Some(user) = write.user_by_sso(&identity).await? {
        if user.disabled_at.is_some() {
            return Ok(Err(SsoRefusal::AccountDisabled));
        }
        // One that the provider doesn't state any more is kept.
        let email = stated_email(profile).unwrap_or(&user.email).to_owned();
        return Ok(Ok(update_user(write, user, &name, &email, now).await?));
    }
    let email = stated_email(profile).map_or_else(|| fallback_email(profile, driver), str::to_owned);
    if write.email_taken(&email, None).await? {
        return Ok(Err(SsoRefusal::EmailTaken));
    }
    let settings = Settings::load(write).await?;
    let is_closed = settings.is_on("disableRegistration") && !settings.is_on("keepSsoRegistrationEnabled");
    if is_closed && write.users_exist().await? {
        return Ok(Err(SsoRefusal::NoRegistration));
    }
    let new = NewUser {
        name: &name,
        name_key: &name_key(&name),
        email: &email,
        email_source: EmailSource::Sso,
        password_hash: None,
        admin: AdminRule::IfFirst,
        sso: Some(&identity),
        proxy_subject: None,
    };
    match write.create_user(&new, now).await {
        Ok(user) => Ok(Ok(user)),
        Err(CreateUserError::EmailTaken) => Ok(Err(SsoRefusal::EmailTaken)),
        // Another user has taken the name that is reserved for this identity.
        Err(CreateUserError::NameTaken | CreateUserError::IdentityTaken) => Ok(Err(SsoRefusal::Failed)),
        Err(CreateUserError::Store(error)) => Err(error.into()),
    }
}

/// Updates name and address of a user to those of the profile, except if another user has them by now.
async fn update_user(write: &mut Write, user: User, name: &str, email: &str, now: jiff::Timestamp) -> Result<User> {
    if !user.is_of_provider() || (user.name == name && user.email == email) {
        return Ok(user);
    }
    let name = if write.name_taken(name, Some(user.id)).await? { user.name.as_str() } else { name };
    let email = if write.email_taken(email, Some(user.id)).await? { user.email.as_str() } else { email };
    let updated = write.set_provided_name_and_email(user.id, name, &name_key(name), email, now).await;
    updated.map_err(|error| match error {
        CreateUserError::Store(error) => Error::from(error),
        other => Error::Internal(other.into()),
    })?;
    Ok(User { name: name.to_owned(), email: email.to_owned(), ..user })
}

/// Returns the profile's address, if it is one.
fn stated_email(profile: &Profile) -> Option<&str> {
    profile.email.as_deref().filter(|email| is_email(email) && email.len() <= LONGEST)
}

/// Returns `subject@driver`, for a profile without an address (compat 3.9).
fn fallback_email(profile: &Profile, driver: &str) -> String {
    format!("{}@{driver}", profile.subject.to_lowercase())
}

/// Returns `name (subject@driver)`, which is unique (compat 3.9). Its end tells it from every name that looks like it, so
/// that it may look like one.
fn profile_name(profile: &Profile, driver: &str) -> String {
    let end = format!(" ({}@{driver})", profile.subject);
    let room = LONGEST.saturating_sub(end.chars().count());
    let name: String = profile.name.trim().chars().filter(|char| !char.is_control()).take(room).collect();
    format!("{name}{end}").trim().to_owned()
}

/// `GET /socialite/link`: the provider by which the user may sign in, if any.
pub async fn link(SignedIn(caller): SignedIn) -> Json<Value> {
    let is_of_provider = caller.user.is_of_provider();
    Json(json!({ "provider": caller.user.sso.map(|sso| sso.provider), "can_be_removed": !is_of_provider }))
}

/// `POST /socialite/link/{driver}`: begins to link a provider to the user, and answers the URL for the browser.
///
/// It takes the password, so that an open session doesn't give a stranger a lasting way in.
pub async fn begin_link(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Path(driver): Path<String>,
    Extension(visit): Extension<Visit>,
    client: Client,
    input: Input,
) -> Result<Json<Value>> {
    let provider = app.sso.by_name(&driver).ok_or(NotFound::Resource)?;
    confirmed(&app, &caller.user, &input).await?;
    if !is_on(&app).await? {
        return Ok(Json(json!({ "redirect": format!("error?err={}", SsoRefusal::Disabled.code()) })));
    }
    let attempt = Attempt::new(&driver, true, app.clock.now(), app.random);
    let Some(url) = authorization_url(provider, &attempt).await else {
        return Ok(Json(json!({ "redirect": format!("error?err={}", SsoRefusal::Failed.code()) })));
    };
    attempts::remember(&app, &visit, &client, &attempt).await?;
    Ok(Json(json!({ "redirect": url })))
}

/// `DELETE /socialite/link`: takes the provider from the person's account again. Other sessions that stand on it end.
pub async fn unlink(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Extension(visit): Extension<Visit>,
    input: Input,
) -> Result<StatusCode> {
    confirmed(&app, &caller.user, &input).await?;
    let mut write = caller.write(&app).await?;
    write.set_sso(caller.user.id, None, app.clock.now()).await?;
    write.end_provider_sessions(caller.user.id, Some(&visit.id())).await?;
    write.commit().await?;
    caller.record("provider.unlink", &Object::default());
    Ok(StatusCode::NO_CONTENT)
}

async fn confirmed(app: &App, user: &User, input: &Input) -> Result<()> {
    let mut check = Validation::new(input);
    let password = check.field("password").required().string().value();
    confirm_password(app, user, check.finish(|| password)?).await
}

/// Adds the provider's person to the account of who is signed in.
async fn add(app: &App, driver: &str, visit: &Visit, caller: &Caller, profile: &Profile) -> Result<Response> {
    let user = &caller.user;
    let identity = profile.identity(driver);
    // The session may have ended while the provider was asked.
    let mut write = match app.store.write().await?.by(&caller.claim(app)).await {
        Err(store::Error::Unauthenticated) => return Ok(SsoRefusal::Failed.into_response()),
        write => write?,
    };
    let holder = write.user_by_sso(&identity).await?;
    if holder.is_some_and(|holder| holder.id != user.id) {
        return Ok(SsoRefusal::Linked.into_response());
    }
    if user.sso.as_ref() != Some(&identity) {
        write.end_provider_sessions(user.id, Some(&visit.id())).await?;
    }
    write.set_sso(user.id, Some(&identity), app.clock.now()).await?;
    write.commit().await?;
    caller.record("provider.link", &Object::of("provider", driver));
    Ok(to(&format!("{ROOT}settings/account")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(subject: &str, name: &str, email: Option<&str>) -> Profile {
        Profile { subject: subject.into(), name: name.into(), email: email.map(Into::into) }
    }

    #[test]
    fn a_name_has_the_subject_in_it_and_fits() {
        assert_eq!(profile_name(&profile("7", "ana", None), "github"), "ana (7@github)");
        assert_eq!(profile_name(&profile("7", "", None), "github"), "(7@github)");
        assert_eq!(profile_name(&profile("7", "a\u{7}\nb", None), "github"), "ab (7@github)");
        let long = profile_name(&profile("7", &"é".repeat(300), None), "openid");
        assert_eq!(long.chars().count(), LONGEST);
        assert!(long.ends_with("é (7@openid)"));
    }

    #[test]
    fn an_address_that_is_none_is_made_up() {
        assert_eq!(stated_email(&profile("U7", "", Some("ana@example.org"))), Some("ana@example.org"));
        assert_eq!(stated_email(&profile("U7", "", Some("ana"))), None);
        assert_eq!(fallback_email(&profile("U7", "", None), "openid"), "u7@openid");
    }
}
