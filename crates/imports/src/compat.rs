//! 2FAuth's own reading of the formats that it knows (compat 5), for its API, whose clients rely on it.
//!
//! It is narrower than [`crate::read`] and names some accounts differently. Accidental failures of 2FAuth are not copied: a
//! bad entry doesn't spoil the others, nothing is decoded as HTML, and items without a one-time password are left out.
//!
//! Formats that 2FAuth doesn't know are read as [`crate::read`] reads them.

use otp::{Otpauth, Secret};
use serde_json::Value;
use vault::AccountDraft;

use crate::json::{at, has, list, text};
use crate::parts::Parts;
use crate::reader::Reader;
use crate::source::{Source, begins_with, bounded, rejected_line};
use crate::{
    Draft, Format, Import, MAX_ENTRIES, READERS, ReadError, Reason, Rejected, Written, aegis, bitwarden, google,
    twofas, twofauth,
};

/// Why the API refuses a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
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

impl From<ReadError> for Refusal {
    fn from(error: ReadError) -> Refusal {
        match error {
            ReadError::TooLarge => Refusal::TooLarge,
            ReadError::TooMany => Refusal::TooMany,
            ReadError::UnknownFormat => Refusal::UnknownFormat,
            ReadError::Unusable(format) | ReadError::TooCostly(format) => Refusal::Unusable(format),
            ReadError::Encrypted(format) | ReadError::WrongPassword(format) | ReadError::AccountRestricted(format) => {
                Refusal::Encrypted(format)
            }
        }
    }
}

type Outcome = Result<Import, Refusal>;

/// Reads a file as 2FAuth does, and one in a format that 2FAuth doesn't know as [`crate::read`] does.
///
/// # Errors
/// When nothing of the file can be used.
pub fn read(file: &[u8]) -> Outcome {
    let source = Source::new(file)?;
    READERS.iter().find_map(|reader| read_format(reader, &source)).unwrap_or(Err(Refusal::UnknownFormat))
}

/// Reads a file of one format; `None` for a file of another.
fn read_format(reader: &Reader, source: &Source<'_>) -> Option<Outcome> {
    match reader.format {
        Format::TWOFAUTH => read_twofauth(&source.json),
        Format::AEGIS => read_aegis(&source.json),
        Format::TWOFAS => read_twofas(&source.json),
        Format::BITWARDEN => read_bitwarden(&source.json),
        Format::GOOGLE_AUTHENTICATOR => google_uri(source).map(google_batch),
        Format::OTPAUTH_LIST => uri_list(source),
        _ => (reader.detect)(source).then(|| read_other(reader, source)),
    }
}

/// Reads a file in a format that 2FAuth doesn't know.
fn read_other(reader: &Reader, source: &Source<'_>) -> Outcome {
    let import = (reader.read)(source, None)?;
    let entries = (1..).zip(import.entries).map(|(position, entry)| {
        let draft = entry?;
        let AccountDraft { service, name, .. } = &draft.account;
        let written = Written {
            kind: draft.account.parameters.otp_type.as_str().to_owned(),
            service: service.clone().unwrap_or_default(),
            account: name.clone(),
        };
        named(draft).map_err(|reason| Rejected::new(position, written, reason))
    });
    Ok(Import { entries: entries.collect(), ..import })
}

fn read_twofauth(json: &Value) -> Option<Outcome> {
    let data = filled(json, "data").filter(|_| is_twofauth(json))?;
    let entry = |position, item: &Value| Some(twofauth_entry(position, item));
    Some(items(Format::TWOFAUTH, data, "data", &TWOFAUTH_KEYS, entry))
}

fn read_aegis(json: &Value) -> Option<Outcome> {
    if aegis::is_encrypted(json) {
        return Some(Err(Refusal::Encrypted(Format::AEGIS)));
    }
    let entry = |position, item: &Value| Some(aegis_entry(position, item));
    Some(items(Format::AEGIS, filled(json, "db.entries")?, "db.entries", &AEGIS_KEYS, entry))
}

