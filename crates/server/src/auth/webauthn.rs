//! Security keys and passkeys: the ceremonies of WebAuthn (Level 3), as 2FAuth's clients know them.
//!
//! A ceremony begins with options for the browser, a challenge among them, and ends with the key's answer. In between it
//! is kept under the hash of the challenge and of the visitor's cookie, so that an answer counts once, in time, and for
//! the browser that asked.

mod registration;
mod relying_party;
mod sign_in;

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::Write;
use vault::User;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{AuthenticationState, CollectedClientData, RegistrationState, UserVerificationPolicy};

pub use registration::{Attestation, begin_registration, finish_registration};
pub use relying_party::RelyingParty;
pub use sign_in::{Assertion, Proof, begin_sign_in, finish_sign_in};

use super::session::Visit;
use crate::app::App;
use crate::config::webauthn::UserVerification;
use crate::error::Result;
use crate::messages::{Message, Phrase};

/// How long a browser is told to wait for the key: a minute.
///
/// compat 1.18.
const TIMEOUT: std::time::Duration = std::time::Duration::from_mins(1);
/// How long an answer is waited for: longer, because a page that offers passkeys in its form asks before its visitor does.
const LIFETIME: SignedDuration = SignedDuration::from_mins(2);

/// So much of a reason is told, in characters.
const REASON_LENGTH: usize = 200;
/// The preference of people who sign in by key, and not by password.
pub const KEYS_ALONE: &str = "useWebauthnOnly";

/// A ceremony that has begun.
#[derive(Debug, Serialize, Deserialize)]
enum Ceremony {
    /// A key is to be registered.
    Registration {
        /// For whom.
        user: i64,
        /// By which keys know this user.
        handle: String,
        state: RegistrationState,
    },
    /// Somebody is to be signed in.
    SignIn {
        /// Whom; `None` for whoever the key says.
        user: Option<i64>,
        state: AuthenticationState,
    },
}

/// Why a key's answer doesn't count.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It answers no challenge that this browser was given, or one that was answered before, or too late.
    #[error("no such challenge is waiting for an answer")]
    NoChallenge,
    /// It comes from a page of another host.
    #[error("the page is at {page}, the key for {domain}")]
    OtherHost {
        /// Where the page was.
        page: String,
        /// Where it should have been.
        domain: String,
    },
    /// It comes from a page that anybody on the way could have changed.
    #[error("the page was fetched without encryption")]
    InsecurePage,
    /// The key didn't ask for a PIN or a fingerprint.
    #[error("the key didn't verify its user")]
    Unverified,
    /// The key is registered already, perhaps by somebody else.
    #[error("the key is registered already")]
    Registered,
    /// The key counts fewer signatures than it did before: there may be a copy of it.
    #[error("its signature counter went back")]
    CounterBack,
    /// The key, or the key's owner, isn't known or isn't accepted any more.
    #[error("no such key is accepted")]
    NoKey,
    /// The answer is malformed, or wrong in another way.
    #[error("{0}")]
    Unusable(String),
}

impl Refusal {
    /// The answer can't be used, for a reason that may quote it: shortened, and on one line.
    fn unusable(reason: &impl fmt::Display) -> Self {
        let printable = reason.to_string().chars().filter(|letter| !letter.is_control()).take(REASON_LENGTH).collect();
        Self::Unusable(printable)
    }

    /// What somebody who wants to register a key is told.
    pub fn phrase(&self) -> Phrase {
        match self {
            Self::NoChallenge => Message::WebauthnChallenge.into(),
            Self::OtherHost { page, domain } => Message::WebauthnHost.with("page", page).with("domain", domain),
            Self::InsecurePage => Message::WebauthnInsecure.into(),
            Self::Unverified => Message::WebauthnUnverified.into(),
            Self::Registered => Message::WebauthnRegistered.into(),
            Self::CounterBack | Self::NoKey | Self::Unusable(_) => {
                Message::WebauthnUnusable.with("reason", self.to_string().trim_end_matches('.'))
            }
        }
    }
}

impl From<WebauthnError> for Refusal {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::UserNotVerified => Self::Unverified,
            WebauthnError::CredentialPossibleCompromise => Self::CounterBack,
            error => Self::unusable(&error),
        }
    }
}

/// Keeps a ceremony until its answer comes.
async fn remember(app: &App, visit: &Visit, challenge: &[u8], ceremony: &Ceremony) -> Result<()> {
    let data = serde_json::to_value(ceremony).map_err(anyhow::Error::from)?;
    let mut write = app.store.write().await?;
    write.put_challenge(&challenge_id(visit, challenge), &data, app.clock.now() + LIFETIME).await?;
    Ok(write.commit().await?)
}

/// The ceremony that an answer belongs to, which is over by that.
async fn recall(app: &App, visit: &Visit, challenge: &[u8]) -> Result<Option<Ceremony>> {
    let mut write = app.store.write().await?;
    let data = write.take_challenge(&challenge_id(visit, challenge), app.clock.now()).await?;
    write.commit().await?;
    Ok(data.map(serde_json::from_value).transpose().map_err(anyhow::Error::from)?)
}

fn challenge_id(visit: &Visit, challenge: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(visit.id()).chain_update(challenge).finalize().into()
}

/// Lets somebody who only used keys sign in by password again; answers whether they only used keys.
///
/// # Errors
/// When the database fails.
pub async fn allow_password(
    write: &mut Write,
    mut user: User,
    now: Timestamp,
) -> std::result::Result<bool, store::Error> {
    if user.preferences.flag(KEYS_ALONE) != Some(true) {
        return Ok(false);
    }
    user.preferences.set(KEYS_ALONE, false.into());
    write.set_preferences(user.id, &user.preferences, now).await?;
    Ok(true)
}

/// What a browser says about itself and the page, in JSON.
fn client_data(json: &[u8]) -> std::result::Result<CollectedClientData, Refusal> {
    serde_json::from_slice(json).map_err(|error| Refusal::unusable(&error))
}

fn policy(verification: UserVerification) -> UserVerificationPolicy {
    match verification {
        UserVerification::Required => UserVerificationPolicy::Required,
        UserVerification::Preferred => UserVerificationPolicy::Preferred,
        UserVerification::Discouraged => UserVerificationPolicy::Discouraged_DO_NOT_USE,
    }
}

/// Base64url without padding, as everything binary is written here.
pub fn encoded(bytes: &[u8]) -> String {
    data_encoding::BASE64URL_NOPAD.encode(bytes)
}

/// The bytes of base64url without padding; `None` for anything else.
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok()
}

/// A key as options name it: its ID, and how it can be reached if that is known.
fn descriptor(key: &store::NewSecurityKey) -> serde_json::Value {
    let mut descriptor = serde_json::json!({ "id": encoded(&key.credential), "type": "public-key" });
    if !key.transports.is_empty() {
        descriptor["transports"] = key.transports.clone().into();
    }
    descriptor
}
