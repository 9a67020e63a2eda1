//! The JSON of Bitwarden, Bitwarden Authenticator and Vaultwarden.

use std::ops::RangeInclusive;

use otp::Otpauth;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use vault::AccountDraft;
use zeroize::Zeroizing;

use crate::crypto::{Key, argon2id, expand_key, open_aes_cbc, pbkdf2_sha256, verify_hmac_sha256};
use crate::file::{ExportFile, begins_with, bounded};
use crate::json::{at, has, integer, list, text};
use crate::login::{parse_totp, present_name};
use crate::parts::{non_empty, parse_secret};
use crate::reader::{Reader, Request, Rules};
use crate::{EntryError, Format, Import, ImportedAccount, RawEntry, ReadError, RejectedEntry, base64};

impl Format {
    /// The JSON of Bitwarden, Bitwarden Authenticator and Vaultwarden.
    pub const BITWARDEN: Format = Format::new("bitwarden", "Bitwarden");
}

pub(crate) const READER: Reader = Reader { format: Format::BITWARDEN, detect, read };

/// `{encrypted, folders, items}`, or `{encrypted: true, passwordProtected, …, data}`.
fn detect(file: &ExportFile<'_>) -> bool {
    is_encrypted(&file.json) || has(&file.json, "encrypted") && list(&file.json, "items").is_some()
}

/// Whether the items, or parts of them, are ciphertext.
fn is_encrypted(export: &Value) -> bool {
    at(export, "encrypted") == &Value::Bool(true) && (has(export, "items") || is_password_protected(export))
}

/// Whether an encrypted export is opened by a password; otherwise it takes the Bitwarden account that made it.
fn is_password_protected(export: &Value) -> bool {
    at(export, "passwordProtected") == &Value::Bool(true)
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    let export = &file.json;
    if !is_encrypted(export) {
        return read_entries(export, request.rules);
    }
    if !is_password_protected(export) {
        return Err(ReadError::AccountRestricted(Format::BITWARDEN));
    }
    let password = request.password.ok_or(ReadError::Encrypted(Format::BITWARDEN))?;
    read_entries(&decrypt(export, password)?, request.rules)
}

/// Reads the entries of a plain export.
fn read_entries(export: &Value, rules: Rules) -> Result<Import, ReadError> {
    let items = list(export, "items").ok_or(ReadError::Unusable(Format::BITWARDEN))?;
    let folders = folder_names(export);
    let entries = (1..).zip(bounded(items)?);
    let entries = entries.filter_map(|(position, item)| read_item(position, item, &folders, rules));
    Ok(Import::new(Format::BITWARDEN, entries.collect()))
}

/// Returns the names of the folders by their IDs.
fn folder_names(export: &Value) -> Map<String, Value> {
    let folders = list(export, "folders").unwrap_or_default();
    folders.iter().map(|folder| (text(folder, "id").to_owned(), at(folder, "name").clone())).collect()
}

/// Reads an item; `None` for one without one-time passwords.
fn read_item(
    position: usize,
    item: &Value,
    folders: &Map<String, Value>,
    rules: Rules,
) -> Option<Result<ImportedAccount, RejectedEntry>> {
    let totp = match find_totp(item)? {
        Ok(totp) => totp,
        Err(reason) => return Some(Err(reject(position, item, reason))),
    };
    // compat 5.2: 2FAuth doesn't know the trash.
    if rules == Rules::Format && !at(item, "deletedDate").is_null() {
        return Some(Err(reject(position, item, EntryError::Trashed)));
    }
    let account = read_account(item, totp, rules).map_err(|reason| reject(position, item, reason));
    let folder = folders.get(text(item, "folderId")).and_then(Value::as_str);
    Some(account.map(|account| ImportedAccount { group: folder.and_then(non_empty), ..account.into() }))
}

/// Returns the source of an item's one-time passwords: a URI, or a secret alone. One that is no text is damaged.
fn find_totp(item: &Value) -> Option<Result<&str, EntryError>> {
    match at(item, "login.totp") {
        Value::Null => None,
        Value::String(totp) if totp.trim().is_empty() => None,
        Value::String(totp) => Some(Ok(totp.trim())),
        _ => Some(Err(EntryError::Missing("secret"))),
    }
}

