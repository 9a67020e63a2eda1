//! The command `qr`.

use std::path::{Path, PathBuf};

use super::terminal::printable;

/// Prints the text of each QR code in the pictures, a line each. A text that is split over several QR codes is one.
///
/// # Errors
/// If a picture can't be read, or has a part of a text and the others are missing: after all other texts.
pub(super) fn print_texts(files: &[PathBuf]) -> Result<(), String> {
    let mut symbols = Vec::new();
    let mut errors = Vec::new();
    for file in files {
        match read(file) {
            Ok(found) => symbols.extend(found),
            Err(error) => errors.push(error),
        }
    }
    let joined = qr::join(&symbols);
    for text in joined.texts {
        println!("{}", printable(&text));
    }
    errors.extend(joined.incomplete.into_iter().map(|(reason, _)| reason.to_string()));
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

fn read(file: &Path) -> Result<Vec<qr::Symbol>, String> {
    let picture = std::fs::read(file).map_err(|error| format!("{} can't be read: {error}", file.display()))?;
    qr::read(&picture).map_err(|error| format!("{}: {error}", file.display()))
}
