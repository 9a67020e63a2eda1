//! The export of Yandex ID: a URI of each account.

use serde_json::Value;

use super::otpauth;
use crate::file::{ExportFile, bounded};
use crate::json::{is_list_with, root_list, text};
use crate::reader::{Reader, Request, Rules};
use crate::{Format, Import, ImportedAccount, RawEntry, ReadError, RejectedEntry};

impl Format {
    /// The export of Yandex ID.
    pub const YANDEX_ID: Format = Format::new("yandex_id", "Yandex ID");
}

pub(crate) const READER: Reader = Reader { format: Format::YANDEX_ID, detect, read };

/// `[{techInfo: "otpauth://…", name?, secret?}]`.
fn detect(file: &ExportFile<'_>) -> bool {
    is_list_with(&file.json, &["techInfo"])
}

fn read(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let entries = (1..).zip(bounded(root_list(&file.json))?).map(|(position, entry)| read_entry(position, entry));
    Ok(Import::new(Format::YANDEX_ID, entries.collect()))
}

fn read_entry(position: usize, entry: &Value) -> Result<ImportedAccount, RejectedEntry> {
    otpauth::read_uri(text(entry, "techInfo"), Rules::Format).map_err(|reason| {
        let raw = RawEntry { kind: "totp".into(), account: text(entry, "name").to_owned(), ..RawEntry::default() };
        RejectedEntry::new(position, raw, reason)
    })
}
