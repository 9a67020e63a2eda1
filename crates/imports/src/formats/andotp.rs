//! andOTP's backups, plain or encrypted with a password, and those of programs that write the same form.

use serde_json::Value;
use zeroize::Zeroizing;

use crate::crypto::{open_aes_gcm, pbkdf2_sha1, sha256_of};
use crate::file::{ExportFile, bounded};
use crate::json::{at, is_list_with, list, root_list, text};
use crate::parts::{Parts, non_empty, split_label};
use crate::reader::{Reader, Request};
use crate::{Format, Import, ImportedAccount, ReadError, RejectedEntry};

impl Format {
    /// An andOTP backup.
    pub const ANDOTP: Format = Format::new("andotp", "andOTP");
}

pub(crate) const READER: Reader = Reader { format: Format::ANDOTP, detect, read };

/// A ciphertext has no mark of its own and comes last, see [`ENCRYPTED_READER`].
fn detect(file: &ExportFile<'_>) -> bool {
    is_list_with(&file.json, &["secret", "label", "type"]) || file.json == Value::Array(Vec::new())
}

fn read(file: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    read_entries(&file.json)
}

fn read_entries(export: &Value) -> Result<Import, ReadError> {
    let entries = (1..).zip(bounded(root_list(export))?).map(|(position, entry)| read_entry(position, entry));
    Ok(Import::new(Format::ANDOTP, entries.collect()))
}

fn read_entry(position: usize, entry: &Value) -> Result<ImportedAccount, RejectedEntry> {
    let label = text(entry, "label");
    // Old versions have no issuer, and repeat it in the label: `Issuer - Issuer:account`.
    let (issuer, account) = if let Some(issuer) = non_empty(text(entry, "issuer")) {
        (issuer, label.to_owned())
    } else {
        let (prefix, account) = split_label(label);
        let issuer = prefix.split_once(" - ").map_or(prefix, |(_, repeated)| repeated);
        (issuer.to_owned(), account.to_owned())
    };
    let parts = Parts {
        kind: text(entry, "type"),
        service: &issuer,
        account: &account,
        secret: text(entry, "secret"),
        algorithm: text(entry, "algorithm"),
        digits: at(entry, "digits"),
        period: at(entry, "period"),
        counter: at(entry, "counter"),
    };
    let tags = list(entry, "tags").unwrap_or_default();
    let group = tags.iter().filter_map(Value::as_str).find_map(non_empty);
    Ok(ImportedAccount { group, ..parts.read(position, crate::reader::Rules::Format)? })
}

/// The reader of encrypted backups.
pub(crate) const ENCRYPTED_READER: Reader =
    Reader { format: Format::ANDOTP, detect: detect_encrypted, read: read_encrypted };

/// Length of a nonce, of a salt, and of a tag, in bytes.
const NONCE: usize = 12;
const TAG: usize = 16;

/// Iterations that andOTP has ever used, and the most that it allows, which would take minutes.
const ITERATIONS: std::ops::RangeInclusive<u32> = 1_000..=2_000_000;
const MOST_ITERATIONS: u32 = 10_000_000;

/// Bytes that aren't text and look random. The new form begins with the number of iterations, the old one with a random
/// nonce.
fn detect_encrypted(file: &ExportFile<'_>) -> bool {
    file.text.is_empty()
        && file.bytes.len() > 2 * NONCE + TAG
        && (iterations(file.bytes).is_some() || !has_magic(file.bytes))
        && is_random(file.bytes.get(4..).unwrap_or_default())
}

/// Whether no value is much more frequent than in a ciphertext.
fn is_random(bytes: &[u8]) -> bool {
    let mut seen = [0_usize; 256];
    for byte in bytes {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen += 1;
        }
    }
    // The mean is a 256th.
    seen.iter().all(|seen| *seen <= bytes.len() / 64 + 8)
}

/// Whether anything tells that a file is andOTP's: its name, or a number of iterations.
fn is_certain(file: &ExportFile<'_>) -> bool {
    file.name.to_ascii_lowercase().ends_with(".aes") || iterations(file.bytes).is_some()
}

/// Returns the number of iterations at the beginning, if it is one.
fn iterations(bytes: &[u8]) -> Option<u32> {
    head(bytes).filter(|iterations| ITERATIONS.contains(iterations))
}

/// Returns the number at the beginning.
fn head(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|head| u32::from_be_bytes(*head))
}

/// Whether a file begins like a known form that isn't andOTP's.
fn has_magic(bytes: &[u8]) -> bool {
    const MAGICS: [&[u8]; 9] =
        [b"PK", b"SQLite", b"\x03\xd9\xa2\x9a", b"\xac\xed", b"bplist", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF"];
    MAGICS.iter().any(|magic| bytes.starts_with(magic))
}

fn read_encrypted(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    let error = if is_certain(file) { ReadError::Encrypted } else { ReadError::Perhaps };
    let password = request.password.ok_or(error(Format::ANDOTP))?;
    let new = iterations(file.bytes).and_then(|iterations| open_new(file.bytes, iterations, password));
    // A wrong password can't be told from a damaged file: both fail the authentication.
    let plain = new.or_else(|| open_old(file.bytes, password)).ok_or_else(|| match head(file.bytes) {
        Some(iterations) if (*ITERATIONS.end()..=MOST_ITERATIONS).contains(&iterations) => {
            ReadError::TooCostly(Format::ANDOTP)
        }
        _ => ReadError::WrongPassword(Format::ANDOTP),
    })?;
    let export: Value = serde_json::from_slice(&plain).map_err(|_| ReadError::Unusable(Format::ANDOTP))?;
    read_entries(&export)
}

/// Opens `iterations, salt, nonce, ciphertext and tag`.
fn open_new(bytes: &[u8], iterations: u32, password: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (salt, rest) = bytes.get(4..)?.split_at_checked(NONCE)?;
    let (nonce, ciphertext) = rest.split_at_checked(NONCE)?;
    open_aes_gcm(&*pbkdf2_sha1(password.as_bytes(), salt, iterations), nonce, ciphertext)
}

/// Opens `nonce, ciphertext and tag`, whose key is the hash of the password.
fn open_old(bytes: &[u8], password: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, ciphertext) = bytes.split_at_checked(NONCE)?;
    open_aes_gcm(&*sha256_of(password.as_bytes()), nonce, ciphertext)
}
