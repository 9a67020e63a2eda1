//! The export of Nextcloud's OTP Manager, whose secrets may be encrypted with a password.

use serde_json::Value;

use crate::crypto::{Key, decode_hex, open_aes_cbc, sha256_of};
use crate::file::{ExportFile, bounded};
use crate::json::{at, list, text};
use crate::parts::Parts;
use crate::reader::{Reader, Request, Rules};
use crate::{Format, Import, ImportedAccount, ReadError, RejectedEntry, base64};

impl Format {
    /// The export of Nextcloud's OTP Manager.
    pub const NEXTCLOUD_OTPMANAGER: Format = Format::new("nextcloud_otpmanager", "Nextcloud OTP Manager");
}

pub(crate) const READER: Reader = Reader { format: Format::NEXTCLOUD_OTPMANAGER, detect, read };

/// `{accounts: [{secret, name, issuer, digits, type, period, algorithm: 0|1|2, counter}], iv?}`.
fn detect(file: &ExportFile<'_>) -> bool {
    list(&file.json, "accounts").is_some_and(|accounts| {
        accounts.iter().any(|account| ["secret", "name", "type"].iter().all(|key| account.get(key).is_some()))
    })
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    let format = Format::NEXTCLOUD_OTPMANAGER;
    let accounts = bounded(list(&file.json, "accounts").ok_or(ReadError::Unusable(format))?)?;
    let nonce = text(&file.json, "iv");
    if nonce.is_empty() {
        let entries = (1..).zip(accounts).map(|(position, entry)| read_entry(position, entry, text(entry, "secret")));
        return Ok(Import::new(format, entries.collect()));
    }
    let nonce = decode_hex(nonce).filter(|nonce| nonce.len() == 16).ok_or(ReadError::Unusable(format))?;
    let key = sha256_of(request.password.ok_or(ReadError::Encrypted(format))?.as_bytes());
    let secrets: Vec<Option<String>> = accounts.iter().map(|entry| open_secret(&key, &nonce, entry)).collect();
    // Nothing else tells a wrong password.
    if !accounts.is_empty() && secrets.iter().all(Option::is_none) {
        return Err(ReadError::WrongPassword(format));
    }
    let entries = (1..).zip(accounts.iter().zip(&secrets));
    let entries =
        entries.map(|(position, (entry, secret))| read_entry(position, entry, secret.as_deref().unwrap_or_default()));
    Ok(Import::new(format, entries.collect()))
}

/// Decrypts a secret; `None` if it isn't text.
fn open_secret(key: &Key, nonce: &[u8], entry: &Value) -> Option<String> {
    let ciphertext = base64::decode(text(entry, "secret"))?;
    let plain = open_aes_cbc(key.as_slice(), nonce, &ciphertext)?;
    let secret = std::str::from_utf8(&plain).ok()?;
    secret.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ').then(|| secret.to_owned())
}

fn read_entry(position: usize, entry: &Value, secret: &str) -> Result<ImportedAccount, RejectedEntry> {
    let algorithm = match at(entry, "algorithm").as_u64() {
        Some(0) => "sha1",
        Some(1) => "sha256",
        Some(2) => "sha512",
        _ => text(entry, "algorithm"),
    };
    let parts = Parts {
        algorithm,
        digits: at(entry, "digits"),
        period: at(entry, "period"),
        counter: at(entry, "counter"),
        ..Parts::new(text(entry, "type"), text(entry, "issuer"), text(entry, "name"), secret)
    };
    parts.read(position, Rules::Format)
}
