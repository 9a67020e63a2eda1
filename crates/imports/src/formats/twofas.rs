//! 2FAS backups, plain or encrypted with a password.

use std::borrow::Cow;

use otp::Otpauth;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::crypto::{Key, open_aes_gcm, pbkdf2_sha256};
use crate::file::{ExportFile, bounded};
use crate::json::{at, has, list, text};
use crate::parts::{Parts, non_empty};
use crate::reader::{Reader, Request, Rules};
use crate::{Format, Import, ImportedAccount, ReadError, RejectedEntry, Warning, base64};

impl Format {
    /// A 2FAS backup.
    pub const TWOFAS: Format = Format::new("2fas", "2FAS Auth");
}

pub(crate) const READER: Reader = Reader { format: Format::TWOFAS, detect, read };

/// `{services, groups, schemaVersion, servicesEncrypted?, reference?}`.
fn detect(file: &ExportFile<'_>) -> bool {
    has(&file.json, "schemaVersion") && (has(&file.json, "services") || has(&file.json, "servicesEncrypted"))
}

/// Whether the services are ciphertext. An empty text means that they aren't.
fn is_encrypted(backup: &Value) -> bool {
    !text(backup, "servicesEncrypted").is_empty()
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    let backup = &file.json;
    let services = match request.password {
        _ if !is_encrypted(backup) => Cow::Borrowed(at(backup, "services")),
        Some(password) => Cow::Owned(decrypt(backup, password)?),
        None => return Err(ReadError::Encrypted(Format::TWOFAS)),
    };
    let services = services.as_array().ok_or(ReadError::Unusable(Format::TWOFAS))?;
    // An encrypted backup has the known text, and services somewhere.
    if services.is_empty() && !is_encrypted(backup) && !text(backup, "reference").is_empty() {
        return Err(ReadError::Unusable(Format::TWOFAS));
    }
    let groups = group_names(backup);
    let entries = (1..).zip(bounded(services)?);
    let entries = entries.map(|(position, service)| read_service(position, service, &groups, request.rules));
    let mut import = Import::new(Format::TWOFAS, entries.collect());
    // Version 1 has no parameters at all, version 2 no kinds.
    if at(backup, "schemaVersion").as_u64().is_some_and(|version| version < 3) {
        import.warnings.push(Warning::NoParameters(Format::TWOFAS));
    }
    Ok(import)
}

/// Returns the names of the groups by their IDs.
fn group_names(backup: &Value) -> Map<String, Value> {
    let groups = list(backup, "groups").unwrap_or_default();
    groups.iter().map(|group| (text(group, "id").to_owned(), at(group, "name").clone())).collect()
}

fn read_service(
    position: usize,
    service: &Value,
    groups: &Map<String, Value>,
    rules: Rules,
) -> Result<ImportedAccount, RejectedEntry> {
    let parts = find_parts(service);
    let (issuer, account) = find_names(service);
    // compat 5.2: 2FAuth takes the names that the app shows, not those of the service.
    let parts = if rules == Rules::Api { parts } else { Parts { service: &issuer, account: &account, ..parts } };
    let group = groups.get(text(service, "groupId")).and_then(Value::as_str);
    Ok(ImportedAccount { group: group.and_then(non_empty), ..parts.read(position, rules)? })
}

/// Returns the service and the account: the issuer, else the name in the app; and the account.
fn find_names(service: &Value) -> (String, String) {
    let issuer = non_empty(text(service, "otp.issuer")).unwrap_or_else(|| text(service, "name").to_owned());
    (issuer, find_account(service))
}

/// Returns the account: as the user edited it, else as it was added, else as the URI it was added from has it.
fn find_account(service: &Value) -> String {
    let edited = non_empty(text(service, "otp.label")).or_else(|| non_empty(text(service, "otp.account")));
    edited.or_else(|| Some(Otpauth::parse_any(text(service, "otp.link")).ok()?.account)).unwrap_or_default()
}

/// Returns the parts of a service, with its name in the app. A service without a kind is time-based.
fn find_parts(service: &Value) -> Parts<'_> {
    Parts {
        kind: if has(service, "otp.tokenType") { text(service, "otp.tokenType") } else { "totp" },
        service: text(service, "name"),
        account: text(service, "otp.account"),
        secret: text(service, "secret"),
        algorithm: text(service, "otp.algorithm"),
        digits: at(service, "otp.digits"),
        period: at(service, "otp.period"),
        counter: at(service, "otp.counter"),
    }
}

/// Iterations of PBKDF2, which are the same for every backup.
const ITERATIONS: u32 = 10_000;

/// Decrypts the services. `reference` is a known text, encrypted with the same password, which tells a wrong password
/// from a damaged file.
fn decrypt(backup: &Value, password: &str) -> Result<Value, ReadError> {
    let unusable = ReadError::Unusable(Format::TWOFAS);
    let wrong = ReadError::WrongPassword(Format::TWOFAS);
    let services = Ciphertext::parse(text(backup, "servicesEncrypted")).ok_or(unusable.clone())?;
    let reference = Ciphertext::parse(text(backup, "reference"));
    let key = services.derive_key(password);
    let failure = match reference {
        Some(reference) if reference.open(&reference.derive_key(password)).is_some() => unusable.clone(),
        _ => wrong,
    };
    let plain = services.open(&key).ok_or(failure)?;
    serde_json::from_slice(&plain).map_err(|_| unusable)
}

/// 2FAS's form of a ciphertext: `ciphertext and tag:salt:nonce`, each part in base64.
struct Ciphertext {
    content: Vec<u8>,
    salt: Vec<u8>,
    nonce: Vec<u8>,
}

impl Ciphertext {
    /// Returns `None` for a damaged one.
    fn parse(text: &str) -> Option<Ciphertext> {
        let mut parts = text.split(':').map(base64::decode);
        let (content, salt, nonce) = (parts.next()??, parts.next()??, parts.next()??);
        // A tag of 16 bytes is at the end.
        (content.len() > 16 && nonce.len() == 12).then_some(Ciphertext { content, salt, nonce })
    }

    fn derive_key(&self, password: &str) -> Key {
        pbkdf2_sha256(password, &self.salt, ITERATIONS)
    }

    fn open(&self, key: &Key) -> Option<Zeroizing<Vec<u8>>> {
        open_aes_gcm(&**key, &self.nonce, &self.content)
    }
}
