//! Bitwarden's JSON: of the password manager, of Bitwarden Authenticator, and of Vaultwarden.

use std::ops::RangeInclusive;

use otp::{OtpType, Otpauth, Parameters, Secret};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use vault::AccountDraft;
use zeroize::Zeroizing;

use crate::json::{at, has, list, text, whole};
use crate::parts::named;
use crate::reader::Reader;
use crate::seal::{Key, argon2id, expanded, open_aes_cbc, pbkdf2_sha256, verify_hmac_sha256};
use crate::source::{Source, bounded};
use crate::{Draft, Format, Import, ReadError, Reason, Rejected, Written, base64};

impl Format {
    /// The JSON of Bitwarden, Bitwarden Authenticator and Vaultwarden.
    pub const BITWARDEN: Format = Format::new("bitwarden", "Bitwarden");
}

pub(crate) const READER: Reader = Reader { format: Format::BITWARDEN, detect, read };

/// `{encrypted, folders, items}`, or `{encrypted: true, passwordProtected, …, data}`.
fn detect(source: &Source<'_>) -> bool {
    is_encrypted(&source.json) || has(&source.json, "encrypted") && list(&source.json, "items").is_some()
}

/// Whether the items, or parts of them, are ciphertext.
pub(crate) fn is_encrypted(export: &Value) -> bool {
    at(export, "encrypted") == &Value::Bool(true) && (has(export, "items") || is_password_protected(export))
}

/// Whether a password opens an encrypted export; otherwise the account that made it must.
fn is_password_protected(export: &Value) -> bool {
    at(export, "passwordProtected") == &Value::Bool(true)
}

fn read(source: &Source<'_>, password: Option<&str>) -> Result<Import, ReadError> {
    let export = &source.json;
    if !is_encrypted(export) {
        return entries(export);
    }
    if !is_password_protected(export) {
        return Err(ReadError::AccountRestricted(Format::BITWARDEN));
    }
    let password = password.ok_or(ReadError::Encrypted(Format::BITWARDEN))?;
    entries(&opened(export, password)?)
}

/// The entries of a plain export.
fn entries(export: &Value) -> Result<Import, ReadError> {
    let items = list(export, "items").ok_or(ReadError::Unusable(Format::BITWARDEN))?;
    let folders = folders(export);
    let entries = (1..).zip(bounded(items)?).filter_map(|(position, item)| draft(position, item, &folders));
    Ok(Import::new(Format::BITWARDEN, entries.collect()))
}

/// The names of the folders by their ids.
fn folders(export: &Value) -> Map<String, Value> {
    let folders = list(export, "folders").unwrap_or_default();
    folders.iter().map(|folder| (text(folder, "id").to_owned(), at(folder, "name").clone())).collect()
}

/// An item; `None` for one without one-time passwords.
fn draft(position: usize, item: &Value, folders: &Map<String, Value>) -> Option<Result<Draft, Rejected>> {
    let totp = totp(item)?;
    if !at(item, "deletedDate").is_null() {
        return Some(Err(rejected(position, item, Reason::Trashed)));
    }
    let draft = account(item, totp).map_err(|reason| rejected(position, item, reason));
    let folder = folders.get(text(item, "folderId")).and_then(Value::as_str);
    Some(draft.map(|account| Draft { group: folder.and_then(named), ..Draft::of(account) }))
}

/// What an item says about its one-time passwords: a URI, or a secret alone.
pub(crate) fn totp(item: &Value) -> Option<&str> {
    Some(text(item, "login.totp").trim()).filter(|totp| !totp.is_empty())
}

pub(crate) fn rejected(position: usize, item: &Value, reason: Reason) -> Rejected {
    let written = Written {
        kind: "totp".into(),
        service: text(item, "name").to_owned(),
        account: text(item, "login.username").to_owned(),
    };
    Rejected::new(position, written, reason)
}

/// The account; the item's own names fill in what a URI doesn't name.
fn account(item: &Value, totp: &str) -> Result<AccountDraft, Reason> {
    let (name, username) = (named(text(item, "name")), text(item, "login.username").trim());
    let Otpauth { service, account, secret, parameters, .. } = if totp.contains("://") {
        let parsed = Otpauth::parse_any(totp)?;
        // A URI of this form names nothing.
        let is_bare = totp.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("steam://"));
        Otpauth { service: parsed.service.filter(|_| !is_bare || name.is_none()), ..parsed }
    } else {
        let parameters = Parameters::new(OtpType::Totp);
        let secret = Secret::parse(totp)?;
        Otpauth { service: None, account: String::new(), secret, parameters, image: None }
    };
    parameters.validate()?;
    let account = if account.is_empty() { username.to_owned() } else { account };
    let secret = crate::otpauth::usable(&secret)?;
    Ok(AccountDraft::new(account, secret, parameters).with_service(service.or(name)))
}

/// The plain export in `data` of one that a password protects.
///
/// The key derived from the password is expanded to one for AES-256-CBC and one for HMAC-SHA256, which together seal
/// `data` and, as the check of the password, a random text.
fn opened(export: &Value, password: &str) -> Result<Value, ReadError> {
    let unusable = ReadError::Unusable(Format::BITWARDEN);
    let key = key(export, password)?;
    let check = SealedText::parse(text(export, "encKeyValidation_DO_NOT_EDIT")).ok_or(unusable.clone())?;
    let data = SealedText::parse(text(export, "data")).ok_or(unusable.clone())?;
    check.open(&key).ok_or(ReadError::WrongPassword(Format::BITWARDEN))?;
    let plain = data.open(&key).ok_or(unusable.clone())?;
    serde_json::from_slice(&plain).map_err(|_| unusable)
}

/// The key derived from the password, at costs that Bitwarden's own clients accept.
fn key(export: &Value, password: &str) -> Result<Key, ReadError> {
    let cost = |name, bounds: RangeInclusive<u64>| match whole(at(export, name)) {
        Ok(Some(cost)) if bounds.contains(&cost) => u32::try_from(cost).ok(),
        _ => None,
    };
    // The salt is the text, not what it would decode to.
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

/// `2.nonce|ciphertext|code`, each in base64.
struct SealedText {
    nonce: Vec<u8>,
    content: Vec<u8>,
    code: Vec<u8>,
}

impl SealedText {
    fn parse(text: &str) -> Option<SealedText> {
        let mut parts = text.strip_prefix("2.")?.split('|').map(base64::decode);
        let (nonce, content, code) = (parts.next()??, parts.next()??, parts.next()??);
        Some(SealedText { nonce, content, code })
    }

    fn open(&self, key: &Key) -> Option<Zeroizing<Vec<u8>>> {
        let authenticated = [self.nonce.as_slice(), &self.content].concat();
        verify_hmac_sha256(&*expanded(key, b"mac")?, &authenticated, &self.code)?;
        open_aes_cbc(&*expanded(key, b"enc")?, &self.nonce, &self.content)
    }
}
