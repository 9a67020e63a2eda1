//! The vault: users, their accounts and groups, shares, and access.
//!
//! This crate is pure: it has no storage, no network and no clock. A handler loads data from the store, asks this
//! crate, and saves.

pub mod access;
mod account;
pub mod bounds;
pub mod email;
mod group;
mod id;
pub mod order;
mod preferences;
mod sharing;
mod user;

pub use account::{Account, AccountDraft, Sealed, Seen, UNREADABLE};
pub use group::Group;
pub use id::{AccountId, GroupId, ImportId, UserId};
pub use preferences::Preferences;
pub use sharing::{Audience, Share, ShareSummary, SharingPolicy};
pub use user::{EmailSource, SsoIdentity, User};
