//! Packs of icons: folders below `iconPacks` in the data folder, which administrators put there (compat 2.4).
//!
//! A pack is a folder with a picture in it, up to four levels deep. The pictures are named after services.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::input::Kind;
use crate::outside::collections::slug;

/// Extensions of pictures, in the order of preference when a service has several.
const EXTENSIONS: [&str; 6] = ["svg", "png", "webp", "jpg", "jpeg", "bmp"];
/// Maximum depth of searched folders.
const MAX_DEPTH: usize = 4;
/// Number of bytes that are read to recognise a picture.
const HEAD: u64 = 4096;
/// Maximum size of a picture, in bytes.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The packs of an instance.
#[derive(Debug, Clone)]
pub struct Packs(PathBuf);

impl Packs {
    /// Returns the packs below a data folder.
    pub fn new(data_dir: &Path) -> Self {
        Self(data_dir.join("iconPacks"))
    }

    /// Lists the names of all packs, sorted: `brands`, `brands/dark`. Reads folders: not for the async workers.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        collect_packs(&self.0, "", 0, &mut names);
        names.sort();
        names
    }

    /// Reads the picture of a service in a pack; `None` if there is no such picture or pack. Reads files: not for the
    /// async workers.
    pub fn load_picture(&self, pack: &str, service: &str) -> Option<Vec<u8>> {
        // A name that isn't from the list could lead out of the folder.
        let pack = self.names().into_iter().find(|name| name == pack)?;
        let slug = slug(service);
        let pictures: Vec<(String, PathBuf)> = list_pictures(&self.0.join(pack)).collect();
        let path = EXTENSIONS.iter().find_map(|extension| {
            let name = format!("{slug}.{extension}");
            pictures.iter().find(|(file, _)| *file == name).map(|(_, path)| path)
        })?;
        let mut content = Vec::new();
        File::open(path).ok()?.take(MAX_BYTES).read_to_end(&mut content).ok()?;
        Some(content)
    }
}

/// Adds the packs in a folder, which as a pack is called `name`. Skips unreadable files and folders.
fn collect_packs(folder: &Path, name: &str, depth: usize, names: &mut Vec<String>) {
    if !name.is_empty() && list_pictures(folder).any(|(_, path)| is_picture(&path)) {
        names.push(name.to_owned());
    }
    if depth == MAX_DEPTH {
        return;
    }
    for path in list_entries(folder).filter(|path| path.is_dir()) {
        let Some(own) = path.file_name().and_then(|own| own.to_str()).filter(|own| !own.starts_with('.')) else {
            continue;
        };
        let name = if name.is_empty() { own.to_owned() } else { format!("{name}/{own}") };
        collect_packs(&path, &name, depth + 1, names);
    }
}

fn list_entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()))
}

/// Lists the files of a folder with the extension of a picture, with their names in lower case.
fn list_pictures(folder: &Path) -> impl Iterator<Item = (String, PathBuf)> {
    list_entries(folder).filter_map(|path| {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        let (_, extension) = name.rsplit_once('.')?;
        (EXTENSIONS.contains(&extension) && path.is_file()).then_some((name, path))
    })
}

fn is_picture(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && !matches!(Kind::of(&head), Kind::Tiff | Kind::Pdf | Kind::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg'/>";

    fn create_packs(files: &[(&str, &str)]) -> (tempfile::TempDir, Packs) {
        let data = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = data.path().join("iconPacks").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let packs = Packs::new(data.path());
        (data, packs)
    }

    #[test]
    fn a_pack_is_a_folder_with_a_picture() {
        let (_data, packs) = create_packs(&[
            ("brands/Acme.svg", SVG),
            ("brands/dark/Acme.SVG", SVG),
            ("deep/er/a.svg", SVG),
            (".hidden/a.svg", SVG),
            ("visible/.git/a.svg", SVG),
            ("empty/readme.txt", SVG),
            ("false/a.svg", "no picture"),
            ("loose.svg", SVG),
            ("1/2/3/4/a.svg", SVG),
            ("1/2/3/4/5/a.svg", SVG),
        ]);
        assert_eq!(packs.names(), ["1/2/3/4", "brands", "brands/dark", "deep/er"]);
        assert_eq!(Packs::new(Path::new("/nonexistent")).names(), [""; 0]);
    }

    #[test]
    fn a_picture_is_found_by_its_service() {
        let (_data, packs) = create_packs(&[
            ("p/Acme-corp.png", "png"),
            ("p/acme-corp.svg", SVG),
            ("p/Other.WEBP", "webp"),
            ("secret.svg", SVG),
        ]);
        assert_eq!(packs.load_picture("p", "ACME Corp!").unwrap(), SVG.as_bytes());
        assert_eq!(packs.load_picture("p", "other").unwrap(), b"webp");
        assert_eq!(packs.load_picture("p", "unknown"), None);
        assert_eq!(packs.load_picture("p", ""), None);
        for pack in ["P", "q", "", ".", "..", "p/..", "../iconPacks/p", "/p", "p/../../p"] {
            assert_eq!(packs.load_picture(pack, "other"), None, "{pack}");
        }
        for service in ["../secret", "..%2fsecret", "/secret", "p/other"] {
            assert_eq!(packs.load_picture("p", service), None, "{service}");
        }
    }
}
