//! An OpenID Connect provider (OpenID Connect Core 1.0), configured by its issuer or by the URLs of its endpoints (as
//! in 2FAuth).

use http::{Request, header};
use jiff::Timestamp;
use serde::Deserialize;
use url::{Host, Url};

use super::flow::{Attempt, MAX_ANSWER, OAuthClient, Profile, SsoError, Tokens, build, fetch_json, read_json};
use super::id_token::{Claims, Expected, Keys};
use crate::config::Config;
use crate::config::sso::{AuthMethod, Location, OpenIdConfig};
use crate::outside::http::Http;

/// Its name in paths and in the database.
pub(super) const NAME: &str = "openid";
const SCOPE: &str = "openid profile email";

/// An OpenID Connect provider.
pub struct OpenId {
    config: OpenIdConfig,
    http: Http,
}

/// The endpoints of the provider, discovered or configured.
struct Metadata {
    issuer: Option<String>,
    authorize: Url,
    token: Url,
    userinfo: Option<Url>,
    auth_method: AuthMethod,
    /// Where its keys are; `None` if that isn't known.
    jwks: Option<Url>,
    algorithms: Vec<String>,
}

/// The discovery document (OpenID Connect Discovery 1.0, section 3), as far as it is used.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    userinfo_endpoint: Option<Url>,
    jwks_uri: Url,
    id_token_signing_alg_values_supported: Vec<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

impl OpenId {
    /// Creates the client of the configured provider.
    pub fn new(openid: OpenIdConfig, config: &Config) -> Self {
        let http = Http::to_provider(config, configured_hosts(&openid.location), &openid.certificates);
        Self { config: openid, http }
    }

    /// Returns the authorization URL.
    pub(super) async fn authorization_url(&self, attempt: &Attempt) -> Result<Url, SsoError> {
        let metadata = self.load_metadata().await?;
        // Keys that can't be had are a fault of the provider's, which nobody need go there to find out.
        self.fetch_keys(&metadata).await?;
        Ok(self.build_client(&metadata).authorization_url(attempt, SCOPE))
    }

    /// Whether the issuer of an authorization response is that of the configuration, if it names one (RFC 9207).
    pub(super) fn is_issuer(&self, issuer: &str) -> bool {
        match &self.config.location {
            Location::Issuer(configured) => configured == issuer,
            Location::Endpoints(_) => true,
        }
    }

