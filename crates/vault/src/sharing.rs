//! Lending accounts to others: they may generate codes, never see the secret.

use jiff::Timestamp;

use crate::{AccountId, UserId};

/// What the administrator allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SharingPolicy {
    /// Accounts can be shared at all. When off, shares stay stored and have no effect.
    pub enabled: bool,
    /// Accounts can be shared with everyone at once.
    pub all_users: bool,
}

/// With whom an account is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// One person.
    User(UserId),
    /// Everyone on the instance.
    AllUsers,
}

/// One share of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// What is shared.
    pub account: AccountId,
    /// With whom.
    pub audience: Audience,
    /// Who shared it: the owner of that time.
    pub created_by: UserId,
    /// Since when.
    pub created_at: Timestamp,
}

/// How an account is shared, as far as one viewer is concerned, whatever the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShareSummary {
    /// It is shared with the viewer by name.
    pub with_viewer: bool,
    /// It is shared with everyone.
    pub with_all: bool,
    /// The viewer made at least one of its shares.
    pub by_viewer: bool,
}

impl ShareSummary {
    /// Whether the shares let the viewer use the account under `policy`.
    pub fn reaches_viewer(self, policy: SharingPolicy) -> bool {
        policy.enabled && (self.with_viewer || self.is_with_all(policy))
    }

    /// Whether the account is shared with everyone under `policy`.
    pub fn is_with_all(self, policy: SharingPolicy) -> bool {
        policy.enabled && policy.all_users && self.with_all
    }
}
