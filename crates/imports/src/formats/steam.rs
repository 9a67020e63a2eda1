//! Steam's guard: the files of Steam Desktop Authenticator, of steamguard-cli and of the app, plain or encrypted with a
//! password. What an encrypted file takes to be opened is in the file `manifest.json` beside it.

use std::collections::HashSet;

use otp::{Otpauth, Secret};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::crypto::{Key, argon2id, is_whole, open_aes_cbc, pbkdf2_sha1};
use crate::file::ExportFile;
use crate::json::{at, has, list, text};
use crate::parts::Parts;
use crate::reader::{Reader, Request, Rules};
use crate::{EntryError, Format, Import, ImportedAccount, MAX_ENTRIES, ReadError, RejectedEntry, Warning, base64};

impl Format {
    /// Steam's guard.
    pub const STEAM: Format = Format::new("steam", "Steam");
}

pub(crate) const READER: Reader = Reader { format: Format::STEAM, detect, read };

fn detect(file: &ExportFile<'_>) -> bool {
    has(&file.json, "shared_secret")
        || !app_accounts(&file.json).is_empty()
        || is_manifest(&file.json)
        || is_sealed(file)
}

/// Returns the accounts of the app: an object of them by their IDs, of which some may be damaged.
fn app_accounts(json: &Value) -> Vec<&Value> {
    let accounts = || at(json, "accounts").as_object().into_iter().flat_map(|accounts| accounts.values());
    if accounts().any(|account| has(account, "shared_secret")) { accounts().collect() } else { Vec::new() }
}

/// Whether this is a list of the other files.
fn is_manifest(json: &Value) -> bool {
    list(json, "entries").is_some_and(|entries| entries.iter().any(|entry| has(entry, "filename")))
}

/// Whether the file is ciphertext that a manifest among the other files describes, or has the name of such a file.
fn is_sealed(file: &ExportFile<'_>) -> bool {
    has_name(file) || sealed_bytes(file).is_some() && keys_beside(file).is_some_and(|keys| !keys.is_empty())
}

fn has_name(file: &ExportFile<'_>) -> bool {
    file.name.to_ascii_lowercase().ends_with(".mafile")
}

fn sealed_bytes(file: &ExportFile<'_>) -> Option<Vec<u8>> {
    let text = file.text.trim();
    (!text.is_empty()).then(|| base64::decode(text)).flatten().filter(|bytes| is_whole(bytes))
}

/// How a file is encrypted.
struct Sealing {
    is_argon: bool,
    salt: Vec<u8>,
    nonce: Vec<u8>,
    account: String,
}

/// Maximum number of entries of a manifest that are tried, since each costs a key derivation.
const MAX_TRIES: usize = 8;

/// Maximum size of a manifest, in bytes: each file looks for one among the others.
const MAX_MANIFEST: usize = 1 << 17;

/// Returns how the file may be encrypted, by the manifests among the other files: as the entries of its name say, or, if
/// it was given another one, as one of the entries of files that weren't brought along. `None` if there are no such
/// entries; damaged ones aren't returned.
fn keys_beside(file: &ExportFile<'_>) -> Option<Vec<Sealing>> {
    let small = file.others.iter().filter(|other| other.bytes.len() <= MAX_MANIFEST);
    let manifests = small.filter_map(|other| serde_json::from_slice::<Value>(other.bytes).ok());
    let manifests: Vec<Value> = manifests.filter(is_manifest).collect();
    let entries = || manifests.iter().flat_map(|manifest| list(manifest, "entries").unwrap_or_default());
    let is_of = |entry: &&Value, name: &str| text(entry, "filename").eq_ignore_ascii_case(name);
    let own: Vec<&Value> = entries().filter(|entry| is_of(entry, file.name)).collect();
    if !own.is_empty() {
        return Some(own.into_iter().filter_map(read_sealing).take(MAX_TRIES).collect());
    }
    let names: HashSet<String> = file.others.iter().map(|other| other.base_name().to_ascii_lowercase()).collect();
    let mut nameless =
        entries().filter(|entry| !names.contains(&text(entry, "filename").to_ascii_lowercase())).peekable();
    nameless.peek()?;
    Some(nameless.filter_map(read_sealing).take(MAX_TRIES).collect())
}

fn read_sealing(entry: &Value) -> Option<Sealing> {
    let filled = |name| base64::decode(text(entry, name)).filter(|bytes| !bytes.is_empty());
    Some(Sealing {
        is_argon: text(entry, "encryption.scheme") == "Argon2idAes256",
        salt: filled("encryption.salt").or_else(|| filled("encryption_salt"))?,
        nonce: filled("encryption.iv").or_else(|| filled("encryption_iv")).filter(|nonce| nonce.len() == 16)?,
        account: text(entry, "account_name").to_owned(),
    })
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    if is_manifest(&file.json) {
        let is_alone = file.others.is_empty();
        let warnings = is_alone.then_some(Warning::OtherFiles(Format::STEAM)).into_iter().collect();
        return Ok(Import { warnings, ..Import::new(Format::STEAM, Vec::new()) });
    }
    if has(&file.json, "shared_secret") {
        return Ok(Import::new(Format::STEAM, vec![read_account(1, &file.json, "")]));
    }
    let accounts = app_accounts(&file.json);
    if !accounts.is_empty() {
        if accounts.len() > MAX_ENTRIES {
            return Err(ReadError::TooMany);
        }
        let entries = (1..).zip(accounts).map(|(position, account)| read_account(position, account, ""));
        return Ok(Import::new(Format::STEAM, entries.collect()));
    }
    let bytes = sealed_bytes(file).ok_or(ReadError::Unusable(Format::STEAM))?;
    let keys = keys_beside(file).ok_or(ReadError::Alone(Format::STEAM, "manifest.json"))?;
    if keys.is_empty() {
        return Err(ReadError::Unusable(Format::STEAM));
    }
    let password = request.password.ok_or(ReadError::Encrypted(Format::STEAM))?;
    let opened = keys.into_iter().find_map(|sealing| Some((sealing.open(&bytes, password)?, sealing.account)));
    let (account, name) = opened.ok_or(ReadError::WrongPassword(Format::STEAM))?;
    Ok(Import::new(Format::STEAM, vec![read_account(1, &account, &name)]))
}

impl Sealing {
    fn open(&self, bytes: &[u8], password: &str) -> Option<Value> {
        let key: Key = if self.is_argon {
            argon2id(password, &self.salt, 12 * 1024, 3, 12)?
        } else {
            pbkdf2_sha1(password.as_bytes(), &self.salt, 50_000)
        };
        let plain: Zeroizing<Vec<u8>> = open_aes_cbc(key.as_slice(), &self.nonce, bytes)?;
        serde_json::from_slice(&plain).ok().filter(|account| has(account, "shared_secret"))
    }
}

/// Reads an account. Its name may be missing, or stand in its URI or in the manifest only.
fn read_account(position: usize, account: &Value, listed: &str) -> Result<ImportedAccount, RejectedEntry> {
    let secret = base64::decode(text(account, "shared_secret")).filter(|key| !key.is_empty());
    let secret = secret.map(|key| Secret::from_key(&key));
    let stated = Otpauth::parse_any(text(account, "uri")).map(|uri| uri.account).unwrap_or_default();
    let names = [text(account, "account_name"), listed, stated.as_str()];
    let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let parts = Parts::new("steam", "Steam", name, secret.as_ref().map(Secret::unpadded).unwrap_or_default());
    if secret.is_none() {
        return Err(parts.reject(position, EntryError::Missing("shared_secret")));
    }
    parts.read(position, Rules::Format)
}
