//! Signing in with a key.

use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use store::{NewSecurityKey, SecurityKey};
use vault::User;

use super::answer::{Answer, AssertionResponse, ClientData, Purpose};
use super::authenticator_data::AuthenticatorData;
use super::ceremony::{Ceremony, TIMEOUT, begin, descriptor, encoded, recall};
use super::public_key::PublicKey;
use super::refusal::Refusal;
use super::relying_party::RelyingParty;
use crate::app::App;
use crate::audit::{self, Object};
use crate::auth::session::Visit;
use crate::config::webauthn::UserVerification;
use crate::error::Result;
use crate::visitor::client::Client;

/// Time after their creation in which users without keys are answered none.
///
/// compat: recorded exchanges. An address that registered this very moment is no secret worth a made-up key.
const NEW_USER: SignedDuration = SignedDuration::from_mins(10);

/// The method in the sign-in log.
pub const METHOD: &str = "webauthn";

/// The address of a user who wants to sign in.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The address, in lower case.
    pub email: &'a str,
    /// Its user, if there is one.
    pub user: Option<&'a User>,
    /// The user's keys.
    pub keys: &'a [SecurityKey],
}

impl Named<'_> {
    /// Returns the keys for the options. An address without any has a made-up one, which stays the same, so that
    /// nothing tells whether it is known (WebAuthn §14.6.2).
    fn allowed(&self, app: &App) -> Vec<Value> {
        let enabled = self.keys.iter().filter(|key| key.disabled_at.is_none());
        let allowed: Vec<Value> = enabled.map(|key| descriptor(&key.registered)).collect();
        let is_new = |user: &User| app.clock.now().duration_since(user.created_at) < NEW_USER;
        if allowed.is_empty() && !self.user.is_some_and(is_new) { vec![self.decoy(app)] } else { allowed }
    }

    /// Returns a made-up key, with an ID and transports as common authenticators have them.
    fn decoy(&self, app: &App) -> Value {
        let derive = |purpose: &[u8]| app.store.decoys().proof(&[purpose, self.email.as_bytes()]);
        let (length, transports) = match derive(b"kind")[0] % 3 {
            0 => (16, &["hybrid", "internal"][..]),
            1 => (20, &["hybrid", "internal"][..]),
            _ => (32, &["internal"][..]),
        };
        let id = encoded(&derive(b"id")[..length]);
        json!({ "id": id, "type": "public-key", "transports": transports })
    }
}

/// Returns the options for `navigator.credentials.get()`, as 2FAuth writes them: for one user, or for the user that the
/// key states.
///
/// # Errors
/// When the database fails.
pub async fn begin_sign_in(app: &App, party: &RelyingParty, visit: &Visit, named: Option<Named<'_>>) -> Result<Value> {
    // No user has the ID 0: an unknown address proves nothing.
    let user = named.map(|named| named.user.map_or(0, |user| user.id.0));
    let challenge = begin(app, visit, &Ceremony::SignIn { user }).await?;
    let mut options = json!({ "challenge": challenge, "timeout": TIMEOUT });
    let webauthn = &app.config.webauthn;
    if webauthn.id.is_some() {
        options["rpId"] = party.id.clone().into();
    }
    if webauthn.user_verification != UserVerification::Preferred {
        options["userVerification"] = webauthn.user_verification.to_string().into();
    }
    let allowed = named.map(|named| named.allowed(app)).unwrap_or_default();
    if !allowed.is_empty() {
        options["allowCredentials"] = allowed.into();
    }
    Ok(options)
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
    /// It proves to be a user.
    Of {
        /// The user.
        owner: User,
        /// The ID of the key.
        key: i64,
    },
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
pub async fn finish_sign_in(
    app: &App,
    party: &RelyingParty,
    visit: &Visit,
    client: &Client,
    assertion: &Assertion,
) -> Result<Proof> {
    let (answer, page) = match read(&assertion.answer) {
        Ok(read) => read,
        Err(refusal) => return Ok(Proof::Refused { refusal, owner: None }),
    };
    let ceremony = recall(app, visit, &page.challenge).await?;
    let mut read = app.store.read().await?;
    let key = read.security_key(&answer.raw_id).await?.filter(|key| key.disabled_at.is_none());
    let Some(key) = key else { return Ok(Proof::Refused { refusal: Refusal::NoKey, owner: None }) };
    let Some(owner) = read.user(key.registered.user).await? else {
        return Ok(Proof::Refused { refusal: Refusal::NoKey, owner: None });
    };
    drop(read);
    let refused = |refusal, owner| Ok(Proof::Refused { refusal, owner: Some(owner) });
    let Some(Ceremony::SignIn { user }) = ceremony else { return refused(Refusal::NoChallenge, owner) };
    let is_theirs = user.map_or(assertion.is_discoverable, |user| user == owner.id.0);
    if !is_theirs || owner.disabled_at.is_some() {
        return refused(Refusal::NoKey, owner);
    }
    let used = match verify(app, party, &key.registered, &answer, &page, user.is_none()) {
        Ok(counter) => use_key(app, key.id, counter).await?,
        Err(refusal) => Err(refusal),
    };
    match used {
        Ok(()) => Ok(Proof::Of { owner, key: key.id }),
        Err(refusal) => {
            if matches!(refusal, Refusal::CounterBack) {
                disable(app, &key).await?;
                let alias = key.registered.alias.clone().unwrap_or_default();
                let object = Object::of("key", encoded(&key.registered.credential)).named(alias);
                audit::record("key.disable", &owner, METHOD, client, &object);
            }
            refused(refusal, owner)
        }
    }
}

fn read(answer: &Value) -> std::result::Result<(Answer<AssertionResponse>, ClientData), Refusal> {
    let answer = Answer::<AssertionResponse>::read(answer)?;
    let page = ClientData::read(&answer.response.client_data)?;
    Ok((answer, page))
}

/// Verifies an answer to one of our challenges (WebAuthn §7.2). Returns its signature counter.
fn verify(
    app: &App,
    party: &RelyingParty,
    key: &NewSecurityKey,
    answer: &Answer<AssertionResponse>,
    page: &ClientData,
    is_discoverable: bool,
) -> std::result::Result<u32, Refusal> {
    answer.check()?;
    let AssertionResponse { client_data, authenticator_data, signature, user_handle } = &answer.response;
    match user_handle.as_deref().filter(|handle| !handle.is_empty()).map(encoded) {
        // The handle identifies the user if the ceremony began for none (WebAuthn §7.2, step 6).
        None if is_discoverable => return Err(Refusal::Unusable("it doesn't name its user".into())),
        Some(handle) if handle != key.handle => return Err(Refusal::Unusable("it names another user".into())),
        _ => {}
    }
    page.check(Purpose::Get)?;
    party.as_for(&key.rp_id).check_origin(&app.config, &page.origin)?;
    let data = AuthenticatorData::read(authenticator_data)?;
    data.check(&key.rp_id, app.config.webauthn.user_verification)?;
    // It doesn't change; unknown for adopted keys.
    if key.backup_eligible.is_some_and(|eligible| eligible != data.is_backup_eligible()) {
        return Err(Refusal::Unusable("it contradicts what the key said when it was registered".into()));
    }
    let signed = [&authenticator_data[..], &Sha256::digest(client_data)].concat();
    if !PublicKey::from_stored(&key.public_key)?.has_signed(&signed, signature) {
        return Err(Refusal::Unusable("its signature isn't the key's".into()));
    }
    if (data.counter != 0 || key.counter != 0) && data.counter <= key.counter {
        return Err(Refusal::CounterBack);
    }
    Ok(data.counter)
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
