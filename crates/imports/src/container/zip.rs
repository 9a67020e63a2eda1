//! ZIP archives, with the encryptions of WinZip (AES) and of old programs.

use std::io::{Cursor, Read as _};

use zeroize::Zeroizing;

use crate::MAX_BYTES;

/// Maximum number of entries that are looked at.
const MAX_ENTRIES: usize = 1_000;

/// An archive in memory.
pub(crate) struct Archive<'a>(::zip::ZipArchive<Cursor<&'a [u8]>>);

/// The reason why an entry can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It is encrypted, and no password was given.
    Encrypted,
    /// The password is wrong.
    WrongPassword,
    /// It is larger than a file may be.
    TooLarge,
    /// It is damaged, or compressed in an unusual way.
    Damaged,
}

/// Whether a file is an archive.
pub(crate) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06")
}

impl<'a> Archive<'a> {
    /// Opens an archive; `None` if it is none, or has too many entries.
    pub(crate) fn open(bytes: &'a [u8]) -> Option<Archive<'a>> {
        if !is_archive(bytes) {
            return None;
        }
        let archive = ::zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
        (archive.len() <= MAX_ENTRIES).then_some(Archive(archive))
    }

    /// Returns the names of the entries that are files.
    pub(crate) fn names(&self) -> Vec<String> {
        let names = self.0.file_names().filter_map(|name| Some(name.ok()?.into_owned()));
        names.filter(|name| !name.ends_with('/')).collect()
    }

    /// Reads an entry. The size that is inflated is bounded, whatever the archive states.
    pub(crate) fn read(&mut self, name: &str, password: Option<&str>) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let index = self.0.index_for_name(name).ok_or(Failure::Damaged)?;
        let is_encrypted = self.0.by_index_raw(index).map_err(|_| Failure::Damaged)?.encrypted();
        let entry = match password {
            _ if !is_encrypted => self.0.by_index(index),
            None => return Err(Failure::Encrypted),
            Some(password) => self.0.by_index_decrypt(index, password.as_bytes()),
        };
        let entry = entry.map_err(|error| match error {
            ::zip::result::ZipError::InvalidPassword => Failure::WrongPassword,
            _ => Failure::Damaged,
        })?;
        let mut content = Zeroizing::new(Vec::new());
        let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
        // The old encryption has a check of one byte: a wrong password often shows as damage only.
        let damage = if is_encrypted { Failure::WrongPassword } else { Failure::Damaged };
        entry.take(limit + 1).read_to_end(&mut content).map_err(|_| damage)?;
        if content.len() > MAX_BYTES { Err(Failure::TooLarge) } else { Ok(content) }
    }
}
