//! The vault: users, their accounts and groups, what is shared with whom, and who may do what.
//!
//! Everything here is pure: no storage, no network, no clock. A handler loads what it needs from the store, asks this
//! crate, and saves.

pub mod access;
mod account;
pub mod email;
mod group;
mod id;
pub mod order;
mod preferences;
mod sharing;
mod user;

pub use account::{Account, AccountDraft, Sealed, Seen};
pub use group::Group;
pub use id::{AccountId, GroupId, UserId};
pub use preferences::Preferences;
pub use sharing::{Audience, Share, ShareSummary, SharingPolicy};
pub use user::{EmailSource, SsoIdentity, User};
