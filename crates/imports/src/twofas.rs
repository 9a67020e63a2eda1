//! Backups of 2FAS, plain and encrypted with a password.

use std::borrow::Cow;

use otp::Otpauth;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::json::{at, has, list, text};
use crate::parts::{Parts, named, without_issuer};
use crate::reader::Reader;
use crate::seal::{Key, open_aes_gcm, pbkdf2_sha256};
use crate::source::{Source, bounded};
use crate::{Draft, Format, Import, Notice, ReadError, Rejected, base64};

impl Format {
    /// A 2FAS backup.
    pub const TWOFAS: Format = Format::new("2fas", "2FAS Auth");
}

pub(crate) const READER: Reader = Reader { format: Format::TWOFAS, detect, read };

/// `{services, groups, schemaVersion, servicesEncrypted?, reference?}`.
fn detect(source: &Source<'_>) -> bool {
    has(&source.json, "schemaVersion") && (has(&source.json, "services") || has(&source.json, "servicesEncrypted"))
}

/// Whether the services are ciphertext; an empty one means that they aren't.
pub(crate) fn is_encrypted(backup: &Value) -> bool {
    !text(backup, "servicesEncrypted").is_empty()
}

fn read(source: &Source<'_>, password: Option<&str>) -> Result<Import, ReadError> {
    let backup = &source.json;
    let opened = match password {
        _ if !is_encrypted(backup) => Cow::Borrowed(at(backup, "services")),
        Some(password) => Cow::Owned(opened(backup, password)?),
        None => return Err(ReadError::Encrypted(Format::TWOFAS)),
    };
    let services = opened.as_array().ok_or(ReadError::Unusable(Format::TWOFAS))?;
    let groups = groups(backup);
    let entries = (1..).zip(bounded(services)?).map(|(position, service)| draft(position, service, &groups));
    let mut import = Import::new(Format::TWOFAS, entries.collect());
    // The first version has no parameters at all, the second no kinds.
    if at(backup, "schemaVersion").as_u64().is_some_and(|version| version < 3) {
        import.notices.push(Notice::NoParameters(Format::TWOFAS));
    }
    Ok(import)
}

/// The names of the groups by their ids.
fn groups(backup: &Value) -> Map<String, Value> {
    let groups = list(backup, "groups").unwrap_or_default();
    groups.iter().map(|group| (text(group, "id").to_owned(), at(group, "name").clone())).collect()
}

fn draft(position: usize, service: &Value, groups: &Map<String, Value>) -> Result<Draft, Rejected> {
    let name = text(service, "name");
    let issuer = named(text(service, "otp.issuer")).unwrap_or_else(|| name.to_owned());
    let account = account(service);
    let parts = Parts { service: &issuer, account: without_issuer(&account, &issuer), ..parts(service) };
    let group = groups.get(text(service, "groupId")).and_then(Value::as_str);
    Ok(Draft { group: group.and_then(named), ..parts.draft(position)? })
}

/// The account: as the user edited it, else as it came, else as the URI from which it came has it.
fn account(service: &Value) -> String {
    let edited = named(text(service, "otp.label")).or_else(|| named(text(service, "otp.account")));
    edited.or_else(|| Some(Otpauth::parse_any(text(service, "otp.link")).ok()?.account)).unwrap_or_default()
}

/// The parts of a service, with the name that it has in the application. Time-based is what says nothing else.
pub(crate) fn parts(service: &Value) -> Parts<'_> {
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

const ITERATIONS: u32 = 10_000;

/// The decrypted services. `reference` is a known text sealed with the same password, which tells a wrong password from
/// a damaged file.
fn opened(backup: &Value, password: &str) -> Result<Value, ReadError> {
    let unusable = ReadError::Unusable(Format::TWOFAS);
    let wrong = ReadError::WrongPassword(Format::TWOFAS);
    let services = Sealed::parse(text(backup, "servicesEncrypted")).ok_or(unusable.clone())?;
    let reference = Sealed::parse(text(backup, "reference"));
    let key = services.key(password);
    let failure = match reference {
        Some(reference) if reference.open(&reference.key(password)).is_some() => unusable.clone(),
        _ => wrong,
    };
    let plain = services.open(&key).ok_or(failure)?;
    serde_json::from_slice(&plain).map_err(|_| unusable)
}

/// `ciphertext and tag:salt:nonce`, each in base64.
struct Sealed {
    content: Vec<u8>,
    salt: Vec<u8>,
    nonce: Vec<u8>,
}

impl Sealed {
    fn parse(text: &str) -> Option<Sealed> {
        let mut parts = text.split(':').map(base64::decode);
        let (content, salt, nonce) = (parts.next()??, parts.next()??, parts.next()??);
        Some(Sealed { content, salt, nonce })
    }

    fn key(&self, password: &str) -> Key {
        pbkdf2_sha256(password, &self.salt, ITERATIONS)
    }

    fn open(&self, key: &Key) -> Option<Zeroizing<Vec<u8>>> {
        open_aes_gcm(&**key, &self.nonce, &self.content)
    }
}
