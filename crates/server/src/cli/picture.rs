//! The command `qr`.

use std::path::Path;

use super::terminal::printable;

/// Prints the text of each QR code in a picture.
pub(super) fn print_texts(file: &Path) -> Result<(), String> {
    let picture = std::fs::read(file).map_err(|error| format!("{} can't be read: {error}", file.display()))?;
    let texts = qr::decode(&picture).map_err(|error| format!("{}: {error}", file.display()))?;
    for text in texts {
        println!("{}", printable(&text));
    }
    Ok(())
}
