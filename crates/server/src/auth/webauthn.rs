//! Security keys and passkeys: the ceremonies of WebAuthn (Level 3), as 2FAuth's clients know them.
//!
//! A ceremony begins with options for the browser, a challenge among them, and ends with the key's answer. In between
//! it is kept under the hash of the challenge and of the visitor's cookie, so that an answer counts once, in time, and
//! for the browser that asked.
//!
//! Answers are verified here as WebAuthn §7 says; the signatures by `aws-lc-rs`.

mod answer;
mod authenticator_data;
mod ceremony;
mod public_key;
mod refusal;
mod registration;
mod relying_party;
mod sign_in;

use jiff::Timestamp;
use store::UserWrite;
use vault::User;

pub use ceremony::{decoded, encoded};
pub use refusal::Refusal;
pub use registration::{Attestation, begin_registration, finish_registration};
pub use relying_party::RelyingParty;
pub use sign_in::{Assertion, METHOD, Named, Proof, begin_sign_in, finish_sign_in};

/// The preference of users who sign in by key only, never by password.
pub const KEYS_ALONE: &str = "useWebauthnOnly";

/// Allows a user to sign in by password again. Returns whether the user was restricted to keys.
///
/// # Errors
/// When the database fails.
pub async fn allow_password(write: &mut UserWrite, mut user: User, now: Timestamp) -> Result<bool, store::Error> {
    if user.preferences.flag(KEYS_ALONE) != Some(true) {
        return Ok(false);
    }
    user.preferences.set(KEYS_ALONE, false.into());
    write.set_preferences(user.id, &user.preferences, now).await?;
    Ok(true)
}
