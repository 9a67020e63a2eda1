//! The Credential Exchange Format of the FIDO Alliance (CXF 1.0), in which password managers hand over whole vaults.
//!
//! Only its TOTP credentials are read; the others are counted. HOTP and MD5 have no form in it, nor have Steam's
//! codes, for which Bitwarden names an algorithm of its own.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::file::{ExportFile, bounded};
use crate::json::{at, has, list, text};
use crate::parts::{Parts, cut, non_empty};
use crate::reader::{Reader, Request, Rules};
use crate::{EntryError, Format, Import, ImportedAccount, MAX_ENTRIES, ReadError, RejectedEntry, Warning};

impl Format {
    /// The Credential Exchange Format.
    pub const CXF: Format = Format::new("cxf", "Credential Exchange Format");
}

pub(crate) const READER: Reader = Reader { format: Format::CXF, detect, read };

/// `{version, exporterRpId, accounts: [{items: [{credentials}], collections}]}`.
fn detect(file: &ExportFile<'_>) -> bool {
    (has(&file.json, "exporterRpId") || has(&file.json, "exporterDisplayName"))
        && list(&file.json, "accounts").is_some()
}

fn read(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let mut entries = Vec::new();
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    for account in list(&file.json, "accounts").unwrap_or_default() {
        let collections = collection_titles(account);
        for item in list(account, "items").unwrap_or_default() {
            let credentials = bounded(list(item, "credentials").unwrap_or_default())?;
            let username = username_of(credentials);
            for credential in credentials {
                match text(credential, "type") {
                    "totp" => entries.push(read_totp(entries.len() + 1, credential, (item, username), &collections)),
                    kind => *others.entry(shorten(kind)).or_default() += 1,
                }
            }
            if entries.len() > MAX_ENTRIES {
                return Err(ReadError::TooMany);
            }
        }
    }
    let warnings = Warning::of_left_out(others).into_iter().collect();
    Ok(Import { warnings, ..Import::new(Format::CXF, entries) })
}

/// Returns a kind of credential as it may be shown.
fn shorten(kind: &str) -> String {
    let kind: String =
        kind.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').take(20).collect();
    if kind.is_empty() { "without-a-kind".to_owned() } else { kind }
}

/// Maximum depth of collections.
const MAX_DEPTH: usize = 16;

/// Returns the titles of the collections by the IDs of their items; the first one of an item counts.
fn collection_titles(account: &Value) -> BTreeMap<&str, &str> {
    let mut titles = BTreeMap::new();
    let mut waiting: Vec<(&Value, usize)> =
        list(account, "collections").unwrap_or_default().iter().rev().map(|collection| (collection, 0)).collect();
    while let Some((collection, depth)) = waiting.pop() {
        for item in list(collection, "items").unwrap_or_default() {
            // A reference to an item, with the account of another user if it is shared.
            let id = item.as_str().unwrap_or_else(|| text(item, "item"));
            titles.entry(id).or_insert_with(|| text(collection, "title"));
        }
        if depth < MAX_DEPTH {
            let inner = list(collection, "subCollections").unwrap_or_default();
            waiting.extend(inner.iter().rev().map(|collection| (collection, depth + 1)));
        }
    }
    titles
}

fn read_totp(
    position: usize,
    totp: &Value,
    (item, username): (&Value, &str),
    collections: &BTreeMap<&str, &str>,
) -> Result<ImportedAccount, RejectedEntry> {
    let username = non_empty(text(totp, "username")).unwrap_or_else(|| cut(username).to_owned());
    // An item must have a title: that of an account without a service is its name.
    let title = Some(cut(text(item, "title"))).filter(|title| *title != username).unwrap_or_default();
    let issuer = non_empty(text(totp, "issuer")).unwrap_or_else(|| title.to_owned());
    // Bitwarden's word for Steam's codes.
    let kind = if text(totp, "algorithm").eq_ignore_ascii_case("steam") { "steam" } else { "totp" };
    let parts = Parts {
        algorithm: text(totp, "algorithm"),
        digits: at(totp, "digits"),
        period: at(totp, "period"),
        ..Parts::new(kind, &issuer, &username, text(totp, "secret"))
    };
    if !has(totp, "secret") {
        return Err(parts.reject(position, EntryError::Missing("secret")));
    }
    let group = collections.get(text(item, "id")).copied().and_then(non_empty);
    Ok(ImportedAccount { group, ..parts.read(position, Rules::Format)? })
}

/// Returns the user name of an item's password, a field with a value of its own.
fn username_of(credentials: &[Value]) -> &str {
    let password = credentials.iter().find(|credential| text(credential, "type") == "basic-auth");
    password.map(|password| text(password, "username.value")).unwrap_or_default()
}
