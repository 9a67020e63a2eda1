//! Errors.

use std::path::PathBuf;

use vault::AccountId;

/// An error of the database, the disk or the network.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The reason why a read or a write failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A sealed value of an account doesn't open: it was changed, or moved from elsewhere.
    #[error(
        "a value of the 2FA account {0} cannot be deciphered: its row was changed by something else; restore it from a backup"
    )]
    Undecipherable(AccountId),
    /// A value of an account isn't one that it can have.
    #[error("the 2FA account {0} cannot be used: its row in the database is damaged; restore it from a backup")]
    Damaged(AccountId),
    /// A right was used for another account or another user's data.
    #[error("this right is for something else")]
    OtherRight,
    /// The session or the token isn't valid any more, or its user is disabled or deleted.
    #[error("the session or the token is not valid any more")]
    Unauthenticated,
    /// The user isn't an administrator any more.
    #[error("the user is not an administrator any more")]
    NotAdmin,
    /// The row that was to be changed doesn't exist any more.
    #[error("it is not there any more")]
    Gone,
    /// A value that must be unique exists already.
    #[error("it exists already")]
    Duplicate,
    /// A value that no engine can hold.
    #[error("{0}")]
    Unstorable(&'static str),
    /// The database holds a value that the schema doesn't allow.
    #[error("the database is damaged: {0}")]
    Corrupt(&'static str),
    /// The data key was replaced since the database was opened.
    #[error("the data key was replaced by `sixpin rekey`: restart Sixpin")]
    Rekeyed,
    /// Another transaction was in the way; trying again may help.
    #[error("the database is busy")]
    Busy(#[source] Cause),
    /// The database server doesn't answer, or not in time. Nothing was changed.
    #[error("the database can't be reached")]
    Away(#[source] Cause),
    /// The database server went away during a commit: the changes may be there or not.
    #[error("the database stopped answering during a commit")]
    OutcomeUnknown(#[source] Cause),
    /// The disk is full. Nothing was changed.
    #[error("the disk of the database is full")]
    Full(#[source] Cause),
    /// The database can only be read. Nothing was changed.
    #[error("the database can only be read")]
    ReadOnly(#[source] Cause),
    /// Any other error of the database, the disk or the network.
    #[error("the database failed")]
    Database(#[source] Cause),
}

impl Error {
    /// Whether a stored value can't be read: an error of its row, and of nothing else.
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Undecipherable(_) | Self::Damaged(_) | Self::Corrupt(_))
    }

    /// Returns the message with those of its causes, in one line.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    }

    /// Whether nothing can be written at present, while reading goes on.
    pub fn forbids_writing(&self) -> bool {
        matches!(self, Self::Full(_) | Self::ReadOnly(_))
    }

    /// Returns the same error once more, for another request that it concerns.
    pub(crate) fn again(&self) -> Error {
        let cause = self.chain().into();
        match self {
            Self::Busy(_) => Self::Busy(cause),
            Self::Away(_) => Self::Away(cause),
            Self::OutcomeUnknown(_) => Self::OutcomeUnknown(cause),
            Self::Full(_) => Self::Full(cause),
            Self::ReadOnly(_) => Self::ReadOnly(cause),
            _ => Self::Database(cause),
        }
    }

    pub(crate) fn away(source: impl Into<Cause>) -> Self {
        Self::Away(source.into())
    }

    pub(crate) fn busy(source: impl Into<Cause>) -> Self {
        Self::Busy(source.into())
    }

    pub(crate) fn database(source: impl Into<Cause>) -> Self {
        Self::Database(source.into())
    }
}

/// The reason why a database can't be used. Nothing was changed in it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL isn't valid.
    #[error("the address of the database is not valid: it must look like postgres://user:password@host:5432/name")]
    Url(#[source] Cause),
    /// The URL names several hosts.
    #[error(
        "the address of the database names several hosts: Sixpin connects to one. Put a proxy such as HAProxy before the \
         servers, which knows the one that accepts writes, and give its address"
    )]
    SeveralHosts,
    /// The database server can't be reached, or refuses.
    #[error(
        "the database server cannot be used: check its address, the user, the password and that the database exists"
    )]
    Server(#[source] Cause),
    /// The file can't be opened.
    #[error("the database {} cannot be opened", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: Error,
    },
    /// The file or its folder can't be written.
    #[error("the database can't be written: {}: {advice}", path.display())]
    Unwritable {
        /// The file, or its folder.
        path: PathBuf,
        /// The cause, and what to do.
        advice: String,
    },
    /// The database can only be read.
    #[error(
        "the database can only be read: it is a standby, or its server is set to read-only. Give the address of the \
         server that accepts writes"
    )]
    ReadOnly,
    /// The file is damaged.
    #[error(
        "the database {0} is damaged. Keep a copy of it and of the files beside it, then restore a backup, or save what is \
         left: `sqlite3 {0} .recover | sqlite3 NEW`",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The file isn't a SQLite database.
    #[error("{} is not a SQLite database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file system lacks what the write-ahead log needs.
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
    /// The master key isn't the one that sealed the data key.
    #[error(
        "the key does not open this database: it was made with another one. Set APP_KEY (or APP_KEY_FILE) to the key of that \
         time, or give that one in APP_PREVIOUS_KEYS to change to the present one. Nothing was changed. Without the \
         former key nobody can read the secrets: restore the key from a backup"
    )]
    WrongKey,
    /// There is no master key, or none that may be used, with the reason.
    #[error("{0}")]
    NoKey(String),
    /// The schema is one of a later version of this program.
    #[error(
        "the database is of a later version of Sixpin (schema {found}, this one knows up to {known}): use that version"
    )]
    Newer {
        /// The schema's version.
        found: i64,
        /// The latest version known here.
        known: i64,
    },
    /// The database holds another program's tables.
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
    pub(crate) fn url(url: &str, source: impl Into<Cause>) -> Self {
        let authority = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default();
        let hosts = authority.rsplit_once('@').map_or(authority, |(_, hosts)| hosts);
        if hosts.contains(',') { Self::SeveralHosts } else { Self::Url(source.into()) }
    }

    /// Whether it may help to wait: the server isn't there yet, or isn't ready.
    pub fn may_pass(&self) -> bool {
        let Self::Server(cause) = self else { return false };
        let Some(error) = cause.downcast_ref::<sqlx::Error>() else { return true };
        match error {
            sqlx::Error::Configuration(_) | sqlx::Error::Tls(_) => false,
            sqlx::Error::Database(failure) => match failure.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
                Some(failure) => matches!(failure.number(), 1040 | 1047 | 1053),
                None => matches!(failure.code().as_deref(), Some("53300" | "57P01" | "57P02" | "57P03")),
            },
            _ => true,
        }
    }

    pub(crate) fn server(source: impl Into<Cause>) -> Self {
        Self::Server(source.into())
    }
}
