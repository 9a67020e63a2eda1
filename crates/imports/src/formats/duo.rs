//! The accounts of Duo Mobile, as they are stored on a device.

use serde_json::Value;

use crate::file::{ExportFile, bounded};
use crate::json::{at, has, is_list_with, root_list, text};
use crate::parts::Parts;
use crate::reader::{Reader, Request, Rules};
use crate::{EntryError, Format, Import, ImportedAccount, ReadError, RejectedEntry};

impl Format {
    /// The accounts of Duo Mobile.
    pub const DUO: Format = Format::new("duo", "Duo Mobile");
}

pub(crate) const READER: Reader = Reader { format: Format::DUO, detect, read };

/// `[{accountType, name, otpGenerator: {otpSecret, counter?}}]`.
fn detect(file: &ExportFile<'_>) -> bool {
    is_list_with(&file.json, &["accountType"])
}

fn read(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let entries = (1..).zip(bounded(root_list(&file.json))?).map(|(position, entry)| read_entry(position, entry));
    Ok(Import::new(Format::DUO, entries.collect()))
}

fn read_entry(position: usize, entry: &Value) -> Result<ImportedAccount, RejectedEntry> {
    // Only accounts that count have a counter.
    let kind = if at(entry, "otpGenerator.counter").is_null() { "totp" } else { "hotp" };
    let parts = Parts {
        counter: at(entry, "otpGenerator.counter"),
        ..Parts::new(kind, "", text(entry, "name"), text(entry, "otpGenerator.otpSecret"))
    };
    if !has(entry, "otpGenerator.otpSecret") {
        // Duo's own accounts are confirmed on the device and have no codes.
        return Err(parts.reject(position, EntryError::Missing("otpGenerator")));
    }
    parts.read(position, Rules::Format)
}
