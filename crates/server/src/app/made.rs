//! The note beside the data that a database was made: an empty one in its place was lost, not new.

use std::path::{Path, PathBuf};

use store::{Database, KeySource, MasterKeys};

/// The name of the note in the data folder.
const NAME: &str = "database.made";

/// The note in a data folder.
pub(super) struct Note {
    path: PathBuf,
    text: String,
}

/// A source of keys that refuses to make a new database where one was made before.
pub(super) struct Guarded<'a, K> {
    pub(super) keys: &'a K,
    pub(super) note: &'a Note,
}

impl Note {
    /// The note for a database.
    pub(super) fn of(database: &Database, data_dir: &Path) -> Self {
        Self { path: data_dir.join(NAME), text: format!("{database}\n") }
    }

    /// Writes it, if it isn't there. Without it, everything works all the same.
    pub(super) fn write(&self) {
        if !self.is_there()
            && let Err(error) = std::fs::write(&self.path, &self.text)
        {
            tracing::debug!(%error, path = %self.path.display(), "the note that a database was made can't be written");
        }
    }

    fn is_there(&self) -> bool {
        std::fs::read_to_string(&self.path).is_ok_and(|text| text == self.text)
    }
}

impl<K: KeySource> KeySource for Guarded<'_, K> {
    fn master_keys(&self, is_new: bool) -> Result<MasterKeys, String> {
        if is_new && self.note.is_there() {
            return Err(format!(
                "the database is empty, but there was one: {0} (so says {1}). Restore it from a backup, or check DB_CONNECTION \
                 and its companions, and that the right volume is mounted. To start anew with nothing, delete {1} first",
                self.note.text.trim(),
                self.note.path.display()
            ));
        }
        self.keys.master_keys(is_new)
    }
}
