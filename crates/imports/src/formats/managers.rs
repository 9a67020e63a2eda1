//! The JSON of password managers whose items may have one-time passwords.

pub(crate) mod enpass;
pub(crate) mod keeper;
pub(crate) mod onepassword;
pub(crate) mod passman;
pub(crate) mod proton_pass;

use crate::login::Login;
use crate::{Format, Import, ImportedAccount, MAX_ENTRIES, ReadError, RejectedEntry};

/// The entries of a manager's items.
struct Entries {
    format: Format,
    entries: Vec<Result<ImportedAccount, RejectedEntry>>,
}

impl Entries {
    fn new(format: Format) -> Entries {
        Entries { format, entries: Vec::new() }
    }

    /// Adds an item's one-time password, unless it has none.
    fn add(&mut self, login: Login<'_>) -> Result<(), ReadError> {
        if !login.totp.trim().is_empty() {
            self.entries.push(login.read(self.entries.len() + 1));
        }
        if self.entries.len() > MAX_ENTRIES { Err(ReadError::TooMany) } else { Ok(()) }
    }

    fn finish(self) -> Import {
        Import::new(self.format, self.entries)
    }
}
