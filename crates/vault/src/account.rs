//! 2FA accounts, and how a user sees them.

use std::fmt;

use jiff::Timestamp;
use otp::{Otpauth, Parameters, Secret};

use crate::bounds::{self, TooLong};
use crate::{AccountId, GroupId, ShareSummary, UserId};

/// An encrypted value as stored. Only the store can open it, and only for the holder of a
/// [right](crate::access::Right).
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// A 2FA account, which generates the codes for one service.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Its ID.
    pub id: AccountId,
    /// The owner; `None` for accounts that an old single-user installation left behind.
    pub owner: Option<UserId>,
    /// The service's name (the issuer), if known.
    pub service: Option<String>,
    /// The user's name at the service.
    pub name: String,
    /// The icon's file name, if any.
    pub icon: Option<String>,
    /// The parameters of its codes.
    pub parameters: Parameters,
    /// The shared secret, sealed.
    pub secret: Sealed,
    /// The otpauth URI that was given, or written, at creation, sealed.
    pub legacy_uri: Sealed,
    /// When the account was added.
    pub created_at: Timestamp,
    /// Whether a stored value can't be read. [`UNREADABLE`] or a default stands in its place, and the secret doesn't
    /// open: a code made of other parameters would be wrong.
    pub is_damaged: bool,
}

/// Stands in the place of a text that can't be read: 2FAuth's word, which its clients know.
pub const UNREADABLE: &str = "*indecipherable*";

impl Account {
    /// Returns the draft that would write this account again, for a caller that opened its secret.
    pub fn into_draft(self, secret: Secret) -> AccountDraft {
        // No `..`, so that a new field is either taken along or left out on purpose.
        let Account {
            id: _,
            owner: _,
            service,
            name,
            icon,
            parameters,
            secret: _,
            legacy_uri: _,
            created_at: _,
            is_damaged: _,
        } = self;
        AccountDraft { service, name, icon, parameters, secret }
    }
}

/// The values of a new account, or those that replace an existing account's.
///
/// Only [`AccountDraft::new`] and [`Account::into_draft`] list the fields, so that a new one is added in this file.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountDraft {
    /// The service's name (the issuer), if known.
    pub service: Option<String>,
    /// The user's name at the service.
    pub name: String,
    /// The icon's file name, if any.
    pub icon: Option<String>,
    /// The parameters of its codes.
    pub parameters: Parameters,
    /// The shared secret.
    pub secret: Secret,
}

impl AccountDraft {
    /// Returns the draft of an account without service and icon.
    pub fn new(name: impl Into<String>, secret: Secret, parameters: Parameters) -> AccountDraft {
        AccountDraft { service: None, name: name.into(), icon: None, parameters, secret }
    }

    /// Sets the service.
    #[must_use]
    pub fn with_service(self, service: Option<String>) -> AccountDraft {
        AccountDraft { service, ..self }
    }

    /// Refuses a draft with names or a secret beyond the [bounds](crate::bounds).
    pub fn check_sizes(&self) -> Result<(), TooLong> {
        bounds::check("service", self.service.as_deref().unwrap_or_default(), bounds::NAME_CHARS)?;
        bounds::check("account", &self.name, bounds::NAME_CHARS)?;
        bounds::check("secret", self.secret.padded(), bounds::SECRET_CHARS)
    }
}

/// The account that a URI describes; its picture's address is left behind.
impl From<Otpauth> for AccountDraft {
    fn from(uri: Otpauth) -> AccountDraft {
        AccountDraft::new(uri.account, uri.secret, uri.parameters).with_service(uri.service)
    }
}

/// An account as one user, the viewer, sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The account.
    pub account: Account,
    /// The viewer's group that it is in.
    pub group: Option<GroupId>,
    /// The owner's name; `None` if there is no owner.
    pub owner_name: Option<String>,
    /// Its shares as they concern the viewer.
    pub shares: ShareSummary,
}
