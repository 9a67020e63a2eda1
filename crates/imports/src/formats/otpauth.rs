//! Texts with an otpauth URI on each line, which many apps write.
//!
//! Lines that begin with `#` are comments. The URIs of Google Authenticator's QR codes may be among the others.

use otp::{Otpauth, trim_blank};
use vault::AccountDraft;

use super::google::{self, Batches};
use crate::file::{ExportFile, begins_with, reject_line};
use crate::parts::parse_secret;
use crate::reader::{Reader, Request, Rules};
use crate::{EntryError, Format, Import, ImportedAccount, MAX_ENTRIES, ReadError};

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
    let mut entries = Vec::new();
    let mut batches = Batches::default();
    for (number, line) in file.lines().filter(|(_, line)| !line.starts_with('#')) {
        if begins_with(line, google::SCHEME) {
            match google::decode_payload(line) {
                Some(payload) => entries.extend(batches.add(&payload)),
                None => entries.push(Err(reject_line(number, line, EntryError::MigrationData))),
            }
        } else {
            entries.push(read_uri(line, rules).map_err(|reason| reject_line(number, line, reason)));
        }
        if entries.len() > MAX_ENTRIES {
            return Err(ReadError::TooMany);
        }
    }
    Ok(Import { warnings: batches.warnings(), ..Import::new(Format::OTPAUTH_LIST, entries) })
}

/// Returns the account of a URI if codes can be generated for it.
pub(crate) fn read_uri(uri: &str, rules: Rules) -> Result<ImportedAccount, EntryError> {
    let uri = Otpauth::parse_any(uri)?;
    uri.parameters.validate()?;
    let secret = parse_secret(uri.secret.padded(), rules)?;
    Ok(AccountDraft::from(Otpauth { secret, ..uri }).into())
}
