//! Single sign-on: a provider authenticates the user.

mod flow;
mod github;
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

/// One of them.
#[derive(Clone, Copy)]
pub enum Provider<'a> {
    /// The OpenID Connect provider.
    OpenId(&'a OpenId),
    /// GitHub.
    Github(&'a Github),
}

impl Providers {
    /// The providers of a configuration.
    pub fn of(config: &Config) -> Self {
        Self {
            openid: config.sso.openid.clone().map(|openid| OpenId::new(openid, config)),
            github: config.sso.github.clone().map(|github| Github::new(github, config)),
        }
    }

    /// The names of those that are set up.
    pub fn names(&self) -> Vec<&'static str> {
        let openid = self.openid.is_some().then_some(openid::NAME);
        openid.into_iter().chain(self.github.is_some().then_some(github::NAME)).collect()
    }

    /// The provider of this name, if it is set up.
    pub fn named(&self, name: &str) -> Option<Provider<'_>> {
        match name {
            openid::NAME => self.openid.as_ref().map(Provider::OpenId),
            github::NAME => self.github.as_ref().map(Provider::Github),
            _ => None,
        }
    }
}

impl Provider<'_> {
    /// Returns the URL to which a browser is sent.
    ///
    /// # Errors
    /// When the provider can't tell.
    pub async fn authorization_url(self, attempt: &Attempt) -> Result<Url, SsoError> {
        match self {
            Self::OpenId(openid) => openid.authorization_url(attempt).await,
            Self::Github(github) => github.authorization_url(attempt),
        }
    }

    /// Returns the identity of the user who came back with this code.
    ///
    /// # Errors
    /// When the provider can't be asked, or its word isn't good.
    pub async fn profile(self, code: String, attempt: &Attempt, now: Timestamp) -> Result<Profile, SsoError> {
        match self {
            Self::OpenId(openid) => openid.profile(code, attempt, now).await,
            Self::Github(github) => github.profile(code, attempt).await,
        }
    }
}
