//! The authorization code flow (RFC 6749, section 4.1, with PKCE, RFC 7636), common to all providers.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use http::{Request, Response, StatusCode, header, request};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use url::{Url, form_urlencoded};
use vault::SsoIdentity;

use crate::config::sso::{AuthMethod, Registration};
use crate::outside::http::{FetchError, Http};
use crate::random::{FillRandom, random_text};

/// Maximum time between the redirect to a provider and the return, in seconds.
const MAX_SECONDS: i64 = 15 * 60;
/// Length of states, nonces and PKCE verifiers, in letters and digits (RFC 7636, section 4.1, requires at least 43).
const LENGTH: usize = 43;
/// Maximum length of a provider's answer, in bytes.
pub(super) const MAX_ANSWER: usize = 256 * 1024;

/// Why single sign-on failed. For the log: the message for the user reveals less.
#[derive(Debug, thiserror::Error)]
pub enum SsoError {
    /// The provider can't be reached.
    #[error("the provider can't be reached: {0}")]
    Unreachable(#[from] FetchError),
    /// The provider's answer is an error, or can't be understood.
    #[error("the provider's answer can't be used: {0}")]
    Unusable(String),
    /// The ID token isn't valid.
    #[error("the provider's ID token isn't valid: {0}")]
    IdToken(String),
    /// A URL in the configuration isn't valid.
    #[error("the provider's configuration can't be used: {0}")]
    Configuration(String),
}

/// A user's identity as stated by a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The provider's identifier of the user.
    pub subject: String,
    /// The user's nickname or name; may be empty.
    pub name: String,
    /// The e-mail address, in lower case.
    pub email: Option<String>,
}

/// A sign-in at a provider that the browser hasn't come back from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attempt {
    /// The name of the provider.
    pub provider: String,
    /// The `state` that the answer must have (RFC 6749, section 10.12).
    state: String,
    /// The `nonce` that the ID token must have.
    nonce: String,
    /// The PKCE verifier, which proves that the code was requested here (RFC 7636).
    verifier: String,
    /// Time of the redirect, Unix seconds.
    began_at: i64,
    /// Whether the identity is linked to the signed-in user, rather than signing a user in.
    pub is_link: bool,
}

impl Attempt {
    /// Creates an attempt with new random texts.
    pub fn new(provider: &str, is_link: bool, now: Timestamp, random: FillRandom) -> Self {
        let text = || random_text(random, LENGTH);
        Self {
            provider: provider.to_owned(),
            state: text(),
            nonce: text(),
            verifier: text(),
            began_at: now.as_second(),
            is_link,
        }
    }

    /// Whether an answer with this state belongs to this attempt, and came in time.
    pub fn is_answered_by(&self, provider: &str, state: &str, now: Timestamp) -> bool {
        let is_in_time = (0..=MAX_SECONDS).contains(&(now.as_second() - self.began_at));
        let is_same = bool::from(self.state.as_bytes().ct_eq(state.as_bytes()));
        self.provider == provider && is_same && is_in_time
    }

    /// The `nonce` that the ID token must have.
    pub(super) fn nonce(&self) -> &str {
        &self.nonce
    }
}

impl Profile {
    /// Returns the identity under which the user is stored.
    pub fn identity(&self, provider: &str) -> SsoIdentity {
        SsoIdentity { provider: provider.to_owned(), subject: self.subject.clone() }
    }
}

/// The endpoints of a provider, and our registration with it.
pub(super) struct OAuthClient<'a> {
    pub(super) authorize: Url,
    pub(super) token: Url,
    pub(super) auth_method: AuthMethod,
    pub(super) registration: &'a Registration,
}

/// What a code is exchanged for (RFC 6749, section 5.1).
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) access_token: String,
    /// The ID token, if the provider speaks OpenID Connect.
    pub(super) id_token: Option<String>,
}

/// Why there are no tokens (RFC 6749, section 5.2).
#[derive(Deserialize)]
struct Refusal {
    error: String,
}

