//! What can go wrong.

use std::path::PathBuf;

use vault::AccountId;

/// Something that is wrong below: with the database, the disk or the network.
type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a reading or writing failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A sealed value of an account doesn't open: it was changed, or moved from elsewhere.
    #[error(
        "a value of the 2FA account {0} cannot be deciphered: its row was changed by something else; restore it from a backup"
    )]
    Undecipherable(AccountId),
    /// A right for one account was used for another one.
    #[error("this right is for another account")]
    OtherRight,
    /// What was to be written or changed isn't there any more.
    #[error("it is not there any more")]
    Gone,
    /// A value that must be unique exists.
    #[error("it exists already")]
    Duplicate,
    /// A value that no engine can hold.
    #[error("{0}")]
    Unstorable(&'static str),
    /// The database holds what the schema doesn't allow.
    #[error("the database is damaged: {0}")]
    Corrupt(&'static str),
    /// Others were in the way; trying again may help.
    #[error("the database is busy")]
    Busy(#[source] Source),
    /// Anything else that the database, the disk or the network said.
    #[error("the database failed")]
    Database(#[source] Source),
}

impl Error {
    /// What happened and why, in one line.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }

    pub(crate) fn busy(source: impl Into<Source>) -> Self {
        Self::Busy(source.into())
    }

    pub(crate) fn database(source: impl Into<Source>) -> Self {
        Self::Database(source.into())
    }
}

/// Why a database can't be used. Nothing was changed in it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL isn't one.
    #[error("the address of the database is not valid: it must look like postgres://user:password@host:5432/name")]
    Url(#[source] Source),
    /// The database server can't be reached, or refuses.
    #[error(
        "the database server cannot be reached: check its address, the user, the password and that the database exists"
    )]
    Server(#[source] Source),
    /// The file can't be opened.
    #[error("the database {} cannot be opened", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Error,
    },
    /// The file is something else.
    #[error("{} is not a SQLite database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file system can't do what the write-ahead log needs.
    #[error(
        "the database {} cannot be used where it is: this looks like a network file system (SMB, NFS), on which SQLite loses \
         data; move it to a local disk, or use PostgreSQL or MariaDB (DB_CONNECTION)",
        path.display()
    )]
    NetworkFileSystem {
        /// The file.
        path: PathBuf,
    },
    /// Another process keeps the file locked.
    #[error("the database {} is locked by another process: stop that first", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The master key isn't the one that the database was made with.
    #[error(
        "the key does not open this database: it was made with another one. Set APP_KEY (or APP_KEY_FILE) to the key of that \
         time, or give that one in APP_PREVIOUS_KEYS to change to the present one. Nothing was changed. Without the \
         former key nobody can read the secrets: restore the key from a backup"
    )]
    WrongKey,
    /// A later version of this program made the schema.
    #[error(
        "the database is of a later version of Sixpin (schema {found}, this one knows up to {known}): use that version"
    )]
    Newer {
        /// The schema's version.
        found: i64,
        /// The latest version known here.
        known: i64,
    },
    /// Another program's tables are there.
    #[error(
        "the database holds the tables of another program, perhaps 2FAuth: give Sixpin a database of its own; `sixpin adopt` \
         takes over an existing 2FAuth installation"
    )]
    Foreign,
    /// Reading or writing failed.
    #[error("the database cannot be prepared")]
    Store(#[from] Error),
}

impl OpenError {
    pub(crate) fn url(source: impl Into<Source>) -> Self {
        Self::Url(source.into())
    }

    pub(crate) fn server(source: impl Into<Source>) -> Self {
        Self::Server(source.into())
    }
}
