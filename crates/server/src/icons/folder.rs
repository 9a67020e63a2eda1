//! The folder of icon files.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Maximum length of an icon's name, in bytes: the width of its column in the database.
const MAX_NAME: usize = 191;
/// Prefix of the names of incomplete files. No icon's name can have it.
const UNFINISHED: &str = ".new-";

/// The folder of icon files; created with the first one.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

/// Whether an icon may have this name. Such a name can't lead out of the folder of icons.
pub fn is_name(name: &str) -> bool {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    is_plain && !name.is_empty() && !name.starts_with('.') && name.len() <= MAX_NAME
}

impl Folder {
    pub(super) fn new(data_dir: &Path) -> Self {
        Self(data_dir.join("icons"))
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        is_name(name).then(|| self.0.join(name))
    }

    /// Whether there is an icon with this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.path(name).is_some_and(|path| path.is_file())
    }

    /// Reads the content of an icon; `None` if there is none.
    pub(super) fn content(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(path) = self.path(name) else { return Ok(None) };
        match fs::read(path) {
            Ok(content) => Ok(Some(content)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lists the names of all icons.
    pub(super) fn names(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let names = entries.map(|entry| Ok(entry?.file_name().into_string().ok()));
        let names: io::Result<Vec<Option<String>>> = names.collect();
        Ok(names?.into_iter().flatten().filter(|name| self.has(name)).collect())
    }

    /// Lists the names of the icons that were written before a time. Removes incomplete files from before it.
    pub(super) fn older_than(&self, time: SystemTime) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            // Another copy of the program may remove the same files.
            let Ok(metadata) = entry.metadata() else { continue };
            let Ok(name) = entry.file_name().into_string() else { continue };
            if !metadata.is_file() || metadata.modified()? >= time {
                continue;
            }
            if name.starts_with(UNFINISHED) {
                let _ = fs::remove_file(entry.path());
            } else if is_name(&name) {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Writes an icon atomically. It is durable when this returns.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let path = self.path(name).ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "not the name of an icon"))?;
        fs::create_dir_all(&self.0)?;
        let unfinished = self.0.join(format!("{UNFINISHED}{name}"));
        let mut file = File::create(&unfinished)?;
        let written =
            file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&unfinished, &path));
        if written.is_err() {
            let _ = fs::remove_file(&unfinished);
        }
        written?;
        File::open(&self.0)?.sync_all()
    }

    /// Removes icons. Ignores missing ones; logs those that can't be removed.
    pub(super) fn remove(&self, names: &[String]) {
        for path in names.iter().filter_map(|name| self.path(name)) {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    tracing::warn!(%error, path = %path.display(), "an icon can't be removed");
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_never_leave_the_folder() {
        let outside = tempfile::tempdir().unwrap();
        let folder = Folder::new(&outside.path().join("data"));
        folder.write("a.png", b"icon").unwrap();
        fs::write(outside.path().join("data/secret.key"), b"secret").unwrap();
        fs::create_dir(outside.path().join("data/icons/sub.png")).unwrap();
        let long = "a".repeat(192);
        let hostile = [
            "",
            ".",
            "..",
            "../secret.key",
            "..\\secret.key",
            "/etc/passwd",
            "sub/../../secret.key",
            "a.png/",
            "a.png\0",
            ".hidden",
            "%2e%2e",
            "C:a",
            "a b",
            "é.png",
            &long,
        ];
        for name in hostile {
            assert!(!folder.has(name), "{name}");
            assert!(folder.content(name).unwrap().is_none(), "{name}");
            assert!(folder.write(name, b"x").is_err(), "{name}");
            folder.remove(&[name.to_owned()]);
        }
        assert!(!folder.has("sub.png") && folder.content("sub.png").unwrap().is_none(), "a folder is no icon");
        assert_eq!(fs::read(outside.path().join("data/secret.key")).unwrap(), b"secret");
        assert_eq!(folder.names().unwrap(), ["a.png"]);
    }

    #[test]
    fn an_icon_is_written_as_a_whole_and_removed() {
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::new(data.path());
        assert_eq!(folder.names().unwrap(), [""; 0], "no folder yet");
        folder.write("a.png", b"one").unwrap();
        folder.write("a.png", b"two").unwrap();
        assert_eq!(folder.content("a.png").unwrap().unwrap(), b"two");
        assert_eq!(fs::read_dir(data.path().join("icons")).unwrap().count(), 1, "no incomplete file is left");
        folder.remove(&["a.png".to_owned(), "a.png".to_owned()]);
        assert!(folder.content("a.png").unwrap().is_none());
    }
}
