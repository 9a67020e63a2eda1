//! Enpass.

use std::collections::HashMap;

use serde_json::Value;

use super::Entries;
use crate::file::ExportFile;
use crate::json::{at, has, list, text};
use crate::login::Login;
use crate::reader::{Reader, Request};
use crate::{Format, Import, ReadError};

impl Format {
    /// Enpass.
    pub const ENPASS: Format = Format::new("enpass", "Enpass");
}

pub(crate) const READER: Reader = Reader { format: Format::ENPASS, detect, read };

/// `{folders, items: [{uuid, title, fields: [{type, value}]}]}`.
fn detect(file: &ExportFile<'_>) -> bool {
    let is_item = |item: &Value| has(item, "uuid") && has(item, "title") && (has(item, "fields") || has(item, "note"));
    list(&file.json, "items").is_some_and(|items| items.iter().any(is_item))
}

fn read(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let mut entries = Entries::new(Format::ENPASS);
    // Of several with one ID the first counts.
    let folders = list(&file.json, "folders").unwrap_or_default().iter().rev();
    let folders: HashMap<&str, &str> = folders.map(|folder| (text(folder, "uuid"), text(folder, "title"))).collect();
    for item in list(&file.json, "items").unwrap_or_default() {
        let fields = list(item, "fields").unwrap_or_default();
        let value = |kind: &str| {
            let field = fields.iter().find(|field| text(field, "type") == kind && !text(field, "value").is_empty());
            field.map(|field| text(field, "value"))
        };
        let folder = list(item, "folders").and_then(|ids| ids.first()?.as_str());
        let folder = folder.and_then(|id| folders.get(id).copied());
        let is_set = |name| matches!(at(item, name).as_i64(), Some(1..)) || at(item, name) == &Value::Bool(true);
        let login = Login {
            name: text(item, "title"),
            username: value("username").or_else(|| value("email")).unwrap_or_default(),
            group: folder.unwrap_or_default(),
            is_trashed: is_set("trashed") || is_set("archived"),
            ..Login::default()
        };
        for field in fields.iter().filter(|field| text(field, "type") == "totp") {
            entries.add(at(field, "value"), login)?;
        }
    }
    Ok(entries.finish())
}
