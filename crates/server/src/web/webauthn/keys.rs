//! The signed-in person's own security keys.

use axum::Json;
use axum::extract::{Extension, Path, State};
use http::StatusCode;
use serde_json::{Value, json};
use store::SecurityKey;
use vault::User;

use super::{DISCOVERABLE, required_text};
use crate::app::App;
use crate::audit::Object;
use crate::auth::caller::SignedIn;
use crate::auth::notices;
use crate::auth::session::Visit;
use crate::auth::webauthn::{self, Attestation, RelyingParty};
use crate::error::{Forbidden, NotFound, Result};
use crate::input::{Input, Invalid, Items, Validation};
use crate::messages::Message;
use crate::settings::Settings;
use crate::visitor::language::Language;

/// The longest name of a key, in characters.
const ALIAS_LENGTH: u32 = 191;

/// `POST /webauthn/register/options`: what the browser needs to make a key.
pub async fn options(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Extension(visit): Extension<Visit>,
    party: RelyingParty,
    input: Input,
) -> Result<Json<Value>> {
    gate(&app, &caller.user).await?;
    party.check_page(&app.config).map_err(|refusal| Invalid::of("origin", refusal.phrase()))?;
    let keys = app.store.read().await?.security_keys(caller.user.id).await?;
    let discoverable = input.truthy(DISCOVERABLE);
    Ok(Json(webauthn::begin_registration(&app, &party, &visit, &caller.user, &keys, discoverable).await?))
}

/// `POST /webauthn/register`: registers the key that the browser made.
pub async fn register(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Extension(visit): Extension<Visit>,
    party: RelyingParty,
    language: Language,
    input: Input,
) -> Result<StatusCode> {
    gate(&app, &caller.user).await?;
    let attestation = attestation(&input)?;
    let name = attestation.alias.clone();
    match webauthn::finish_registration(&app, &party, &visit, &caller, attestation).await? {
        Ok(()) => {
            notices::tell_of_key(&app, &caller.user, &caller.client, name.as_deref());
            Ok(StatusCode::NO_CONTENT)
        }
        Err(refusal) => {
            let reason = refusal.phrase().text(language.locale());
            Err(Invalid::of("attestation", Message::Attestation.with("reason", reason)).into())
        }
    }
}

/// Reads a new key from a request.
fn attestation(input: &Input) -> Result<Attestation, Invalid> {
    let mut check = Validation::new(input);
    let id = required_text(&mut check, "id");
    let raw_id = required_text(&mut check, "rawId");
    let kind = required_text(&mut check, "type");
    let response = check.field("response").required().array().value();
    let client_data = required_text(&mut check, "response.clientDataJSON");
    let attestation_object = required_text(&mut check, "response.attestationObject");
    let transports = check.field("response.transports").nullable().array().optional();
    let transports = transports.into_iter().flat_map(Items::iter).filter_map(Value::as_str).map(str::to_owned);
    let alias = check.field("response.alias").nullable().string().max_characters(ALIAS_LENGTH).storable().optional();
    check.finish(|| {
        response?;
        let response = json!({ "clientDataJSON": client_data?, "attestationObject": attestation_object? });
        Ok(Attestation {
            answer: json!({ "id": id?, "rawId": raw_id?, "type": kind?, "response": response }),
            transports: transports.collect(),
            alias: alias.map(str::to_owned),
        })
    })
}

/// `GET /webauthn/credentials`: the keys that may be used.
pub async fn list(State(app): State<App>, SignedIn(caller): SignedIn) -> Result<Json<Vec<Value>>> {
    gate(&app, &caller.user).await?;
    let keys = app.store.read().await?.security_keys(caller.user.id).await?;
    Ok(Json(keys.iter().filter(|key| key.disabled_at.is_none()).map(shown).collect()))
}

fn shown(key: &SecurityKey) -> Value {
    let registered = &key.registered;
    json!({
        "id": webauthn::encoded(&registered.credential),
        "origin": registered.origin,
        "alias": registered.alias,
        "aaguid": registered.aaguid,
        "attestation_format": registered.attestation_format,
        "disabled_at": null,
    })
}

/// `PATCH /webauthn/credentials/{id}/name`.
pub async fn rename(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Path(id): Path<String>,
    input: Input,
) -> Result<Json<Value>> {
    gate(&app, &caller.user).await?;
    let mut check = Validation::new(&input);
    let name = check.field("name").required().string().max_characters(ALIAS_LENGTH).storable().value();
    let name = check.finish(|| name)?;
    let credential = webauthn::decoded(&id).ok_or(NotFound::Resource)?;
    let mut write = caller.write(&app).await?;
    if !write.rename_security_key(caller.user.id, &credential, name).await? {
        return Err(NotFound::Resource.into());
    }
    write.commit().await?;
    Ok(Json(json!({ "name": name })))
}

/// `DELETE /webauthn/credentials/{id}`. With the last key goes the preference for keys alone: it would lock its owner
/// out.
pub async fn delete(
    State(app): State<App>,
    SignedIn(caller): SignedIn,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    gate(&app, &caller.user).await?;
    // compat: 204 for what isn't there as well.
    let Some(credential) = webauthn::decoded(&id) else { return Ok(StatusCode::NO_CONTENT) };
    let mut write = caller.write(&app).await?;
    write.delete_security_key(caller.user.id, &credential, Some(&visit.id())).await?;
    let left = write.security_keys(caller.user.id).await?;
    if left.iter().all(|key| key.disabled_at.is_some()) {
        webauthn::allow_password(&mut write, caller.user.clone(), app.clock.now()).await?;
    }
    write.commit().await?;
    caller.record("key.delete", &Object::of("key", id));
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses people who must sign in elsewhere.
async fn gate(app: &App, user: &User) -> Result<()> {
    let settings = Settings::load(&mut app.store.read().await?).await?;
    let is_barred = settings.is_sso_only() && !user.is_admin;
    if is_barred { Err(Forbidden::AdministratorsOnly.into()) } else { Ok(()) }
}
