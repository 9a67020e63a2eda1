//! Signing in with a security key.

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};
use vault::UserId;

use super::{DISCOVERABLE, required_text};
use crate::app::App;
use crate::auth::notices;
use crate::auth::session::Visit;
use crate::auth::tries::Tries;
use crate::auth::webauthn::{self, Assertion, Proof, RelyingParty};
use crate::error::{MethodNotAllowed, Result, Unauthorized};
use crate::input::{Input, Invalid, Validation};
use crate::settings::Settings;
use crate::visitor::client::Client;
use crate::web::login::{Entrance, check_known_email, end_session, only_admins_while_sso, signed_in};

/// The method in the sign-in log.
const METHOD: &str = "webauthn";

/// `POST /webauthn/login/options`: what the browser needs to ask a key.
pub async fn options(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    party: RelyingParty,
    input: Input,
) -> Result<Json<Value>> {
    let is_discoverable = input.truthy(DISCOVERABLE);
    // A page may offer keys before its user asks for one: that must not end a session.
    if !is_discoverable {
        only_admins_while_sso(&app, &input).await?;
        end_session(&app, &visit).await?;
    }
    let whose = if is_discoverable { None } else { Some(load_named_user(&app, &input).await?) };
    party.check_page(&app.config).map_err(|refusal| Invalid::of("origin", refusal.phrase()))?;
    let Some(user) = whose else { return Ok(Json(webauthn::begin_sign_in(&app, &party, &visit, None).await?)) };
    let keys = app.store.read().await?.security_keys(user).await?;
    Ok(Json(webauthn::begin_sign_in(&app, &party, &visit, Some((user, &keys))).await?))
}

/// Returns the user with the address in the request.
async fn load_named_user(app: &App, input: &Input) -> Result<UserId> {
    let mut check = Validation::new(input);
    let user = check_known_email(&mut check, &mut app.store.read().await?).await?;
    let (_, user) = check.finish(|| user)?;
    Ok(user.id)
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
    if !is_discoverable {
        only_admins_while_sso(&app, &input).await?;
    }
    let KeySignIn { whose, answer } = KeySignIn::read(&input, is_discoverable)?;
    let tries = Tries::to_sign_in(&whose, &client);
    tries.count(&app).await?;
    let assertion = Assertion { answer, is_discoverable };
    let user = match webauthn::finish_sign_in(&app, &party, &visit, &assertion).await? {
        Proof::Of(user) => user,
        Proof::Refused { refusal, owner } => {
            tracing::info!(%refusal, user = owner.as_ref().map(|owner| owner.id.0), "a sign-in with a security key was refused");
            if let Some(owner) = owner {
                app.store.log_sign_in(client.sign_in_entry(owner.id, app.clock.now(), false, Some(METHOD))).await?;
                notices::tell_of_refusal(&app, &owner, &client).await?;
            }
            return Err(Unauthorized::WrongCredentials.into());
        }
    };
    // The address above was only what the page said.
    let settings = Settings::load(&mut app.store.read().await?).await?;
    if settings.is_on("useSsoOnly") && !user.is_admin {
        return Err(MethodNotAllowed::AdministratorsOnly.into());
    }
    // Clears only tries that were counted for this user.
    let is_own = is_discoverable || whose == user.email;
    let entrance = Entrance {
        message: "authenticated",
        method: Some(METHOD),
        tries: is_own.then_some(&tries),
        ..Entrance::default()
    };
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
