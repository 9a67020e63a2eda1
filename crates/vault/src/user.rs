//! Users.

use jiff::Timestamp;

use crate::{Preferences, UserId};

/// The source of a user's e-mail address, which decides whether an auth proxy may change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailSource {
    /// The user or an administrator. An absent proxy header leaves the address alone.
    Local,
    /// The auth proxy's e-mail header, which keeps it up to date.
    Proxy,
    /// The single-sign-on provider with which the user registered, at every sign-in.
    Sso,
    /// Sixpin: `name@remote`, because the proxy's request had no address. Never a recipient of mail.
    Fallback,
}

impl EmailSource {
    /// Returns the stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Proxy => "proxy",
            Self::Sso => "sso",
            Self::Fallback => "fallback",
        }
    }

    /// Returns the source with a stored name; an unknown name counts as local.
    pub fn from_name(name: &str) -> Self {
        match name {
            "proxy" => Self::Proxy,
            "sso" => Self::Sso,
            "fallback" => Self::Fallback,
            _ => Self::Local,
        }
    }
}

/// A user's identity at a single-sign-on provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SsoIdentity {
    /// `openid` or `github`.
    pub provider: String,
    /// The provider's stable subject.
    pub subject: String,
}

/// A user.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// The ID.
    pub id: UserId,
    /// The unique name, at most 191 characters, by which an auth proxy identifies the user.
    pub name: String,
    /// The unique e-mail address, in lower case.
    pub email: String,
    /// The source of the address.
    pub email_source: EmailSource,
    /// Whether the user administers the instance. Gives no right to other users' accounts.
    pub is_admin: bool,
    /// When an administrator disabled the user, who then can't sign in but keeps all data.
    pub disabled_at: Option<Timestamp>,
    /// The identity with which the user may sign in at a provider.
    pub sso: Option<SsoIdentity>,
    /// The preferences that differ from the defaults.
    pub preferences: Preferences,
    /// When the user last sent a request that counts as activity.
    pub last_seen_at: Option<Timestamp>,
    /// When the user was created.
    pub created_at: Timestamp,
}

impl User {
    /// Whether a provider manages the user's name and address, and no password counts. False for users who linked a
    /// provider to an existing user account.
    pub fn is_of_provider(&self) -> bool {
        self.sso.is_some() && self.email_source == EmailSource::Sso
    }
}
