//! 2FAuth's own reading of the formats that it knows (compat 5), for its API, whose clients rely on it.
//!
//! It is narrower than [`crate::read`] and names some accounts differently. Accidental failures of 2FAuth are not
//! copied: a bad entry doesn't spoil the others, nothing is decoded as HTML, and items without a one-time password are
//! left out.
//!
//! Formats that 2FAuth doesn't know are read as [`crate::read`] reads them.

use otp::{Otpauth, Secret};
use serde_json::Value;
use vault::AccountDraft;

use crate::file::{ExportFile, begins_with, bounded, reject_line};
use crate::json::{at, has, list, text};
use crate::parts::Parts;
use crate::reader::Reader;
use crate::{
    EntryError, Format, Import, ImportedAccount, MAX_ENTRIES, READERS, RawEntry, ReadError, RejectedEntry, aegis,
    bitwarden, google, twofas, twofauth,
};

/// Why the API refuses a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompatError {
    /// The file is in no known format.
    #[error("the data match no supported format")]
    UnknownFormat,
    /// The format is known, but the file can't be read.
    #[error("the data of {0} can't be read")]
    Unusable(Format),
    /// The file is encrypted, and the API takes no password.
    #[error("the data of {0} are encrypted")]
    Encrypted(Format),
    /// No entry has all the keys that entries of its format have. Holds the paths of missing keys.
    #[error("keys are missing: {0:?}")]
    Missing(Vec<String>),
    /// The file is larger than [`MAX_BYTES`](crate::MAX_BYTES).
    #[error("the file is too large")]
    TooLarge,
    /// The file has more than [`MAX_ENTRIES`] entries.
    #[error("the file has too many entries")]
    TooMany,
}

impl From<ReadError> for CompatError {
    fn from(error: ReadError) -> CompatError {
        match error {
            ReadError::TooLarge => CompatError::TooLarge,
            ReadError::TooMany => CompatError::TooMany,
            ReadError::UnknownFormat => CompatError::UnknownFormat,
            ReadError::Unusable(format) | ReadError::TooCostly(format) => CompatError::Unusable(format),
            ReadError::Encrypted(format) | ReadError::WrongPassword(format) | ReadError::AccountRestricted(format) => {
                CompatError::Encrypted(format)
            }
        }
    }
}

type Outcome = Result<Import, CompatError>;

/// Reads a file as 2FAuth does, and one in a format that 2FAuth doesn't know as [`crate::read`] does.
///
/// # Errors
/// When nothing of the file can be used.
pub fn read(bytes: &[u8]) -> Outcome {
    let file = ExportFile::new(bytes)?;
    let outcome = READERS.iter().find_map(|reader| read_format(reader, &file));
    outcome.unwrap_or(Err(CompatError::UnknownFormat)).map(Import::within_bounds)
}

/// Reads a file of one format; `None` for a file of another.
fn read_format(reader: &Reader, file: &ExportFile<'_>) -> Option<Outcome> {
    match reader.format {
        Format::TWOFAUTH => read_twofauth(&file.json),
        Format::AEGIS => read_aegis(&file.json),
        Format::TWOFAS => read_twofas(&file.json),
        Format::BITWARDEN => read_bitwarden(&file.json),
        Format::GOOGLE_AUTHENTICATOR => only_google_uri(file).map(read_google),
        Format::OTPAUTH_LIST => read_uri_list(file),
        _ => (reader.detect)(file).then(|| read_other(reader, file)),
    }
}

/// Reads a file in a format that 2FAuth doesn't know.
fn read_other(reader: &Reader, file: &ExportFile<'_>) -> Outcome {
    let import = (reader.read)(file, None)?;
    let entries = (1..).zip(import.entries).map(|(position, entry)| {
        let imported = entry?;
        let AccountDraft { service, name, parameters, .. } = &imported.account;
        let raw = RawEntry {
            kind: parameters.otp_type.as_str().to_owned(),
            service: service.clone().unwrap_or_default(),
            account: name.clone(),
        };
        check_names(imported).map_err(|reason| RejectedEntry::new(position, raw, reason))
    });
    Ok(Import { entries: entries.collect(), ..import })
}