fn read_twofas(json: &Value) -> Option<Outcome> {
    if !has(json, "schemaVersion") {
        return None;
    }
    if twofas::is_encrypted(json) {
        return Some(Err(Refusal::Encrypted(Format::TWOFAS)));
    }
    let entry = |position, item: &Value| Some(twofas_entry(position, item));
    Some(items(Format::TWOFAS, filled(json, "services")?, "services", &TWOFAS_KEYS, entry))
}

fn read_bitwarden(json: &Value) -> Option<Outcome> {
    if bitwarden::is_encrypted(json) {
        return Some(Err(Refusal::Encrypted(Format::BITWARDEN)));
    }
    let entries = filled(json, "items").filter(|_| has(json, "encrypted"))?;
    Some(items(Format::BITWARDEN, entries, "items", &BITWARDEN_KEYS, bitwarden_entry))
}

const TWOFAUTH_KEYS: [&str; 8] =
    ["otp_type", "service", "account", "secret", "digits", "algorithm", "period", "counter"];
const AEGIS_KEYS: [&str; 4] = ["type", "name", "issuer", "info"];
const TWOFAS_KEYS: [&str; 3] = ["secret", "name", "otp"];
const BITWARDEN_KEYS: [&str; 4] = ["id", "name", "login.username", "login.totp"];

/// 2FAuth's JSON; without `schema` when it consists of URIs.
fn is_twofauth(json: &Value) -> bool {
    let uris = || list(json, "data").is_some_and(|data| data.iter().all(|entry| twofauth::uri(entry).is_some()));
    text(json, "app").starts_with("2fauth_") && (has(json, "schema") || uris())
}

/// A list that isn't empty.
fn filled<'a>(json: &'a Value, path: &str) -> Option<&'a [Value]> {
    list(json, path).filter(|list| !list.is_empty())
}

/// What becomes of an item, counted from 1.
type Entry = Result<Draft, Rejected>;

