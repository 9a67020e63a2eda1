//! The authorization code flow (RFC 6749, section 4.1, with PKCE, RFC 7636), common to all providers.

use std::pin::Pin;

use http::StatusCode;
use jiff::Timestamp;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreJsonWebKeySet, CoreTokenResponse};
use openidconnect::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    TokenUrl,
};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use url::Url;
use vault::SsoIdentity;

use crate::config::sso::Registration;
use crate::outside::http::{FetchError, Http};
use crate::random::{FillRandom, random_text};

/// Maximum time between the redirect to a provider and the return, in seconds.
const MAX_SECONDS: i64 = 15 * 60;
/// Length of states, nonces and PKCE verifiers, in letters and digits (RFC 7636, section 4.1, requires at least 43).
const LENGTH: usize = 43;
/// Maximum length of a provider's answer, in bytes.
const MAX_ANSWER: usize = 256 * 1024;

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

    pub(super) fn nonce(&self) -> Nonce {
        Nonce::new(self.nonce.clone())
    }
}

impl Profile {
    /// Returns the identity under which the user is stored.
    pub fn identity(&self, provider: &str) -> SsoIdentity {
        SsoIdentity { provider: provider.to_owned(), subject: self.subject.clone() }
    }
}

/// The library's client for a provider with known endpoints.
pub(super) type OAuthClient =
    CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet, EndpointNotSet>;

/// The endpoints of a provider, and the keys that verify its ID tokens.
pub(super) struct Endpoints {
    pub(super) authorize: AuthUrl,
    pub(super) token: TokenUrl,
    pub(super) issuer: IssuerUrl,
    pub(super) keys: CoreJsonWebKeySet,
    pub(super) auth_type: AuthType,
}

impl Endpoints {
    pub(super) fn into_client(self, registration: &Registration) -> OAuthClient {
        CoreClient::new(ClientId::new(registration.id.clone()), self.issuer, self.keys)
            .set_client_secret(ClientSecret::new(registration.secret.clone()))
            .set_redirect_uri(RedirectUrl::from_url(registration.callback.clone()))
            .set_auth_type(self.auth_type)
            .set_auth_uri(self.authorize)
            .set_token_uri(self.token)
    }
}

/// Returns the URL from which a browser comes back with a code.
pub(super) fn authorization_url(client: &OAuthClient, attempt: &Attempt, scopes: &[&str]) -> Url {
    let (state, nonce) = (CsrfToken::new(attempt.state.clone()), attempt.nonce());
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(attempt.verifier.clone()));
    let (url, ..) = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, move || state, move || nonce)
        .add_scopes(scopes.iter().map(|scope| Scope::new((*scope).to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    url
}

/// Exchanges a code for tokens.
pub(super) async fn exchange_code(
    client: &OAuthClient,
    code: String,
    attempt: &Attempt,
    http: &Http,
) -> Result<CoreTokenResponse, SsoError> {
    client
        .exchange_code(AuthorizationCode::new(code))
        .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.clone()))
        .request_async(http)
        .await
        .map_err(|error| SsoError::Unusable(error_chain(&error)))
}

/// The HTTP client of the `openidconnect` library.
impl<'c> AsyncHttpClient<'c> for Http {
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request, MAX_ANSWER))
    }
}

/// Returns the text of an error and its causes. Errors of the libraries contain no secrets: they leave out answers.
pub(super) fn error_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Sends a request to a provider and reads its JSON answer.
pub(super) async fn fetch_json<T: serde::de::DeserializeOwned>(
    http: &Http,
    request: http::Request<Vec<u8>>,
) -> Result<T, SsoError> {
    let answer = http.send(request, MAX_ANSWER).await?;
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
