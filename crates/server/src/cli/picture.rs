//! `qr`.

use std::path::Path;

/// Prints the text of each QR code in a picture.
pub(super) fn print_texts(file: &Path) -> Result<(), String> {
    let picture = std::fs::read(file).map_err(|error| format!("{} can't be read: {error}", file.display()))?;
    let texts = qr::decode(&picture).map_err(|error| format!("{}: {error}", file.display()))?;
    texts.iter().for_each(|text| println!("{text}"));
    Ok(())
}
