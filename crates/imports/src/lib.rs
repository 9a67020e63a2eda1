//! Imports: what other authenticators export, turned into drafts of accounts.
//!
//! [`read`] takes a file as it is, finds out by its content which application wrote it, and answers with one result per
//! entry: a bad entry never fails the file. Each format is a module with a [`Reader`]; a new one is a new module and a
//! line in [`READERS`].
//!
//! [`contract`] reads the formats that 2FAuth knows the way 2FAuth reads them, for its API.
//!
//! Everything here is hostile input: sizes, nesting, and the cost of key derivations are bounded before work begins.

mod aegis;
mod base64;
mod bitwarden;
pub mod contract;
mod draft;
mod error;
mod google;
mod icon;
mod json;
mod otpauth;
mod parts;
mod seal;
mod source;
mod twofas;
mod twofauth;

use std::fmt;

pub use draft::{Draft, Reason, Rejected, Written};
pub use error::ReadError;
pub use icon::Icon;

use source::Source;

/// The bytes of a file that are read at most.
pub const MAX_BYTES: usize = 16 << 20;

/// The entries of a file that are read at most.
pub const MAX_ENTRIES: usize = 10_000;

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// Who wrote the file.
    pub format: Format,
    /// The entries in the file's order; what holds no one-time password at all, like a note among passwords, isn't one.
    pub entries: Vec<Result<Draft, Rejected>>,
    /// What the file can't say, or says only in part.
    pub notices: Vec<Notice>,
}

impl Import {
    fn new(format: Format, entries: Vec<Result<Draft, Rejected>>) -> Import {
        Import { format, entries, notices: Vec::new() }
    }
}

/// The applications whose exports are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// 2FAuth's JSON.
    TwoFAuth,
    /// An Aegis vault.
    Aegis,
    /// A 2FAS backup.
    TwoFas,
    /// The `otpauth-migration` URIs in Google Authenticator's QR codes, as text.
    GoogleAuthenticator,
    /// The JSON of Bitwarden, Bitwarden Authenticator and Vaultwarden.
    Bitwarden,
    /// A text with an otpauth URI on each line.
    OtpauthList,
}

impl Format {
    /// A short name for programs: `aegis`, `2fas` …
    pub fn id(self) -> &'static str {
        match self {
            Format::TwoFAuth => "2fauth",
            Format::Aegis => "aegis",
            Format::TwoFas => "2fas",
            Format::GoogleAuthenticator => "google_authenticator",
            Format::Bitwarden => "bitwarden",
            Format::OtpauthList => "otpauth_list",
        }
    }
}

/// The name for people.
impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Format::TwoFAuth => "2FAuth",
            Format::Aegis => "Aegis",
            Format::TwoFas => "2FAS Auth",
            Format::GoogleAuthenticator => "Google Authenticator",
            Format::Bitwarden => "Bitwarden",
            Format::OtpauthList => "otpauth URIs",
        })
    }
}

/// What whoever imports should know about a file, beside its entries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// Google Authenticator spreads many accounts over several QR codes, and some of a batch aren't here.
    #[error(
        "QR codes of this export are missing: {}; scan them too, and import them together or one after the other",
        missing.iter().map(|index| format!("{} of {size}", index + 1)).collect::<Vec<_>>().join(", ")
    )]
    MissingCodes {
        /// The QR codes of the batch.
        size: usize,
        /// Those that aren't here, from 0.
        missing: Vec<usize>,
    },
    /// The format holds no periods.
    #[error("{0} exports no periods: check the codes of accounts that change at another pace than every 30 seconds")]
    NoPeriods(Format),
    /// An old version of the format lacks the parameters of accounts.
    #[error(
        "this old backup of {0} lacks parameters: check the codes of accounts that aren't time-based with 6 digits"
    )]
    NoParameters(Format),
}

/// How one format is known and read.
struct Reader {
    /// Whether this format is what a source looks like.
    detect: fn(&Source<'_>) -> bool,
    /// What is in it; the password is for encrypted files.
    read: fn(&Source<'_>, Option<&str>) -> Result<Import, ReadError>,
}

/// Every format, in the order in which they are tried.
const READERS: &[Reader] =
    &[twofauth::READER, aegis::READER, twofas::READER, bitwarden::READER, google::READER, otpauth::READER];

/// Reads a file, whatever application wrote it. An encrypted one needs its password; for the others it is ignored.
///
/// # Errors
/// When nothing of the file can be used. Otherwise each entry has its own result.
pub fn read(file: &[u8], password: Option<&str>) -> Result<Import, ReadError> {
    let source = Source::new(file)?;
    let reader = READERS.iter().find(|reader| (reader.detect)(&source)).ok_or(ReadError::UnknownFormat)?;
    (reader.read)(&source, password)
}
