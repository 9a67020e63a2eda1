//! Aegis vaults, plain or encrypted with a password.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::crypto::{Scrypt, decode_hex, open_aes_gcm};
use crate::file::{ExportFile, bounded};
use crate::json::{at, has, integer, list, text};
use crate::parts::{Parts, non_empty};
use crate::reader::{Reader, Request, Rules};
use crate::{Format, Icon, Import, ImportedAccount, ReadError, RejectedEntry, base64};

impl Format {
    /// An Aegis vault.
    pub const AEGIS: Format = Format::new("aegis", "Aegis");
}

pub(crate) const READER: Reader = Reader { format: Format::AEGIS, detect, read };

/// `{version, header: {slots, params}, db}`. Other programs that write vaults leave out the header.
fn detect(file: &ExportFile<'_>) -> bool {
    has(&file.json, "header") && has(&file.json, "db") || list(&file.json, "db.entries").is_some()
}

/// Whether `db`, the content of the vault, is ciphertext.
fn is_encrypted(vault: &Value) -> bool {
    at(vault, "db").is_string() && at(vault, "header.slots").is_array()
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    if !is_encrypted(&file.json) {
        return read_entries(at(&file.json, "db"), request.rules);
    }
    let password = request.password.ok_or(ReadError::Encrypted(Format::AEGIS))?;
    read_entries(&decrypt(&file.json, password)?, request.rules)
}

/// Reads the entries of the plain `db`.
fn read_entries(db: &Value, rules: Rules) -> Result<Import, ReadError> {
    let entries = list(db, "entries").ok_or(ReadError::Unusable(Format::AEGIS))?;
    let groups = group_names(db);
    let entries = (1..).zip(bounded(entries)?).map(|(position, entry)| read_entry(position, entry, &groups, rules));
    Ok(Import::new(Format::AEGIS, entries.collect()))
}

/// Returns the names of the groups by their IDs.
fn group_names(db: &Value) -> Map<String, Value> {
    let groups = list(db, "groups").unwrap_or_default();
    groups.iter().map(|group| (text(group, "uuid").to_owned(), at(group, "name").clone())).collect()
}

fn read_entry(
    position: usize,
    entry: &Value,
    groups: &Map<String, Value>,
    rules: Rules,
) -> Result<ImportedAccount, RejectedEntry> {
    let account = find_parts(entry).read(position, rules)?;
    // Version 3 lists the IDs of an entry's groups; earlier versions have the name of its only one.
    let group = match list(entry, "groups") {
        Some(ids) => ids.iter().find_map(|id| groups.get(id.as_str()?)?.as_str()),
        None => at(entry, "group").as_str(),
    };
    Ok(ImportedAccount { icon: find_icon(entry), group: group.and_then(non_empty), ..account })
}

fn find_parts(entry: &Value) -> Parts<'_> {
    Parts {
        kind: text(entry, "type"),
        service: text(entry, "issuer"),
        account: text(entry, "name"),
        secret: text(entry, "info.secret"),
        algorithm: text(entry, "info.algo"),
        digits: at(entry, "info.digits"),
        period: at(entry, "info.period"),
        counter: at(entry, "info.counter"),
    }
}

fn find_icon(entry: &Value) -> Option<Icon> {
    Icon::decode(text(entry, "icon"), text(entry, "icon_mime"))
}

/// Maximum number of password slots that are tried, since each costs a key derivation.
const MAX_SLOTS: usize = 8;

/// Decrypts `db`.
///
/// Each password slot holds the master key, encrypted with a key that scrypt derives from the password; `db` is
/// encrypted with the master key. Source: `docs/vault.md` of Aegis.
fn decrypt(vault: &Value, password: &str) -> Result<Value, ReadError> {
    let unusable = ReadError::Unusable(Format::AEGIS);
    let slots = list(vault, "header.slots").unwrap_or_default();
    let mut slots = slots.iter().filter(|slot| at(slot, "type").as_u64() == Some(1)).take(MAX_SLOTS).peekable();
    if slots.peek().is_none() {
        return Err(ReadError::AccountRestricted(Format::AEGIS));
    }
    let mut outcome = Err(unusable.clone());
    for slot in slots {
        // A damaged slot closes no other.
        outcome = match open_slot(slot, password) {
            Err(error) => outcome.or(Err(error)),
            opened => opened,
        };
        if matches!(outcome, Ok(Some(_))) {
            break;
        }
    }
    let master = outcome?.ok_or(ReadError::WrongPassword(Format::AEGIS))?;
    let ciphertext = base64::decode(text(vault, "db")).ok_or(unusable.clone())?;
    let params = at(vault, "header.params");
    let plain = open(&master, params, ciphertext).ok_or(unusable.clone())?;
    serde_json::from_slice(&plain).map_err(|_| unusable)
}

/// Decrypts the master key in a slot; `None` if the password doesn't open it.
fn open_slot(slot: &Value, password: &str) -> Result<Option<Zeroizing<Vec<u8>>>, ReadError> {
    let unusable = ReadError::Unusable(Format::AEGIS);
    let cost = |name| integer(at(slot, name)).ok().flatten().ok_or(unusable.clone());
    let scrypt = Scrypt::new(cost("n")?, cost("r")?, cost("p")?).ok_or(ReadError::TooCostly(Format::AEGIS))?;
    let salt = decode_hex(text(slot, "salt")).filter(|salt| !salt.is_empty()).ok_or(unusable.clone())?;
    let ciphertext = decode_hex(text(slot, "key")).ok_or(unusable.clone())?;
    let params = at(slot, "key_params");
    let has_length = |name, length| decode_hex(text(params, name)).is_some_and(|bytes| bytes.len() == length);
    if !has_length("nonce", 12) || !has_length("tag", 16) || ciphertext.len() != 32 {
        return Err(unusable);
    }
    let key = scrypt.derive(password, &salt).ok_or(ReadError::TooCostly(Format::AEGIS))?;
    Ok(open(&*key, params, ciphertext))
}

/// Decrypts a ciphertext whose nonce and tag are in `params`, both in hexadecimal.
fn open(key: &[u8], params: &Value, mut ciphertext: Vec<u8>) -> Option<Zeroizing<Vec<u8>>> {
    ciphertext.extend(decode_hex(text(params, "tag"))?);
    open_aes_gcm(key, &decode_hex(text(params, "nonce"))?, &ciphertext)
}
