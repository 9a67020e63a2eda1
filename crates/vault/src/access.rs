//! Access to accounts. A right is a value that only this module can create, so that a function that takes one can't be
//! called without the check.

use std::marker::PhantomData;

use crate::{AccountId, Seen, SharingPolicy, UserId};

/// Generating codes, which owners and recipients may do.
#[derive(Debug)]
pub enum GenerateOtp {}

/// Reading the secret itself, which only the owner may do.
#[derive(Debug)]
pub enum ReadSecret {}

/// Changing, deleting, exporting, sharing and transferring, which only the owner may do.
#[derive(Debug)]
pub enum Manage {}

/// The permission of one user for one kind of action on one account.
#[derive(Debug)]
pub struct Right<Action> {
    account: AccountId,
    holder: UserId,
    action: PhantomData<fn() -> Action>,
}

impl<Action> Right<Action> {
    fn new(seen: &Seen, holder: UserId) -> Self {
        Self { account: seen.account.id, holder, action: PhantomData }
    }

    /// Returns the account that the right is for.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Returns the user who holds the right.
    pub fn holder(&self) -> UserId {
        self.holder
    }
}

mod private {
    /// Limits [`OpensSecret`](super::OpensSecret) to the rights of this module.
    pub trait Sealed {}
    impl Sealed for super::Right<super::GenerateOtp> {}
    impl Sealed for super::Right<super::ReadSecret> {}
}

/// A right that includes opening the account's secret, at least to compute a code.
pub trait OpensSecret: private::Sealed {
    /// Returns the account whose secret may be opened.
    fn account(&self) -> AccountId;
}

impl OpensSecret for Right<GenerateOtp> {
    fn account(&self) -> AccountId {
        self.account
    }
}

impl OpensSecret for Right<ReadSecret> {
    fn account(&self) -> AccountId {
        self.account
    }
}

/// The role of a viewer who may see an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The account is theirs.
    Owner,
    /// The account is shared with them.
    Recipient,
}

/// The reason why a right is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The account belongs to another user, and sharing is off on this instance.
    #[error("Sharing feature is disabled")]
    SharingDisabled,
    /// The account belongs to another user.
    #[error("This action is unauthorized.")]
    NotYours,
}

/// Returns the role in which `viewer` may see the account.
pub fn view(viewer: UserId, seen: &Seen, policy: SharingPolicy) -> Result<Role, Denied> {
    if seen.account.owner == Some(viewer) {
        Ok(Role::Owner)
    } else if seen.shares.reaches_viewer(policy) {
        Ok(Role::Recipient)
    } else {
        Err(Denied::NotYours)
    }
}

/// Grants the right to generate codes: to the owner, and to recipients while sharing is on.
pub fn generate_otp(viewer: UserId, seen: &Seen, policy: SharingPolicy) -> Result<Right<GenerateOtp>, Denied> {
    match view(viewer, seen, policy) {
        Ok(_) => Ok(Right::new(seen, viewer)),
        Err(_) if !policy.enabled => Err(Denied::SharingDisabled),
        Err(denied) => Err(denied),
    }
}

/// Grants the right to read the secret: to the owner.
pub fn read_secret(viewer: UserId, seen: &Seen) -> Result<Right<ReadSecret>, Denied> {
    grant_owner(viewer, seen)
}

/// Grants the right to change, delete, export, share or transfer the account: to the owner.
pub fn manage(viewer: UserId, seen: &Seen) -> Result<Right<Manage>, Denied> {
    grant_owner(viewer, seen)
}

fn grant_owner<Action>(viewer: UserId, seen: &Seen) -> Result<Right<Action>, Denied> {
    if seen.account.owner == Some(viewer) { Ok(Right::new(seen, viewer)) } else { Err(Denied::NotYours) }
}
