//! The export of Raivo OTP, in which every value is a text. It comes in an encrypted ZIP archive.

use serde_json::Value;

use crate::file::{ExportFile, bounded};
use crate::json::{at, is_list_with, root_list, text};
use crate::parts::Parts;
use crate::reader::{Reader, Request, Rules};
use crate::{Format, Import, ImportedAccount, ReadError, RejectedEntry};

impl Format {
    /// The export of Raivo OTP.
    pub const RAIVO: Format = Format::new("raivo", "Raivo OTP");
}

pub(crate) const READER: Reader = Reader { format: Format::RAIVO, detect, read };

/// `[{kind, timer, digits, counter, issuer, account, secret, …}]`.
fn detect(file: &ExportFile<'_>) -> bool {
    is_list_with(&file.json, &["kind", "timer", "secret"])
}

fn read(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let entries = (1..).zip(bounded(root_list(&file.json))?).map(|(position, entry)| read_entry(position, entry));
    Ok(Import::new(Format::RAIVO, entries.collect()))
}

fn read_entry(position: usize, entry: &Value) -> Result<ImportedAccount, RejectedEntry> {
    let parts = Parts {
        algorithm: text(entry, "algorithm"),
        digits: at(entry, "digits"),
        period: at(entry, "timer"),
        counter: at(entry, "counter"),
        ..Parts::new(text(entry, "kind"), text(entry, "issuer"), text(entry, "account"), text(entry, "secret"))
    };
    parts.read(position, Rules::Format)
}
