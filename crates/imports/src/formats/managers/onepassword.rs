//! 1Password: `export.data` of a 1PUX archive, and the lines of the older 1PIF.

use serde_json::Value;

use super::Entries;
use crate::file::{ExportFile, reject_line};
use crate::json::{at, list, text};
use crate::login::Login;
use crate::reader::{Reader, Request};
use crate::{EntryError, Format, Import, ReadError};

impl Format {
    /// 1Password.
    pub const ONE_PASSWORD: Format = Format::new("1password", "1Password");
}

pub(crate) const READER: Reader = Reader { format: Format::ONE_PASSWORD, detect, read };

/// What separates the items of a 1PIF file, and stands in no other.
const SEPARATOR: &str = "***5642bee8-a5ff-11dc-8314-0800200c9a66***";

/// `{accounts: [{vaults: [{items}]}]}`, or lines of JSON with separators.
fn detect(file: &ExportFile<'_>) -> bool {
    let accounts = list(&file.json, "accounts").unwrap_or_default();
    accounts.iter().any(|account| list(account, "vaults").is_some()) || file.text.contains(SEPARATOR)
}

fn read(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let mut entries = Entries::new(Format::ONE_PASSWORD);
    for account in list(&file.json, "accounts").unwrap_or_default() {
        for vault in list(account, "vaults").unwrap_or_default() {
            for item in list(vault, "items").unwrap_or_default() {
                add_item(&mut entries, item, text(vault, "attrs.name"))?;
            }
        }
    }
    if file.json.is_null() {
        for (number, line) in file.lines().filter(|(_, line)| *line != SEPARATOR) {
            match serde_json::from_str::<Value>(line) {
                Ok(item) => add_old_item(&mut entries, &item)?,
                Err(_) => entries.add_damaged(reject_line(number, line, EntryError::Missing("secureContents")))?,
            }
        }
    }
    Ok(entries.finish())
}

fn add_item(entries: &mut Entries, item: &Value, vault: &str) -> Result<(), ReadError> {
    let fields = list(item, "details.loginFields").unwrap_or_default();
    let username = fields.iter().find(|field| text(field, "designation") == "username");
    let login = Login {
        name: text(item, "overview.title"),
        username: username.map(|field| text(field, "value")).unwrap_or_default(),
        group: vault,
        is_trashed: text(item, "state") == "archived",
        ..Login::default()
    };
    for section in list(item, "details.sections").unwrap_or_default() {
        for field in list(section, "fields").unwrap_or_default() {
            entries.add(at(field, "value.totp"), login)?;
        }
    }
    Ok(())
}

fn add_old_item(entries: &mut Entries, item: &Value) -> Result<(), ReadError> {
    let fields = list(item, "secureContents.fields").unwrap_or_default();
    let username = fields.iter().find(|field| text(field, "designation") == "username");
    let login = Login {
        name: text(item, "title"),
        username: username.map(|field| text(field, "value")).unwrap_or_default(),
        is_trashed: at(item, "trashed") == &Value::Bool(true),
        ..Login::default()
    };
    for section in list(item, "secureContents.sections").unwrap_or_default() {
        for field in list(section, "fields").unwrap_or_default() {
            if text(field, "n").starts_with("TOTP_") {
                entries.add(at(field, "v"), login)?;
            }
        }
    }
    Ok(())
}
