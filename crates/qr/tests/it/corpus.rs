//! Folders of published pictures, each with its text beside it.

use std::fs;
use std::path::{Path, PathBuf};

/// A picture, with the texts of its codes if they are known.
pub(crate) struct Picture {
    pub(crate) path: PathBuf,
    pub(crate) text: Option<String>,
}

/// Returns the pictures in a folder and below.
pub(crate) fn pictures(folder: &Path) -> Vec<Picture> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        if path.is_dir() {
            found.extend(pictures(&path));
        } else if ["png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff"].iter().any(|known| extension == *known) {
            let beside = [path.with_added_extension("txt"), path.with_extension("txt")];
            let text = beside.iter().find_map(|text| fs::read_to_string(text).ok());
            found.push(Picture { path, text });
        }
    }
    found
}

/// Returns a text without line ends: several texts are listed below each other, and some have line ends of their own.
pub(crate) fn one_line(text: &str) -> String {
    text.trim().replace(['\r', '\n'], "")
}
