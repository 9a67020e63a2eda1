//! Signing in with a security key.

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};
use vault::UserId;

use super::DISCOVERABLE;
use crate::app::App;
use crate::auth::notices;
use crate::auth::session::Visit;
use crate::auth::tries::Tries;
use crate::auth::webauthn::{self, Assertion, Proof, RelyingParty};
use crate::error::{MethodNotAllowed, Result, Unauthorized};
use crate::input::{Input, Invalid, Validation};
use crate::messages::Message;
use crate::settings::Settings;
use crate::visitor::client::Client;
use crate::web::login::{Entrance, end_session, only_admins_while_sso, signed_in};

/// How the sign-in log calls it.
const METHOD: &str = "webauthn";

/// `POST /webauthn/login/options`: what the browser needs to ask a key.
pub async fn options(
    State(app): State<App>,
    Extension(visit): Extension<Visit>,
    party: RelyingParty,
    input: Input,
) -> Result<Json<Value>> {
    let is_discoverable = input.truthy(DISCOVERABLE);
    // A page may offer keys before anybody asks for one: that ends no session.
    if !is_discoverable {
        only_admins_while_sso(&app, &input).await?;
        end_session(&app, &visit).await?;
    }
    let whose = if is_discoverable { None } else { Some(named(&app, &input).await?) };
    party.check_page(&app.config).map_err(|refusal| Invalid::of("origin", refusal.phrase()))?;
    let Some(user) = whose else { return Ok(Json(webauthn::begin_sign_in(&app, &party, &visit, None).await?)) };
    let keys = app.store.read().await?.security_keys_of(user).await?;
    Ok(Json(webauthn::begin_sign_in(&app, &party, &visit, Some((user, &keys))).await?))
}

/// Whose address was given.
async fn named(app: &App, input: &Input) -> Result<UserId> {
    let email = input.text("email").unwrap_or_default().to_lowercase();
    let mut check = Validation::new(input);
    check.field("email").required().email();
    let user = if email.is_empty() { None } else { app.store.read().await?.user_by_email(&email).await? };
    if user.is_none() && !email.is_empty() {
        check.fail("email", Message::EmailUnknown);
    }
    check.finish()?;
    Ok(user.ok_or_else(|| Invalid::of("email", Message::EmailUnknown))?.id)
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
    validate(&input, is_discoverable)?;
    // Of whom nobody gave an address, the key's tries are counted: others behind the same router have other keys.
    let whose = input.text(if is_discoverable { "id" } else { "email" }).unwrap_or_default().to_lowercase();
    let tries = Tries::to_sign_in(&whose, &client);
    tries.count(&app).await?;
    let assertion = Assertion { answer: answer(&input), is_discoverable };
    let user = match webauthn::finish_sign_in(&app, &party, &visit, &assertion).await? {
        Proof::Of(user) => user,
        Proof::Refused { refusal, owner } => {
            tracing::info!(%refusal, user = owner.as_ref().map(|owner| owner.id.0), "a sign-in with a security key was refused");
            if let Some(owner) = owner {
                app.store.log_sign_in(client.sign_in(owner.id, app.clock.now(), false, Some(METHOD))).await?;
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
    // Whose tries were counted, and not somebody else's.
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

fn validate(input: &Input, is_discoverable: bool) -> Result<()> {
    let mut check = Validation::new(input);
    if !is_discoverable {
        check.field("email").required().email();
    }
    for field in ["id", "rawId", "type", "response.authenticatorData", "response.clientDataJSON", "response.signature"]
    {
        check.field(field).required().string();
    }
    check.field("response.userHandle").sometimes().nullable().string();
    Ok(check.finish()?)
}

fn answer(input: &Input) -> Value {
    let field = |name: &str| input.text(name).unwrap_or_default();
    json!({
        "id": field("id"),
        "rawId": field("rawId"),
        "type": field("type"),
        "response": {
            "authenticatorData": field("response.authenticatorData"),
            "clientDataJSON": field("response.clientDataJSON"),
            "signature": field("response.signature"),
            "userHandle": input.text("response.userHandle"),
        },
    })
}