impl OAuthClient<'_> {
    /// Returns the URL from which a browser comes back with a code.
    pub(super) fn authorization_url(&self, attempt: &Attempt, scope: &str) -> Url {
        let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(attempt.verifier.as_bytes()));
        let mut url = self.authorize.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.registration.id)
            .append_pair("redirect_uri", self.registration.callback.as_str())
            .append_pair("scope", scope)
            .append_pair("state", &attempt.state)
            .append_pair("nonce", &attempt.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        url
    }

    /// Exchanges a code for tokens.
    pub(super) async fn exchange_code(&self, code: &str, attempt: &Attempt, http: &Http) -> Result<Tokens, SsoError> {
        let answer = http.send(self.token_request(code, attempt)?, MAX_ANSWER).await?;
        // GitHub reports errors with status 200.
        if let Ok(Refusal { error }) = serde_json::from_slice(answer.body()) {
            return Err(SsoError::Unusable(format!("no tokens: {}", error.escape_debug())));
        }
        read_json(&answer)
    }

    fn token_request(&self, code: &str, attempt: &Attempt) -> Result<Request<Vec<u8>>, SsoError> {
        let Registration { id, secret, callback } = self.registration;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", callback.as_str())
            .append_pair("code_verifier", &attempt.verifier);
        let mut request = Request::post(self.token.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        match self.auth_method {
            AuthMethod::Post => {
                form.append_pair("client_id", id).append_pair("client_secret", secret);
            }
            AuthMethod::Basic => request = request.header(header::AUTHORIZATION, basic_credentials(id, secret)),
        }
        build(request, form.finish().into_bytes())
    }
}

/// Returns the header of `client_secret_basic`: both are encoded as in a form first (RFC 6749, section 2.3.1).
fn basic_credentials(id: &str, secret: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", BASE64.encode(format!("{}:{}", encode(id), encode(secret)).as_bytes()))
}

/// Completes a request to a provider.
pub(super) fn build(request: request::Builder, body: Vec<u8>) -> Result<Request<Vec<u8>>, SsoError> {
    request.body(body).map_err(|error| SsoError::Configuration(error.to_string()))
}

/// Sends a request to a provider and reads its JSON answer.
pub(super) async fn fetch_json<T: DeserializeOwned>(http: &Http, request: Request<Vec<u8>>) -> Result<T, SsoError> {
    read_json(&http.send(request, MAX_ANSWER).await?)
}

/// Reads a JSON answer.
pub(super) fn read_json<T: DeserializeOwned>(answer: &Response<Vec<u8>>) -> Result<T, SsoError> {
    if answer.status() != StatusCode::OK {
        return Err(SsoError::Unusable(format!("the status is {}", answer.status())));
    }
    serde_json::from_slice(answer.body()).map_err(|error| SsoError::Unusable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn create_attempt(now: Timestamp) -> Attempt {
        Attempt::new("openid", false, now, |bytes| {
            for (index, byte) in bytes.iter_mut().enumerate() {
                *byte = u8::try_from(index % 251).unwrap_or(0);
            }
        })
    }

    #[test]
    fn an_answer_belongs_to_its_attempt_alone() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let later = |seconds| Timestamp::from_second(1_800_000_000 + seconds).unwrap();
        let attempt = create_attempt(now);
        let state = attempt.state.clone();
        assert!(attempt.is_answered_by("openid", &state, now));
        assert!(attempt.is_answered_by("openid", &state, later(MAX_SECONDS)));
        assert!(!attempt.is_answered_by("openid", &state, later(MAX_SECONDS + 1)));
        assert!(!attempt.is_answered_by("openid", &state, later(-1)));
        assert!(!attempt.is_answered_by("github", &state, now));
        assert!(!attempt.is_answered_by("openid", &state[1..], now));
        assert!(!attempt.is_answered_by("openid", "", now));
    }
}
