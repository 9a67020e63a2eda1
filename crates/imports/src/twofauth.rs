//! 2FAuth's exports: JSON with the parts of each account, or with its otpauth URI.

use otp::Otpauth;
use serde_json::Value;

use crate::json::{at, has, list, text};
use crate::parts::Parts;
use crate::reader::Reader;
use crate::source::{Source, bounded};
use crate::{Draft, Format, Icon, Import, ReadError, Reason, Rejected, Written};

impl Format {
    /// 2FAuth's JSON.
    pub const TWOFAUTH: Format = Format::new("2fauth", "2FAuth");
}

pub(crate) const READER: Reader = Reader { format: Format::TWOFAUTH, detect, read };

/// `{app: "2fauth_…", schema, datetime, data: […]}`.
fn detect(source: &Source<'_>) -> bool {
    let app = text(&source.json, "app").to_ascii_lowercase();
    app.starts_with("2fauth") && list(&source.json, "data").is_some()
}

fn read(source: &Source<'_>, _: Option<&str>) -> Result<Import, ReadError> {
    let data = list(&source.json, "data").ok_or(ReadError::Unusable(Format::TWOFAUTH))?;
    let entries = (1..).zip(bounded(data)?).map(|(position, entry)| draft(position, entry));
    Ok(Import::new(Format::TWOFAUTH, entries.collect()))
}

fn draft(position: usize, entry: &Value) -> Result<Draft, Rejected> {
    if let Some(uri) = uri(entry) {
        let parsed = Otpauth::parse_any(uri);
        return parsed.map(crate::otpauth::draft).map_err(|error| unreadable(position, error.into()));
    }
    let draft = parts(entry).draft(position)?;
    Ok(Draft { icon: icon(entry), ..draft })
}

/// An entry whose URI can't be read.
pub(crate) fn unreadable(position: usize, reason: Reason) -> Rejected {
    Rejected::new(position, Written::default(), reason)
}

/// The URI of an entry that consists of one.
pub(crate) fn uri(entry: &Value) -> Option<&str> {
    if has(entry, "secret") { None } else { at(entry, "uri").as_str() }
}

/// The parts of an entry. Null, and 0 where it stands for null, are nothing.
pub(crate) fn parts(entry: &Value) -> Parts<'_> {
    let filled = |name| match at(entry, name) {
        zero if zero.as_u64() == Some(0) => &Value::Null,
        value => value,
    };
    Parts {
        kind: text(entry, "otp_type"),
        service: text(entry, "service"),
        account: text(entry, "account"),
        secret: text(entry, "secret"),
        algorithm: text(entry, "algorithm"),
        digits: filled("digits"),
        period: filled("period"),
        counter: filled("counter"),
    }
}

pub(crate) fn icon(entry: &Value) -> Option<Icon> {
    Icon::of(text(entry, "icon_file"), text(entry, "icon_mime"))
}
