//! The master key that wraps the data key: `APP_KEY`, `APP_PREVIOUS_KEYS`.

use std::fmt;
use std::path::Path;

use data_encoding::BASE64;
use store::{FillRandom, Key, MasterKeys};

use super::vars::Vars;

/// The master key, if it was given.
#[derive(Debug)]
pub struct KeyConfig {
    current: Option<Key>,
    previous: Vec<Key>,
}

/// File name of the generated key in the data folder.
const KEY_FILE: &str = "app.key";

impl fmt::Display for KeyConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.current.is_some() { "given" } else { "kept in the data folder" })
    }
}

impl KeyConfig {
    pub(super) fn read(vars: &mut Vars) -> Self {
        let current = vars.secret("APP_KEY").and_then(|text| parsed(vars, "APP_KEY", &text));
        let previous = vars.secret("APP_PREVIOUS_KEYS").unwrap_or_default();
        let previous = previous.split(',').map(str::trim).filter(|part| !part.is_empty());
        let previous = previous.filter_map(|text| parsed(vars, "APP_PREVIOUS_KEYS", text)).collect();
        Self { current, previous }
    }

    /// The keys to use: the given one, else the one kept in `data_dir`, which is made at the first start with `random`.
    ///
    /// # Errors
    /// A key file that can't be read or written.
    pub fn master_keys(&self, data_dir: &Path, random: FillRandom) -> Result<MasterKeys, String> {
        let current = match &self.current {
            Some(key) => key.clone(),
            None => kept_key(data_dir, random)?,
        };
        Ok(MasterKeys { current, previous: self.previous.clone() })
    }
}

fn parsed(vars: &mut Vars, name: &str, text: &str) -> Option<Key> {
    match Key::parse(text) {
        Ok(key) => Some(key),
        Err(error) => {
            vars.problem(format!("{name}: {error}"));
            None
        }
    }
}

/// Reads the key file, or makes it, readable by its owner alone.
fn kept_key(data_dir: &Path, random: FillRandom) -> Result<Key, String> {
    let path = data_dir.join(KEY_FILE);
    match std::fs::read_to_string(&path) {
        Ok(text) => Key::parse(text.trim()).map_err(|error| format!("{}: {error}", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut bytes = [0; 32];
            random(&mut bytes);
            let text = format!("base64:{}", BASE64.encode(&bytes));
            match write_new(&path, &text) {
                Ok(()) => Key::parse(&text).map_err(|error| error.to_string()),
                // Another copy was quicker: its key counts.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => kept_key(data_dir, random),
                Err(error) => Err(format!("the key file {} can't be written: {error}", path.display())),
            }
        }
        Err(error) => Err(format!("the key file {} can't be read: {error}", path.display())),
    }
}

/// Writes a file that wasn't there, with mode 0600, durably and as a whole: it is linked into place when complete.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let draft = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let linked = file
        .write_all(text.as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::hard_link(&draft, path));
    std::fs::remove_file(&draft)?;
    linked
}