fn read_twofauth(json: &Value) -> Option<Outcome> {
    let data = non_empty_list(json, "data").filter(|_| is_twofauth(json))?;
    let entry = |position, item: &Value| Some(twofauth_entry(position, item));
    Some(read_items(Format::TWOFAUTH, data, "data", &TWOFAUTH_KEYS, entry))
}

fn read_aegis(json: &Value) -> Option<Outcome> {
    if aegis::is_encrypted(json) {
        return Some(Err(CompatError::Encrypted(Format::AEGIS)));
    }
    let entry = |position, item: &Value| Some(aegis_entry(position, item));
    Some(read_items(Format::AEGIS, non_empty_list(json, "db.entries")?, "db.entries", &AEGIS_KEYS, entry))
}

fn read_twofas(json: &Value) -> Option<Outcome> {
    if !has(json, "schemaVersion") {
        return None;
    }
    if twofas::is_encrypted(json) {
        return Some(Err(CompatError::Encrypted(Format::TWOFAS)));
    }
    let entry = |position, item: &Value| Some(twofas_entry(position, item));
    Some(read_items(Format::TWOFAS, non_empty_list(json, "services")?, "services", &TWOFAS_KEYS, entry))
}

fn read_bitwarden(json: &Value) -> Option<Outcome> {
    if bitwarden::is_encrypted(json) {
        return Some(Err(CompatError::Encrypted(Format::BITWARDEN)));
    }
    let entries = non_empty_list(json, "items").filter(|_| has(json, "encrypted"))?;
    Some(read_items(Format::BITWARDEN, entries, "items", &BITWARDEN_KEYS, bitwarden_entry))
}

const TWOFAUTH_KEYS: [&str; 8] =
    ["otp_type", "service", "account", "secret", "digits", "algorithm", "period", "counter"];
const AEGIS_KEYS: [&str; 4] = ["type", "name", "issuer", "info"];
const TWOFAS_KEYS: [&str; 3] = ["secret", "name", "otp"];
const BITWARDEN_KEYS: [&str; 4] = ["id", "name", "login.username", "login.totp"];

/// Whether this is 2FAuth's JSON, which has no `schema` if it consists of URIs.
fn is_twofauth(json: &Value) -> bool {
    let uris = || list(json, "data").is_some_and(|data| data.iter().all(|entry| twofauth::find_uri(entry).is_some()));
    text(json, "app").starts_with("2fauth_") && (has(json, "schema") || uris())
}

/// Returns the list at a path unless it is empty.
fn non_empty_list<'a>(json: &'a Value, path: &str) -> Option<&'a [Value]> {
    list(json, path).filter(|list| !list.is_empty())
}

/// The result of one item.
type Entry = Result<ImportedAccount, RejectedEntry>;

