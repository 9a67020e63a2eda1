//! Signing in with a security key.

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};
use store::Basis;
use vault::UserId;

use super::{DISCOVERABLE, required_text};
use crate::app::App;
use crate::audit;
use crate::auth::gate::Gate;
use crate::auth::notices;
use crate::auth::session::Visit;
use crate::auth::tries::Tries;
use crate::auth::webauthn::{self, Assertion, METHOD, Named, Proof, RelyingParty};
use crate::error::{MethodNotAllowed, Result, Unauthorized};
use crate::input::{Input, Invalid, Validation};
use crate::visitor::client::Client;
use crate::web::login::{Entrance, end_session, signed_in};

/// `POST /webauthn/login/options`: what the browser needs to ask a key. An unknown address is answered with a made-up
/// key.
pub async fn options(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    party: RelyingParty,
    input: Input,
) -> Result<Json<Value>> {
    // A page may offer keys before its user asks for one: that must not end a session.
    if input.truthy(DISCOVERABLE) {
        check_page(&app, &party)?;
        return Ok(Json(webauthn::begin_sign_in(&app, &party, &visit, None).await?));
    }
    Gate::load(&app).await?.check_open()?;
    end_session(&app, &visit).await?;
    let mut check = Validation::new(&input);
    let email = check.field("email").required().email().map(str::to_lowercase).value();
    let email = check.finish(|| email)?;
    check_page(&app, &party)?;
    let mut read = app.store.read().await?;
    let user = read.user_by_email(&email).await?;
    let keys = read.security_keys(user.as_ref().map_or(UserId(0), |user| user.id)).await?;
    drop(read);
    let named = Named { email: &email, user: user.as_ref(), keys: &keys };
    Ok(Json(webauthn::begin_sign_in(&app, &party, &visit, Some(named)).await?))
}

fn check_page(app: &App, party: &RelyingParty) -> Result<(), Invalid> {
    party.check_page(&app.config).map_err(|refusal| Invalid::of("origin", refusal.phrase()))
}

/// `POST /webauthn/login`.
pub async fn login(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    client: Client,
    party: RelyingParty,
    input: Input,
) -> Result<Response> {
    end_session(&app, &visit).await?;
    let is_discoverable = input.truthy(DISCOVERABLE);
    let gate = Gate::load(&app).await?;
    if !is_discoverable {
        gate.check_open()?;
    }
    let KeySignIn { whose, answer } = KeySignIn::read(&input, is_discoverable)?;
    let tries = Tries::to_sign_in(&whose, &client);
    tries.count(&app).await?;
    let assertion = Assertion { answer, is_discoverable };
    let (user, key) = match webauthn::finish_sign_in(&app, &party, &visit, &client, &assertion).await? {
        Proof::Of { owner, key } => (owner, key),
        Proof::Refused { refusal, owner } => {
            tracing::info!(%refusal, user = owner.as_ref().map(|owner| owner.id.0), "a sign-in with a security key was refused");
            if let Some(owner) = owner {
                app.store.log_sign_in(client.sign_in_entry(owner.id, app.clock.now(), false, Some(METHOD))).await?;
                notices::tell_of_refusal(&app, &owner, &client).await?;
            }
            audit::record_refusal(METHOD, Some(&whose), &client, StatusCode::UNAUTHORIZED);
            return Err(Unauthorized::WrongCredentials.into());
        }
    };
    // Whoever has the key may know that it is no administrator's.
    if !gate.admits(&user) {
        return Err(MethodNotAllowed::AdministratorsOnly.into());
    }
    // Clears only tries that were counted for this user.
    let is_own = is_discoverable || whose == user.email;
    let entrance = Entrance { tries: is_own.then_some(&tries), ..Entrance::by(Basis::SecurityKey(key)) };
    let answer = signed_in(&app, &client, user, entrance).await?;
    Ok((StatusCode::OK, answer).into_response())
}

/// A key's answer, as the page sends it.
struct KeySignIn {
    /// The key under which tries are counted: the address, or the key's ID if there is no address, since others behind
    /// the same router have other keys. In lower case.
    whose: String,
    /// The answer, with the fields that matter.
    answer: Value,
}

impl KeySignIn {
    fn read(input: &Input, is_discoverable: bool) -> Result<Self, Invalid> {
        let mut check = Validation::new(input);
        let email = if is_discoverable { None } else { Some(check.field("email").required().email().value()) };
        let id = required_text(&mut check, "id");
        let raw_id = required_text(&mut check, "rawId");
        let kind = required_text(&mut check, "type");
        let authenticator_data = required_text(&mut check, "response.authenticatorData");
        let client_data = required_text(&mut check, "response.clientDataJSON");
        let signature = required_text(&mut check, "response.signature");
        let user_handle = check.field("response.userHandle").sometimes().nullable().string().optional();
        check.finish(|| {
            let response = json!({
                "authenticatorData": authenticator_data?,
                "clientDataJSON": client_data?,
                "signature": signature?,
                "userHandle": user_handle,
            });
            let answer = json!({ "id": id?, "rawId": raw_id?, "type": kind?, "response": response });
            Ok(Self { whose: email.unwrap_or(id)?.to_lowercase(), answer })
        })
    }
}
