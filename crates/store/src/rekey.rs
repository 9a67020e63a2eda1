//! A new data key: every sealed value is sealed anew, in one transaction.

use std::sync::Arc;

use crate::engine::{Param, Row};
use crate::seal::{FillRandom, MasterKeys, Place, Sealer};
use crate::{Error, Store, data_key};

/// A column of sealed values.
struct Column {
    /// As in its values' [`Place`].
    name: &'static str,
    /// Selects the next rows after an ID, as many as [`BATCH`].
    select: &'static str,
    update: &'static str,
}

/// Number of rows that are read at once.
const BATCH: usize = 200;

macro_rules! column {
    ($table:literal, $column:literal) => {
        Column {
            name: concat!($table, ".", $column),
            select: concat!(
                "SELECT id, ",
                $column,
                " FROM ",
                $table,
                " WHERE id > ? AND ",
                $column,
                " IS NOT NULL ORDER BY id LIMIT 200"
            ),
            update: concat!("UPDATE ", $table, " SET ", $column, " = ? WHERE id = ?"),
        }
    };
}

/// Every column of sealed values but the data key's own.
const COLUMNS: [Column; 6] = [
    column!("accounts", "service"),
    column!("accounts", "account"),
    column!("accounts", "legacy_uri"),
    column!("accounts", "secret"),
    column!("icons", "content"),
    column!("security_keys", "public_key"),
];

/// The outcome of a change of the data key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rekeyed {
    /// Number of values that were sealed anew.
    pub values: u64,
    /// Values that can't be deciphered and stay as they are, as `table.column.id`.
    pub damaged: Vec<String>,
}

impl Store {
    /// Replaces the data key by a new one, wrapped with the current one of `keys`, and seals every value anew. `report`
    /// gets the number of values so far, now and then. It is one transaction: interrupted, it has changed nothing.
    ///
    /// This store and all other open ones can't decipher any value afterwards, and refuse to seal one
    /// ([`Error::Rekeyed`]): the database must be opened again.
    pub async fn rekey(
        &self,
        keys: &MasterKeys,
        random: FillRandom,
        mut report: impl FnMut(u64),
    ) -> Result<Rekeyed, Error> {
        let mut write = self.write_long().await?;
        write.check_data_key().await?;
        let connection = &mut write.connection;
        let (id, key) = data_key::create(connection, keys, random).await?;
        connection.execute("DELETE FROM data_keys WHERE id <> ?", &[id.into()]).await?;
        let (former, present) = (Arc::clone(&self.sealer), Sealer::of_data_key(id, &key, random));
        let mut done = Rekeyed::default();
        for column in &COLUMNS {
            let mut last = 0_i64;
            loop {
                let read = |row: &mut Row<'_>| Ok((row.read::<i64>()?, row.read::<Vec<u8>>()?));
                let rows = connection.rows(column.select, &[last.into()], read).await?;
                for (row, sealed) in &rows {
                    last = *row;
                    let place = Place { column: column.name, row: *row };
                    let Some(opened) = former.open(place, sealed) else {
                        done.damaged.push(format!("{}.{row}", column.name));
                        continue;
                    };
                    let sealed = present.seal(place, &opened)?;
                    connection.execute(column.update, &[Param::from(&sealed), (*row).into()]).await?;
                    done.values += 1;
                }
                report(done.values);
                if rows.len() < BATCH {
                    break;
                }
            }
        }
        write.commit().await?;
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::COLUMNS;

    /// Columns of bytes that aren't sealed with the data key: the wrapped key itself, and identifiers of security keys.
    const OTHERS: [&str; 2] = ["data_keys.wrapped", "security_keys.credential"];

    #[test]
    fn every_column_of_bytes_is_sealed_anew() {
        let mut columns: Vec<String> = crate::schema::columns_of("{blob}").collect();
        columns.retain(|column| !OTHERS.contains(&column.as_str()));
        columns.sort();
        let mut known: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        known.sort_unstable();
        assert_eq!(columns, known);
    }
}
