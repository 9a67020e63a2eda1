//! The values of a statement's placeholders.

use jiff::Timestamp;
use vault::{AccountId, GroupId, UserId};

/// A value for a placeholder; an absent one is null, of its type all the same.
#[derive(Clone, Copy)]
pub(crate) enum Param<'a> {
    Int(Option<i64>),
    Text(Option<&'a str>),
    Blob(Option<&'a [u8]>),
}

impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Param::Int(Some(value))
    }
}

impl From<Option<i64>> for Param<'_> {
    fn from(value: Option<i64>) -> Self {
        Param::Int(value)
    }
}

impl From<bool> for Param<'_> {
    fn from(value: bool) -> Self {
        Param::Int(Some(value.into()))
    }
}

impl From<Timestamp> for Param<'_> {
    /// Times are stored as microseconds since the epoch.
    fn from(value: Timestamp) -> Self {
        Param::Int(Some(value.as_microsecond()))
    }
}

impl From<Option<Timestamp>> for Param<'_> {
    fn from(value: Option<Timestamp>) -> Self {
        Param::Int(value.map(Timestamp::as_microsecond))
    }
}

impl From<UserId> for Param<'_> {
    fn from(value: UserId) -> Self {
        Param::Int(Some(value.0))
    }
}

impl From<Option<UserId>> for Param<'_> {
    fn from(value: Option<UserId>) -> Self {
        Param::Int(value.map(|id| id.0))
    }
}

impl From<AccountId> for Param<'_> {
    fn from(value: AccountId) -> Self {
        Param::Int(Some(value.0))
    }
}

impl From<GroupId> for Param<'_> {
    fn from(value: GroupId) -> Self {
        Param::Int(Some(value.0))
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Param::Text(Some(value))
    }
}

impl<'a> From<Option<&'a str>> for Param<'a> {
    fn from(value: Option<&'a str>) -> Self {
        Param::Text(value)
    }
}

impl<'a> From<&'a String> for Param<'a> {
    fn from(value: &'a String) -> Self {
        Param::Text(Some(value))
    }
}

impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(value: &'a [u8]) -> Self {
        Param::Blob(Some(value))
    }
}

impl<'a> From<&'a [u8; 32]> for Param<'a> {
    fn from(value: &'a [u8; 32]) -> Self {
        Param::Blob(Some(value))
    }
}

impl<'a> From<Option<&'a [u8]>> for Param<'a> {
    fn from(value: Option<&'a [u8]>) -> Self {
        Param::Blob(value)
    }
}
