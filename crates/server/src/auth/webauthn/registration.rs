//! Registering a key.

use serde_json::{Value, json};
use store::{NewSecurityKey, SecurityKey};
use vault::User;

use super::answer::{Answer, AttestationResponse, ClientData, Purpose};
use super::authenticator_data::{AttestationObject, AuthenticatorData, NewCredential};
use super::ceremony::{Ceremony, TIMEOUT, begin, descriptor, recall};
use super::public_key::{ES256, RS256};
use super::refusal::Refusal;
use super::relying_party::RelyingParty;
use crate::app::App;
use crate::audit::Object;
use crate::auth::caller::Caller;
use crate::auth::session::Visit;
use crate::config::webauthn::UserVerification;
use crate::error::Result;
use crate::input::Invalid;

/// Known transports of a key (WebAuthn §5.8.4). Others are dropped.
const TRANSPORTS: [&str; 6] = ["usb", "nfc", "ble", "smart-card", "hybrid", "internal"];

/// The options for `navigator.credentials.create()`, as 2FAuth writes them. `keys` are the user's own. A `discoverable`
/// key remembers whose it is, if it can: its owner need not type an address to sign in.
///
/// # Errors
/// When the database fails.
pub async fn begin_registration(
    app: &App,
    party: &RelyingParty,
    visit: &Visit,
    user: &User,
    keys: &[SecurityKey],
    discoverable: bool,
) -> Result<Value> {
    let handle = keys.first().map_or_else(|| new_handle(app), |key| key.registered.handle.clone());
    let challenge = begin(app, visit, &Ceremony::Registration { user: user.id.0, handle: handle.clone() }).await?;
    let webauthn = &app.config.webauthn;
    let mut options = json!({
        "rp": { "name": webauthn.name },
        // compat 1.18: the handle, a hexadecimal text, is read as base64url.
        "user": { "id": handle, "name": user.email, "displayName": user.name },
        "challenge": challenge,
        "pubKeyCredParams": [{ "type": "public-key", "alg": ES256 }, { "type": "public-key", "alg": RS256 }],
        "timeout": TIMEOUT,
        "attestation": "none",
        "excludeCredentials": keys.iter().map(|key| descriptor(&key.registered)).collect::<Vec<_>>(),
    });
    if webauthn.id.is_some() {
        options["rp"]["id"] = party.id.clone().into();
    }
    if let Some(selection) = selection(webauthn.user_verification, discoverable) {
        options["authenticatorSelection"] = selection;
    }
    Ok(options)
}

/// Which keys are wanted; `None` for any.
///
/// compat: 2FAuth's clients ask for any, without a word; recorded exchanges.
fn selection(verification: UserVerification, discoverable: bool) -> Option<Value> {
    let mut selection = serde_json::Map::new();
    if discoverable {
        selection.insert("residentKey".into(), json!("preferred"));
        selection.insert("requireResidentKey".into(), json!(false));
    }
    if verification != UserVerification::Preferred {
        selection.insert("userVerification".into(), json!(verification.to_string()));
    }
    if selection.is_empty() { None } else { Some(selection.into()) }
}

/// A UUID of version 4 without its dashes.
fn new_handle(app: &App) -> String {
    let mut bytes = [0; 16];
    (app.random)(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    data_encoding::HEXLOWER.encode(&bytes)
}

/// A new key's answer, and what its owner says about it.
#[derive(Debug)]
pub struct Attestation {
    /// The `RegistrationResponseJSON` of WebAuthn §5.1.
    pub answer: Value,
    /// The key's transports.
    pub transports: Vec<String>,
    /// The key's name.
    pub alias: Option<String>,
}

/// Registers the key that gave an answer.
///
/// # Errors
/// When the database fails. The inner error says why the answer doesn't count.
pub async fn finish_registration(
    app: &App,
    party: &RelyingParty,
    visit: &Visit,
    caller: &Caller,
    attestation: Attestation,
) -> Result<std::result::Result<(), Refusal>> {
    let (answer, page) = match read(&attestation.answer) {
        Ok(read) => read,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let handle = match recall(app, visit, &page.challenge).await? {
        Some(Ceremony::Registration { user: whose, handle }) if whose == caller.user.id.0 => handle,
        _ => return Ok(Err(Refusal::NoChallenge)),
    };
    let verified = match verify(app, party, &answer, &page) {
        Ok(verified) => verified,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Verified { credential, counter, backup_eligible, format } = verified;
    let new = NewSecurityKey {
        user: caller.user.id,
        handle,
        alias: attestation.alias,
        public_key: credential.public_key.to_stored().map_err(anyhow::Error::from)?,
        counter,
        backup_eligible: Some(backup_eligible),
        rp_id: party.id.clone(),
        origin: page.origin.origin().ascii_serialization(),
        transports: known(attestation.transports),
        aaguid: Some(uuid(&credential.aaguid)),
        attestation_format: format,
        credential: credential.id,
    };
    add(app, caller, &new).await
}

/// What is known of a new key whose answer counts.
struct Verified {
    credential: NewCredential,
    counter: u32,
    backup_eligible: bool,
    format: String,
}

fn read(answer: &Value) -> std::result::Result<(Answer<AttestationResponse>, ClientData), Refusal> {
    let answer = Answer::<AttestationResponse>::read(answer)?;
    let page = ClientData::read(&answer.response.client_data)?;
    Ok((answer, page))
}

/// Verifies an answer to one of our challenges (WebAuthn §7.1), without the attestation statement, which isn't asked
/// for.
fn verify(
    app: &App,
    party: &RelyingParty,
    answer: &Answer<AttestationResponse>,
    page: &ClientData,
) -> std::result::Result<Verified, Refusal> {
    answer.check()?;
    page.check(Purpose::Create)?;
    party.check_origin(&app.config, &page.origin)?;
    let AttestationObject { format, authenticator_data } =
        AttestationObject::read(&answer.response.attestation_object)?;
    let data = AuthenticatorData::read(&authenticator_data)?;
    data.check(&party.id, app.config.webauthn.user_verification)?;
    let credential = data.credential()?;
    if answer.raw_id != credential.id {
        return Err(Refusal::Unusable("it names another credential than the key".into()));
    }
    Ok(Verified { credential, counter: data.counter, backup_eligible: data.is_backup_eligible(), format })
}

async fn add(app: &App, caller: &Caller, new: &NewSecurityKey) -> Result<std::result::Result<(), Refusal>> {
    let mut write = caller.write(app).await?;
    let count = write.security_key_count(new.user).await?;
    Invalid::unless_room("attestation", count, app.config.bounds.security_keys)?;
    match write.create_security_key(new, app.clock.now()).await {
        Err(store::Error::Duplicate) => return Ok(Err(Refusal::Registered)),
        created => created?,
    }
    write.commit().await?;
    let alias = new.alias.clone().unwrap_or_default();
    caller.record(
        "key.register",
        &Object::of("key", data_encoding::BASE64URL_NOPAD.encode(&new.credential)).named(alias),
    );
    Ok(Ok(()))
}

/// The key's model, as a UUID.
fn uuid(aaguid: &[u8; 16]) -> String {
    let hex = data_encoding::HEXLOWER.encode(aaguid);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// The ways to reach a key that are known, each once.
fn known(transports: Vec<String>) -> Vec<String> {
    let mut kept = Vec::new();
    for name in transports {
        if TRANSPORTS.contains(&name.as_str()) && !kept.contains(&name) {
            kept.push(name);
        }
    }
    kept
}
