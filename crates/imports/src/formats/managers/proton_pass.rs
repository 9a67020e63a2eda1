//! Proton Pass: `data.json`, usually in a ZIP archive.

use serde_json::Value;

use super::Entries;
use crate::file::ExportFile;
use crate::json::{at, list, text};
use crate::login::Login;
use crate::reader::{Reader, Request};
use crate::{Format, Import, ReadError};

impl Format {
    /// Proton Pass.
    pub const PROTON_PASS: Format = Format::new("proton_pass", "Proton Pass");
}

pub(crate) const READER: Reader = Reader { format: Format::PROTON_PASS, detect, read };

/// The word that Proton Pass puts in the place of a missing user name.
const PLACEHOLDER: &str = "Proton Pass";
/// The state of items in the trash.
const TRASHED: u64 = 2;

/// `{vaults: {ID: {name, items}}}`.
fn detect(file: &ExportFile<'_>) -> bool {
    at(&file.json, "vaults")
        .as_object()
        .is_some_and(|vaults| vaults.is_empty() || vaults.values().any(|vault| list(vault, "items").is_some()))
}

fn read(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    if at(&file.json, "encrypted") == &Value::Bool(true) {
        return Err(ReadError::Sealed("OpenPGP"));
    }
    let mut entries = Entries::new(Format::PROTON_PASS);
    for vault in at(&file.json, "vaults").as_object().into_iter().flat_map(|vaults| vaults.values()) {
        for item in list(vault, "items").unwrap_or_default() {
            add_item(&mut entries, item, text(vault, "name"))?;
        }
    }
    let mut import = entries.finish();
    for imported in import.entries.iter_mut().flatten() {
        let account = &mut imported.account;
        if account.name == PLACEHOLDER {
            account.name.clear();
        }
    }
    Ok(import)
}

fn add_item(entries: &mut Entries, item: &Value, vault: &str) -> Result<(), ReadError> {
    let content = |name: &'static str| at(at(item, "data.content"), name).as_str().unwrap_or_default();
    let username = [content("itemUsername"), content("username"), content("itemEmail")];
    let login = Login {
        name: text(item, "data.metadata.name"),
        username: username.into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
        group: vault,
        is_trashed: at(item, "state").as_u64() == Some(TRASHED),
        ..Login::default()
    };
    entries.add(at(item, "data.content.totpUri"), login)?;
    for field in list(item, "data.extraFields").unwrap_or_default() {
        if text(field, "type") == "totp" {
            entries.add(at(field, "data.totpUri"), login)?;
        }
    }
    Ok(())
}
