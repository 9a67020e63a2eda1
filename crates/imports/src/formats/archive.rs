//! ZIP archives, whose entries the other readers read.

use zeroize::Zeroizing;

use super::find_reader_of;
use crate::container::zip::{Archive, Failure, is_archive};
use crate::file::ExportFile;
use crate::reader::{Reader, Request};
use crate::{Format, Import, MAX_BYTES, MAX_ENTRIES, ReadError};

impl Format {
    /// A ZIP archive.
    pub const ARCHIVE: Format = Format::new("zip", "ZIP archive");
}

pub(crate) const READER: Reader = Reader { format: Format::ARCHIVE, detect, read };

/// The ends of the names of entries that may be exports. 1Password's is `export.data`.
const EXPORTS: [&str; 8] = [".json", ".txt", ".csv", ".xml", ".html", ".data", ".sqlite", ".db"];
/// The ends of the names of entries that are encrypted, and by what. The Credential Exchange Protocol encrypts for the app
/// that asked for the export.
const SEALED: [(&[&str], &str); 2] =
    [(&[".pgp", ".gpg", ".asc"], "OpenPGP"), (&[".jwe"], "the Credential Exchange Protocol, for another app")];

fn detect(file: &ExportFile<'_>) -> bool {
    is_archive(file.bytes)
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    let mut archive = Archive::open(file.bytes).ok_or(ReadError::Unusable(Format::ARCHIVE))?;
    let names = archive.names();
    let is_named = |name: &str, ends: &[&str]| ends.iter().any(|end| name.to_ascii_lowercase().ends_with(end));
    let exports: Vec<&String> = names.iter().filter(|name| is_named(name, &EXPORTS)).collect();
    let sealed = SEALED.iter().find(|(ends, _)| names.iter().any(|name| is_named(name, ends)));
    let (mut import, mut failure) = (None::<Import>, None);
    let mut room = MAX_BYTES;
    for name in exports {
        let format = owner_of(name);
        let read = read_entry(&mut archive, name, format, request, &mut room);
        match read {
            Ok(read) if import.is_none() => import = Some(read),
            Ok(read) => import.iter_mut().for_each(|import| {
                import.format = Format::ARCHIVE;
                import.entries.extend(read.entries.iter().cloned());
                import.warnings.extend(read.warnings.iter().cloned());
            }),
            // The archive's own files are no exports.
            Err(ReadError::UnknownFormat) => {}
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    match (import, failure) {
        (Some(import), _) if import.entries.len() > MAX_ENTRIES => Err(ReadError::TooMany),
        (Some(import), None) => Ok(import),
        (_, Some(error)) => Err(error),
        (None, None) => Err(sealed.map_or(ReadError::UnknownFormat, |(_, program)| ReadError::Sealed(program))),
    }
}

/// Returns the format whose app names the entry so.
fn owner_of(name: &str) -> Format {
    match name.rsplit('/').next() {
        Some("raivo-otp-export.json") => Format::RAIVO,
        Some("Accounts.txt") => Format::AUTHENTICATOR_PLUS,
        _ => Format::ARCHIVE,
    }
}

/// Reads an entry. `room` is the number of bytes that all entries may still have.
fn read_entry(
    archive: &mut Archive<'_>,
    name: &str,
    format: Format,
    request: Request<'_>,
    room: &mut usize,
) -> Result<Import, ReadError> {
    let content: Zeroizing<Vec<u8>> = archive.read(name, request.password).map_err(|failure| match failure {
        Failure::Encrypted => ReadError::Encrypted(format),
        Failure::WrongPassword => ReadError::WrongPassword(format),
        Failure::TooLarge => ReadError::TooLarge,
        Failure::Damaged => ReadError::Unusable(format),
    })?;
    *room = room.checked_sub(content.len()).ok_or(ReadError::TooLarge)?;
    if is_archive(&content) {
        return Err(ReadError::UnknownFormat);
    }
    let entry = ExportFile::new(&content)?;
    (find_reader_of(&entry)?.read)(&entry, request)
}
