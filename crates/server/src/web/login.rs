//! Signing in by password, and out (compat 1.17, 3.7).

use std::time::Duration;

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};
use store::{Basis, Claim, ThrottleKey};
use vault::{User, UserId};

use crate::api::me::Person;
use crate::app::App;
use crate::app::passwords::Verdict;
use crate::audit::{self, Object};
use crate::auth::caller::SignedIn;
use crate::auth::csrf;
use crate::auth::gate::Gate;
use crate::auth::notices;
use crate::auth::session::{Visit, is_locked_after};
use crate::auth::tries::{Tries, count_guess};
use crate::auth::webauthn::KEYS_ALONE;
use crate::error::{Error, Result, Unauthorized};
use crate::input::{Input, Invalid, Validation};
use crate::settings::Settings;
use crate::visitor::client::Client;

/// An address, in lower case, and a password.
struct Credentials<'a> {
    email: String,
    password: &'a str,
}

impl<'a> Credentials<'a> {
    fn read(input: &'a Input) -> Result<Self, Invalid> {
        let mut check = Validation::new(input);
        let email = check.field("email").required().email().map(str::to_lowercase).value();
        let password = check.field("password").required().string().value();
        check.finish(|| Ok(Self { email: email?, password: password? }))
    }
}

/// `POST /user/login`. An unknown address is answered as a wrong password, after the same work.
pub async fn login(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    client: Client,
    input: Input,
) -> Result<Response> {
    let outcome = try_password(&app, &visit, &client, &input).await;
    if let Err(error) = &outcome {
        audit::record_refusal("password", input.text("email"), &client, error.status());
    }
    outcome
}

async fn try_password(app: &App, visit: &Visit, client: &Client, input: &Input) -> Result<Response> {
    end_session(app, visit).await?;
    let gate = Gate::load(app).await?;
    let Credentials { email, password } = Credentials::read(input).map_err(|invalid| gate.refusal(invalid))?;
    let tries = Tries::to_sign_in(&email, client);
    tries.count(app).await?;
    let mut read = app.store.read().await?;
    let user = read.user_by_email(&email).await?;
    let hash = read.password_hash(user.as_ref().map_or(UserId(0), |user| user.id)).await?.unwrap_or_default();
    drop(read);
    count_guess(app, &email, user.as_ref().map(|user| user.id), client).await?;
    let verdict = app.passwords.verify(password, &hash).await?;
    let user = match user {
        Some(user) if verdict != Verdict::Wrong && may_use_password(gate, &user) => user,
        user => {
            note_refusal(app, client, user.as_ref()).await?;
            return Err(gate.refusal(Unauthorized::WrongCredentials));
        }
    };
    let renewed = match verdict {
        Verdict::RightButOld => Some(app.passwords.hash(password).await?),
        _ => None,
    };
    let entrance = Entrance {
        proven_hash: Some(&hash),
        renewed_hash: renewed.as_deref(),
        tries: Some(&tries),
        ..Entrance::by(Basis::Password)
    };
    let answer = signed_in(app, client, user, entrance).await?;
    Ok((StatusCode::OK, answer).into_response())
}

fn may_use_password(gate: Gate, user: &User) -> bool {
    gate.admits_passwords_of(user) && user.preferences.flag(KEYS_ALONE) != Some(true)
}

/// Logs a refused password of a user, and tells the user who wants to know.
///
/// # Errors
/// When the database fails.
pub async fn note_refusal(app: &App, client: &Client, user: Option<&User>) -> Result<()> {
    let now = app.clock.now();
    let Some(user) = user else {
        // A write that takes as long as the log's, so that the time doesn't tell unknown addresses from known ones.
        app.store
            .hit(ThrottleKey { name: "unknown addresses", subject: "", client: "" }, now, Duration::from_hours(1))
            .await?;
        return Ok(());
    };
    app.store.log_sign_in(client.sign_in_entry(user.id, now, false, Some("password"))).await?;
    notices::tell_of_refusal(app, user, client).await
}

/// The circumstances of a sign-in.
#[derive(Debug, Clone)]
pub struct Entrance<'a> {
    /// The message for the page.
    pub message: &'a str,
    /// The credential, with which the session ends.
    pub basis: Basis,
    /// The hash that the password was compared with. It must still count: the password may have been changed meanwhile.
    pub proven_hash: Option<&'a str>,
    /// The password's hash, made anew.
    pub renewed_hash: Option<&'a str>,
    /// The tries to be forgotten.
    pub tries: Option<&'a Tries>,
}

impl Entrance<'_> {
    /// By this credential.
    pub fn by(basis: Basis) -> Self {
        Self { message: "authenticated", basis, proven_hash: None, renewed_hash: None, tries: None }
    }

    /// Returns the method in the sign-in log; `None` for single sign-on, which has no name there.
    fn method(&self) -> Option<&'static str> {
        match self.basis {
            Basis::Password => Some("password"),
            Basis::SecurityKey(_) => Some("webauthn"),
            Basis::Provider(_) => None,
        }
    }
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
    if user.last_seen_at.is_some_and(|last| is_locked_after(app, &user, now.duration_since(last))) {
        // Otherwise this sign-in would unlock them.
        write.end_sessions(user.id, None).await?;
    }
    let method = entrance.method();
    let visit = Visit::begin(app, &mut write, user.id, client, entrance.basis).await?;
    if let Some(tries) = entrance.tries {
        tries.forget(&mut write).await?;
    }
    if let (Some(proven), Some(hash)) = (entrance.proven_hash, entrance.renewed_hash) {
        write.renew_password(user.id, proven, hash, now).await?;
    }
    let settings = Settings::load(&mut write).await?;
    write.commit().await?;
    let entry = client.sign_in_entry(user.id, now, true, method);
    let is_news = notices::is_news(app, &user, &entry).await?;
    app.store.log_sign_in(entry).await?;
    app.store.touch_user(user.id, now).await?;
    audit::record("sign_in", &user, method.unwrap_or("sso"), client, &Object::default());
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

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// `GET /user/logout`. A link on another site can't sign users out.
pub async fn logout(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Extension(visit): Extension<Visit>,
    client: Client,
    headers: HeaderMap,
) -> Result<(Extension<Visit>, [(HeaderName, HeaderValue); 1], Json<Value>)> {
    if csrf::is_cross_site(&headers) {
        return Err(Error::CsrfMismatch);
    }
    end_session(&app, &visit).await?;
    caller.record("sign_out", &Object::default());
    app.store.log_sign_out(client.sign_out_entry(caller.user.id, app.clock.now())).await?;
    let answer = Json(json!({ "message": "signed out" }));
    // Pages and answers that the browser kept. Its storage holds the theme and the language, nothing of the account.
    Ok((Extension(Visit::new(&app)), [(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""))], answer))
}
