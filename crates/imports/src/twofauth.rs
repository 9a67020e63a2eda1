//! 2FAuth's exports: JSON with the parts of each account, or with its otpauth URI.

use otp::Otpauth;
use serde_json::Value;
use vault::AccountDraft;

use crate::file::{ExportFile, bounded};
use crate::json::{at, has, list, text};
use crate::parts::Parts;
use crate::reader::Reader;
use crate::{EntryError, Format, Icon, Import, ImportedAccount, RawEntry, ReadError, RejectedEntry};

impl Format {
    /// 2FAuth's JSON.
    pub const TWOFAUTH: Format = Format::new("2fauth", "2FAuth");
}

pub(crate) const READER: Reader = Reader { format: Format::TWOFAUTH, detect, read };

/// `{app: "2fauth_…", schema, datetime, data: […]}`.
fn detect(file: &ExportFile<'_>) -> bool {
    let app = text(&file.json, "app").to_ascii_lowercase();
    app.starts_with("2fauth") && list(&file.json, "data").is_some()
}

fn read(file: &ExportFile<'_>, _: Option<&str>) -> Result<Import, ReadError> {
    let data = list(&file.json, "data").ok_or(ReadError::Unusable(Format::TWOFAUTH))?;
    let entries = (1..).zip(bounded(data)?).map(|(position, entry)| read_entry(position, entry));
    Ok(Import::new(Format::TWOFAUTH, entries.collect()))
}

fn read_entry(position: usize, entry: &Value) -> Result<ImportedAccount, RejectedEntry> {
    if let Some(uri) = find_uri(entry) {
        let parsed = Otpauth::parse_any(uri);
        return parsed.map(|uri| AccountDraft::from(uri).into()).map_err(|error| reject_uri(position, error.into()));
    }
    Ok(ImportedAccount { icon: find_icon(entry), ..find_parts(entry).read(position)? })
}

/// Rejects an entry whose URI can't be read.
pub(crate) fn reject_uri(position: usize, reason: EntryError) -> RejectedEntry {
    RejectedEntry::new(position, RawEntry::default(), reason)
}

/// Returns the URI of an entry that consists of one.
pub(crate) fn find_uri(entry: &Value) -> Option<&str> {
    if has(entry, "secret") { None } else { at(entry, "uri").as_str() }
}

/// Returns the parts of an entry. A 0 stands for null.
pub(crate) fn find_parts(entry: &Value) -> Parts<'_> {
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

pub(crate) fn find_icon(entry: &Value) -> Option<Icon> {
    Icon::decode(text(entry, "icon_file"), text(entry, "icon_mime"))
}
