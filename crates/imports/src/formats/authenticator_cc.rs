//! The export of the browser extension of authenticator.cc, plain or encrypted with a password in two forms.

use std::collections::BTreeMap;

use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::BASE64_NOPAD;
use otp::Secret;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::container::openssl;
use crate::crypto::decode_hex;
use crate::file::ExportFile;
use crate::json::{at, has, text};
use crate::parts::Parts;
use crate::reader::{Reader, Request, Rules};
use crate::{EntryError, Format, Import, ImportedAccount, MAX_ENTRIES, ReadError, RejectedEntry, base64};

impl Format {
    /// The export of authenticator.cc's extension.
    pub const AUTHENTICATOR_CC: Format = Format::new("authenticator_cc", "Authenticator (authenticator.cc)");
}

pub(crate) const READER: Reader = Reader { format: Format::AUTHENTICATOR_CC, detect, read };

/// An object of objects, of which some are accounts or their ciphertexts.
fn detect(file: &ExportFile<'_>) -> bool {
    let values = || file.json.as_object().into_iter().flat_map(|object| object.values());
    values().any(|value| is_entry(value) || is_sealed(value))
}

/// Whether a value is an account, whose secret may be encrypted.
fn is_entry(value: &Value) -> bool {
    has(value, "secret") && is_account(value)
}

/// Whether a value is an account, whose secret may be missing.
fn is_account(value: &Value) -> bool {
    has(value, "type") && (has(value, "hash") || has(value, "encrypted"))
}

/// Whether a value is a whole account as ciphertext, whose type may be damaged.
fn is_sealed(value: &Value) -> bool {
    text(value, "dataType") == "EncOTPStorage" || has(value, "keyId") && has(value, "data")
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    let format = Format::AUTHENTICATOR_CC;
    let object = file.json.as_object().ok_or(ReadError::Unusable(format))?;
    let mut values: Vec<&Value> = object.values().filter(|value| is_account(value) || is_sealed(value)).collect();
    if values.len() > MAX_ENTRIES {
        return Err(ReadError::TooMany);
    }
    values.sort_by_key(|value| at(value, "index").as_u64());
    let is_encrypted = values.iter().any(|value| is_sealed(value) || at(value, "encrypted") == &Value::Bool(true));
    let keys = match request.password {
        _ if !is_encrypted => Keys::default(),
        None => return Err(ReadError::Encrypted(format)),
        Some(password) => Keys::open(&file.json, password)?,
    };
    let entries = (1..).zip(values).map(|(position, value)| read_value(position, value, &keys));
    Ok(Import::new(format, entries.collect()))
}

/// The passphrases of an encrypted export.
#[derive(Default)]
struct Keys {
    /// Of the secrets, in the older form.
    secrets: Option<Zeroizing<Vec<u8>>>,
    /// Of the accounts, by the IDs of keys, in the newer form.
    accounts: BTreeMap<String, Zeroizing<Vec<u8>>>,
}

/// Maximum number of keys, since each is derived.
const MAX_KEYS: usize = 8;

impl Keys {
    fn open(export: &Value, password: &str) -> Result<Keys, ReadError> {
        let wrong = ReadError::WrongPassword(Format::AUTHENTICATOR_CC);
        let damaged = ReadError::Unusable(Format::AUTHENTICATOR_CC);
        let mut keys = Keys::default();
        let values = export.as_object().into_iter().flat_map(|object| object.iter());
        for (_, key) in values.clone().filter(|(_, value)| text(value, "dataType") == "Key").take(MAX_KEYS) {
            keys.accounts.insert(text(key, "id").to_owned(), derive(password, text(key, "salt"))?);
        }
        if let Some(key) = base64::decode(text(export, "key.enc")).filter(|key| !key.is_empty()) {
            if !openssl::is_whole(&key) {
                return Err(damaged);
            }
            keys.secrets = Some(openssl::open(password.as_bytes(), &key).ok_or(wrong.clone())?);
        }
        // Nothing else tells a wrong password.
        let values = || values.clone().map(|(_, value)| value);
        let sealed = || values().filter(|value| is_sealed(value));
        let mut encrypted = values().filter(|value| at(value, "encrypted") == &Value::Bool(true)).peekable();
        if sealed().next().is_some() && !sealed().any(|value| keys.account_of(value).is_some()) {
            return Err(damaged);
        }
        let is_wrong = sealed().next().is_some() && sealed().all(|value| keys.open_account(value).is_none())
            || keys.secrets.is_some()
                && encrypted.peek().is_some()
                && encrypted.all(|value| keys.open_secret(text(value, "secret")).is_none());
        if is_wrong { Err(wrong) } else { Ok(keys) }
    }

