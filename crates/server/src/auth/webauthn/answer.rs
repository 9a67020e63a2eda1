//! What a browser sends when a key has answered (WebAuthn §5.1), and what it says about the page (§5.8.1).

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use url::Url;

use super::refusal::Refusal;

/// The answer of a key: a `RegistrationResponseJSON` or an `AuthenticationResponseJSON`, by its `response`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer<R> {
    id: String,
    /// The ID of the credential.
    #[serde(deserialize_with = "base64url")]
    pub(super) raw_id: Vec<u8>,
    #[serde(rename = "type")]
    kind: String,
    /// What the key made.
    pub(super) response: R,
}

/// What a new key made.
#[derive(Debug, Deserialize)]
pub(super) struct AttestationResponse {
    /// The browser's description of the page, as bytes.
    #[serde(rename = "clientDataJSON", deserialize_with = "base64url")]
    pub(super) client_data: Vec<u8>,
    /// The attestation object, as bytes.
    #[serde(rename = "attestationObject", deserialize_with = "base64url")]
    pub(super) attestation_object: Vec<u8>,
}

/// What a key signed.
#[derive(Debug, Deserialize)]
pub(super) struct AssertionResponse {
    /// The browser's description of the page, as bytes.
    #[serde(rename = "clientDataJSON", deserialize_with = "base64url")]
    pub(super) client_data: Vec<u8>,
    /// The authenticator data, as bytes.
    #[serde(rename = "authenticatorData", deserialize_with = "base64url")]
    pub(super) authenticator_data: Vec<u8>,
    /// The signature of both.
    #[serde(deserialize_with = "base64url")]
    pub(super) signature: Vec<u8>,
    /// The handle of the user, if the key remembers it.
    #[serde(rename = "userHandle", default, deserialize_with = "optional_base64url")]
    pub(super) user_handle: Option<Vec<u8>>,
}

/// The browser's description of the ceremony and the page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    /// The challenge that was answered.
    #[serde(deserialize_with = "base64url")]
    pub(super) challenge: Vec<u8>,
    /// The page.
    pub(super) origin: Url,
    #[serde(default)]
    cross_origin: Option<bool>,
}

/// The two ceremonies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A credential was made.
    Create,
    /// A credential was used.
    Get,
}

impl<R: de::DeserializeOwned> Answer<R> {
    /// Reads an answer.
    pub(super) fn read(answer: &Value) -> Result<Self, Refusal> {
        Self::deserialize(answer).map_err(|error| Refusal::unusable(&error))
    }

    /// Checks that it is of one public key.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if self.kind != "public-key" || self.id != super::encoded(&self.raw_id) {
            return Err(Refusal::Unusable("it isn't of a public key, or names two of them".into()));
        }
        Ok(())
    }
}

impl ClientData {
    /// Reads a browser's description.
    pub(super) fn read(json: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(json).map_err(|error| Refusal::unusable(&error))
    }

    /// Checks that it is of this ceremony, and of a page that isn't inside of another site's. Whether the challenge is
    /// ours and the page is, is found out elsewhere.
    pub(super) fn check(&self, purpose: Purpose) -> Result<(), Refusal> {
        let expected = match purpose {
            Purpose::Create => "webauthn.create",
            Purpose::Get => "webauthn.get",
        };
        if self.kind != expected {
            return Err(Refusal::Unusable("it is the answer to another question".into()));
        }
        if self.cross_origin == Some(true) {
            return Err(Refusal::Unusable("the page was inside of another site's".into()));
        }
        Ok(())
    }
}

/// Reads base64url. Some clients pad it, or write base64.
fn base64url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    super::decoded(&text).ok_or_else(|| de::Error::custom("a part of it isn't base64url"))
}

fn optional_base64url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
    #[derive(Deserialize)]
    struct Part(#[serde(deserialize_with = "base64url")] Vec<u8>);
    Ok(Option::<Part>::deserialize(deserializer)?.map(|part| part.0))
}
