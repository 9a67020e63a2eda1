//! Passman of Nextcloud.

use super::Entries;
use crate::file::ExportFile;
use crate::json::{at, is_list_with, root_list, text};
use crate::login::Login;
use crate::reader::{Reader, Request};
use crate::{Format, Import, ReadError};

impl Format {
    /// Passman of Nextcloud.
    pub const PASSMAN: Format = Format::new("passman", "Passman");
}

pub(crate) const READER: Reader = Reader { format: Format::PASSMAN, detect, read };

/// `[{credential_id, label, username, otp: {secret, …}}]`.
fn detect(file: &ExportFile<'_>) -> bool {
    is_list_with(&file.json, &["credential_id", "label"])
}

fn read(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    let mut entries = Entries::new(Format::PASSMAN);
    for item in root_list(&file.json) {
        let name = [text(item, "username"), text(item, "email")].into_iter().find(|name| !name.is_empty());
        let login = Login {
            name: text(item, "label"),
            username: name.unwrap_or_default(),
            is_trashed: at(item, "delete_time").as_i64().is_some_and(|time| time > 0),
            ..Login::default()
        };
        entries.add(at(item, "otp.secret"), login)?;
    }
    Ok(entries.finish())
}
