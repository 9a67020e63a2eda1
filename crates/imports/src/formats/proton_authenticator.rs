//! The export of Proton Authenticator, plain or encrypted with a password.

use serde_json::Value;

use super::otpauth;
use crate::crypto::{argon2id, open_aes_gcm_with};
use crate::file::{ExportFile, begins_with, bounded};
use crate::json::{has, list, text};
use crate::reader::{Reader, Request, Rules};
use crate::{Format, Import, ImportedAccount, RawEntry, ReadError, RejectedEntry, base64};

impl Format {
    /// The export of Proton Authenticator.
    pub const PROTON_AUTHENTICATOR: Format = Format::new("proton_authenticator", "Proton Authenticator");
}

pub(crate) const READER: Reader = Reader { format: Format::PROTON_AUTHENTICATOR, detect, read };

/// `{version, entries: [{content: {uri, entry_type, name}}]}`, or `{version, salt, content}`.
fn detect(file: &ExportFile<'_>) -> bool {
    is_encrypted(&file.json)
        || list(&file.json, "entries").is_some_and(|entries| {
            entries.iter().any(|entry| has(entry, "content.uri")) || entries.is_empty() && has(&file.json, "version")
        })
}

fn is_encrypted(export: &Value) -> bool {
    !text(export, "salt").is_empty() && !text(export, "content").is_empty()
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    if !is_encrypted(&file.json) {
        return read_entries(&file.json);
    }
    let password = request.password.ok_or(ReadError::Encrypted(Format::PROTON_AUTHENTICATOR))?;
    read_entries(&decrypt(&file.json, password)?)
}

fn read_entries(export: &Value) -> Result<Import, ReadError> {
    let entries = list(export, "entries").ok_or(ReadError::Unusable(Format::PROTON_AUTHENTICATOR))?;
    let entries = (1..).zip(bounded(entries)?).map(|(position, entry)| read_entry(position, entry));
    Ok(Import::new(Format::PROTON_AUTHENTICATOR, entries.collect()))
}

fn read_entry(position: usize, entry: &Value) -> Result<ImportedAccount, RejectedEntry> {
    let (uri, name) = (text(entry, "content.uri"), text(entry, "content.name"));
    let read = otpauth::read_uri(uri, Rules::Format).map(|mut imported| {
        // A Steam entry has no names of its own, and the name in the app may be an edited one.
        if imported.account.name.is_empty() || begins_with(uri, "steam://") {
            name.trim().clone_into(&mut imported.account.name);
        }
        imported
    });
    read.map_err(|reason| {
        let raw = RawEntry {
            kind: text(entry, "content.entry_type").to_owned(),
            account: name.to_owned(),
            ..RawEntry::default()
        };
        RejectedEntry::new(position, raw, reason)
    })
}

/// Lengths of the nonce before the ciphertext and of the tag at its end, in bytes.
const NONCE: usize = 12;
const TAG: usize = 16;
/// What is authenticated beside the ciphertext.
const BESIDE: &[u8] = b"proton.authenticator.export.v1";

/// Decrypts the export, whose key Argon2id derives at fixed costs: 19 MiB and two passes.
fn decrypt(export: &Value, password: &str) -> Result<Value, ReadError> {
    let unusable = ReadError::Unusable(Format::PROTON_AUTHENTICATOR);
    let salt = base64::decode(text(export, "salt")).ok_or(unusable.clone())?;
    let content = base64::decode(text(export, "content")).ok_or(unusable.clone())?;
    let (nonce, ciphertext) = content.split_at_checked(NONCE).ok_or(unusable.clone())?;
    if ciphertext.len() <= TAG {
        return Err(unusable);
    }
    let key = argon2id(password, &salt, 19_456, 2, 1).ok_or(unusable.clone())?;
    let plain = open_aes_gcm_with(&*key, nonce, ciphertext, BESIDE)
        .ok_or(ReadError::WrongPassword(Format::PROTON_AUTHENTICATOR))?;
    serde_json::from_slice(&plain).map_err(|_| unusable)
}
