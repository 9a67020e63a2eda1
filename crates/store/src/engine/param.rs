//! The values of a statement's placeholders. [`Row`](super::Row) is the other direction.

use jiff::Timestamp;
use otp::{Algorithm, OtpType};
use vault::{AccountId, EmailSource, GroupId, ImportId, UserId};

use crate::Hash;

/// A value for a placeholder; an absent one is null, of its type all the same.
#[derive(Clone, Copy)]
pub(crate) enum Param<'a> {
    Int(Option<i64>),
    Text(Option<&'a str>),
    Blob(Option<&'a [u8]>),
}

impl Param<'_> {
    /// The place of a sealed value in a row that is being inserted: sealing needs the row's ID.
    pub(crate) const UNSEALED: Param<'static> = Param::Blob(Some(&[]));
}

/// Types, and options of them, that are stored as one of the three.
macro_rules! into_params {
    ($($type:ty: $value:ident => $variant:ident($stored:expr);)+) => {
        $(
            impl<'a> From<$type> for Param<'a> {
                fn from($value: $type) -> Param<'a> {
                    Param::$variant(Some($stored))
                }
            }

            impl<'a> From<Option<$type>> for Param<'a> {
                fn from(value: Option<$type>) -> Param<'a> {
                    Param::$variant(value.map(|$value| $stored))
                }
            }
        )+
    };
}

into_params! {
    i64: value => Int(value);
    u32: value => Int(value.into());
    u8: value => Int(value.into());
    bool: value => Int(value.into());
    // Times are stored as microseconds since the epoch.
    Timestamp: time => Int(time.as_microsecond());
    UserId: id => Int(id.0);
    AccountId: id => Int(id.0);
    GroupId: id => Int(id.0);
    ImportId: id => Int(id.0);
    OtpType: value => Text(value.as_str());
    Algorithm: value => Text(value.as_str());
    EmailSource: value => Text(value.as_str());
    &'a str: text => Text(text);
    &'a String: text => Text(text.as_str());
    &'a [u8]: bytes => Blob(bytes);
    &'a Vec<u8>: bytes => Blob(bytes.as_slice());
    &'a Hash: hash => Blob(hash.as_slice());
}
