//! The counts add up: whatever becomes of an entry, it is an account or a named problem.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use imports::{Import, read};

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
