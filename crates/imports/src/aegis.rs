//! Vaults of Aegis, plain and encrypted with a password.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::json::{at, has, list, text, whole};
use crate::parts::Parts;
use crate::reader::Reader;
use crate::seal::{Scrypt, hex, open_aes_gcm};
use crate::source::{Source, bounded};
use crate::{Draft, Format, Icon, Import, ReadError, Rejected, base64};

impl Format {
    /// An Aegis vault.
    pub const AEGIS: Format = Format::new("aegis", "Aegis");
}

pub(crate) const READER: Reader = Reader { format: Format::AEGIS, detect, read };

/// `{version, header: {slots, params}, db}`.
fn detect(source: &Source<'_>) -> bool {
    has(&source.json, "header") && has(&source.json, "db")
}

/// Whether the vault, `db`, is ciphertext.
pub(crate) fn is_encrypted(vault: &Value) -> bool {
    at(vault, "db").is_string() && at(vault, "header.slots").is_array()
}

fn read(source: &Source<'_>, password: Option<&str>) -> Result<Import, ReadError> {
    if !is_encrypted(&source.json) {
        return entries(at(&source.json, "db"));
    }
    let password = password.ok_or(ReadError::Encrypted(Format::AEGIS))?;
    entries(&opened(&source.json, password)?)
}

/// The entries of the plain `db`.
fn entries(db: &Value) -> Result<Import, ReadError> {
    let entries = list(db, "entries").ok_or(ReadError::Unusable(Format::AEGIS))?;
    let groups = groups(db);
    let entries = (1..).zip(bounded(entries)?).map(|(position, entry)| draft(position, entry, &groups));
    Ok(Import::new(Format::AEGIS, entries.collect()))
}

/// The names of the groups by their ids.
fn groups(db: &Value) -> Map<String, Value> {
    let groups = list(db, "groups").unwrap_or_default();
    groups.iter().map(|group| (text(group, "uuid").to_owned(), at(group, "name").clone())).collect()
}

fn draft(position: usize, entry: &Value, groups: &Map<String, Value>) -> Result<Draft, Rejected> {
    let draft = parts(entry).draft(position)?;
    // Version 3 names groups by id, of which there may be several; before, there was one by name.
    let group = match list(entry, "groups") {
        Some(ids) => ids.iter().find_map(|id| groups.get(id.as_str()?)?.as_str()),
        None => at(entry, "group").as_str(),
    };
    Ok(Draft { icon: icon(entry), group: group.and_then(crate::parts::named), ..draft })
}

pub(crate) fn parts(entry: &Value) -> Parts<'_> {
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

pub(crate) fn icon(entry: &Value) -> Option<Icon> {
    Icon::of(text(entry, "icon"), text(entry, "icon_mime"))
}

/// Password slots that are tried at most: each costs a key derivation.
const MAX_SLOTS: usize = 8;

/// The decrypted `db`.
///
/// Each password slot holds the master key, sealed with a key that scrypt derives from the password; the master key
/// seals `db`. Source: `docs/vault.md` of Aegis.
fn opened(vault: &Value, password: &str) -> Result<Value, ReadError> {
    let unusable = ReadError::Unusable(Format::AEGIS);
    let slots = list(vault, "header.slots").unwrap_or_default();
    let mut slots = slots.iter().filter(|slot| at(slot, "type").as_u64() == Some(1)).take(MAX_SLOTS).peekable();
    if slots.peek().is_none() {
        return Err(ReadError::AccountRestricted(Format::AEGIS));
    }
    let mut master = None;
    for slot in slots {
        master = master_key(slot, password)?;
        if master.is_some() {
            break;
        }
    }
    let master = master.ok_or(ReadError::WrongPassword(Format::AEGIS))?;
    let sealed = base64::decode(text(vault, "db")).ok_or(unusable.clone())?;
    let params = at(vault, "header.params");
    let plain = unseal(&master, params, sealed).ok_or(unusable.clone())?;
    serde_json::from_slice(&plain).map_err(|_| unusable)
}

/// The master key in a slot; `None` when the password doesn't open it.
fn master_key(slot: &Value, password: &str) -> Result<Option<Zeroizing<Vec<u8>>>, ReadError> {
    let unusable = ReadError::Unusable(Format::AEGIS);
    let cost = |name| whole(at(slot, name)).ok().flatten().ok_or(unusable.clone());
    let scrypt = Scrypt::new(cost("n")?, cost("r")?, cost("p")?).ok_or(ReadError::TooCostly(Format::AEGIS))?;
    let salt = hex(text(slot, "salt")).ok_or(unusable.clone())?;
    let sealed = hex(text(slot, "key")).ok_or(unusable)?;
    let key = scrypt.key(password, &salt).ok_or(ReadError::TooCostly(Format::AEGIS))?;
    Ok(unseal(&*key, at(slot, "key_params"), sealed))
}

/// What `nonce` and `tag`, both in hex, open.
fn unseal(key: &[u8], params: &Value, mut sealed: Vec<u8>) -> Option<Zeroizing<Vec<u8>>> {
    sealed.extend(hex(text(params, "tag"))?);
    open_aes_gcm(key, &hex(text(params, "nonce"))?, &sealed)
}
