//! The export of LastPass Authenticator.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::file::{ExportFile, bounded};
use crate::json::{at, list, text};
use crate::parts::{Parts, non_empty};
use crate::reader::{Reader, Request, Rules};
use crate::{Format, Import, ImportedAccount, ReadError, RejectedEntry};

impl Format {
    /// The export of LastPass Authenticator.
    pub const LASTPASS_AUTHENTICATOR: Format = Format::new("lastpass_authenticator", "LastPass Authenticator");
}

pub(crate) const READER: Reader = Reader { format: Format::LASTPASS_AUTHENTICATOR, detect, read };

/// `{accounts: [{issuerName, timeStep, …}], folders, deviceName}`.
fn detect(file: &ExportFile<'_>) -> bool {
    let accounts = list(&file.json, "accounts").unwrap_or_default();
    accounts.iter().any(|account| account.get("timeStep").is_some() && account.get("issuerName").is_some())
        || accounts.is_empty() && file.json.get("localDeviceId").is_some()
}

fn read(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let accounts = list(&file.json, "accounts").ok_or(ReadError::Unusable(Format::LASTPASS_AUTHENTICATOR))?;
    let folders = folder_names(&file.json);
    let entries = (1..).zip(bounded(accounts)?).map(|(position, entry)| read_entry(position, entry, &folders));
    Ok(Import::new(Format::LASTPASS_AUTHENTICATOR, entries.collect()))
}

fn folder_names(export: &Value) -> BTreeMap<i64, &str> {
    let folders = list(export, "folders").unwrap_or_default();
    // On Android 0 is the folder of favourites, and 1 holds the others.
    folders.iter().filter_map(|folder| Some((at(folder, "id").as_i64()?, text(folder, "name")))).collect()
}

fn read_entry(position: usize, entry: &Value, folders: &BTreeMap<i64, &str>) -> Result<ImportedAccount, RejectedEntry> {
    let edited = |edited: &'static str, original: &'static str| match text(entry, edited) {
        "" => text(entry, original),
        name => name,
    };
    let parts = Parts {
        algorithm: text(entry, "algorithm"),
        digits: at(entry, "digits"),
        period: at(entry, "timeStep"),
        ..Parts::new(
            "totp",
            edited("issuerName", "originalIssuerName"),
            edited("userName", "originalUserName"),
            text(entry, "secret"),
        )
    };
    let folder = at(entry, "folderData.folderId").as_i64();
    let name =
        folder.and_then(|id| folders.get(&id)).copied().filter(|name| !name.eq_ignore_ascii_case("other accounts"));
    Ok(ImportedAccount { group: name.and_then(non_empty), ..parts.read(position, Rules::Format)? })
}