    /// Returns the passphrase and the ciphertext of an account; `None` if it is damaged, or its key is missing.
    fn account_of(&self, sealed: &Value) -> Option<(&[u8], Vec<u8>)> {
        let passphrase = self.accounts.get(text(sealed, "keyId"))?;
        let data = base64::decode(text(sealed, "data")).filter(|data| openssl::is_whole(data))?;
        Some((passphrase, data))
    }

    fn open_account(&self, sealed: &Value) -> Option<Value> {
        let (passphrase, data) = self.account_of(sealed)?;
        let plain = openssl::open(passphrase, &data)?;
        serde_json::from_slice(&plain).ok()
    }

    fn open_secret(&self, secret: &str) -> Option<Zeroizing<String>> {
        // The passphrase is the text of the key.
        let plain = openssl::open(self.secrets.as_ref()?, &base64::decode(secret)?)?;
        Some(Zeroizing::new(std::str::from_utf8(&plain).ok()?.to_owned()))
    }
}

/// Derives a passphrase, at costs that are the same for all: 19 MiB and two passes.
fn derive(password: &str, salt: &str) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let unusable = || ReadError::Unusable(Format::AUTHENTICATOR_CC);
    let costs = Params::new(19_456, 2, 1, Some(32)).map_err(|_| unusable())?;
    let mut key = Zeroizing::new([0; 32]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, costs);
    argon2.hash_password_into(password.as_bytes(), salt.as_bytes(), key.as_mut_slice()).map_err(|_| unusable())?;
    Ok(Zeroizing::new(BASE64_NOPAD.encode(key.as_slice()).into_bytes()))
}

fn read_value(position: usize, value: &Value, keys: &Keys) -> Result<ImportedAccount, RejectedEntry> {
    if !is_sealed(value) {
        let secret = match at(value, "encrypted") {
            Value::Bool(true) => keys.open_secret(text(value, "secret")),
            _ => Some(Zeroizing::new(text(value, "secret").to_owned())),
        };
        return read_entry(position, value, secret);
    }
    let opened = keys.open_account(value).unwrap_or_default();
    let secret = Some(text(&opened, "secret")).filter(|secret| !secret.is_empty());
    read_entry(position, &opened, secret.map(|secret| Zeroizing::new(secret.to_owned())))
}

fn read_entry(
    position: usize,
    entry: &Value,
    secret: Option<Zeroizing<String>>,
) -> Result<ImportedAccount, RejectedEntry> {
    // An issuer may have the host behind it to which it belongs.
    let issuer = text(entry, "issuer").split("::").next().unwrap_or_default();
    let kind = text(entry, "type").to_ascii_lowercase();
    let secret = secret.unwrap_or_default();
    let (kind, secret) = match (kind.as_str(), bare_secret(&secret)) {
        ("battle" | "hex", secret) => ("totp", from_hex(secret)),
        ("hhex", secret) => ("hotp", from_hex(secret)),
        (kind, secret) => (kind, Some(Zeroizing::new(secret.to_owned()))),
    };
    let is_battle = text(entry, "type").eq_ignore_ascii_case("battle");
    let eight = Value::from(8);
    let parts = Parts {
        algorithm: text(entry, "algorithm"),
        digits: if is_battle { &eight } else { at(entry, "digits") },
        period: at(entry, "period"),
        counter: at(entry, "counter"),
        ..Parts::new(kind, issuer, text(entry, "account"), secret.as_deref().map(String::as_str).unwrap_or_default())
    };
    if secret.as_ref().is_none_or(|secret| secret.is_empty()) {
        return Err(parts.reject(position, EntryError::Missing("secret")));
    }
    parts.read(position, Rules::Format)
}

/// Returns a secret without the mark of its kind.
fn bare_secret(secret: &str) -> &str {
    let marks = ["blz-", "bliz-", "stm-"];
    marks.iter().find_map(|mark| secret.strip_prefix(mark)).unwrap_or(secret)
}

/// Returns a secret in hexadecimal as base32; one in base32 stays.
fn from_hex(secret: &str) -> Option<Zeroizing<String>> {
    match decode_hex(secret) {
        Some(key) => Some(Zeroizing::new(Secret::from_key(&key).unpadded().to_owned())),
        None => Secret::parse(secret).ok().map(|secret| Zeroizing::new(secret.unpadded().to_owned())),
    }
}
