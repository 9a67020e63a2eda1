//! Texts with an otpauth URI on each line, which many apps write.
//!
//! Lines that begin with `#` are comments. The URIs of Google Authenticator's QR codes may be among the others.

use otp::{Otpauth, Secret, SecretError};
use vault::AccountDraft;

use crate::file::{ExportFile, begins_with, reject_line};
use crate::google::{self, Batches};
use crate::reader::Reader;
use crate::{EntryError, Format, Import, ImportedAccount, MAX_ENTRIES, ReadError};

impl Format {
    /// A text with an otpauth URI on each line.
    pub const OTPAUTH_LIST: Format = Format::new("otpauth_list", "otpauth URIs");
}

pub(crate) const READER: Reader = Reader { format: Format::OTPAUTH_LIST, detect, read };

/// The beginnings of lines that describe accounts. Those that no code can be generated for are rejected one by one.
const SCHEMES: [&str; 4] = ["otpauth://", google::SCHEME, "steam://", "motp://"];

fn detect(file: &ExportFile<'_>) -> bool {
    file.lines().any(|(_, line)| SCHEMES.iter().any(|scheme| begins_with(line, scheme)))
}

fn read(file: &ExportFile<'_>, _: Option<&str>) -> Result<Import, ReadError> {
    let mut entries = Vec::new();
    let mut batches = Batches::default();
    for (number, line) in file.lines().filter(|(_, line)| !line.starts_with('#')) {
        if begins_with(line, google::SCHEME) {
            match google::decode_payload(line) {
                Some(payload) => entries.extend(batches.add(&payload)),
                None => entries.push(Err(reject_line(number, line, EntryError::MigrationData))),
            }
        } else {
            let parsed = Otpauth::parse_any(line).map_err(EntryError::from).and_then(check);
            entries.push(parsed.map_err(|reason| reject_line(number, line, reason)));
        }
        if entries.len() > MAX_ENTRIES {
            return Err(ReadError::TooMany);
        }
    }
    Ok(Import { warnings: batches.warnings(), ..Import::new(Format::OTPAUTH_LIST, entries) })
}

/// Returns the account of a URI if codes can be generated for it.
fn check(uri: Otpauth) -> Result<ImportedAccount, EntryError> {
    uri.parameters.validate()?;
    let secret = require_base32(&uri.secret)?;
    Ok(AccountDraft::from(Otpauth { secret, ..uri }).into())
}

/// Returns the secret, tidied, if it is base32.
pub(crate) fn require_base32(secret: &Secret) -> Result<Secret, SecretError> {
    Secret::parse(secret.padded())
}
