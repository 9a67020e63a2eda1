//! A person's group of accounts.

use crate::{GroupId, UserId};

/// A group: a named set of accounts, of one person. An account is in one group per person at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The row.
    pub id: GroupId,
    /// Who owns it; `None` for what an old single-user installation left behind.
    pub owner: Option<UserId>,
    /// Up to 32 characters, unique among the owner's groups.
    pub name: String,
    /// Whether it is offered as a chip above the list.
    pub show_in_chips: bool,
}
