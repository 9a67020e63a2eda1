//! Who may do what with an account. A right is a value that only this module can make: what needs one can't be
//! called without having asked.

use std::marker::PhantomData;

use crate::{AccountId, Seen, SharingPolicy, UserId};

/// To generate one-time passwords: owners and borrowers.
#[derive(Debug)]
pub enum GenerateOtp {}

/// To read the secret itself: the owner alone.
#[derive(Debug)]
pub enum ReadSecret {}

/// To change, delete, export, share or give away: the owner alone.
#[derive(Debug)]
pub enum Manage {}

/// Permission to do one kind of thing with one account.
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

    /// The account that the right is about.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// Who holds it.
    pub fn holder(&self) -> UserId {
        self.holder
    }
}

mod private {
    /// Keeps [`OpensSecret`](super::OpensSecret) to the rights of this module.
    pub trait Named {}
    impl Named for super::Right<super::GenerateOtp> {}
    impl Named for super::Right<super::ReadSecret> {}
}

/// A right that includes opening the account's secret, if only to compute with it.
pub trait OpensSecret: private::Named {
    /// The account whose secret may be opened.
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

/// How somebody stands to an account that they may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is theirs.
    Owner,
    /// It is shared with them.
    Borrower,
}

/// Why a right was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The account belongs to somebody else and nothing is shared on this instance.
    #[error("Sharing feature is disabled")]
    SharingDisabled,
    /// The account belongs to somebody else.
    #[error("This action is unauthorized.")]
    NotYours,
}

/// Whether `viewer` may see the account, and as what.
pub fn view(viewer: UserId, seen: &Seen, policy: SharingPolicy) -> Result<Standing, Denied> {
    if seen.account.owner == Some(viewer) {
        Ok(Standing::Owner)
    } else if seen.shares.reaches_viewer(policy) {
        Ok(Standing::Borrower)
    } else {
        Err(Denied::NotYours)
    }
}

/// The right to generate codes: the owner's, and a borrower's while sharing is on.
pub fn generate_otp(viewer: UserId, seen: &Seen, policy: SharingPolicy) -> Result<Right<GenerateOtp>, Denied> {
    match view(viewer, seen, policy) {
        Ok(_) => Ok(Right::new(seen, viewer)),
        Err(_) if !policy.enabled => Err(Denied::SharingDisabled),
        Err(denied) => Err(denied),
    }
}

/// The right to read the secret: the owner's.
pub fn read_secret(viewer: UserId, seen: &Seen) -> Result<Right<ReadSecret>, Denied> {
    owned(viewer, seen)
}

/// The right to change, delete, export, share or give away: the owner's.
pub fn manage(viewer: UserId, seen: &Seen) -> Result<Right<Manage>, Denied> {
    owned(viewer, seen)
}

fn owned<Action>(viewer: UserId, seen: &Seen) -> Result<Right<Action>, Denied> {
    if seen.account.owner == Some(viewer) { Ok(Right::new(seen, viewer)) } else { Err(Denied::NotYours) }
}
