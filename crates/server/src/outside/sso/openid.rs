//! An OpenID Connect provider (OpenID Connect Core 1.0), configured by its issuer or by the URLs of its endpoints (as
//! in 2FAuth).

use std::ops::Deref;

use chrono::{DateTime, Utc};
use jiff::Timestamp;
use openidconnect::core::{
    CoreClientAuthMethod, CoreGenderClaim, CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJsonWebKeySet,
    CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreTokenResponse,
};
use openidconnect::{
    AccessTokenHash, AuthType, AuthUrl, EmptyAdditionalClaims, EndUserEmail, IssuerUrl, JwsSigningAlgorithm as _,
    LocalizedClaim, Nonce, OAuth2TokenResponse as _, SubjectIdentifier, TokenResponse as _, TokenUrl, UserInfoClaims,
    UserInfoUrl,
};
use url::{Host, Url};

use super::flow::{self, Attempt, Endpoints, Profile, SsoError, error_chain};
use crate::config::Config;
use crate::config::sso::{AuthMethod, Location, OpenIdConfig};
use crate::outside::http::Http;

/// Its name in paths and in the database.
pub(super) const NAME: &str = "openid";
/// Requested scopes, besides `openid`.
const SCOPES: [&str; 2] = ["profile", "email"];
/// Maximum difference between the provider's clock and ours, in seconds.
const LEEWAY: i64 = 60;

/// An OpenID Connect provider.
pub struct OpenId {
    config: OpenIdConfig,
    http: Http,
}

/// The metadata of the provider, discovered or configured.
struct Metadata {
    endpoints: Endpoints,
    userinfo: Option<UserInfoUrl>,
    /// Whether its keys are known, which verify ID tokens. If not, ID tokens are trusted because they come from the
    /// provider over a connection that we opened (OpenID Connect Core 1.0, section 3.1.3.7, item 6).
    has_keys: bool,
    algorithms: Vec<CoreJwsSigningAlgorithm>,
}

impl OpenId {
    /// Creates the client of the configured provider.
    pub fn new(openid: OpenIdConfig, config: &Config) -> Self {
        let http = Http::to_provider(config, configured_hosts(&openid.location), &openid.certificates);
        Self { config: openid, http }
    }

    /// Returns the authorization URL.
    pub(super) async fn authorization_url(&self, attempt: &Attempt) -> Result<Url, SsoError> {
        let endpoints = self.load_metadata().await?.endpoints;
        Ok(flow::authorization_url(&endpoints.into_client(&self.config.registration), attempt, &SCOPES))
    }

    /// Exchanges the code, and returns the user's profile: from the userinfo endpoint, or else from the ID token.
    pub(super) async fn fetch_profile(
        &self,
        code: String,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<Profile, SsoError> {
        let metadata = self.load_metadata().await?;
        let client = metadata.endpoints.into_client(&self.config.registration);
        let tokens = flow::exchange_code(&client, code, attempt, &self.http).await?;
        let verifier = build_verifier(client.id_token_verifier(), metadata.has_keys, metadata.algorithms, now);
        let id_claims = match tokens.id_token() {
            Some(id_token) => Some(verify_id_token(id_token, &tokens, &verifier, metadata.has_keys, &attempt.nonce())?),
            None if metadata.has_keys => return Err(SsoError::IdToken("it is missing".into())),
            None => None,
        };
        let subject = id_claims.map(|claims| claims.subject().clone());
        let Some(userinfo) = metadata.userinfo else {
            return id_claims.map(id_profile).ok_or_else(|| SsoError::Unusable("it doesn't identify the user".into()));
        };
        let client = client.clone().set_user_info_url(userinfo);
        let claims: UserInfoClaims<EmptyAdditionalClaims, CoreGenderClaim> = client
            .user_info(tokens.access_token().clone(), subject)
            .require_issuer_match(metadata.has_keys)
            .request_async(&self.http)
            .await
            .map_err(|error| SsoError::Unusable(error_chain(&error)))?;
        Ok(userinfo_profile(&claims))
    }

    async fn load_metadata(&self) -> Result<Metadata, SsoError> {
        match &self.config.location {
            Location::Issuer(issuer) => self.discover(issuer).await,
            Location::Endpoints(at) => Ok(Metadata {
                endpoints: Endpoints {
                    authorize: AuthUrl::from_url(at.authorize.clone()),
                    token: TokenUrl::from_url(at.token.clone()),
                    // Unknown, and not checked.
                    issuer: IssuerUrl::from_url(at.token.clone()),
                    keys: CoreJsonWebKeySet::default(),
                    auth_type: self.auth_type(None),
                },
                userinfo: Some(UserInfoUrl::from_url(at.userinfo.clone())),
                has_keys: false,
                algorithms: Vec::new(),
            }),
        }
    }

    /// Discovers the metadata and keys of the issuer. Sign-ins are rare enough to do so each time, and thus no key is
    /// ever outdated.
    async fn discover(&self, issuer: &str) -> Result<Metadata, SsoError> {
        let issuer = IssuerUrl::new(issuer.to_owned()).map_err(|error| SsoError::Configuration(error.to_string()))?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.http)
            .await
            .map_err(|error| SsoError::Unusable(error_chain(&error)))?;
        let token = metadata.token_endpoint().cloned();
        let token = token.ok_or_else(|| SsoError::Unusable("it has no token endpoint".into()))?;
        let algorithms = metadata.id_token_signing_alg_values_supported().iter();
        Ok(Metadata {
            userinfo: metadata.userinfo_endpoint().cloned(),
            has_keys: true,
            algorithms: algorithms.filter(|algorithm| is_asymmetric(algorithm)).cloned().collect(),
            endpoints: Endpoints {
                authorize: metadata.authorization_endpoint().clone(),
                token,
                issuer: metadata.issuer().clone(),
                keys: metadata.jwks().clone(),
                auth_type: self.auth_type(metadata.token_endpoint_auth_methods_supported().map(Vec::as_slice)),
            },
        })
    }