/// Reads the entries of a list in JSON; refuses it if each entry lacks keys and none can be read.
///
/// compat: 2FAuth refuses a file as soon as one entry lacks a key. A key may be null.
fn read_items(
    format: Format,
    list: &[Value],
    path: &str,
    keys: &[&'static str],
    entry: impl Fn(usize, &Value) -> Option<Entry>,
) -> Outcome {
    let list = bounded(list)?;
    let entries: Vec<_> = (1..).zip(list).filter_map(|(position, item)| entry(position, item)).collect();
    let is_complete = |item: &Value| keys.iter().all(|key| has(item, key)) || twofauth::find_uri(item).is_some();
    if entries.iter().any(Result::is_ok) || list.iter().any(is_complete) {
        return Ok(Import::new(format, entries));
    }
    let missing = list.iter().enumerate().flat_map(|(index, item)| {
        keys.iter().filter(|key| !has(item, key)).map(move |key| format!("{path}.{index}.{key}"))
    });
    Err(CompatError::Missing(missing.take(MAX_MISSING).collect()))
}

/// Refuses an entry that lacks one of its keys.
fn require_keys(item: &Value, keys: &[&'static str]) -> Result<(), EntryError> {
    keys.iter().find(|key| !has(item, key)).map_or(Ok(()), |key| Err(EntryError::Missing(key)))
}

/// Maximum number of missing keys in an error.
const MAX_MISSING: usize = 200;

fn twofauth_entry(position: usize, item: &Value) -> Entry {
    if let Some(uri) = twofauth::find_uri(item) {
        return read_uri(uri).map_err(|reason| twofauth::reject_uri(position, reason));
    }
    let parts = twofauth::find_parts(item);
    let imported = require_keys(item, &TWOFAUTH_KEYS).and_then(|()| read_parts(&parts));
    let imported = imported.map(|imported| ImportedAccount { icon: twofauth::find_icon(item), ..imported });
    // compat: 2FAuth gives no names for a bad entry of its own format.
    let raw = || Box::new(RawEntry { kind: "totp".into(), ..RawEntry::default() });
    imported.map_err(|reason| RejectedEntry { raw: raw(), ..parts.reject(position, reason) })
}

fn aegis_entry(position: usize, item: &Value) -> Entry {
    let parts = aegis::find_parts(item);
    let imported = require_keys(item, &AEGIS_KEYS).and_then(|()| read_parts(&parts));
    let imported = imported.map(|imported| ImportedAccount { icon: aegis::find_icon(item), ..imported });
    imported.map_err(|reason| parts.reject(position, reason))
}

/// compat: 2FAuth takes the names that the app shows, not those of the service, and knows no Steam accounts in this
/// format.
fn twofas_entry(position: usize, item: &Value) -> Entry {
    let parts = twofas::find_parts(item);
    let imported = match parts.kind {
        kind if kind.eq_ignore_ascii_case("steam") => Err(EntryError::Kind(kind.to_owned())),
        _ => require_keys(item, &TWOFAS_KEYS).and_then(|()| read_parts(&parts)),
    };
    imported.map_err(|reason| parts.reject(position, reason))
}

/// compat: an item's own names replace those of its URI, and a secret alone is invalid.
fn bitwarden_entry(position: usize, item: &Value) -> Option<Entry> {
    let (name, totp) = (text(item, "name"), bitwarden::find_totp(item)?);
    let username = at(item, "login.username").as_str();
    let imported = read_uri_named(totp, Some(name), username.filter(|name| !name.is_empty()).or(Some(name)));
    Some(imported.map_err(|reason| bitwarden::reject(position, item, reason)))
}

/// Returns the only line, if it is the text of a QR code.
///
/// compat: 2FAuth reads one QR code at a time.
fn only_google_uri<'a>(file: &ExportFile<'a>) -> Option<&'a str> {
    let mut lines = file.lines().map(|(_, line)| line);
    let uri = lines.next().filter(|line| begins_with(line, GOOGLE_START) && line.len() > GOOGLE_START.len());
    uri.filter(|_| lines.next().is_none())
}

const GOOGLE_START: &str = "otpauth-migration://offline?data=";

fn read_google(uri: &str) -> Outcome {
    let payload = google::decode_payload(uri).ok_or(CompatError::Unusable(Format::GOOGLE_AUTHENTICATOR))?;
    let entries = (1..).zip(&payload.accounts).map(|(position, account)| {
        // compat: an account without a kind is invalid.
        let imported = if account.has_kind() {
            account.read(position)?
        } else {
            return Err(account.reject(position, EntryError::Missing("type")));
        };
        check_names(imported).map_err(|reason| account.reject(position, reason))
    });
    Ok(Import::new(Format::GOOGLE_AUTHENTICATOR, entries.collect()))
}

/// Reads a text in which each line is a URI.
fn read_uri_list(file: &ExportFile<'_>) -> Option<Outcome> {
    let lines: Vec<_> = file.lines().collect();
    let is_uri = |line: &str| {
        ["otpauth://steam/", "otpauth://totp/", "otpauth://hotp/"].iter().any(|start| begins_with(line, start))
    };
    if lines.is_empty() || !lines.iter().all(|(_, line)| is_uri(line)) {
        return None;
    }
    if lines.len() > MAX_ENTRIES {
        return Some(Err(CompatError::TooMany));
    }
    let entries =
        lines.into_iter().map(|(number, line)| read_uri(line).map_err(|reason| reject_line(number, line, reason)));
    Some(Ok(Import::new(Format::OTPAUTH_LIST, entries.collect())))
}

