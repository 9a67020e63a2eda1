//! A person with a vault.

use jiff::Timestamp;

use crate::{Preferences, UserId};

/// Where a user's e-mail address comes from; decides whether an auth proxy may change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailSource {
    /// Typed by the person or an administrator: an absent proxy header leaves it alone.
    Local,
    /// Given by the auth proxy's e-mail header, which keeps it in step.
    Proxy,
    /// Told by the single-sign-on provider at which the person signed up, and again at every sign-in.
    Sso,
    /// Made up as `name@remote`, because the proxy gave none. Never a place to send mail to.
    Fallback,
}

impl EmailSource {
    /// The name under which it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Proxy => "proxy",
            Self::Sso => "sso",
            Self::Fallback => "fallback",
        }
    }

    /// The source stored under `name`; anything unknown counts as local.
    pub fn from_name(name: &str) -> Self {
        match name {
            "proxy" => Self::Proxy,
            "sso" => Self::Sso,
            "fallback" => Self::Fallback,
            _ => Self::Local,
        }
    }
}

/// The person's identity at a single-sign-on provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SsoIdentity {
    /// `openid` or `github`.
    pub provider: String,
    /// The provider's stable subject.
    pub subject: String,
}

/// A person with a vault.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// The row.
    pub id: UserId,
    /// Unique name, at most 191 characters; the key by which an auth proxy names the person.
    pub name: String,
    /// Unique address in lower case.
    pub email: String,
    /// Who last set the address.
    pub email_source: EmailSource,
    /// May administrate the instance. Gives no right on other people's accounts.
    pub is_admin: bool,
    /// Switched off by an administrator: can't sign in, keeps its data.
    pub disabled_at: Option<Timestamp>,
    /// Set for people who may sign in through a single-sign-on provider.
    pub sso: Option<SsoIdentity>,
    /// Own values over the defaults.
    pub preferences: Preferences,
    /// The last request that counted as activity.
    pub last_seen_at: Option<Timestamp>,
    /// When the user was made.
    pub created_at: Timestamp,
}

impl User {
    /// Whether name and address are a single-sign-on provider's to change, and there is no password that counts: not for
    /// people who only added a provider to an account of their own.
    pub fn is_of_provider(&self) -> bool {
        self.sso.is_some() && self.email_source == EmailSource::Sso
    }
}
