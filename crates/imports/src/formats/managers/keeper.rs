//! Keeper.

use serde_json::Value;

use super::Entries;
use crate::file::ExportFile;
use crate::json::{at, list, text};
use crate::login::Login;
use crate::reader::{Reader, Request};
use crate::{Format, Import, ReadError};

impl Format {
    /// Keeper.
    pub const KEEPER: Format = Format::new("keeper", "Keeper");
}

pub(crate) const READER: Reader = Reader { format: Format::KEEPER, detect, read };

/// The beginning of the names of fields with one-time passwords; several have numbers behind it.
const FIELD: &str = "$oneTimeCode";

/// `{records: [{$type, title, login, custom_fields}]}`.
fn detect(file: &ExportFile<'_>) -> bool {
    let records = list(&file.json, "records").unwrap_or_default();
    records.iter().any(|record| record.get("$type").is_some() || record.get("custom_fields").is_some())
}

fn read(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let mut entries = Entries::new(Format::KEEPER);
    for record in list(&file.json, "records").unwrap_or_default() {
        let folder = list(record, "folders").and_then(<[Value]>::first);
        let folder = folder.map(|folder| [text(folder, "folder"), text(folder, "shared_folder")]).unwrap_or_default();
        let login = Login {
            name: text(record, "title"),
            username: text(record, "login"),
            group: folder.into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
            ..Login::default()
        };
        let fields = at(record, "custom_fields").as_object().into_iter().flat_map(|fields| fields.iter());
        for (_, value) in fields.filter(|(name, _)| name.starts_with(FIELD)) {
            // A value, or a list of them.
            let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            for totp in values {
                entries.add(totp, login)?;
            }
        }
    }
    Ok(entries.finish())
}