fn reject(position: usize, item: &Value, reason: EntryError) -> RejectedEntry {
    let raw = RawEntry {
        kind: "totp".into(),
        service: text(item, "name").to_owned(),
        account: text(item, "login.username").to_owned(),
    };
    RejectedEntry::new(position, raw, reason)
}

/// Reads the account. The item's own names stand in for those that the URI lacks.
///
/// compat 5.2: for the API they replace those of the URI.
fn read_account(item: &Value, totp: &str, rules: Rules) -> Result<AccountDraft, EntryError> {
    let (name, username) = (present_name(text(item, "name")), present_name(text(item, "login.username")));
    let Otpauth { service, account, secret, parameters, .. } = parse_totp(totp, rules)?;
    parameters.validate()?;
    let secret = parse_secret(secret.padded(), rules)?;
    // A URI of this form holds no names.
    let is_bare = begins_with(totp, "steam://");
    let (service, account) = (service.as_deref().and_then(present_name), present_name(&account));
    let (service, account) = match rules {
        Rules::Api => (name.clone().or(service), username.or_else(|| name.clone()).or(account)),
        Rules::Format if is_bare => (name.or(service), username),
        Rules::Format => (service.or(name), account.or(username)),
    };
    Ok(AccountDraft::new(account.unwrap_or_default(), secret, parameters).with_service(service))
}

/// Decrypts the plain export in `data` of an export that a password protects.
///
/// The key derived from the password is expanded to one for AES-256-CBC and one for HMAC-SHA256. Both protect `data`
/// and a random text that serves as the check of the password.
fn decrypt(export: &Value, password: &str) -> Result<Value, ReadError> {
    let unusable = ReadError::Unusable(Format::BITWARDEN);
    let key = derive_key(export, password)?;
    let check = EncString::parse(text(export, "encKeyValidation_DO_NOT_EDIT")).ok_or(unusable.clone())?;
    let data = EncString::parse(text(export, "data")).ok_or(unusable.clone())?;
    check.open(&key).ok_or(ReadError::WrongPassword(Format::BITWARDEN))?;
    let plain = data.open(&key).ok_or(unusable.clone())?;
    serde_json::from_slice(&plain).map_err(|_| unusable)
}

/// Derives the key from the password, at costs that Bitwarden's own clients accept.
fn derive_key(export: &Value, password: &str) -> Result<Key, ReadError> {
    let cost = |name, bounds: RangeInclusive<u64>| match integer(at(export, name)) {
        Ok(Some(cost)) if bounds.contains(&cost) => u32::try_from(cost).ok(),
        _ => None,
    };
    // The salt is the text itself, not the bytes that it encodes.
    let salt = text(export, "salt").as_bytes();
    let key = match at(export, "kdfType").as_u64() {
        Some(0) => cost("kdfIterations", 5_000..=2_000_000).map(|rounds| pbkdf2_sha256(password, salt, rounds)),
        Some(1) => {
            let (passes, mebibytes) = (cost("kdfIterations", 2..=10), cost("kdfMemory", 16..=1024));
            let lanes = cost("kdfParallelism", 1..=16);
            let costs = passes.zip(mebibytes).zip(lanes);
            costs.and_then(|((passes, mebibytes), lanes)| {
                argon2id(password, &Sha256::digest(salt), mebibytes * 1024, passes, lanes)
            })
        }
        _ => return Err(ReadError::Unusable(Format::BITWARDEN)),
    };
    key.ok_or(ReadError::TooCostly(Format::BITWARDEN))
}

/// Bitwarden's form of a ciphertext: `2.nonce|ciphertext|code`, each part in base64.
struct EncString {
    nonce: Vec<u8>,
    content: Vec<u8>,
    code: Vec<u8>,
}

impl EncString {
    fn parse(text: &str) -> Option<EncString> {
        let mut parts = text.strip_prefix("2.")?.split('|').map(base64::decode);
        let (nonce, content, code) = (parts.next()??, parts.next()??, parts.next()??);
        Some(EncString { nonce, content, code })
    }

    fn open(&self, key: &Key) -> Option<Zeroizing<Vec<u8>>> {
        let authenticated = [self.nonce.as_slice(), &self.content].concat();
        verify_hmac_sha256(&*expand_key(key, b"mac")?, &authenticated, &self.code)?;
        open_aes_cbc(&*expand_key(key, b"enc")?, &self.nonce, &self.content)
    }
}
