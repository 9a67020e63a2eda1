//! Texts with an otpauth URI on each line, which many applications write.
//!
//! Lines that begin with `#` are comments. URIs of Google Authenticator's QR codes may stand among the others.

use otp::{Otpauth, Secret, SecretError};

use crate::google::{self, Batches};
use crate::reader::Reader;
use crate::source::{Source, begins_with, rejected_line};
use crate::{Draft, Format, Import, MAX_ENTRIES, ReadError, Reason};

impl Format {
    /// A text with an otpauth URI on each line.
    pub const OTPAUTH_LIST: Format = Format::new("otpauth_list", "otpauth URIs");
}

pub(crate) const READER: Reader = Reader { format: Format::OTPAUTH_LIST, detect, read };

/// The beginnings of lines that describe accounts. Those of the last two can't be made here, which each is told.
const SCHEMES: [&str; 4] = ["otpauth://", google::SCHEME, "steam://", "motp://"];

fn detect(source: &Source<'_>) -> bool {
    source.lines().any(|(_, line)| SCHEMES.iter().any(|scheme| begins_with(line, scheme)))
}

fn read(source: &Source<'_>, _: Option<&str>) -> Result<Import, ReadError> {
    let mut entries = Vec::new();
    let mut batches = Batches::default();
    for (number, line) in source.lines().filter(|(_, line)| !line.starts_with('#')) {
        if begins_with(line, google::SCHEME) {
            match google::payload(line) {
                Some(payload) => entries.extend(batches.add(&payload)),
                None => entries.push(Err(rejected_line(number, line, Reason::MigrationData))),
            }
        } else {
            let parsed = Otpauth::parse_any(line).map_err(Reason::from).and_then(checked);
            entries.push(parsed.map_err(|reason| rejected_line(number, line, reason)));
        }
        if entries.len() > MAX_ENTRIES {
            return Err(ReadError::TooMany);
        }
    }
    Ok(Import { notices: batches.notices(), ..Import::new(Format::OTPAUTH_LIST, entries) })
}

/// The account of a URI, if codes can be made for it.
fn checked(uri: Otpauth) -> Result<Draft, Reason> {
    uri.parameters.validate()?;
    let secret = usable(&uri.secret)?;
    Ok(draft(Otpauth { secret, ..uri }))
}

/// A secret that is base32.
pub(crate) fn usable(secret: &Secret) -> Result<Secret, SecretError> {
    Secret::parse(secret.padded())
}

/// The account of a URI.
pub(crate) fn draft(uri: Otpauth) -> Draft {
    Draft::of(uri.into())
}
