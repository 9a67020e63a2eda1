//! Databases of SQLite that other apps wrote, read from memory alone.

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, MAIN_DB};

use crate::{MAX_BYTES, MAX_ENTRIES};

/// The beginning of every database.
pub(crate) const MAGIC: &[u8] = b"SQLite format 3\0";

/// Number of steps of the virtual machine, in thousands, after which a query is given up.
const MAX_STEPS: u32 = 50_000;

/// Maximum length of a value and of a row, in bytes: a column may be computed, so that few bytes make many.
const MAX_LENGTH: i32 = 100_000;

/// A database in memory.
pub(crate) struct Database(Connection);

/// The values of a row as text; NULL is an empty one, bytes are in hexadecimal.
pub(crate) type Values = Vec<String>;

impl Database {
    /// Opens a database, whose schema isn't trusted; `None` if it is none.
    pub(crate) fn open(bytes: &[u8]) -> Option<Database> {
        if !bytes.starts_with(MAGIC) {
            return None;
        }
        let mut connection = Connection::open_in_memory().ok()?;
        connection.deserialize_read_exact(MAIN_DB, bytes, bytes.len(), true).ok()?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).ok()?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false).ok()?;
        connection.set_limit(rusqlite::limits::Limit::SQLITE_LIMIT_ATTACHED, 0).ok()?;
        connection.set_limit(rusqlite::limits::Limit::SQLITE_LIMIT_LENGTH, MAX_LENGTH).ok()?;
        connection.pragma_update(None, "cell_size_check", true).ok()?;
        let mut steps = 0;
        connection
            .progress_handler(
                1_000,
                Some(move || {
                    steps += 1;
                    steps > MAX_STEPS
                }),
            )
            .ok()?;
        Some(Database(connection))
    }

    /// Returns the columns of a table; none if it doesn't exist, or is no table.
    pub(crate) fn columns(&self, table: &str) -> Vec<String> {
        let sql = "SELECT name FROM pragma_table_info(?1) WHERE EXISTS \
             (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
        let Ok(mut statement) = self.0.prepare(sql) else { return Vec::new() };
        let rows = statement.query_map([table], |row| row.get::<_, String>(0));
        rows.map(|rows| rows.filter_map(Result::ok).map(|name| name.to_lowercase()).collect()).unwrap_or_default()
    }

    /// Runs a query. Returns its rows; `None` if it fails, or there are too many, or their values are too long.
    pub(crate) fn rows(&self, sql: &str) -> Option<Vec<Values>> {
        let mut statement = self.0.prepare(sql).ok()?;
        let width = statement.column_count();
        let mut rows = statement.query([]).ok()?;
        let mut all: Vec<Values> = Vec::new();
        let mut room = MAX_BYTES;
        while let Some(row) = rows.next().ok()? {
            let values: Values = (0..width).map(|at| row.get_ref(at).map(text_of).unwrap_or_default()).collect();
            room = room.checked_sub(values.iter().map(String::len).sum())?;
            all.push(values);
            if all.len() > MAX_ENTRIES {
                return None;
            }
        }
        Some(all)
    }
}

fn text_of(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => data_encoding::HEXLOWER.encode(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database with a computed column.
    fn with_column(rows: usize, column: &str) -> Vec<u8> {
        let mut connection = Connection::open_in_memory().unwrap();
        let sql = format!(
            "CREATE TABLE accounts (_id INTEGER PRIMARY KEY, name TEXT AS ({column}));
             WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT {rows})
             INSERT INTO accounts (_id) SELECT n FROM numbers;"
        );
        connection.execute_batch(&sql).unwrap();
        connection.serialize(MAIN_DB).unwrap().to_vec()
    }

    #[test]
    fn computed_values_take_no_more_memory_than_a_file() {
        let rows = |rows, column| {
            let file = with_column(rows, column);
            assert!(file.len() < 100_000);
            Database::open(&file).unwrap().rows("SELECT name FROM accounts").map(|rows| rows.len())
        };
        assert_eq!(rows(3, "printf('%99d', _id)"), Some(3));
        assert_eq!(rows(3_000, "printf('%90000d', _id)"), None);
        assert_eq!(rows(1, "printf('%900000000d', _id)"), None);
    }
}
