//! The databases that a store can use.

use std::fmt;
use std::path::PathBuf;

/// The database of a store.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A SQLite file. It is created if it is missing; its folder must exist.
    Sqlite {
        /// The path of the file.
        path: PathBuf,
    },
    /// A database of a PostgreSQL server.
    Postgres {
        /// `postgres://user:password@host:port/database`.
        url: String,
    },
    /// A database of a MySQL or MariaDB server.
    Mysql {
        /// `mysql://user:password@host:port/database`.
        url: String,
    },
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // URLs hold a password.
        match self {
            Database::Sqlite { path } => f.debug_struct("Sqlite").field("path", path).finish(),
            Database::Postgres { .. } => f.write_str("Postgres"),
            Database::Mysql { .. } => f.write_str("Mysql"),
        }
    }
}

/// A description for messages, without the password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::Sqlite { path } => write!(f, "the SQLite file {}", path.display()),
            Database::Postgres { .. } => f.write_str("a PostgreSQL server"),
            Database::Mysql { .. } => f.write_str("a MySQL or MariaDB server"),
        }
    }
}
