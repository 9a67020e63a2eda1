//! The master key that wraps the data key: `APP_KEY`, `APP_PREVIOUS_KEYS`.

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use store::{FillRandom, Key, KeySource, MasterKeys};

use super::vars::{Secret, Vars, unquoted};

/// The master key, if it was given.
#[derive(Debug)]
pub struct KeyConfig {
    current: Option<Given>,
    previous: Vec<Key>,
}

/// A key, and where it came from.
#[derive(Debug)]
struct Given {
    key: Key,
    source: String,
}

/// The keys of an instance: the given ones, or the one in its data folder.
#[derive(Debug)]
pub struct InstanceKeys<'a> {
    config: &'a KeyConfig,
    file: PathBuf,
    random: FillRandom,
}

/// File name of the generated key in the data folder.
const KEY_FILE: &str = "app.key";
/// The advice for making a key.
const MAKE_ONE: &str = "make a key with `openssl rand -base64 32` and put \"base64:\" before it";
/// Minimum number of different bytes in a key. A random one has fewer with a probability of 10^-28.
const MIN_BYTES: usize = 8;
/// Words of the keys in published examples, of which only letters and digits are compared, in lower case.
const PLACEHOLDERS: [&str; 8] =
    ["somerandomstring", "changeme", "changethis", "replaceme", "replacethis", "placeholder", "yourappkey", "yourkey"];

impl fmt::Display for KeyConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.current {
            Some(given) => write!(f, "given by {}", given.source),
            None => write!(f, "kept in the data folder, as {KEY_FILE}"),
        }
    }
}

impl KeyConfig {
    pub(super) fn read(vars: &mut Vars) -> Self {
        let current = vars.sourced_secret("APP_KEY").and_then(|Secret { text, source }| {
            let key = parse(&text).map_err(|problem| vars.problem(format!("{source}: {problem}"))).ok()?;
            warn(vars, &source, &text, &key);
            Some(Given { key, source })
        });
        let previous = vars.secret("APP_PREVIOUS_KEYS").unwrap_or_default();
        let previous = previous.split(',').map(str::trim).filter(|part| !part.is_empty()).filter_map(|text| {
            parse(text).map_err(|problem| vars.problem(format!("APP_PREVIOUS_KEYS: {problem}"))).ok()
        });
        Self { current, previous: previous.collect() }
    }

    /// Returns the keys of the instance with this data folder. One is made there with `random` if the database is new
    /// and no key is given.
    pub fn of_instance(&self, data_dir: &Path, random: FillRandom) -> InstanceKeys<'_> {
        InstanceKeys { config: self, file: data_dir.join(KEY_FILE), random }
    }
}

impl InstanceKeys<'_> {
    /// Where the current key comes from.
    pub fn source(&self) -> String {
        self.config.current.as_ref().map_or_else(|| self.file.display().to_string(), |given| given.source.clone())
    }

    /// Reads the key file, or makes it for a new database.
    fn kept_key(&self, is_new: bool) -> Result<Key, String> {
        let path = self.file.display();
        match std::fs::read_to_string(&self.file) {
            Ok(text) => parse(&text).map_err(|problem| format!("{path}: {problem}")),
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(format!("the key file {path} can't be read: {error}"))
            }
            Err(_) if !is_new => Err(format!(
                "the key of this database is missing: there is no key file {path}, and neither APP_KEY nor APP_KEY_FILE is \
                 set. Put the file back from a backup, or set APP_KEY to the key with which the database was made. Nothing \
                 was changed, and no key was made. Without that key nobody can read the secrets"
            )),
            Err(_) => self.make_key(),
        }
    }

    fn make_key(&self) -> Result<Key, String> {
        let mut bytes = [0; 32];
        (self.random)(&mut bytes);
        let text = format!("base64:{}", BASE64.encode(&bytes));
        match write_new(&self.file, &text) {
            Ok(()) => parse(&text),
            // Another copy was quicker: its key counts.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => self.kept_key(false),
            Err(error) => Err(format!("the key file {} can't be written: {error}", self.file.display())),
        }
    }
}

impl KeySource for InstanceKeys<'_> {
    fn master_keys(&self, is_new: bool) -> Result<MasterKeys, String> {
        let current = match &self.config.current {
            Some(given) => given.key.clone(),
            None => self.kept_key(is_new)?,
        };
        match weakness(&current) {
            Some(weakness) if is_new => {
                return Err(format!("{}: {weakness}. A new database needs another one: {MAKE_ONE}", self.source()));
            }
            // A given key is warned of with the configuration.
            Some(weakness) if self.config.current.is_none() => tracing::warn!("{}", advice(&self.source(), weakness)),
            _ => {}
        }
        Ok(MasterKeys { current, previous: self.config.previous.clone() })
    }
}

/// Parses a key, in a pair of quotes or not. The error never holds a part of it.
fn parse(text: &str) -> Result<Key, String> {
    let text = text.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}');
    let text = unquoted(text).map_or(text, str::trim);
    let text = text.strip_prefix("APP_KEY=").map_or(text, |rest| unquoted(rest).unwrap_or(rest));
    let marker = text.to_ascii_lowercase().find("base64:");
    let has_quote = |end: Option<char>| matches!(end, Some('"' | '\'' | '`' | '“' | '”' | '‘' | '’'));
    match marker {
        Some(0) if !text.starts_with("base64:") => Err("\"base64:\" must be in lower case".into()),
        Some(index) if index > 0 => {
            let count = text[..index].chars().count();
            let noun = if count == 1 { "character" } else { "characters" };
            let what = if has_quote(text.chars().next()) { ", of which the first is a quote" } else { "" };
            Err(format!("remove the {count} {noun} before \"base64:\"{what}"))
        }
        _ if has_quote(text.chars().next()) || has_quote(text.chars().next_back()) => {
            Err("the key has a quote at its beginning or end, without its counterpart: remove it".into())
        }
        _ if text.contains(char::is_control) => Err("the key has a line break or another control character".into()),
        _ => Key::parse(text).map_err(|error| error.to_string()),
    }
}

/// Warns of a key that others may know or guess.
fn warn(vars: &mut Vars, source: &str, text: &str, key: &Key) {
    if let Some(weakness) = weakness(key) {
        vars.warning(advice(source, weakness));
    } else if !text.contains("base64:") {
        let is_base64 = BASE64.decode(text.trim().as_bytes()).is_ok_and(|bytes| bytes.len() == 32);
        let what = if is_base64 {
            "the key looks like base64, but without \"base64:\" before it only its first 32 characters count"
        } else {
            "the key is a text, which may be easier to guess than random bytes"
        };
        vars.warning(advice(source, what));
    }
}

/// Returns why a key is worth nothing.
fn weakness(key: &Key) -> Option<&'static str> {
    let bytes = key.bytes();
    let mut different = *bytes;
    different.sort_unstable();
    if different.chunk_by(|one, other| one == other).count() < MIN_BYTES {
        return Some("the key is made of a few bytes that repeat, so it can be guessed");
    }
    let letters = bytes.iter().filter(|byte| byte.is_ascii_alphanumeric());
    let letters: String = letters.map(|byte| char::from(byte.to_ascii_lowercase())).collect();
    let is_known = PLACEHOLDERS.iter().any(|word| letters.contains(word));
    is_known.then_some("the key is the placeholder of a published example, which everybody knows")
}

/// Returns a weakness with the way to another key.
fn advice(source: &str, weakness: &str) -> String {
    format!(
        "{source}: {weakness}. To change it, {MAKE_ONE}, set APP_KEY to it and APP_PREVIOUS_KEYS to the present key, and \
         start Sixpin"
    )
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
