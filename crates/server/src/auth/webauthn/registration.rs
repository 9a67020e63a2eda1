//! Registering a key.

use serde::Deserialize as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::{NewSecurityKey, SecurityKey};
use vault::User;
use webauthn_rs_core::proto::{
    AttestationConveyancePreference, COSEAlgorithm, CollectedClientData, Credential, RegisterPublicKeyCredential,
    RegistrationState, UserVerificationPolicy,
};

use super::ceremony::{Ceremony, client_data, decoded, descriptor, encoded, policy, recall, remember};
use super::refusal::Refusal;
use super::relying_party::RelyingParty;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::session::Visit;
use crate::error::Result;

/// The longest ID of a credential (WebAuthn §6.5.1), bytes.
const ID_LENGTH: usize = 1023;
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
    let core = party.core(&app.config, None);
    let policy = policy(app.config.webauthn.user_verification);
    let unnamed = |error| anyhow::anyhow!("options for a security key can't be made: {error}");
    let builder = core
        // compat 1.18: a hexadecimal text that is read as base64url.
        .new_challenge_register_builder(&decoded(&handle).unwrap_or_default(), &user.email, &user.name)
        .map_err(unnamed)?
        .attestation(AttestationConveyancePreference::None)
        .user_verification_policy(policy)
        .credential_algorithms(vec![COSEAlgorithm::ES256, COSEAlgorithm::RS256]);
    let (options, state) = core.generate_challenge_register(builder).map_err(unnamed)?;
    let mut written = serde_json::to_value(&options.public_key).map_err(anyhow::Error::from)?;
    if app.config.webauthn.id.is_none() {
        written["rp"] = json!({ "name": app.config.webauthn.name });
    }
    if let Some(fields) = written.as_object_mut() {
        match selection(policy, discoverable) {
            Some(selection) => fields.insert("authenticatorSelection".into(), selection),
            None => fields.shift_remove("authenticatorSelection"),
        };
    }
    written["excludeCredentials"] = keys.iter().map(|key| descriptor(&key.registered)).collect();
    remember(app, visit, &options.public_key.challenge, &Ceremony::Registration { user: user.id.0, handle, state })
        .await?;
    Ok(written)
}

/// Which keys are wanted; `None` for any.
///
/// compat: 2FAuth's clients ask for any, without a word; recorded exchanges.
fn selection(policy: UserVerificationPolicy, discoverable: bool) -> Option<Value> {
    let mut selection = serde_json::Map::new();
    if discoverable {
        selection.insert("residentKey".into(), json!("preferred"));
        selection.insert("requireResidentKey".into(), json!(false));
    }
    if policy != UserVerificationPolicy::Preferred {
        selection.insert("userVerification".into(), json!(policy));
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
    let (answer, data) = match parsed(&attestation.answer) {
        Ok(parsed) => parsed,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (handle, state) = match recall(app, visit, &data.challenge).await? {
        Some(Ceremony::Registration { user: whose, handle, state }) if whose == caller.user.id.0 => (handle, state),
        _ => return Ok(Err(Refusal::NoChallenge)),
    };
    let credential = match verified(app, party, &answer, &data.origin, &state) {
        Ok(credential) => credential,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let public_key = serde_json::to_vec(&credential.cred).map_err(anyhow::Error::from)?;
    let new = NewSecurityKey {
        user: caller.user.id,
        handle,
        alias: attestation.alias,
        public_key,
        counter: credential.counter,
        backup_eligible: Some(credential.backup_eligible),
        rp_id: party.id.clone(),
        origin: data.origin.origin().ascii_serialization(),
        transports: known(attestation.transports),
        aaguid: aaguid(&answer.response.attestation_object, &party.id),
        attestation_format: json!(credential.attestation_format).as_str().unwrap_or("none").to_owned(),
        credential: credential.cred_id,
    };
    add(app, caller, &new).await
}

fn parsed(answer: &Value) -> std::result::Result<(RegisterPublicKeyCredential, CollectedClientData), Refusal> {
    let answer = RegisterPublicKeyCredential::deserialize(answer).map_err(|error| Refusal::unusable(&error))?;
    let data = client_data(&answer.response.client_data_json)?;
    Ok((answer, data))
}

fn verified(
    app: &App,
    party: &RelyingParty,
    answer: &RegisterPublicKeyCredential,
    origin: &url::Url,
    state: &RegistrationState,
) -> std::result::Result<Credential, Refusal> {
    party.check_origin(&app.config, origin)?;
    let credential = party.core(&app.config, Some(origin)).register_credential(answer, state, None)?;
    let is_itself = answer.raw_id == credential.cred_id && answer.id == encoded(&credential.cred_id);
    if !is_itself || answer.type_ != "public-key" {
        return Err(Refusal::Unusable("the answer names another credential than its signed part".into()));
    }
    if credential.cred_id.is_empty() || credential.cred_id.len() > ID_LENGTH {
        return Err(Refusal::Unusable(format!("a credential ID has from 1 to {ID_LENGTH} bytes")));
    }
    Ok(credential)
}

async fn add(app: &App, caller: &Caller, new: &NewSecurityKey) -> Result<std::result::Result<(), Refusal>> {
    let mut write = caller.write(app).await?;
    match write.create_security_key(new, app.clock.now()).await {
        Err(store::Error::Duplicate) => return Ok(Err(Refusal::Registered)),
        created => created?,
    }
    write.commit().await?;
    Ok(Ok(()))
}

/// The key's model, as a UUID. It stands where the verified authenticator data have it (WebAuthn §6.5.1): after the
/// hash of the domain, the flags and the counter.
fn aaguid(attestation_object: &[u8], rp_id: &str) -> Option<String> {
    let hash = Sha256::digest(rp_id.as_bytes());
    let start = attestation_object.windows(hash.len()).position(|window| *window == hash[..])?;
    let aaguid = attestation_object.get(start + 37..start + 53)?;
    let hex = data_encoding::HEXLOWER.encode(aaguid);
    let groups = [hex.get(..8)?, hex.get(8..12)?, hex.get(12..16)?, hex.get(16..20)?, hex.get(20..)?];
    Some(groups.join("-"))
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
