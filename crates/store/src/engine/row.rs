//! A row of an answer, read column by column.

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use sqlx::mysql::MySqlRow;
use sqlx::postgres::PgRow;

use crate::Error;

/// A row being read: each call takes the next column, in the order of the query.
pub(crate) struct Row<'a> {
    source: Source<'a>,
    next: usize,
}

enum Source<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a PgRow),
    Mysql(&'a MySqlRow),
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

    fn column(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }

    pub(crate) fn opt_int(&mut self) -> Result<Option<i64>, Error> {
        let column = self.column();
        match self.source {
            Source::Sqlite(row) => match row.get_ref(column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Integer(value) => Ok(Some(value)),
                _ => Err(Error::Corrupt("not an integer")),
            },
            Source::Postgres(row) => Ok(sqlx::Row::try_get(row, column)?),
            Source::Mysql(row) => Ok(sqlx::Row::try_get(row, column)?),
        }
    }

    pub(crate) fn opt_text(&mut self) -> Result<Option<String>, Error> {
        let column = self.column();
        match self.source {
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

    pub(crate) fn opt_blob(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let column = self.column();
        match self.source {
            Source::Sqlite(row) => match row.get_ref(column)? {
                ValueRef::Null => Ok(None),
                ValueRef::Blob(bytes) => Ok(Some(bytes.to_vec())),
                _ => Err(Error::Corrupt("not a blob")),
            },
            Source::Postgres(row) => Ok(sqlx::Row::try_get(row, column)?),
            Source::Mysql(row) => Ok(sqlx::Row::try_get(row, column)?),
        }
    }

    pub(crate) fn int(&mut self) -> Result<i64, Error> {
        self.opt_int()?.ok_or(MISSING)
    }

    pub(crate) fn text(&mut self) -> Result<String, Error> {
        self.opt_text()?.ok_or(MISSING)
    }

    pub(crate) fn blob(&mut self) -> Result<Vec<u8>, Error> {
        self.opt_blob()?.ok_or(MISSING)
    }

    pub(crate) fn flag(&mut self) -> Result<bool, Error> {
        Ok(self.int()? != 0)
    }

    /// Whether the column holds anything, whatever it is; for integer columns.
    pub(crate) fn is_set(&mut self) -> Result<bool, Error> {
        Ok(self.opt_int()?.is_some())
    }

    /// A number that can't be negative.
    pub(crate) fn count(&mut self) -> Result<u64, Error> {
        u64::try_from(self.int()?).map_err(|_| Error::Corrupt("a negative count"))
    }

    pub(crate) fn opt_time(&mut self) -> Result<Option<Timestamp>, Error> {
        self.opt_int()?.map(Timestamp::from_microsecond).transpose().map_err(|_| Error::Corrupt("a time out of range"))
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, Error> {
        self.opt_time()?.ok_or(MISSING)
    }
}

const MISSING: Error = Error::Corrupt("null where a value must be");
