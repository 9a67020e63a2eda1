//! The JSON of password managers whose items may have one-time passwords.

pub(crate) mod enpass;
pub(crate) mod keeper;
pub(crate) mod onepassword;
pub(crate) mod passman;
pub(crate) mod proton_pass;

use serde_json::Value;

use crate::login::Login;
use crate::{EntryError, Format, Import, ImportedAccount, MAX_ENTRIES, ReadError, RejectedEntry};

/// The entries of a manager's items.
struct Entries {
    format: Format,
    entries: Vec<Result<ImportedAccount, RejectedEntry>>,
}

impl Entries {
    fn new(format: Format) -> Entries {
        Entries { format, entries: Vec::new() }
    }

    /// Adds an item's one-time password, unless it has none. One that is no text is damaged.
    fn add(&mut self, totp: &Value, login: Login<'_>) -> Result<(), ReadError> {
        let position = self.entries.len() + 1;
        match totp {
            Value::Null => {}
            Value::String(totp) if totp.trim().is_empty() => {}
            Value::String(totp) => self.entries.push(Login { totp, ..login }.read(position)),
            _ => self.entries.push(Err(login.reject(position, EntryError::Missing("secret")))),
        }
        if self.entries.len() > MAX_ENTRIES { Err(ReadError::TooMany) } else { Ok(()) }
    }

    /// Adds what may have been an item.
    fn add_damaged(&mut self, rejected: RejectedEntry) -> Result<(), ReadError> {
        self.entries.push(Err(rejected));
        if self.entries.len() > MAX_ENTRIES { Err(ReadError::TooMany) } else { Ok(()) }
    }

    fn finish(self) -> Import {
        Import::new(self.format, self.entries)
    }
}
