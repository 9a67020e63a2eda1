//! 2FAuth's exports: JSON with the parts of each account, or with its otpauth URI.

use otp::Otpauth;
use serde_json::Value;

use super::otpauth;
use crate::file::{ExportFile, bounded};
use crate::json::{at, has, list, text};
use crate::parts::Parts;
use crate::reader::{Reader, Request, Rules};
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

fn read(file: &ExportFile<'_>, Request { rules, .. }: Request<'_>) -> Result<Import, ReadError> {
    let data = list(&file.json, "data").ok_or(ReadError::Unusable(Format::TWOFAUTH))?;
    let entries = (1..).zip(bounded(data)?).map(|(position, entry)| read_entry(position, entry, rules));
    Ok(Import::new(Format::TWOFAUTH, entries.collect()))
}

fn read_entry(position: usize, entry: &Value, rules: Rules) -> Result<ImportedAccount, RejectedEntry> {
    if let Some(uri) = find_uri(entry) {
        let raw = || RawEntry { kind: "totp".into(), ..RawEntry::default() };
        return otpauth::read_uri(uri, rules).map_err(|reason| RejectedEntry::new(position, raw(), reason));
    }
    let parts = find_parts(entry);
    if rules == Rules::Api && has_foreign_colon(&parts, text(entry, "legacy_uri")) {
        return Err(parts.reject(position, EntryError::Colon));
    }
    Ok(ImportedAccount { icon: find_icon(entry), ..parts.read(position, rules)? })
}

/// Whether a name has a colon that the entry's URI doesn't confirm.
///
/// compat 5.2: 2FAuth, whose own names have no colons, refuses such an entry; recorded exchanges. Sixpin exports the URI
/// with the same names; its older exports have a space for each colon there.
fn has_foreign_colon(parts: &Parts<'_>, legacy_uri: &str) -> bool {
    let without_colon = |name: &str| name.replace(':', " ");
    let names = (without_colon(parts.service), without_colon(parts.account));
    (parts.service.contains(':') || parts.account.contains(':'))
        && Otpauth::parse_any(legacy_uri).is_ok_and(|uri| {
            (without_colon(uri.service.as_deref().unwrap_or_default()), without_colon(&uri.account)) != names
        })
}

/// Returns the URI of an entry that consists of one.
pub(crate) fn find_uri(entry: &Value) -> Option<&str> {
    if has(entry, "secret") { None } else { at(entry, "uri").as_str() }
}

/// Returns the parts of an entry. A 0 stands for null.
fn find_parts(entry: &Value) -> Parts<'_> {
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

fn find_icon(entry: &Value) -> Option<Icon> {
    Icon::decode(text(entry, "icon_file"), text(entry, "icon_mime"))
}
