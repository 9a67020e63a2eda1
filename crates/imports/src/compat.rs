//! Reading for the API (compat 5): as [`crate::read`] reads, in the form that 2FAuth's clients rely on.
//!
//! The same readers find the same accounts. What 2FAuth answers to a file as a whole, and what it chooses where an entry
//! can be read in two ways, stays as recorded; what it can't read is read.

use serde_json::Value;

use crate::file::{ExportFile, begins_with};
use crate::formats::otpauth::is_uri;
use crate::formats::{find_reader, google, twofauth};
use crate::json::{has, list};
use crate::reader::{Request, Rules};
use crate::{Format, Import, ImportedAccount, RawEntry, ReadError, RejectedEntry};

/// Why the API refuses a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompatError {
    /// The file is in no known format.
    #[error("the data match no supported format")]
    UnknownFormat,
    /// The format is known, but the file can't be read.
    #[error("the data of {0} can't be read")]
    Unusable(Format),
    /// The file is encrypted, and the API takes no password.
    #[error("the data of {0} are encrypted")]
    Encrypted(Format),
    /// No entry has all the keys that entries of its format have. Holds the paths of missing keys.
    #[error("keys are missing: {0:?}")]
    Missing(Vec<String>),
    /// The file is larger than [`MAX_BYTES`](crate::MAX_BYTES).
    #[error("the file is too large")]
    TooLarge,
    /// The file has more than [`MAX_ENTRIES`](crate::MAX_ENTRIES) entries.
    #[error("the file has too many entries")]
    TooMany,
}

impl From<ReadError> for CompatError {
    fn from(error: ReadError) -> CompatError {
        match error {
            ReadError::TooLarge => CompatError::TooLarge,
            ReadError::TooMany => CompatError::TooMany,
            ReadError::UnknownFormat | ReadError::Sealed(_) => CompatError::UnknownFormat,
            ReadError::Unusable(format) | ReadError::TooCostly(format) | ReadError::NoCodes(format) => {
                CompatError::Unusable(format)
            }
            ReadError::Encrypted(format)
            | ReadError::Perhaps(format)
            | ReadError::Alone(format, _)
            | ReadError::WrongPassword(format)
            | ReadError::AccountRestricted(format) => CompatError::Encrypted(format),
        }
    }
}

/// Reads a file for the API. A missing account gets the name of the service.
///
/// # Errors
/// When nothing of the file can be used.
pub fn read(bytes: &[u8]) -> Result<Import, CompatError> {
    let file = ExportFile::new(bytes)?;
    let reader = find_reader(&file)?;
    check_lines(reader.format, &file)?;
    let import = (reader.read)(&file, Request { password: None, rules: Rules::Api })?;
    check_entries(&file.json, &import)?;
    let entries = (1..).zip(import.entries).map(|(position, entry)| complete(position, entry?));
    Ok(Import { entries: entries.collect(), ..import }.within_bounds())
}

/// Refuses texts that 2FAuth refuses as a whole.
///
/// compat: one QR code of Google Authenticator at a time, and no line among URIs that is none; recorded exchanges.
fn check_lines(format: Format, file: &ExportFile<'_>) -> Result<(), CompatError> {
    let mut lines = file.lines().map(|(_, line)| line).filter(|line| !line.starts_with('#'));
    let is_known = match format {
        Format::GOOGLE_AUTHENTICATOR => {
            lines.next().is_some_and(|line| !google::is_empty_uri(line)) && lines.next().is_none()
        }
        Format::OTPAUTH_LIST => lines.all(|line| is_uri(line) || begins_with(line, google::SCHEME)),
        _ => true,
    };
    if is_known { Ok(()) } else { Err(CompatError::UnknownFormat) }
}

/// Where a format that 2FAuth knows has its entries, and the keys that each of them has.
fn layout(format: Format) -> Option<(&'static str, &'static [&'static str])> {
    const TWOFAUTH: [&str; 8] =
        ["otp_type", "service", "account", "secret", "digits", "algorithm", "period", "counter"];
    match format {
        Format::TWOFAUTH => Some(("data", &TWOFAUTH)),
        Format::AEGIS => Some(("db.entries", &["type", "name", "issuer", "info"])),
        Format::TWOFAS => Some(("services", &["secret", "name", "otp"])),
        Format::BITWARDEN => Some(("items", &["id", "name", "login.username", "login.totp"])),
        _ => None,
    }
}

/// Maximum number of missing keys in an error.
const MAX_MISSING: usize = 200;

/// Refuses a file without entries, and one in which each entry lacks keys and none can be read.
///
/// compat: 2FAuth refuses a file as soon as one entry lacks a key. A key may be null.
fn check_entries(json: &Value, import: &Import) -> Result<(), CompatError> {
    // An empty export of andOTP, which 2FAuth doesn't know.
    if json.as_array().is_some_and(Vec::is_empty) {
        return Err(CompatError::UnknownFormat);
    }
    let Some((path, keys)) = layout(import.format) else { return Ok(()) };
    let entries = list(json, path).unwrap_or_default();
    if entries.is_empty() {
        return Err(CompatError::UnknownFormat);
    }
    let is_complete = |entry: &Value| keys.iter().all(|key| has(entry, key)) || twofauth::find_uri(entry).is_some();
    if import.entries.iter().any(Result::is_ok) || entries.iter().any(is_complete) {
        return Ok(());
    }
    let missing = entries.iter().enumerate().flat_map(|(index, entry)| {
        keys.iter().filter(|key| !has(entry, key)).map(move |key| format!("{path}.{index}.{key}"))
    });
    Err(CompatError::Missing(missing.take(MAX_MISSING).collect()))
}

/// Fills in what an account of the API has; refuses one without any name.
fn complete(position: usize, imported: ImportedAccount) -> Result<ImportedAccount, RejectedEntry> {
    let imported = imported.with_fallbacks();
    if imported.account.name.is_empty() {
        let kind = imported.account.parameters.otp_type.as_str().to_owned();
        let raw = RawEntry { kind, ..RawEntry::default() };
        return Err(RejectedEntry::new(position, raw, crate::EntryError::Nameless));
    }
    Ok(imported)
}