    /// Returns how the client authenticates itself.
    ///
    /// compat: in the body, like 2FAuth, unless the provider doesn't offer that or the configuration says otherwise.
    fn auth_type(&self, offered: Option<&[CoreClientAuthMethod]>) -> AuthType {
        match self.config.auth_method {
            Some(AuthMethod::Basic) => AuthType::BasicAuth,
            Some(AuthMethod::Post) => AuthType::RequestBody,
            None => match offered {
                Some(offered) if !offered.contains(&CoreClientAuthMethod::ClientSecretPost) => AuthType::BasicAuth,
                _ => AuthType::RequestBody,
            },
        }
    }
}

/// Returns the hosts in the configuration, which may be in any network.
fn configured_hosts(location: &Location) -> Vec<Host> {
    let host = |url: &Url| url.host().map(|host| host.to_owned());
    match location {
        Location::Issuer(issuer) => Url::parse(issuer).ok().as_ref().and_then(host).into_iter().collect(),
        Location::Endpoints(at) => [&at.token, &at.userinfo].into_iter().filter_map(host).collect(),
    }
}

fn is_asymmetric(algorithm: &CoreJwsSigningAlgorithm) -> bool {
    *algorithm != CoreJwsSigningAlgorithm::None && !algorithm.uses_shared_secret()
}

/// Builds the verifier of ID tokens, which allows for [`LEEWAY`].
fn build_verifier(
    base: CoreIdTokenVerifier<'_>,
    has_keys: bool,
    algorithms: Vec<CoreJwsSigningAlgorithm>,
    now: Timestamp,
) -> CoreIdTokenVerifier<'_> {
    let now = DateTime::from_timestamp(now.as_second() - LEEWAY, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
    let verifier = base.set_time_fn(move || now);
    if has_keys {
        verifier.set_allowed_algs(algorithms)
    } else {
        verifier.insecure_disable_signature_check().require_issuer_match(false)
    }
}

/// Returns the claims of an ID token, if it is from the provider, for this client, this attempt and this access token,
/// and in time.
fn verify_id_token<'a>(
    id_token: &'a CoreIdToken,
    tokens: &CoreTokenResponse,
    verifier: &CoreIdTokenVerifier<'_>,
    has_keys: bool,
    nonce: &Nonce,
) -> Result<&'a CoreIdTokenClaims, SsoError> {
    let invalid = |error: &(dyn std::error::Error + 'static)| SsoError::IdToken(error_chain(error));
    let algorithm = id_token.signing_alg().map_err(|error| invalid(&error))?;
    if *algorithm == CoreJwsSigningAlgorithm::None {
        return Err(SsoError::IdToken("it isn't signed".into()));
    }
    let claims = id_token.claims(verifier, nonce).map_err(|error| invalid(&error))?;
    if has_keys && let Some(expected) = claims.access_token_hash() {
        let key = id_token.signing_key(verifier).map_err(|error| invalid(&error))?;
        let actual =
            AccessTokenHash::from_token(tokens.access_token(), algorithm, key).map_err(|error| invalid(&error))?;
        if actual != *expected {
            return Err(SsoError::IdToken("it belongs to another access token".into()));
        }
    }
    Ok(claims)
}

fn id_profile(claims: &CoreIdTokenClaims) -> Profile {
    to_profile(claims.subject(), claims.nickname().map(untagged), claims.name().map(untagged), claims.email())
}

fn userinfo_profile(claims: &UserInfoClaims<EmptyAdditionalClaims, CoreGenderClaim>) -> Profile {
    to_profile(claims.subject(), claims.nickname().map(untagged), claims.name().map(untagged), claims.email())
}

/// Returns the value of a claim without a language.
fn untagged<T: Deref<Target = String>>(claim: &LocalizedClaim<T>) -> &str {
    claim.get(None).map_or("", |text| text.as_str())
}

fn to_profile(
    subject: &SubjectIdentifier,
    nickname: Option<&str>,
    name: Option<&str>,
    email: Option<&EndUserEmail>,
) -> Profile {
    Profile {
        subject: subject.to_string(),
        name: nickname.filter(|nickname| !nickname.is_empty()).or(name).unwrap_or_default().to_owned(),
        email: email.map(|email| email.to_lowercase()),
    }
}
