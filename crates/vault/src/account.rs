//! A 2FA account and how one person meets it.

use std::fmt;

use jiff::Timestamp;
use otp::{Parameters, Secret};

use crate::{AccountId, GroupId, ShareSummary, UserId};

/// An encrypted value as it stands in the database. Only the store can open it, and only for who holds a
/// [right](crate::access::Right).
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(pub Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// A 2FA account: what somebody needs to make one-time passwords for one service.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// The row.
    pub id: AccountId,
    /// Who owns it; `None` for what an old single-user installation left behind.
    pub owner: Option<UserId>,
    /// The service's name (the issuer), if known.
    pub service: Option<String>,
    /// The person's name at the service.
    pub name: String,
    /// The icon's file name, if any.
    pub icon: Option<String>,
    /// How codes are made.
    pub parameters: Parameters,
    /// The shared secret, sealed.
    pub secret: Sealed,
    /// The otpauth URI given at creation or made then, sealed.
    pub legacy_uri: Sealed,
    /// When the account was added.
    pub created_at: Timestamp,
}

/// The values of an account that is to be written: created, or put in place of an existing one's.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountDraft {
    /// The service's name (the issuer), if known.
    pub service: Option<String>,
    /// The person's name at the service.
    pub name: String,
    /// The icon's file name, if any.
    pub icon: Option<String>,
    /// How codes are made.
    pub parameters: Parameters,
    /// The shared secret.
    pub secret: Secret,
}

/// An account as one person, the viewer, meets it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The account.
    pub account: Account,
    /// The group that the viewer put it in.
    pub group: Option<GroupId>,
    /// The owner's name; `None` when there is no owner.
    pub owner_name: Option<String>,
    /// How it is shared, from the viewer's side.
    pub shares: ShareSummary,
}
