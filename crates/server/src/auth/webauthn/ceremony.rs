//! What all ceremonies share: how one is kept between the options and the answer, and how things are written in both.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::auth::session::Visit;
use crate::error::Result;

/// Time that a browser waits for the key, milliseconds.
///
/// compat 1.18.
pub(super) const TIMEOUT: u32 = 60_000;
/// Length of a challenge, bytes (WebAuthn §13.4.3 wants at least 16).
const CHALLENGE_LENGTH: usize = 32;
/// Lifetime of a challenge. It exceeds [`TIMEOUT`], because a page that offers passkeys in its form requests one early.
const LIFETIME: SignedDuration = SignedDuration::from_mins(2);

/// A ceremony that has begun.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Ceremony {
    /// A key is to be registered.
    Registration {
        /// ID of the user.
        user: i64,
        /// The handle by which keys identify the user.
        handle: String,
    },
    /// A user is to be signed in.
    SignIn {
        /// ID of the user; `None` if the key states it.
        user: Option<i64>,
    },
}

/// Begins a ceremony, which is kept until its answer comes. Returns the challenge.
pub(super) async fn begin(app: &App, visit: &Visit, ceremony: &Ceremony) -> Result<String> {
    let mut challenge = [0; CHALLENGE_LENGTH];
    (app.random)(&mut challenge);
    let data = serde_json::to_value(ceremony).map_err(anyhow::Error::from)?;
    let mut write = app.store.write().await?;
    write.put_challenge(&challenge_id(visit, &challenge), &data, app.clock.now() + LIFETIME).await?;
    write.commit().await?;
    Ok(encoded(&challenge))
}

/// The ceremony that an answer belongs to, which is over by that.
pub(super) async fn recall(app: &App, visit: &Visit, challenge: &[u8]) -> Result<Option<Ceremony>> {
    let mut write = app.store.write().await?;
    let data = write.take_challenge(&challenge_id(visit, challenge), app.clock.now(), LIFETIME).await?;
    write.commit().await?;
    Ok(data.map(serde_json::from_value).transpose().map_err(anyhow::Error::from)?)
}

fn challenge_id(visit: &Visit, challenge: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(visit.id()).chain_update(challenge).finalize().into()
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
pub(super) fn descriptor(key: &store::NewSecurityKey) -> serde_json::Value {
    let mut descriptor = serde_json::json!({ "id": encoded(&key.credential), "type": "public-key" });
    if !key.transports.is_empty() {
        descriptor["transports"] = key.transports.clone().into();
    }
    descriptor
}