    /// Exchanges the code, and returns the user's profile: from the userinfo endpoint, or else from the ID token.
    pub(super) async fn fetch_profile(
        &self,
        code: &str,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<Profile, SsoError> {
        let metadata = self.load_metadata().await?;
        let keys = self.fetch_keys(&metadata).await?;
        let tokens = self.build_client(&metadata).exchange_code(code, attempt, &self.http).await?;
        let id_claims = match &tokens.id_token {
            Some(id_token) => {
                let expected = Expected {
                    issuer: metadata.issuer.as_deref(),
                    client: &self.config.registration.id,
                    nonce: attempt.nonce(),
                    access_token: &tokens.access_token,
                    now,
                };
                let claims = Claims::of_id_token(id_token, keys.as_ref(), &expected);
                Some(claims.map_err(|fault| SsoError::IdToken(fault.into()))?)
            }
            None if keys.is_some() => return Err(SsoError::IdToken("it is missing".into())),
            None => None,
        };
        let Some(userinfo) = &metadata.userinfo else {
            let claims = id_claims.ok_or_else(|| SsoError::Unusable("it doesn't identify the user".into()))?;
            return to_profile(&claims);
        };
        let claims = self.fetch_userinfo(userinfo, &tokens, keys.as_ref()).await?;
        if id_claims.is_some_and(|id_claims| id_claims.subject() != claims.subject()) {
            return Err(SsoError::Unusable("it describes another user than the ID token".into()));
        }
        to_profile(&claims)
    }

    /// Asks the userinfo endpoint, whose answer may be a signed token (OpenID Connect Core 1.0, section 5.3.2).
    async fn fetch_userinfo(&self, url: &Url, tokens: &Tokens, keys: Option<&Keys>) -> Result<Claims, SsoError> {
        let request = Request::get(url.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", tokens.access_token));
        let answer = self.http.send(build(request, Vec::new())?, MAX_ANSWER).await?;
        let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if answer.status().is_success() && kind.trim().to_ascii_lowercase().starts_with("application/jwt") {
            let token = std::str::from_utf8(answer.body()).map_err(|error| SsoError::Unusable(error.to_string()))?;
            return Claims::read(token.trim(), keys).map_err(|fault| SsoError::Unusable(fault.into()));
        }
        read_json(&answer)
    }

    /// Returns the metadata. Sign-ins are rare enough to discover it each time, and thus no key is ever outdated.
    async fn load_metadata(&self) -> Result<Metadata, SsoError> {
        match &self.config.location {
            Location::Issuer(issuer) => self.discover(issuer).await,
            Location::Endpoints(at) => Ok(Metadata {
                issuer: None,
                authorize: at.authorize.clone(),
                token: at.token.clone(),
                userinfo: Some(at.userinfo.clone()),
                auth_method: self.auth_method(None),
                jwks: None,
                algorithms: Vec::new(),
            }),
        }
    }

    async fn discover(&self, issuer: &str) -> Result<Metadata, SsoError> {
        let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let document: Document = fetch_json(&self.http, json_request(&url)?).await?;
        if document.issuer != issuer {
            return Err(SsoError::Unusable(format!("it calls itself {:?}, not {issuer:?}", document.issuer)));
        }
        Ok(Metadata {
            issuer: Some(document.issuer),
            authorize: document.authorization_endpoint,
            token: document.token_endpoint,
            userinfo: document.userinfo_endpoint,
            auth_method: self.auth_method(document.token_endpoint_auth_methods_supported.as_deref()),
            jwks: Some(document.jwks_uri),
            algorithms: document.id_token_signing_alg_values_supported,
        })
    }

    async fn fetch_keys(&self, metadata: &Metadata) -> Result<Option<Keys>, SsoError> {
        let Some(url) = &metadata.jwks else { return Ok(None) };
        let set = self.http.fetch(url.as_str(), MAX_ANSWER).await?;
        Keys::read(&set, &metadata.algorithms).map(Some).map_err(|fault| SsoError::Unusable(fault.into()))
    }

    fn build_client(&self, metadata: &Metadata) -> OAuthClient<'_> {
        OAuthClient {
            authorize: metadata.authorize.clone(),
            token: metadata.token.clone(),
            auth_method: metadata.auth_method,
            registration: &self.config.registration,
        }
    }

    /// Returns how the client authenticates itself.
    ///
    /// compat: in the body, like 2FAuth, unless the provider doesn't offer that or the configuration says otherwise.
    fn auth_method(&self, offered: Option<&[String]>) -> AuthMethod {
        let offers_post = offered.is_none_or(|offered| offered.iter().any(|method| method == "client_secret_post"));
        self.config.auth_method.unwrap_or(if offers_post { AuthMethod::Post } else { AuthMethod::Basic })
    }
}

fn json_request(url: &str) -> Result<Request<Vec<u8>>, SsoError> {
    build(Request::get(url).header(header::ACCEPT, "application/json"), Vec::new())
}

/// Returns the hosts in the configuration, which may be in any network.
fn configured_hosts(location: &Location) -> Vec<Host> {
    let host = |url: &Url| url.host().map(|host| host.to_owned());
    match location {
        Location::Issuer(issuer) => Url::parse(issuer).ok().as_ref().and_then(host).into_iter().collect(),
        Location::Endpoints(at) => [&at.token, &at.userinfo].into_iter().filter_map(host).collect(),
    }
}

fn to_profile(claims: &Claims) -> Result<Profile, SsoError> {
    let subject = claims.subject().ok_or_else(|| SsoError::Unusable("it doesn't identify the user".into()))?;
    let name = claims.text("nickname").filter(|nickname| !nickname.is_empty()).or_else(|| claims.text("name"));
    Ok(Profile {
        subject: subject.to_owned(),
        name: name.unwrap_or_default().to_owned(),
        email: claims.email().map(str::to_lowercase),
    })
}
