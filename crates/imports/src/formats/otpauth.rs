//! Texts with an otpauth URI on each line, which many apps write.
//!
//! Lines that begin with `#` are comments. The URIs of Google Authenticator's QR codes may be among the others.

use otp::{OtpType, Otpauth, Secret, trim_blank};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use vault::AccountDraft;

use super::google::{self, Batches};
use crate::file::{ExportFile, begins_with, reject_line};
use crate::json::{at, list, text};
use crate::parts::{non_empty, parse_secret};
use crate::reader::{Reader, Request, Rules};
use crate::{EntryError, Format, Import, ImportedAccount, MAX_ENTRIES, ReadError, Warning, base64};

impl Format {
    /// A text with an otpauth URI on each line.
    pub const OTPAUTH_LIST: Format = Format::new("otpauth_list", "otpauth URIs");
}

pub(crate) const READER: Reader = Reader { format: Format::OTPAUTH_LIST, detect, read };

/// The beginnings of lines that describe an account. Those that no code can be generated for are rejected one by one.
const SCHEMES: [&str; 3] = ["otpauth://", "steam://", "motp://"];

fn detect(file: &ExportFile<'_>) -> bool {
    file.lines().any(|(_, line)| is_uri(line) || begins_with(line, google::SCHEME))
}

/// Whether a line describes an account.
pub(crate) fn is_uri(line: &str) -> bool {
    SCHEMES.iter().any(|scheme| begins_with(trim_blank(line), scheme))
}

fn read(file: &ExportFile<'_>, Request { rules, .. }: Request<'_>) -> Result<Import, ReadError> {
    let lines = file.lines().filter(|(_, line)| !line.starts_with('#'));
    read_lines(Format::OTPAUTH_LIST, lines, rules)
}

/// Reads numbered lines, each with one URI or several.
pub(super) fn read_lines<'a>(
    format: Format,
    lines: impl Iterator<Item = (usize, &'a str)>,
    rules: Rules,
) -> Result<Import, ReadError> {
    let mut entries = Vec::new();
    let mut batches = Batches::default();
    let mut trashed = Vec::new();
    for (number, uri) in lines.flat_map(|(number, line)| split_uris(line).into_iter().map(move |uri| (number, uri))) {
        if begins_with(uri, google::SCHEME) {
            match google::decode_payload(uri) {
                Some(payload) => entries.extend(batches.add(&payload)),
                None => entries.push(Err(reject_line(number, uri, EntryError::MigrationData))),
            }
        } else {
            let entry = read_uri(uri, rules).map_err(|reason| reject_line(number, uri, reason));
            if let Ok(imported) = &entry
                && Extras::of(uri).is_trashed
            {
                trashed.push(imported.title());
            }
            entries.push(entry);
        }
        if entries.len() > MAX_ENTRIES {
            return Err(ReadError::TooMany);
        }
    }
    let mut warnings = batches.warnings();
    warnings.extend(Warning::of_trashed(format, trashed));
    Ok(Import { warnings, ..Import::new(format, entries) })
}

/// Splits a line where a URI begins within it: some programs join lines, or put commas between URIs. What isn't a URI
/// stays a piece of its own, and is rejected.
fn split_uris(line: &str) -> Vec<&str> {
    let begins: Vec<usize> = line
        .char_indices()
        .map(|(at, _)| at)
        .filter(|at| {
            let rest = line.get(*at..).unwrap_or_default();
            SCHEMES.iter().chain([&google::SCHEME]).any(|scheme| begins_with(rest, scheme))
                // `otpauth://` isn't the end of another word.
                && !line.get(..*at).unwrap_or_default().ends_with(['%', '-'])
        })
        .collect();
    let [first, ..] = begins.as_slice() else { return vec![line] };
    let before = line.get(..*first).unwrap_or_default().trim_matches(is_between);
    let ends = begins.iter().skip(1).copied().chain([line.len()]);
    let uris = begins.iter().zip(ends).filter_map(|(begin, end)| line.get(*begin..end));
    let uris = uris.map(|uri| uri.trim_end_matches(is_between));
    // Marks of a list before the first one are no entry.
    Some(before).filter(|before| before.contains(char::is_alphanumeric)).into_iter().chain(uris).collect()
}

/// Whether a character may stand between two URIs.
fn is_between(character: char) -> bool {
    character.is_whitespace() || matches!(character, ',' | ';' | '"' | '\'' | '[' | ']')
}

/// Returns the account of a URI if codes can be generated for it.
pub(crate) fn read_uri(uri: &str, rules: Rules) -> Result<ImportedAccount, EntryError> {
    let Otpauth { service, account, secret, parameters, .. } = Otpauth::parse_any(uri)?;
    parameters.validate()?;
    let extras = if rules == Rules::Format { Extras::of(uri) } else { Extras::default() };
    let secret = match extras.secret {
        Some(secret) if parameters.otp_type == OtpType::SteamTotp => secret,
        _ => parse_secret(secret.padded(), rules)?,
    };
    let account = AccountDraft::new(account, secret, parameters).with_service(service);
    Ok(ImportedAccount { group: extras.group, ..account.into() })
}

/// What some apps add to a URI.
#[derive(Default)]
struct Extras {
    /// The first tag: of Ente in `codeDisplay`, of andOTP in `tags`.
    group: Option<String>,
    /// Whether it is in Ente's trash.
    is_trashed: bool,
    /// The secret of WinAuth's Steam accounts, in `data`; that of the parameter is a dummy.
    secret: Option<Secret>,
}

impl Extras {
    fn of(uri: &str) -> Extras {
        let (_, query) = uri.split_once('?').unwrap_or_default();
        let value = |name: &str| {
            let (_, value) =
                query.split('&').filter_map(|pair| pair.split_once('=')).find(|(known, _)| *known == name)?;
            percent_decode_str(&value.replace('+', "%20")).decode_utf8().ok().map(std::borrow::Cow::into_owned)
        };
        let object = |name: &str| serde_json::from_str::<Value>(&value(name)?).ok();
        let display = object("codeDisplay").unwrap_or_default();
        let tag = list(&display, "tags").and_then(|tags| tags.first()?.as_str().map(str::to_owned));
        let data = object("data").unwrap_or_default();
        let secret = base64::decode(text(&data, "shared_secret")).filter(|key| !key.is_empty());
        Extras {
            group: tag.or_else(|| value("tags")).as_deref().and_then(non_empty),
            is_trashed: at(&display, "trashed") == &Value::Bool(true),
            secret: secret.map(|key| Secret::from_key(&key)),
        }
    }
}
