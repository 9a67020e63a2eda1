//! The counts add up: whatever becomes of an entry, it is an account or a named problem.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use imports::{Import, Warning, read};
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

/// Calls `visit` with each value that holds no others, and its name.
fn visit_leaves(value: &mut Value, name: &str, visit: &mut dyn FnMut(&str, &mut Value)) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| visit_leaves(value, name, visit)),
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| visit_leaves(value, name, visit)),
        leaf => visit(name, leaf),
    }
}

/// Returns a copy whose leaf at this place is a number that stands in no export, and the leaf's name.
fn with_damaged_leaf(whole: &Value, place: usize) -> (Value, String) {
    let (mut copy, mut at, mut damaged) = (whole.clone(), 0, String::new());
    visit_leaves(&mut copy, "", &mut |name, leaf| {
        if at == place {
            name.clone_into(&mut damaged);
            *leaf = json!(-5.5);
        }
        at += 1;
    });
    (copy, damaged)
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
const KINDS: [(&str, &str); 3] = [("2fauth", "app"), ("enpass", "type"), ("proton_pass", "type")];

#[test]
fn a_damaged_value_costs_one_account_at_most_and_no_entry() {
    let mut formats = BTreeSet::new();
    for file in own_files().into_iter().chain(samples()) {
        let Ok(whole) = serde_json::from_slice::<Value>(&fs::read(&file).unwrap()) else { continue };
        let expected = fs::read(file.with_added_extension("expected.json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let password = expected["password"].as_str();
        let Ok(import) = read(whole.to_string().as_bytes(), password) else { continue };
        let mut leaves = 0_usize;
        visit_leaves(&mut whole.clone(), "", &mut |_, _| leaves += 1);
        // Those of encrypted files are few, and cost time.
        let step = if password.is_some() { leaves.div_ceil(30) } else { leaves.div_ceil(300) }.max(1);
        for place in (0..leaves).step_by(step) {
            let (copy, name) = with_damaged_leaf(&whole, place);
            let format = import.format.id();
            if KINDS.contains(&(format, &name)) {
                continue;
            }
            let shown = format!("{} {name:?}", file.display());
            let damaged = match read(copy.to_string().as_bytes(), password) {
                // What takes a password to be opened may be closed by a damaged value.
                Err(_) if password.is_some() => continue,
                damaged => damaged.unwrap_or_else(|error| panic!("{shown}: {error}")),
            };
            assert_eq!(damaged.format, import.format, "{shown}");
            let ((entries, accounts), (all, fine)) = (count(&damaged), count(&import));
            assert!(entries == all && (accounts + 1 >= fine || password.is_some()), "{shown}: {damaged:?}");
            formats.insert(format);
        }
    }
    assert!(formats.len() >= 15, "{formats:?}");
}
