//! Groups of accounts.

use crate::{GroupId, UserId};

/// A user's named set of accounts. An account is in at most one group of each user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its ID.
    pub id: GroupId,
    /// The owner; `None` for groups that an old single-user installation left behind.
    pub owner: Option<UserId>,
    /// The name: at most 32 characters, unique among the owner's groups.
    pub name: String,
    /// Whether the web app offers it as a chip above the list.
    pub show_in_chips: bool,
}
