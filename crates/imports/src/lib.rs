//! Imports: the exports of other authenticators, read into drafts of accounts.
//!
//! [`read`] recognises a file's format by its content and returns one result per entry: a bad entry never fails the
//! file. [`compat`] does the same for the API, in the form that 2FAuth's clients rely on.
//!
//! A new format is a module with its [`Format`] and its `Reader`, a `mod` line and an entry of `READERS` in this file,
//! and files in `tests/data`, whose `README.md` describes expectations. The command, the API and the web app then read
//! it.
//!
//! All input is hostile: sizes, nesting, and the cost of key derivations are bounded before work begins.

mod aegis;
mod base64;
mod bitwarden;
pub mod compat;
mod crypto;
mod entry;
mod error;
mod file;
mod format;
mod google;
mod icon;
mod import;
mod json;
mod limits;
mod otpauth;
mod parts;
mod reader;
mod twofas;
mod twofauth;

pub use entry::{EntryError, ImportedAccount, RawEntry, RejectedEntry};
pub use error::ReadError;
pub use format::Format;
pub use icon::Icon;
pub use import::{Import, Warning};
pub use limits::{MAX_BYTES, MAX_ENTRIES};

use file::ExportFile;
use reader::Reader;

/// The readers of all formats, in the order in which they are tried: the first one that detects its format reads the
/// file.
///
/// A format that is a special case of another one therefore comes before it. Those of JSON are told apart by their
/// keys. Of the texts, Google Authenticator's takes files that consist of its URIs alone, and the list, which comes
/// last, any text with one URI in it.
const READERS: &[Reader] =
    &[twofauth::READER, aegis::READER, twofas::READER, bitwarden::READER, google::READER, otpauth::READER];

/// Returns the formats that can be read, in the order in which they are tried.
pub fn formats() -> impl Iterator<Item = Format> {
    READERS.iter().map(|reader| reader.format)
}

/// Reads a file in any of the [`formats`]. The password opens an encrypted file, and is ignored for others.
///
/// # Errors
/// When nothing of the file can be used. Otherwise each entry has its own result.
pub fn read(bytes: &[u8], password: Option<&str>) -> Result<Import, ReadError> {
    let file = ExportFile::new(bytes)?;
    Ok(find_reader(&file)?.open(&file, password)?.within_bounds())
}

/// Returns the reader of a file's format.
fn find_reader(file: &ExportFile<'_>) -> Result<&'static Reader, ReadError> {
    READERS.iter().find(|reader| (reader.detect)(file)).ok_or(ReadError::UnknownFormat)
}
