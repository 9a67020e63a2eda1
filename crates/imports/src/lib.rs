//! Imports: the exports of other authenticators, read into drafts of accounts.
//!
//! [`read`] recognises a file's format by its content and returns one result per entry: a bad entry never fails the
//! file. [`compat`] does the same for the API, in the form that 2FAuth's clients rely on.
//!
//! Each format is a module of `formats.rs`, which says how one is added.
//!
//! All input is hostile: sizes, nesting, and the cost of key derivations are bounded before work begins.

mod base64;
pub mod compat;
mod container;
mod crypto;
mod entry;
mod error;
mod file;
mod format;
mod formats;
mod icon;
mod import;
mod json;
mod limits;
mod login;
mod parts;
mod reader;

pub use entry::{EntryError, ImportedAccount, RawEntry, RejectedEntry};
pub use error::ReadError;
pub use file::File;
pub use format::Format;
pub use formats::formats;
pub use icon::Icon;
pub use import::{Import, ImportedGroup, Warning};
pub use limits::{MAX_BYTES, MAX_ENTRIES};

use file::ExportFile;
use formats::find_reader;

/// Reads a file in any of the [`formats`]. The password opens an encrypted file, and is ignored for others.
///
/// # Errors
/// When nothing of the file can be used. Otherwise each entry has its own result.
pub fn read(bytes: &[u8], password: Option<&str>) -> Result<Import, ReadError> {
    read_among(File { name: "", bytes }, &[], password)
}

/// Reads a file like [`read`]. Some formats keep what it takes to open a file in another one, which may be among `others`.
///
/// # Errors
/// When nothing of the file can be used. Otherwise each entry has its own result.
pub fn read_among(file: File<'_>, others: &[File<'_>], password: Option<&str>) -> Result<Import, ReadError> {
    let file = ExportFile::among(file, others)?;
    Ok(find_reader(&file)?.open(&file, password)?.within_bounds())
}