/// Reads the account of an entry that holds its parts.
fn read_parts(parts: &Parts<'_>) -> Result<ImportedAccount, EntryError> {
    // compat: 0 digits and a period of 0 stand for null.
    let or_null = |value| if value == &Value::from(0) { &Value::Null } else { value };
    let parts = Parts { digits: or_null(parts.digits), period: or_null(parts.period), ..*parts };
    let service = Some(parts.service).filter(|service| !service.is_empty()).map(str::to_owned);
    let (service, parameters) = parts.parse_parameters()?.with_steam_rule(service);
    let secret = parse_secret(parts.secret);
    check_names(AccountDraft::new(parts.account, secret, parameters).with_service(service).into())
}

/// Reads the account of a URI as the API reads one.
fn read_uri(uri: &str) -> Result<ImportedAccount, EntryError> {
    read_uri_named(uri, None, None)
}

/// Reads the account of a URI and replaces its names.
fn read_uri_named(uri: &str, service: Option<&str>, account: Option<&str>) -> Result<ImportedAccount, EntryError> {
    let parsed = parse_uri(uri)?;
    parsed.parameters.validate()?;
    let (service, parameters) = parsed.parameters.with_steam_rule(service.map(str::to_owned).or(parsed.service));
    let name = account.map_or(parsed.account, str::to_owned);
    let secret = parse_secret(parsed.secret.unpadded());
    check_names(AccountDraft::new(name, secret, parameters).with_service(service).into())
}

/// Parses a URI as 2FAuth does, and leniently if that fails.
fn parse_uri(uri: &str) -> Result<Otpauth, EntryError> {
    let strict = match uri.get(..15) {
        Some(start) if start.eq_ignore_ascii_case("otpauth://steam") => {
            Otpauth::parse_as_steam(&format!("otpauth://totp{}", &uri[15..]))
        }
        Some(start) => Otpauth::parse(&format!("{}{}", start.to_ascii_lowercase(), &uri[15..])),
        None => Otpauth::parse(uri),
    };
    strict.or_else(|_| Otpauth::parse_any(uri)).map_err(EntryError::from)
}

/// Returns a secret, tidied if it is base32 but for spaces and the like, else as it is.
///
/// compat: 2FAuth checks secrets when accounts are created, not before.
fn parse_secret(text: &str) -> Secret {
    Secret::parse(text).unwrap_or_else(|_| Secret::from_text(text))
}

/// Refuses names that the API doesn't allow. A missing account gets the name of the service.
fn check_names(imported: ImportedAccount) -> Result<ImportedAccount, EntryError> {
    let AccountDraft { service, name, .. } = &imported.account;
    let name = if name.is_empty() { service.clone().unwrap_or_default() } else { name.clone() };
    if name.is_empty() {
        return Err(EntryError::Nameless);
    }
    if name.contains(':') || service.as_ref().is_some_and(|service| service.contains(':')) {
        return Err(EntryError::Colon);
    }
    Ok(ImportedAccount { account: AccountDraft { name, ..imported.account }, ..imported })
}

#[cfg(test)]
mod tests {
    use otp::{OtpType, Parameters};

    use super::*;

    const OTHER: Reader = Reader {
        format: Format::new("other", "Other"),
        detect: |file| file.text.starts_with("other"),
        read: |file, password| match file.text {
            "other, encrypted" if password.is_none() => Err(ReadError::Encrypted(OTHER.format)),
            _ => {
                let account =
                    |name: &str| AccountDraft::new(name, Secret::from_key(b"key"), Parameters::new(OtpType::Totp));
                let entries = ["ana", "a:b"].map(|name| Ok(account(name).into()));
                Ok(Import::new(OTHER.format, entries.into()))
            }
        },
    };

    fn outcome(text: &str) -> Option<Outcome> {
        read_format(&OTHER, &ExportFile::new(text.as_bytes()).unwrap())
    }

    #[test]
    fn a_format_that_2fauth_does_not_know_is_read_for_the_api_too() {
        let Import { format, entries, .. } = outcome("other").unwrap().unwrap();
        let reasons: Vec<_> =
            entries.iter().map(|entry| entry.as_ref().err().map(|rejected| &rejected.reason)).collect();
        assert_eq!((format, reasons), (OTHER.format, vec![None, Some(&EntryError::Colon)]));
        assert_eq!(outcome("other, encrypted"), Some(Err(CompatError::Encrypted(OTHER.format))));
        assert_eq!(outcome("another"), None);
    }
}
