//! The errors that concern a whole file.

use crate::{Format, MAX_BYTES, MAX_ENTRIES};

/// The reason why nothing of a file can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The file is larger than [`MAX_BYTES`].
    #[error("the file is larger than {} MiB: split it", MAX_BYTES >> 20)]
    TooLarge,
    /// The file has more than [`MAX_ENTRIES`] entries.
    #[error("the file has more than {MAX_ENTRIES} entries: split it")]
    TooMany,
    /// The file is in no known format.
    #[error("the file is in no known format: docs/migration.md lists the apps and what to export from each")]
    UnknownFormat,
    /// The format is recognised, but the file lacks its content.
    #[error("this looks like an export of {0}, but it is damaged or incomplete: export again")]
    Unusable(Format),
    /// The file is encrypted and no password was given.
    #[error("this export of {0} is encrypted: its password is needed")]
    Encrypted(Format),
    /// Nothing but the password can tell whether the file is an encrypted one of this format, and none was given.
    #[error("this may be an encrypted export of {0}: if it is one, its password is needed")]
    Perhaps(Format),
    /// The file is encrypted, and what it takes to open it is in another file. Holds the name of that one.
    #[error("this file of {0} can only be opened together with {1}: bring both along")]
    Alone(Format, &'static str),
    /// The password doesn't open the file.
    #[error("this password doesn't open this export of {0}")]
    WrongPassword(Format),
    /// Only the account that made the file can open it.
    #[error(
        "this export of {0} can only be opened by the account that made it: export again as JSON, or with a password"
    )]
    AccountRestricted(Format),
    /// The app exports no one-time passwords.
    #[error("{0} export no one-time passwords: nothing in this file can be imported")]
    NoCodes(Format),
    /// The file is encrypted in a way that only another program can undo. Holds the name of that way.
    #[error("this file is encrypted by {0}: decrypt it with the program that made it, and import the result")]
    Sealed(&'static str),
    /// The key derivation costs more than that of a genuine file.
    #[error("this export of {0} asks for an unreasonably expensive key derivation: it isn't opened")]
    TooCostly(Format),
}

impl ReadError {
    /// Returns the short name for programs, such as `encrypted`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            ReadError::TooLarge => "too_large",
            ReadError::TooMany => "too_many",
            ReadError::UnknownFormat => "unknown_format",
            ReadError::Unusable(_) => "unusable",
            ReadError::Encrypted(_) => "encrypted",
            ReadError::Perhaps(_) => "perhaps_encrypted",
            ReadError::Alone(..) => "alone",
            ReadError::WrongPassword(_) => "wrong_password",
            ReadError::AccountRestricted(_) => "account_restricted",
            ReadError::NoCodes(_) => "no_codes",
            ReadError::Sealed(_) => "sealed",
            ReadError::TooCostly(_) => "too_costly",
        }
    }

    /// Returns the format, if it was recognised.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        match self {
            ReadError::TooLarge | ReadError::TooMany | ReadError::UnknownFormat | ReadError::Sealed(_) => None,
            ReadError::Unusable(format)
            | ReadError::Encrypted(format)
            | ReadError::Perhaps(format)
            | ReadError::Alone(format, _)
            | ReadError::WrongPassword(format)
            | ReadError::AccountRestricted(format)
            | ReadError::NoCodes(format)
            | ReadError::TooCostly(format) => Some(*format),
        }
    }
}
