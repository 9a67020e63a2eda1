//! Databases of SQLite that other apps wrote, read from memory alone.

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, MAIN_DB};

use crate::MAX_ENTRIES;

/// The beginning of every database.
pub(crate) const MAGIC: &[u8] = b"SQLite format 3\0";

/// Number of steps of the virtual machine, in thousands, after which a query is given up.
const MAX_STEPS: u32 = 50_000;

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

    /// Runs a query. Returns its rows; `None` if it fails, or there are too many.
    pub(crate) fn rows(&self, sql: &str) -> Option<Vec<Values>> {
        let mut statement = self.0.prepare(sql).ok()?;
        let width = statement.column_count();
        let mut rows = statement.query([]).ok()?;
        let mut all = Vec::new();
        while let Some(row) = rows.next().ok()? {
            all.push((0..width).map(|at| row.get_ref(at).map(text_of).unwrap_or_default()).collect());
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
