//! Connections of a store. The other modules add the reads and writes of their tables to [`Read`] and [`Write`].

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::Error;
use crate::damage::{Damages, Reading};
use crate::engine::{BATCH, Connection, Param, Row, with_rows};
use crate::rows::Statement;
use crate::seal::Sealer;

/// A connection for reading. Their number is limited: hold one at a time, and none while waiting for anything else of
/// the store.
pub struct Read {
    pub(crate) connection: Connection,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) damages: Arc<Damages>,
}

/// The write transaction. Dropping it without [`commit`](Write::commit) undoes it.
///
/// While it is held, [`Store::write`](crate::Store::write) and the small writes of [`Store`](crate::Store) wait: use it
/// for everything.
pub struct Write(Read);

impl Read {
    /// Returns the rows of a query that can be read. The first column names the row of `table`, if it is damaged.
    pub(crate) async fn readable<T: Send>(
        &mut self,
        table: &'static str,
        sql: &'static str,
        params: &[Param<'_>],
        mut read: impl FnMut(&mut Row<'_>, &Reading<'_>) -> Result<T, Error> + Send,
    ) -> Result<Vec<T>, Error> {
        let Read { connection, sealer, damages } = self;
        let reading = Reading { sealer, damages };
        let rows = connection.rows(sql, params, |row| match reading.row(table, row, &mut read) {
            Err(error) if error.is_damage() => Ok(None),
            read => read.map(Some),
        });
        Ok(rows.await?.into_iter().flatten().collect())
    }

    /// Returns the first row of a query, if any. The first column names the row of `table`, if it is damaged.
    ///
    /// # Errors
    /// When the row is damaged.
    pub(crate) async fn one<T: Send>(
        &mut self,
        table: &'static str,
        sql: &'static str,
        params: &[Param<'_>],
        mut read: impl FnMut(&mut Row<'_>, &Reading<'_>) -> Result<T, Error> + Send,
    ) -> Result<Option<T>, Error> {
        let Read { connection, sealer, damages } = self;
        let reading = Reading { sealer, damages };
        connection.row(sql, params, |row| reading.row(table, row, &mut read)).await
    }

    /// Does the same as [`one`](Self::one), for rows that may as well be absent: a damaged one counts as that.
    pub(crate) async fn undamaged<T: Send>(
        &mut self,
        table: &'static str,
        sql: &'static str,
        params: &[Param<'_>],
        read: impl FnMut(&mut Row<'_>, &Reading<'_>) -> Result<T, Error> + Send,
    ) -> Result<Option<T>, Error> {
        Ok(self.readable(table, sql, params, read).await?.into_iter().next())
    }

    /// Returns the number that a query counts.
    pub(crate) async fn number(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, Error> {
        self.connection.row(sql, params, |row| row.read()).await?.ok_or(Error::Corrupt("a count without a row"))
    }
}

impl Write {
    pub(crate) fn new(read: Read) -> Write {
        Write(read)
    }

    /// Checks that the data key is still the one of this store, before a value is sealed with it.
    ///
    /// # Errors
    /// [`Error::Rekeyed`] if it isn't.
    pub(crate) async fn check_data_key(&mut self) -> Result<(), Error> {
        let present = self.connection.int("SELECT MAX(id) FROM data_keys", &[]).await?;
        if present == self.sealer.key_id { Ok(()) } else { Err(Error::Rekeyed) }
    }

    /// Makes all writes durable.
    pub async fn commit(self) -> Result<(), Error> {
        self.0.connection.commit().await
    }

    /// Changes one row.
    ///
    /// # Errors
    /// [`Error::Gone`] if there is no such row.
    pub(crate) async fn change(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<(), Error> {
        match self.connection.execute(sql, params).await? {
            0 => Err(Error::Gone),
            _ => Ok(()),
        }
    }

    /// Inserts many rows of one table: with as few statements as possible, of which only two are different.
    pub(crate) async fn insert_rows<const N: usize>(&mut self, rows: &[Statement<'_, N>]) -> Result<(), Error> {
        let (full, rest) = rows.as_chunks::<BATCH>();
        for batch in full {
            let params: Vec<Param<'_>> = batch.iter().flat_map(|(_, params)| *params).collect();
            self.connection.execute(with_rows(batch[0].0), &params).await?;
        }
        for (sql, params) in rest {
            self.connection.execute(sql, params).await?;
        }
        Ok(())
    }
}

impl Deref for Write {
    type Target = Read;

    fn deref(&self) -> &Read {
        &self.0
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Read {
        &mut self.0
    }
}
