//! An OpenID Connect provider (OpenID Connect Core 1.0): found by its issuer, or by 2FAuth's three addresses.

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

use super::flow::{self, Attempt, Endpoints, Profile, SsoError, chain};
use crate::config::Config;
use crate::config::sso::{AuthMethod, Location, OpenIdConfig};
use crate::outside::http::Http;

/// Its name in addresses and in the database.
pub(super) const NAME: &str = "openid";
/// Beside `openid`.
const SCOPES: [&str; 2] = ["profile", "email"];
/// Maximum difference between the provider's clock and ours, in seconds.
const LEEWAY: i64 = 60;

/// An OpenID Connect provider.
pub struct OpenId {
    config: OpenIdConfig,
    http: Http,
}

/// The provider's description of itself.
struct Discovered {
    endpoints: Endpoints,
    userinfo: Option<UserInfoUrl>,
    /// Whether its ID tokens can be verified by its keys. Without, they are believed because they come from it over the
    /// very connection that we opened (OpenID Connect Core 1.0, section 3.1.3.7, item 6).
    has_keys: bool,
    algorithms: Vec<CoreJwsSigningAlgorithm>,
}

impl OpenId {
    /// The provider of a configuration.
    pub fn new(openid: OpenIdConfig, config: &Config) -> Self {
        let http = Http::to_provider(config, hosts(&openid.location), &openid.certificates);
        Self { config: openid, http }
    }

    /// Returns the URL to which a browser is sent.
    pub(super) async fn authorization_url(&self, attempt: &Attempt) -> Result<Url, SsoError> {
        let endpoints = self.find().await?.endpoints;
        Ok(flow::authorization_url(&endpoints.client(&self.config.registration), attempt, &SCOPES))
    }

    /// Returns the identity of the user who came back with this code.
    pub(super) async fn profile(&self, code: String, attempt: &Attempt, now: Timestamp) -> Result<Profile, SsoError> {
        let found = self.find().await?;
        let client = found.endpoints.client(&self.config.registration);
        let tokens = flow::exchange(&client, code, attempt, &self.http).await?;
        let verifier = verifier(client.id_token_verifier(), found.has_keys, found.algorithms, now);
        let id_claims = match tokens.id_token() {
            Some(id_token) => Some(verify_id_token(id_token, &tokens, &verifier, found.has_keys, &attempt.nonce())?),
            None if found.has_keys => return Err(SsoError::IdToken("there is none".into())),
            None => None,
        };
        let subject = id_claims.map(|claims| claims.subject().clone());
        let Some(userinfo) = found.userinfo else {
            return id_claims.map(id_profile).ok_or_else(|| SsoError::Unusable("it says nothing about people".into()));
        };
        let client = client.clone().set_user_info_url(userinfo);
        let claims: UserInfoClaims<EmptyAdditionalClaims, CoreGenderClaim> = client
            .user_info(tokens.access_token().clone(), subject)
            .require_issuer_match(found.has_keys)
            .request_async(&self.http)
            .await
            .map_err(|error| SsoError::Unusable(chain(&error)))?;
        Ok(userinfo_profile(&claims))
    }

    async fn find(&self) -> Result<Discovered, SsoError> {
        match &self.config.location {
            Location::Issuer(issuer) => self.discover(issuer).await,
            Location::Endpoints(at) => Ok(Discovered {
                endpoints: Endpoints {
                    authorize: AuthUrl::from_url(at.authorize.clone()),
                    token: TokenUrl::from_url(at.token.clone()),
                    // It isn't known, and not looked at.
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

    /// Asks the issuer where it is and for its keys, each time anew: people don't sign in that often, and so a changed
    /// key is never a stale one.
    async fn discover(&self, issuer: &str) -> Result<Discovered, SsoError> {
        let issuer = IssuerUrl::new(issuer.to_owned()).map_err(|error| SsoError::Configuration(error.to_string()))?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.http)
            .await
            .map_err(|error| SsoError::Unusable(chain(&error)))?;
        let token = metadata.token_endpoint().cloned();
        let token = token.ok_or_else(|| SsoError::Unusable("it has no token endpoint".into()))?;
        let algorithms = metadata.id_token_signing_alg_values_supported().iter();
        Ok(Discovered {
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

    /// compat: in the body, as 2FAuth proves itself, unless the provider or the configuration says otherwise.
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

/// The hosts that the operator names: they may be anywhere.
fn hosts(location: &Location) -> Vec<Host> {
    let host = |url: &Url| url.host().map(|host| host.to_owned());
    match location {
        Location::Issuer(issuer) => Url::parse(issuer).ok().as_ref().and_then(host).into_iter().collect(),
        Location::Endpoints(at) => [&at.token, &at.userinfo].into_iter().filter_map(host).collect(),
    }
}

fn is_asymmetric(algorithm: &CoreJwsSigningAlgorithm) -> bool {
    *algorithm != CoreJwsSigningAlgorithm::None && !algorithm.uses_shared_secret()
}

fn verifier(
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

/// Returns the claims of an ID token, if it is the provider's, for us, for this attempt, and in its time.
fn verify_id_token<'a>(
    id_token: &'a CoreIdToken,
    tokens: &CoreTokenResponse,
    verifier: &CoreIdTokenVerifier<'_>,
    has_keys: bool,
    nonce: &Nonce,
) -> Result<&'a CoreIdTokenClaims, SsoError> {
    let invalid = |error: &(dyn std::error::Error + 'static)| SsoError::IdToken(chain(error));
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
            return Err(SsoError::IdToken("it goes with another access token".into()));
        }
    }
    Ok(claims)
}

fn id_profile(claims: &CoreIdTokenClaims) -> Profile {
    person(claims.subject(), claims.nickname().map(untagged), claims.name().map(untagged), claims.email())
}

fn userinfo_profile(claims: &UserInfoClaims<EmptyAdditionalClaims, CoreGenderClaim>) -> Profile {
    person(claims.subject(), claims.nickname().map(untagged), claims.name().map(untagged), claims.email())
}

/// Returns the value of a claim without a language.
fn untagged<T: Deref<Target = String>>(claim: &LocalizedClaim<T>) -> &str {
    claim.get(None).map_or("", |text| text.as_str())
}

fn person(
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
