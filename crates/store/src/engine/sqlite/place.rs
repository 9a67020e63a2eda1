//! Where a database file is: whether it can be written there, and whether it is still the same.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::{Error, OpenError};

/// An open file, by its device and inode.
pub(crate) struct File {
    path: PathBuf,
    identity: (u64, u64),
}

impl File {
    /// The file that is at this path now.
    pub(super) fn at(path: &Path) -> io::Result<File> {
        Ok(File { path: path.to_owned(), identity: identity(path)? })
    }

    /// Fails if it isn't at its path any more: what is written to a deleted file is lost.
    pub(super) fn check(&self) -> Result<(), Error> {
        match identity(&self.path) {
            Ok(identity) if identity == self.identity => Ok(()),
            Ok(_) => Err(self.gone("was replaced by another file")),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(self.gone("was deleted")),
            Err(error) => Err(Error::away(error)),
        }
    }

    fn gone(&self, how: &str) -> Error {
        let path = self.path.display();
        Error::away(format!(
            "the database file {path} {how} while Sixpin was running: put it back, and start Sixpin again"
        ))
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(path).map(|_| (0, 0))
}

/// Bytes that are written for trial: the write-ahead log needs as much at once.
const TRIAL: usize = 64 * 1024;

/// Checks that the file and its folder can be written, by trying: SQLite would open them for reading, or fail with a
/// number.
pub(super) fn check_writable(path: &Path) -> Result<(), OpenError> {
    OpenOptions::new().write(true).open(path).map_err(|error| unusable(path, &error))?;
    let trial = path.with_extension(format!("{}.trial", std::process::id()));
    let written = OpenOptions::new().write(true).create_new(true).open(&trial).and_then(|mut file| {
        file.write_all(&vec![0; TRIAL])?;
        file.sync_all()
    });
    match &written {
        // Another opening of this process is trying right now.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        _ => drop(fs::remove_file(&trial)),
    }
    written.map_err(|error| unusable(path.parent().unwrap_or(path), &error))
}

/// Returns the error for a file or a folder that can't be used, with the way out.
pub(super) fn unusable(path: &Path, error: &io::Error) -> OpenError {
    let advice = match error.kind() {
        ErrorKind::StorageFull => "the disk is full: make room".to_owned(),
        ErrorKind::QuotaExceeded => "the disk quota is used up: make room, or have it raised".to_owned(),
        ErrorKind::ReadOnlyFilesystem => {
            "its file system is mounted read-only: mount it so that it can be written".to_owned()
        }
        ErrorKind::PermissionDenied => format!("Sixpin may not write there{}", owners(path)),
        _ => return OpenError::File { path: path.to_owned(), source: Error::database(error.to_string()) },
    };
    OpenError::Unwritable { path: path.to_owned(), advice }
}

/// Says whose the file is, and who Sixpin is.
#[cfg(unix)]
fn owners(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt as _;

    let owner = fs::metadata(path).map(|metadata| (metadata.uid(), metadata.mode() & 0o7777));
    let own = fs::metadata("/proc/self").map(|metadata| metadata.uid());
    let own = own.map(|uid| format!(", and Sixpin runs as user ID {uid}")).unwrap_or_default();
    match owner {
        Ok((uid, mode)) => format!(": it belongs to user ID {uid}, with mode {mode:03o}{own}. Change its owner"),
        Err(_) => String::new(),
    }
}

#[cfg(not(unix))]
fn owners(_: &Path) -> String {
    String::new()
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;

    use super::{File, check_writable, unusable};

    #[test]
    fn the_advice_is_that_of_the_cause() {
        for (errno, advice) in [(28, "full"), (30, "read-only"), (13, "user ID"), (122, "quota")] {
            let error = unusable(Path::new("/"), &io::Error::from_raw_os_error(errno));
            assert!(error.to_string().contains(advice), "{errno}: {error}");
        }
    }

    #[test]
    fn a_trial_leaves_nothing_behind_and_a_replaced_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        std::fs::write(&path, "a").unwrap();
        check_writable(&path).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let file = File::at(&path).unwrap();
        file.check().unwrap();
        let other = folder.path().join("b");
        std::fs::write(&other, "b").unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert!(format!("{:?}", file.check()).contains("replaced"));
        std::fs::remove_file(&path).unwrap();
        assert!(format!("{:?}", file.check()).contains("deleted"));
    }
}
