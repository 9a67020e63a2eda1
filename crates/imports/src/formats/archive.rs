//! ZIP archives, whose entries the other readers read.

use zeroize::Zeroizing;

use super::find_reader_of;
use crate::container::zip::{Archive, Failure, is_archive};
use crate::file::{ExportFile, File};
use crate::reader::{Reader, Request};
use crate::{Format, Import, MAX_BYTES, MAX_ENTRIES, ReadError};

impl Format {
    /// A ZIP archive.
    pub const ARCHIVE: Format = Format::new("zip", "ZIP archive");
}

pub(crate) const READER: Reader = Reader { format: Format::ARCHIVE, detect, read };

/// The ends of the names of entries that may be exports. 1Password's is `export.data`.
const EXPORTS: [&str; 9] = [".json", ".txt", ".csv", ".xml", ".html", ".data", ".sqlite", ".db", STEAM];
/// The end of the names of Steam's files, which take a manifest beside them to be opened.
const STEAM: &str = ".mafile";
const MANIFEST: &str = "manifest.json";
/// The ends of the names of entries that are encrypted, and by what. The Credential Exchange Protocol encrypts for the app
/// that asked for the export.
const SEALED: [(&[&str], &str); 2] =
    [(&[".pgp", ".gpg", ".asc"], "OpenPGP"), (&[".jwe"], "the Credential Exchange Protocol, for another app")];
/// Maximum number of entries that are encrypted exports, since each costs a key derivation.
const MAX_KEYS: usize = 16;

fn detect(file: &ExportFile<'_>) -> bool {
    is_archive(file.bytes)
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    let mut archive = Archive::open(file.bytes).ok_or(ReadError::Unusable(Format::ARCHIVE))?;
    let names = archive.names();
    let sealed = SEALED.iter().find(|(ends, _)| names.iter().any(|name| is_named(name, ends)));
    let contents = read_contents(&mut archive, names.iter().filter(|name| is_named(name, &EXPORTS)), request)?;
    let files = || contents.iter().map(|(name, content)| File { name, bytes: content });
    let has_steam = files().any(|file| is_named(file.name, &[STEAM]));
    let manifests: Vec<File<'_>> = files().filter(|file| has_steam && is_named(file.name, &[MANIFEST])).collect();
    let mut import = None::<Import>;
    let mut keys = MAX_KEYS;
    for file in files() {
        match read_export(file, &manifests, request, &mut keys) {
            Ok(read) if import.is_none() => import = Some(read),
            Ok(read) => import.iter_mut().for_each(|import| {
                import.format = if import.format == read.format { read.format } else { Format::ARCHIVE };
                import.entries.extend(read.entries.iter().cloned());
                import.warnings.extend(read.warnings.iter().cloned());
            }),
            // The archive's own files are no exports.
            Err(ReadError::UnknownFormat) => {}
            Err(error) => return Err(error),
        }
        if import.as_ref().is_some_and(|import| import.entries.len() > MAX_ENTRIES) {
            return Err(ReadError::TooMany);
        }
    }
    import.ok_or_else(|| sealed.map_or(ReadError::UnknownFormat, |(_, program)| ReadError::Sealed(program)))
}

fn is_named(name: &str, ends: &[&str]) -> bool {
    ends.iter().any(|end| name.to_ascii_lowercase().ends_with(end))
}

/// The name of an entry, and what it holds.
type Content<'a> = (&'a str, Zeroizing<Vec<u8>>);

/// Reads entries. All of them together may be as large as a file.
fn read_contents<'a>(
    archive: &mut Archive<'_>,
    names: impl Iterator<Item = &'a String>,
    request: Request<'_>,
) -> Result<Vec<Content<'a>>, ReadError> {
    let mut room = MAX_BYTES;
    let mut contents = Vec::new();
    for name in names {
        let format = owner_of(name);
        let content = archive.read(name, request.password).map_err(|failure| match failure {
            Failure::Encrypted => ReadError::Encrypted(format),
            Failure::WrongPassword => ReadError::WrongPassword(format),
            Failure::TooLarge => ReadError::TooLarge,
            Failure::Damaged => ReadError::Unusable(format),
        })?;
        room = room.checked_sub(content.len()).ok_or(ReadError::TooLarge)?;
        contents.push((name.as_str(), content));
    }
    Ok(contents)
}

/// Returns the format whose app names the entry so.
fn owner_of(name: &str) -> Format {
    match name.rsplit('/').next() {
        Some("raivo-otp-export.json") => Format::RAIVO,
        Some("Accounts.txt") => Format::AUTHENTICATOR_PLUS,
        _ => Format::ARCHIVE,
    }
}

/// Reads an entry as an export. `keys` is the number of exports that may still be opened with the password.
fn read_export(
    file: File<'_>,
    manifests: &[File<'_>],
    request: Request<'_>,
    keys: &mut usize,
) -> Result<Import, ReadError> {
    if is_archive(file.bytes) {
        return Err(ReadError::UnknownFormat);
    }
    let entry = ExportFile::among(file, manifests)?;
    let reader = find_reader_of(&entry)?;
    match (reader.read)(&entry, Request { password: None, ..request }) {
        Err(ReadError::Encrypted(_) | ReadError::Perhaps(_)) if request.password.is_some() => {
            *keys = keys.checked_sub(1).ok_or(ReadError::TooCostly(Format::ARCHIVE))?;
            (reader.read)(&entry, request)
        }
        outcome => outcome,
    }
}
