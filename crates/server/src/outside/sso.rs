//! Single sign-on: users are authenticated by a provider.

mod flow;
mod github;
mod id_token;
mod openid;

use jiff::Timestamp;
use url::Url;

pub use self::flow::{Attempt, Profile, SsoError};
use self::github::Github;
use self::openid::OpenId;
use crate::config::Config;

/// The providers of this instance.
pub struct Providers {
    openid: Option<OpenId>,
    github: Option<Github>,
}

/// A provider.
#[derive(Clone, Copy)]
pub enum Provider<'a> {
    /// The OpenID Connect provider.
    OpenId(&'a OpenId),
    /// GitHub.
    Github(&'a Github),
}

impl Providers {
    /// Returns the providers in the configuration.
    pub fn from_config(config: &Config) -> Self {
        Self {
            openid: config.sso.openid.clone().map(|openid| OpenId::new(openid, config)),
            github: config.sso.github.clone().map(|github| Github::new(github, config)),
        }
    }

    /// Returns the names of the configured providers.
    pub fn names(&self) -> Vec<&'static str> {
        let openid = self.openid.is_some().then_some(openid::NAME);
        openid.into_iter().chain(self.github.is_some().then_some(github::NAME)).collect()
    }

    /// Returns the provider of this name, if it is configured.
    pub fn by_name(&self, name: &str) -> Option<Provider<'_>> {
        match name {
            openid::NAME => self.openid.as_ref().map(Provider::OpenId),
            github::NAME => self.github.as_ref().map(Provider::Github),
            _ => None,
        }
    }
}

impl Provider<'_> {
    /// Returns the provider's authorization URL, to which the browser is redirected.
    ///
    /// # Errors
    /// When the provider can't be discovered.
    pub async fn authorization_url(self, attempt: &Attempt) -> Result<Url, SsoError> {
        match self {
            Self::OpenId(openid) => openid.authorization_url(attempt).await,
            Self::Github(github) => github.authorization_url(attempt),
        }
    }

    /// Whether an issuer that an authorization response states is the provider (RFC 9207). True where the provider's is
    /// not known.
    pub fn is_issuer(self, issuer: &str) -> bool {
        match self {
            Self::OpenId(openid) => openid.is_issuer(issuer),
            Self::Github(_) => true,
        }
    }

    /// Exchanges the authorization code, and returns the user's profile.
    ///
    /// # Errors
    /// When the provider can't be reached, or its answer isn't valid.
    pub async fn fetch_profile(self, code: &str, attempt: &Attempt, now: Timestamp) -> Result<Profile, SsoError> {
        match self {
            Self::OpenId(openid) => openid.fetch_profile(code, attempt, now).await,
            Self::Github(github) => github.fetch_profile(code, attempt).await,
        }
    }
}
