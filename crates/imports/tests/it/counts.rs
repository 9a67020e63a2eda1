//! The counts add up: whatever becomes of an entry, it is an account or a named problem.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use imports::{Import, ReadError, Warning, read};
use serde_json::{Value, json};

use crate::files::{own_files, samples};

/// What no format takes for a secret.
const NO_SECRET: &str = "!1!";

/// The text files that need no password, with what they hold.
fn plain_files() -> Vec<(PathBuf, String, Import)> {
    let files = own_files().into_iter().chain(samples()).filter_map(|file| {
        let text = String::from_utf8(fs::read(&file).unwrap()).ok()?;
        let import = read(text.as_bytes(), None).ok()?;
        Some((file, text, import))
    });
    files.collect()
}

fn secrets(import: &Import) -> Vec<&str> {
    import.entries.iter().flatten().map(|imported| imported.account.secret.unpadded()).collect()
}

#[test]
fn an_entry_whose_secret_is_damaged_is_a_problem_and_the_others_stay() {
    let mut formats = BTreeSet::new();
    for (file, text, import) in plain_files() {
        // WinAuth writes Steam's secrets twice.
        if text.contains("shared_secret") {
            continue;
        }
        let secrets = secrets(&import);
        // A damaged entry that is the only one may hide the format.
        for secret in secrets.iter().filter(|_| import.entries.len() > 1) {
            // Secrets of other forms, such as lists of bytes, aren't found, and those of several entries don't tell which.
            let is_single = secrets.iter().filter(|other| other.contains(*secret)).count() == 1
                && text.contains(secret)
                && text.to_ascii_uppercase().matches(secret).count() == 1;
            if !is_single {
                continue;
            }
            let damaged = read(text.replace(secret, NO_SECRET).as_bytes(), None);
            let shown = format!("{} {}", file.display(), import.format);
            let damaged = damaged.unwrap_or_else(|error| panic!("{shown}: {error}"));
            assert_eq!(damaged.format, import.format, "{shown}");
            assert_eq!(damaged.entries.len(), import.entries.len(), "{shown}");
            assert_eq!(damaged.entries.iter().flatten().count(), secrets.len() - 1, "{shown}");
            formats.insert(import.format.id());
        }
    }
    assert!(formats.len() >= 20, "{formats:?}");
}

#[test]
fn a_line_that_is_cut_hides_no_other() {
    for (file, text, import) in plain_files() {
        let is_list = ["otpauth_list", "google_authenticator"].contains(&import.format.id());
        if !is_list || !import.entries.iter().all(Result::is_ok) || text.lines().count() != import.entries.len() {
            continue;
        }
        for (number, line) in text.lines().enumerate().filter(|(_, line)| line.starts_with("otpauth://")) {
            let cut = &line[..line.find("secret=").map_or(12, |place| place)];
            let lines: Vec<&str> =
                text.lines().enumerate().map(|(n, whole)| if n == number { cut } else { whole }).collect();
            let damaged = read(lines.join("\n").as_bytes(), None).unwrap();
            assert_eq!(damaged.entries.len(), import.entries.len(), "{} {number}", file.display());
            assert_eq!(damaged.entries.iter().filter(|entry| entry.is_err()).count(), 1, "{} {number}", file.display());
        }
    }
}

/// What becomes of a value.
#[derive(Debug, Clone, Copy)]
enum Damage {
    /// It is a number that stands in no export.
    Changed,
    /// It is missing.
    Removed,
}

/// Damages the value at a place, counted among those that hold no others, and returns its name. `place` counts down.
fn damage(value: &mut Value, place: &mut usize, how: Damage) -> Option<String> {
    match value {
        Value::Array(values) => values.iter_mut().find_map(|value| damage(value, place, how)),
        Value::Object(fields) => {
            let names: Vec<String> = fields.keys().cloned().collect();
            names.into_iter().find_map(|name| {
                if fields[&name].is_array() || fields[&name].is_object() {
                    return damage(&mut fields[&name], place, how);
                }
                let is_here = *place == 0;
                *place = place.saturating_sub(1);
                is_here.then(|| {
                    match how {
                        Damage::Changed => fields[&name] = json!(-5.5),
                        Damage::Removed => drop(fields.remove(&name)),
                    }
                    name
                })
            })
        }
        _ => None,
    }
}

/// Returns the number of entries and of what is left out by name, and that of accounts.
fn count(import: &Import) -> (usize, usize) {
    let left_out = import.warnings.iter().filter_map(|warning| match warning {
        Warning::LeftOut(kinds) => Some(kinds.iter().map(|(_, number)| number).sum::<usize>()),
        _ => None,
    });
    (import.entries.len() + left_out.sum::<usize>(), import.entries.iter().flatten().count())
}

/// Fields that tell what a file, or a field of an item, is.
const KINDS: [(&str, &str); 4] =
    [("2fauth", "app"), ("enpass", "type"), ("proton_pass", "type"), ("steam", "shared_secret")];
/// Formats whose items need not have a one-time password.
const MANAGERS: [&str; 6] = ["1password", "bitwarden", "enpass", "keeper", "passman", "proton_pass"];

/// Reads a copy with a damaged value, and compares it with the whole export. Returns whether there is such a value.
fn check_damaged(export: &(Value, Import), password: Option<&str>, (mut place, how): (usize, Damage)) -> bool {
    let (mut copy, import) = (export.0.clone(), &export.1);
    let Some(name) = damage(&mut copy, &mut place, how) else { return false };
    let format = import.format.id();
    if KINDS.contains(&(format, &name)) {
        return true;
    }
    let damaged = match read(copy.to_string().as_bytes(), password) {
        // What takes a password to be opened may be closed by a damaged value.
        Err(_) if password.is_some() => return true,
        // The file is known by the names that it begins with.
        Err(ReadError::UnknownFormat) if matches!(how, Damage::Removed) && export.0.get(&name).is_some() => {
            return true;
        }
        damaged => damaged.unwrap_or_else(|error| panic!("{format} {name:?} {how:?}: {error}")),
    };
    let ((entries, accounts), (all, fine)) = (count(&damaged), count(import));
    // What had no code and has a damaged one is a problem more, and what has none any more is no entry.
    let is_other = MANAGERS.contains(&format)
        && match how {
            Damage::Changed => entries == all + 1 && accounts == fine,
            Damage::Removed => entries + 1 == all,
        };
    let shown = format!("{format} {name:?} {how:?}: {damaged:?}");
    assert_eq!(damaged.format, import.format, "{shown}");
    assert!(entries == all || is_other, "{shown}");
    assert!(accounts + 1 >= fine || password.is_some(), "{shown}");
    true
}

#[test]
fn a_damaged_value_costs_one_account_at_most_and_no_entry() {
    let (mut formats, own) = (BTreeSet::new(), own_files());
    for file in own.iter().cloned().chain(samples()) {
        let Ok(whole) = serde_json::from_slice::<Value>(&fs::read(&file).unwrap()) else { continue };
        let expected = fs::read(file.with_added_extension("expected.json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        // The keys of this crate's own files are cheap.
        let password = expected["password"].as_str().filter(|_| own.contains(&file));
        let Ok(import) = read(whole.to_string().as_bytes(), password) else { continue };
        formats.insert(import.format.id());
        let export = (whole, import);
        // Keys and long exports cost time.
        let most = if password.is_some() { 6 } else { 60 };
        for how in [Damage::Changed, Damage::Removed] {
            let _ = (0..most).all(|place| check_damaged(&export, password, (place, how)));
        }
    }
    assert!(formats.len() >= 15, "{formats:?}");
}