/// The entries of a list in JSON, unless all of them lack keys and none can be read.
///
/// compat: 2FAuth refuses a file as soon as one entry lacks a key, be it null.
fn items(
    format: Format,
    list: &[Value],
    path: &str,
    keys: &[&'static str],
    entry: impl Fn(usize, &Value) -> Option<Entry>,
) -> Outcome {
    let list = bounded(list)?;
    let entries: Vec<_> = (1..).zip(list).filter_map(|(position, item)| entry(position, item)).collect();
    let is_whole = |item: &Value| keys.iter().all(|key| has(item, key)) || twofauth::uri(item).is_some();
    if entries.iter().any(Result::is_ok) || list.iter().any(is_whole) {
        return Ok(Import::new(format, entries));
    }
    let missing = list.iter().enumerate().flat_map(|(index, item)| {
        keys.iter().filter(|key| !has(item, key)).map(move |key| format!("{path}.{index}.{key}"))
    });
    Err(Refusal::Missing(missing.take(MAX_MISSING).collect()))
}

/// Whether an entry has its keys.
fn complete(item: &Value, keys: &[&'static str]) -> Result<(), Reason> {
    keys.iter().find(|key| !has(item, key)).map_or(Ok(()), |key| Err(Reason::Missing(key)))
}

/// The missing keys that are named at most.
const MAX_MISSING: usize = 200;

fn twofauth_entry(position: usize, item: &Value) -> Entry {
    if let Some(uri) = twofauth::uri(item) {
        return of_uri(uri).map_err(|reason| twofauth::unreadable(position, reason));
    }
    let parts = twofauth::parts(item);
    let draft = complete(item, &TWOFAUTH_KEYS).and_then(|()| of_parts(&parts));
    let draft = draft.map(|draft| Draft { icon: twofauth::icon(item), ..draft });
    // compat: 2FAuth says of a bad entry of its own format only that it is one.
    let written = || Box::new(Written { kind: "totp".into(), ..Written::default() });
    draft.map_err(|reason| Rejected { written: written(), ..parts.rejected(position, reason) })
}

fn aegis_entry(position: usize, item: &Value) -> Entry {
    let parts = aegis::parts(item);
    let draft = complete(item, &AEGIS_KEYS).and_then(|()| of_parts(&parts));
    let draft = draft.map(|draft| Draft { icon: aegis::icon(item), ..draft });
    draft.map_err(|reason| parts.rejected(position, reason))
}

/// compat: 2FAuth takes the names of the application, not those of the service, and can't make Steam codes of this
/// format.
fn twofas_entry(position: usize, item: &Value) -> Entry {
    let parts = twofas::parts(item);
    let draft = match parts.kind {
        kind if kind.eq_ignore_ascii_case("steam") => Err(Reason::Kind(kind.to_owned())),
        _ => complete(item, &TWOFAS_KEYS).and_then(|()| of_parts(&parts)),
    };
    draft.map_err(|reason| parts.rejected(position, reason))
}

/// compat: an item's own names stand in the place of those of its URI, and a secret alone is none.
fn bitwarden_entry(position: usize, item: &Value) -> Option<Entry> {
    let (name, totp) = (text(item, "name"), bitwarden::totp(item)?);
    let username = at(item, "login.username").as_str();
    let draft = of_uri_named(totp, Some(name), username.filter(|name| !name.is_empty()).or(Some(name)));
    Some(draft.map_err(|reason| bitwarden::rejected(position, item, reason)))
}

/// The only line, if it is a QR code's text.
///
/// compat: 2FAuth reads one QR code at a time.
fn google_uri<'a>(source: &Source<'a>) -> Option<&'a str> {
    let mut lines = source.lines().map(|(_, line)| line);
    let uri = lines.next().filter(|line| begins_with(line, GOOGLE_START) && line.len() > GOOGLE_START.len());
    uri.filter(|_| lines.next().is_none())
}

const GOOGLE_START: &str = "otpauth-migration://offline?data=";

fn google_batch(uri: &str) -> Outcome {
    let payload = google::payload(uri).ok_or(Refusal::Unusable(Format::GOOGLE_AUTHENTICATOR))?;
    let entries = (1..).zip(&payload.accounts).map(|(position, account)| {
        // compat: an account that doesn't say its kind is a bad one.
        let draft = if account.names_kind() {
            account.draft(position)?
        } else {
            return Err(account.rejected(position, Reason::Missing("type")));
        };
        named(draft).map_err(|reason| account.rejected(position, reason))
    });
    Ok(Import::new(Format::GOOGLE_AUTHENTICATOR, entries.collect()))
}

/// A text in which each line is a URI.
fn uri_list(source: &Source<'_>) -> Option<Outcome> {
    let lines: Vec<_> = source.lines().collect();
    let is_uri = |line: &str| {
        ["otpauth://steam/", "otpauth://totp/", "otpauth://hotp/"].iter().any(|start| begins_with(line, start))
    };
    if lines.is_empty() || !lines.iter().all(|(_, line)| is_uri(line)) {
        return None;
    }
    if lines.len() > MAX_ENTRIES {
        return Some(Err(Refusal::TooMany));
    }
    let entries =
        lines.into_iter().map(|(number, line)| of_uri(line).map_err(|reason| rejected_line(number, line, reason)));
    Some(Ok(Import::new(Format::OTPAUTH_LIST, entries.collect())))
}

/// The account of an entry that names its parts.
fn of_parts(parts: &Parts<'_>) -> Result<Draft, Reason> {
    // compat: 0 digits and a period of 0 are none.
    let or_null = |value| if value == &Value::from(0) { &Value::Null } else { value };
    let parts = Parts { digits: or_null(parts.digits), period: or_null(parts.period), ..*parts };
    let service = Some(parts.service).filter(|service| !service.is_empty()).map(str::to_owned);
    let (service, parameters) = parts.parameters()?.with_steam_rule(service);
    let secret = readable(parts.secret);
    named(Draft::of(AccountDraft::new(parts.account, secret, parameters).with_service(service)))
}

