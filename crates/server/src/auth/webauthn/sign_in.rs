//! Signing in with a key.

use serde::Deserialize as _;
use serde_json::Value;
use store::{NewSecurityKey, SecurityKey};
use vault::{User, UserId};
use webauthn_rs_core::proto::{
    AuthenticationState, CollectedClientData, Credential, CredentialV3, PublicKeyCredential, UserVerificationPolicy,
};

use super::ceremony::{Ceremony, client_data, descriptor, encoded, policy, recall, remember};
use super::refusal::Refusal;
use super::relying_party::RelyingParty;
use crate::app::App;
use crate::auth::session::Visit;
use crate::error::Result;

/// Offset of the flags in authenticator data (WebAuthn §6.1), and the flag of a key that may be copied.
const FLAGS: usize = 32;
const BACKUP_ELIGIBLE: u8 = 0b1000;

/// Returns the options for `navigator.credentials.get()`, as 2FAuth writes them: for one user with these keys, or for
/// the user that the key states.
///
/// # Errors
/// When the database fails.
pub async fn begin_sign_in(
    app: &App,
    party: &RelyingParty,
    visit: &Visit,
    user: Option<(UserId, &[SecurityKey])>,
) -> Result<Value> {
    let core = party.core(&app.config, None);
    let policy = policy(app.config.webauthn.user_verification);
    let unmade = |error| anyhow::anyhow!("options for a security key can't be made: {error}");
    let builder = core.new_challenge_authenticate_builder(Vec::new(), Some(policy)).map_err(unmade)?;
    let (options, state) = core.generate_challenge_authenticate(builder).map_err(unmade)?;
    let mut written = serde_json::to_value(&options.public_key).map_err(anyhow::Error::from)?;
    if let Some(fields) = written.as_object_mut() {
        if app.config.webauthn.id.is_none() {
            fields.shift_remove("rpId");
        }
        if policy == UserVerificationPolicy::Preferred {
            fields.shift_remove("userVerification");
        }
        let enabled = user.iter().flat_map(|(_, keys)| *keys).filter(|key| key.disabled_at.is_none());
        let allowed: Vec<Value> = enabled.map(|key| descriptor(&key.registered)).collect();
        if allowed.is_empty() {
            fields.shift_remove("allowCredentials");
        } else {
            fields.insert("allowCredentials".into(), allowed.into());
        }
    }
    let user = user.map(|(user, _)| user.0);
    remember(app, visit, &options.public_key.challenge, &Ceremony::SignIn { user, state }).await?;
    Ok(written)
}

/// The answer of a key.
#[derive(Debug)]
pub struct Assertion {
    /// The `AuthenticationResponseJSON` of WebAuthn §5.1.
    pub answer: Value,
    /// Whether any user's key may answer. Otherwise the ceremony must have begun for one user.
    pub is_discoverable: bool,
}

/// The result of checking an answer.
#[derive(Debug)]
pub enum Proof {
    /// It proves to be this user.
    Of(User),
    /// It proves nothing.
    Refused {
        /// The reason.
        refusal: Refusal,
        /// The owner of the key that it names, if there is such a key.
        owner: Option<User>,
    },
}

/// Finds out whose key gave an answer.
///
/// # Errors
/// When the database fails.
pub async fn finish_sign_in(app: &App, party: &RelyingParty, visit: &Visit, assertion: &Assertion) -> Result<Proof> {
    let (answer, data) = match parsed(&assertion.answer) {
        Ok(parsed) => parsed,
        Err(refusal) => return Ok(Proof::Refused { refusal, owner: None }),
    };
    let ceremony = recall(app, visit, &data.challenge).await?;
    let mut read = app.store.read().await?;
    let key = read.security_key(&answer.raw_id).await?.filter(|key| key.disabled_at.is_none());
    let Some(key) = key else { return Ok(Proof::Refused { refusal: Refusal::NoKey, owner: None }) };
    let Some(owner) = read.user(key.registered.user).await? else {
        return Ok(Proof::Refused { refusal: Refusal::NoKey, owner: None });
    };
    drop(read);
    let refused = |refusal, owner| Ok(Proof::Refused { refusal, owner: Some(owner) });
    let Some(Ceremony::SignIn { user, state }) = ceremony else { return refused(Refusal::NoChallenge, owner) };
    let is_theirs = user.map_or(assertion.is_discoverable, |user| user == owner.id.0);
    if !is_theirs || owner.disabled_at.is_some() {
        return refused(Refusal::NoKey, owner);
    }
    let used = match verified(app, party, &key.registered, &answer, &data, &state, user.is_none()) {
        Ok(counter) => use_key(app, key.id, counter).await?,
        Err(refusal) => Err(refusal),
    };
    match used {
        Ok(()) => Ok(Proof::Of(owner)),
        Err(refusal) => {
            if matches!(refusal, Refusal::CounterBack) {
                disable(app, &key).await?;
            }
            refused(refusal, owner)
        }
    }
}

