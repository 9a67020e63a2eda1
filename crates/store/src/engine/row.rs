//! A row of an answer, and the types that its columns are read as. [`Param`](super::Param) is the other direction.

use jiff::Timestamp;
use otp::{Algorithm, OtpType};
use rusqlite::types::ValueRef;
use sqlx::mysql::MySqlRow;
use sqlx::postgres::PgRow;
use vault::{AccountId, EmailSource, GroupId, ImportId, Preferences, Sealed, UserId};

use crate::{Error, Hash};

/// A row, read column by column in the order of the query. Names are tied to that order by [`columns!`].
///
/// [`columns!`]: crate::rows::columns
#[derive(Clone)]
pub(crate) struct Row<'a> {
    source: Source<'a>,
    next: usize,
}

#[derive(Clone, Copy)]
enum Source<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a PgRow),
    Mysql(&'a MySqlRow),
}

/// A type that a column is read as: a [`FromColumn`], or an `Option` of one where the column may be null.
pub(crate) trait Column: Sized {
    /// Reads the next column.
    fn read(row: &mut Row<'_>) -> Result<Self, Error>;
}

/// A type that a column's value is read as.
pub(crate) trait FromColumn: Sized {
    /// Reads the next column; `None` is null.
    fn from_column(row: &mut Row<'_>) -> Result<Option<Self>, Error>;
}

impl<T: FromColumn> Column for T {
    fn read(row: &mut Row<'_>) -> Result<T, Error> {
        T::from_column(row)?.ok_or(Error::Corrupt("null where a value must be"))
    }
}

impl<T: FromColumn> Column for Option<T> {
    fn read(row: &mut Row<'_>) -> Result<Option<T>, Error> {
        T::from_column(row)
    }
}

/// A column that may be damaged.
impl<T: Column> Column for Result<T, Error> {
    fn read(row: &mut Row<'_>) -> Result<Result<T, Error>, Error> {
        Ok(T::read(row))
    }
}

impl<'a> Row<'a> {
    pub(super) fn sqlite(row: &'a rusqlite::Row<'a>) -> Self {
        Row { source: Source::Sqlite(row), next: 0 }
    }

    pub(super) fn postgres(row: &'a PgRow) -> Self {
        Row { source: Source::Postgres(row), next: 0 }
    }

    pub(super) fn mysql(row: &'a MySqlRow) -> Self {
        Row { source: Source::Mysql(row), next: 0 }
    }

    /// Reads the next column.
    pub(crate) fn read<T: Column>(&mut self) -> Result<T, Error> {
        T::read(self)
    }

    /// Reads the next columns with `read`; `None` if the first of them is null, as where an outer join finds no row.
    pub(crate) fn read_joined<T>(
        &mut self,
        read: impl FnOnce(&mut Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let mut ahead = self.clone();
        if ahead.read::<Option<i64>>()?.is_some() { read(self).map(Some) } else { Ok(None) }
    }

    /// Returns the value of the next column as a name for the log: a number, a text or the beginning of a hash.
    pub(crate) fn name(&self) -> String {
        if let Ok(Some(number)) = self.clone().read::<Option<i64>>() {
            return number.to_string();
        }
        if let Ok(Some(text)) = self.clone().read::<Option<String>>() {
            return text;
        }
        let bytes = self.clone().read::<Option<Vec<u8>>>().ok().flatten().unwrap_or_default();
        data_encoding::HEXLOWER.encode(bytes.get(..8).unwrap_or(&bytes))
    }

    fn advance(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }
}

impl FromColumn for i64 {
    fn from_column(row: &mut Row<'_>) -> Result<Option<i64>, Error> {
        let column = row.advance();
        match row.source {
            Source::Sqlite(row) => match row.get_ref(column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Integer(value) => Ok(Some(value)),
                _ => Err(Error::Corrupt("not an integer")),
            },
            Source::Postgres(row) => Ok(sqlx::Row::try_get(row, column)?),
            Source::Mysql(row) => Ok(sqlx::Row::try_get(row, column)?),
        }
    }
}

impl FromColumn for String {
    fn from_column(row: &mut Row<'_>) -> Result<Option<String>, Error> {
        let column = row.advance();
        match row.source {
            Source::Sqlite(row) => match row.get_ref(column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
                    Ok(text) => Ok(Some(text.to_owned())),
                    Err(_) => Err(Error::Corrupt("text that is not UTF-8")),
                },
                _ => Err(Error::Corrupt("not text")),
            },
            Source::Postgres(row) => Ok(sqlx::Row::try_get(row, column)?),
            Source::Mysql(row) => Ok(sqlx::Row::try_get(row, column)?),
        }
    }
}

impl FromColumn for Vec<u8> {
    fn from_column(row: &mut Row<'_>) -> Result<Option<Vec<u8>>, Error> {
        let column = row.advance();
        match row.source {
            Source::Sqlite(row) => match row.get_ref(column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Blob(bytes) => Ok(Some(bytes.to_vec())),
                _ => Err(Error::Corrupt("not a blob")),
            },
            Source::Postgres(row) => Ok(sqlx::Row::try_get(row, column)?),
            Source::Mysql(row) => Ok(sqlx::Row::try_get(row, column)?),
        }
    }
}

/// Types that are converted from another one, and the problem if that fails.
macro_rules! from_columns {
    ($($type:ty: $source:ty => $make:expr, or $problem:literal;)+) => {
        $(
            impl FromColumn for $type {
                fn from_column(row: &mut Row<'_>) -> Result<Option<$type>, Error> {
                    let make: fn($source) -> Option<$type> = $make;
                    let Some(value) = <$source>::from_column(row)? else { return Ok(None) };
                    make(value).map(Some).ok_or(Error::Corrupt($problem))
                }
            }
        )+
    };
}

from_columns! {
    bool: i64 => |value| Some(value != 0), or "not a truth value";
    u8: i64 => |value| value.try_into().ok(), or "a number beyond 8 bits";
    u32: i64 => |value| value.try_into().ok(), or "a number beyond 32 bits";
    u64: i64 => |value| value.try_into().ok(), or "a negative number";
    Timestamp: i64 => |value| Timestamp::from_microsecond(value).ok(), or "a time out of range";
    UserId: i64 => |id| Some(UserId(id)), or "not the ID of a user";
    AccountId: i64 => |id| Some(AccountId(id)), or "not the ID of an account";
    GroupId: i64 => |id| Some(GroupId(id)), or "not the ID of a group";
    ImportId: i64 => |id| Some(ImportId(id)), or "not the ID of an import";
    OtpType: String => |name| name.parse().ok(), or "an unknown type of account";
    Algorithm: String => |name| name.parse().ok(), or "an unknown algorithm";
    EmailSource: String => |name| Some(EmailSource::from_name(&name)), or "an unknown source of an address";
    Preferences: String =>
        |text| serde_json::from_str(&text).ok().map(Preferences), or "preferences that are not a JSON object";
    serde_json::Value: String => |text| serde_json::from_str(&text).ok(), or "text that is not JSON";
    Hash: Vec<u8> => |bytes| bytes.try_into().ok(), or "a hash of another length";
    Sealed: Vec<u8> => |bytes| Some(Sealed(bytes)), or "not a sealed value";
}