/// The account of a URI, read as the API reads one.
fn of_uri(uri: &str) -> Result<Draft, Reason> {
    of_uri_named(uri, None, None)
}

/// The account of a URI, with other names than its own.
fn of_uri_named(uri: &str, service: Option<&str>, account: Option<&str>) -> Result<Draft, Reason> {
    let parsed = parsed(uri)?;
    parsed.parameters.validate()?;
    let (service, parameters) = parsed.parameters.with_steam_rule(service.map(str::to_owned).or(parsed.service));
    let name = account.map_or(parsed.account, str::to_owned);
    let secret = readable(parsed.secret.unpadded());
    named(Draft::of(AccountDraft::new(name, secret, parameters).with_service(service)))
}

/// A URI as 2FAuth reads it, and if it doesn't, leniently.
fn parsed(uri: &str) -> Result<Otpauth, Reason> {
    let strict = match uri.get(..15) {
        Some(start) if start.eq_ignore_ascii_case("otpauth://steam") => {
            Otpauth::parse_as_steam(&format!("otpauth://totp{}", &uri[15..]))
        }
        Some(start) => Otpauth::parse(&format!("{}{}", start.to_ascii_lowercase(), &uri[15..])),
        None => Otpauth::parse(uri),
    };
    strict.or_else(|_| Otpauth::parse_any(uri)).map_err(Reason::from)
}

/// A secret, tidied if it is base32 under spaces and the like, else as it is.
///
/// compat: 2FAuth looks at secrets when accounts are created, not before.
fn readable(text: &str) -> Secret {
    Secret::parse(text).unwrap_or_else(|_| Secret::from_text(text))
}

/// A draft with names that the API allows. A missing account is called like the service.
fn named(draft: Draft) -> Result<Draft, Reason> {
    let AccountDraft { service, name, .. } = &draft.account;
    let name = if name.is_empty() { service.clone().unwrap_or_default() } else { name.clone() };
    if name.is_empty() {
        return Err(Reason::Nameless);
    }
    if name.contains(':') || service.as_ref().is_some_and(|service| service.contains(':')) {
        return Err(Reason::Colon);
    }
    Ok(Draft { account: AccountDraft { name, ..draft.account }, ..draft })
}

#[cfg(test)]
mod tests {
    use otp::{OtpType, Parameters};

    use super::*;

    const OTHER: Reader = Reader {
        format: Format::new("other", "Other"),
        detect: |source| source.text.starts_with("other"),
        read: |source, password| match source.text {
            "other, encrypted" if password.is_none() => Err(ReadError::Encrypted(OTHER.format)),
            _ => {
                let account =
                    |name: &str| AccountDraft::new(name, Secret::from_key(b"key"), Parameters::new(OtpType::Totp));
                let entries = ["ana", "a:b"].map(|name| Ok(Draft::of(account(name))));
                Ok(Import::new(OTHER.format, entries.into()))
            }
        },
    };

    fn outcome(text: &str) -> Option<Outcome> {
        read_format(&OTHER, &Source::new(text.as_bytes()).unwrap())
    }

    #[test]
    fn a_format_that_2fauth_does_not_know_is_read_for_the_api_too() {
        let Import { format, entries, .. } = outcome("other").unwrap().unwrap();
        let reasons: Vec<_> =
            entries.iter().map(|entry| entry.as_ref().err().map(|rejected| &rejected.reason)).collect();
        assert_eq!((format, reasons), (OTHER.format, vec![None, Some(&Reason::Colon)]));
        assert_eq!(outcome("other, encrypted"), Some(Err(Refusal::Encrypted(OTHER.format))));
        assert_eq!(outcome("another"), None);
    }
}
