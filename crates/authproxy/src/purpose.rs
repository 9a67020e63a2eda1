//! What headers and claims are for.

use std::fmt;

/// What a header or a claim is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// It names the user.
    User,
    /// It has an identifier that stays when the name changes.
    Id,
    /// It has the e-mail address.
    Email,
    /// It has a name to show, which identifies no user.
    DisplayName,
    /// It has the groups of the user.
    Groups,
    /// It has the secret that the proxy shares with the service.
    Secret,
    /// It has the assertion that the proxy has signed.
    Assertion,
}

impl Purpose {
    /// Whether it is an attribute of the user, which may be in one header with others.
    pub(crate) fn is_attribute(self) -> bool {
        matches!(self, Self::User | Self::Id | Self::Email | Self::DisplayName)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User => "user",
            Self::Id => "ID",
            Self::Email => "e-mail address",
            Self::DisplayName => "display name",
            Self::Groups => "groups",
            Self::Secret => "secret",
            Self::Assertion => "assertion",
        })
    }
}
