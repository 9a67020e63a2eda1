//! The formats, a module each.
//!
//! A new format is a module with its [`Format`] and its `Reader`, a `mod` line and an entry of [`READERS`] in this file,
//! and files in `tests/data`, whose `README.md` describes expectations. The command, the API and the web app then read
//! it.

mod aegis;
mod bitwarden;
pub(crate) mod google;
pub(crate) mod otpauth;
mod twofas;
pub(crate) mod twofauth;

use crate::file::ExportFile;
use crate::reader::Reader;
use crate::{Format, ReadError};

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

/// Returns the reader of a file's format.
pub(crate) fn find_reader(file: &ExportFile<'_>) -> Result<&'static Reader, ReadError> {
    READERS.iter().find(|reader| (reader.detect)(file)).ok_or(ReadError::UnknownFormat)
}