fn parsed(answer: &Value) -> std::result::Result<(PublicKeyCredential, CollectedClientData), Refusal> {
    let answer = PublicKeyCredential::deserialize(answer).map_err(|error| Refusal::unusable(&error))?;
    let data = client_data(&answer.response.client_data_json)?;
    Ok((answer, data))
}

/// The signature counter of an answer that was verified.
fn verified(
    app: &App,
    party: &RelyingParty,
    key: &NewSecurityKey,
    answer: &PublicKeyCredential,
    data: &CollectedClientData,
    state: &AuthenticationState,
    is_discoverable: bool,
) -> std::result::Result<u32, Refusal> {
    if answer.type_ != "public-key" || answer.id != encoded(&answer.raw_id) {
        return Err(Refusal::Unusable("it isn't of a public key, or names two of them".into()));
    }
    match answer.response.user_handle.as_deref().map(encoded) {
        // The handle identifies the user if the ceremony began for none (WebAuthn §7.2, step 6).
        None if is_discoverable => return Err(Refusal::Unusable("it doesn't name its user".into())),
        Some(handle) if handle != key.handle => return Err(Refusal::Unusable("it names another user".into())),
        _ => {}
    }
    if data.cross_origin == Some(true) {
        return Err(Refusal::Unusable("the page was inside of another site's".into()));
    }
    let party = party.as_for(&key.rp_id);
    party.check_origin(&app.config, &data.origin)?;
    let core = party.core(&app.config, Some(&data.origin));
    let credential = credential(app, key, &answer.response.authenticator_data)?;
    Ok(core.authenticate_single_credential(answer, state, &credential)?.counter())
}

/// The key as the library wants it.
fn credential(app: &App, key: &NewSecurityKey, authenticator_data: &[u8]) -> std::result::Result<Credential, Refusal> {
    let cred = serde_json::from_slice(&key.public_key)
        .map_err(|error| Refusal::Unusable(format!("the stored public key can't be read: {error}")))?;
    let claimed = authenticator_data.get(FLAGS).is_some_and(|flags| flags & BACKUP_ELIGIBLE != 0);
    Ok(Credential {
        // Unknown for adopted keys; the rule is that it doesn't change.
        backup_eligible: key.backup_eligible.unwrap_or(claimed),
        ..Credential::from(CredentialV3 {
            cred_id: key.credential.clone(),
            cred,
            counter: key.counter,
            // Whether a PIN is asked for is what the settings say now, not what happened at the registration.
            verified: false,
            registration_policy: policy(app.config.webauthn.user_verification),
        })
    })
}

/// Notes the counter, unless another answer of the same key was faster.
async fn use_key(app: &App, id: i64, counter: u32) -> Result<std::result::Result<(), Refusal>> {
    let mut write = app.store.write().await?;
    let may = write.use_security_key(id, counter).await?;
    write.commit().await?;
    Ok(if may { Ok(()) } else { Err(Refusal::CounterBack) })
}

/// compat 1.18: a key that may have been copied is refused from now on.
async fn disable(app: &App, key: &SecurityKey) -> Result<()> {
    tracing::warn!(
        user = key.registered.user.0,
        credential = encoded(&key.registered.credential),
        "a security key was disabled: its signature counter went back, there may be a copy of it"
    );
    let mut write = app.store.write().await?;
    write.disable_security_key(key.id, app.clock.now()).await?;
    Ok(write.commit().await?)
}
