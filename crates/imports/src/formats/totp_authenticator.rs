//! Backups of TOTP Authenticator, encrypted with a password or with one that is the same for all, and its preferences.

use otp::Secret;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::container::preferences::read_preferences;
use crate::crypto::{decode_hex, open_aes_cbc, sha256_of};
use crate::file::{ExportFile, bounded};
use crate::json::{at, integer, root_list, text};
use crate::parts::Parts;
use crate::reader::{Reader, Request, Rules};
use crate::{EntryError, Format, Import, ImportedAccount, ReadError, RejectedEntry, base64};

impl Format {
    /// A backup of TOTP Authenticator.
    pub const TOTP_AUTHENTICATOR: Format = Format::new("totp_authenticator", "TOTP Authenticator");
}

pub(crate) const READER: Reader = Reader { format: Format::TOTP_AUTHENTICATOR, detect, read };

/// The password of backups that were made without one.
const DEFAULT_PASSWORD: &str = "TotpAuthenticator";
/// The preference with the accounts.
const PREFERENCE: &str = "STATIC_TOTP_CODES_LIST";

/// A text of base64 and nothing else, whose bytes are whole blocks; or preferences.
fn detect(file: &ExportFile<'_>) -> bool {
    file.text.contains(PREFERENCE) && read_preferences(file.text).is_some()
        || ciphertext(file.text).is_some_and(|bytes| bytes.len() >= 32 && bytes.len().is_multiple_of(16))
}

fn ciphertext(text: &str) -> Option<Vec<u8>> {
    let text: String = text.split_ascii_whitespace().collect();
    if text.starts_with("U2FsdGVkX1") { None } else { base64::decode(&text) }
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    let format = Format::TOTP_AUTHENTICATOR;
    if let Some(pairs) = read_preferences(file.text) {
        let list = pairs.iter().find(|(name, _)| name == PREFERENCE).map(|(_, list)| list.as_str());
        return read_entries(list.ok_or(ReadError::Unusable(format))?);
    }
    let bytes = ciphertext(file.text).ok_or(ReadError::Unusable(format))?;
    if let Some(list) = open(&bytes, DEFAULT_PASSWORD) {
        return read_entries(&list);
    }
    let password = request.password.ok_or(ReadError::Encrypted(format))?;
    read_entries(&open(&bytes, password).ok_or(ReadError::WrongPassword(format))?)
}

/// Decrypts a backup: an object whose first key is a text with the list of accounts.
fn open(bytes: &[u8], password: &str) -> Option<Zeroizing<String>> {
    let plain = open_aes_cbc(&*sha256_of(password.as_bytes()), &[0; 16], bytes)?;
    let object: Value = serde_json::from_slice(&plain).ok()?;
    object.as_object()?.keys().next().cloned().map(Zeroizing::new)
}

fn read_entries(list: &str) -> Result<Import, ReadError> {
    let list: Value = serde_json::from_str(list).map_err(|_| ReadError::Unusable(Format::TOTP_AUTHENTICATOR))?;
    let entries = (1..).zip(bounded(root_list(&list))?).map(|(position, entry)| read_entry(position, entry));
    Ok(Import::new(Format::TOTP_AUTHENTICATOR, entries.collect()))
}

fn read_entry(position: usize, entry: &Value) -> Result<ImportedAccount, RejectedEntry> {
    let key = text(entry, "key");
    let secret = match integer(at(entry, "base")).ok().flatten() {
        Some(16) => decode_hex(key).map(|key| Secret::from_key(&key)),
        Some(64) => base64::decode(key).map(|key| Secret::from_key(&key)),
        _ => Some(Secret::from_text(key)),
    };
    // The app's word for none.
    let issuer = Some(text(entry, "issuer")).filter(|issuer| *issuer != "Unknown").unwrap_or_default();
    let parts = Parts {
        digits: at(entry, "digits"),
        period: at(entry, "period"),
        ..Parts::new("totp", issuer, text(entry, "name"), secret.as_ref().map(Secret::unpadded).unwrap_or_default())
    };
    if secret.is_none() {
        return Err(parts.reject(position, EntryError::Missing("key")));
    }
    parts.read(position, Rules::Format)
}
