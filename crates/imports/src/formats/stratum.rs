//! Backups of Stratum, which was Authenticator Pro: plain, or encrypted with a password in two forms.

use std::cell::Cell;
use std::collections::HashMap;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::crypto::{argon2id, is_whole, open_aes_cbc, open_aes_gcm, pbkdf2_sha1};
use crate::file::{ExportFile, bounded};
use crate::json::{at, list, text};
use crate::parts::{Parts, non_empty};
use crate::reader::{Reader, Request, Rules};
use crate::{Format, Icon, Import, ImportedAccount, MAX_BYTES, ReadError, RejectedEntry};

impl Format {
    /// A backup of Stratum.
    pub const STRATUM: Format = Format::new("stratum", "Stratum");
}

pub(crate) const READER: Reader = Reader { format: Format::STRATUM, detect, read };

/// The beginning of encrypted backups, and of those of old versions.
const MARK: &[u8] = b"AUTHENTICATORPRO";
const LEGACY_MARK: &[u8] = b"AuthenticatorPro";

/// `{Authenticators, Categories, AuthenticatorCategories, CustomIcons}`, or a mark and ciphertext.
fn detect(file: &ExportFile<'_>) -> bool {
    list(&file.json, "Authenticators").is_some() || file.bytes.starts_with(MARK) || file.bytes.starts_with(LEGACY_MARK)
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    if list(&file.json, "Authenticators").is_some() {
        return read_entries(&file.json);
    }
    let is_legacy = file.bytes.starts_with(LEGACY_MARK);
    let rest = file.bytes.get(MARK.len()..).unwrap_or_default();
    let sealed = if is_legacy { Sealed::split_legacy(rest) } else { Sealed::split(rest) };
    let sealed = sealed.ok_or(ReadError::Unusable(Format::STRATUM))?;
    let password = request.password.ok_or(ReadError::Encrypted(Format::STRATUM))?;
    let plain = if is_legacy { sealed.open_legacy(password) } else { sealed.open(password) };
    let plain = plain.ok_or(ReadError::WrongPassword(Format::STRATUM))?;
    match serde_json::from_slice::<Value>(&plain) {
        Ok(backup) => read_entries(&backup),
        // Nothing else tells a wrong password.
        Err(_) if is_legacy => Err(ReadError::WrongPassword(Format::STRATUM)),
        Err(_) => Err(ReadError::Unusable(Format::STRATUM)),
    }
}

/// An encrypted backup behind its mark.
struct Sealed<'a> {
    salt: &'a [u8],
    nonce: &'a [u8],
    ciphertext: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// Splits `salt, nonce, ciphertext and tag`; `None` if the backup was cut.
    fn split(bytes: &'a [u8]) -> Option<Self> {
        let (salt, rest) = bytes.split_at_checked(16)?;
        let (nonce, ciphertext) = rest.split_at_checked(12)?;
        (ciphertext.len() > 16).then_some(Self { salt, nonce, ciphertext })
    }

    /// Splits `salt, nonce, ciphertext` of old versions; `None` if the backup was cut.
    fn split_legacy(bytes: &'a [u8]) -> Option<Self> {
        let (salt, rest) = bytes.split_at_checked(20)?;
        let (nonce, ciphertext) = rest.split_at_checked(16)?;
        is_whole(ciphertext).then_some(Self { salt, nonce, ciphertext })
    }

    /// Opens a backup, whose key Argon2id derives at fixed costs.
    fn open(&self, password: &str) -> Option<Zeroizing<Vec<u8>>> {
        open_aes_gcm(&*argon2id(password, self.salt, 64 * 1024, 3, 4)?, self.nonce, self.ciphertext)
    }

    fn open_legacy(&self, password: &str) -> Option<Zeroizing<Vec<u8>>> {
        open_aes_cbc(&*pbkdf2_sha1(password.as_bytes(), self.salt, 64_000), self.nonce, self.ciphertext)
    }
}

fn read_entries(backup: &Value) -> Result<Import, ReadError> {
    let entries = list(backup, "Authenticators").ok_or(ReadError::Unusable(Format::STRATUM))?;
    let beside = Beside::of(backup);
    let entries = (1..).zip(bounded(entries)?).map(|(position, entry)| read_entry(position, entry, &beside));
    Ok(Import::new(Format::STRATUM, entries.collect()))
}

/// What a backup has beside its accounts.
struct Beside<'a> {
    /// The name of an account's first category, by the secret, which is how categories name accounts.
    categories: HashMap<&'a str, &'a str>,
    /// The data of the user's own icons, by their IDs.
    icons: HashMap<&'a str, &'a str>,
    /// The length that the icons of the entries to come may have, in base64: any number of entries may have the same one.
    room: Cell<usize>,
}

impl<'a> Beside<'a> {
    fn of(backup: &'a Value) -> Self {
        // Of several with one key the first counts.
        let pairs = |name: &str, key: &'static str, value: &'static str| {
            let elements = list(backup, name).unwrap_or_default().iter().rev();
            elements.map(|element| (text(element, key), text(element, value))).collect::<HashMap<&str, &str>>()
        };
        let names = pairs("Categories", "Id", "Name");
        let bindings = pairs("AuthenticatorCategories", "AuthenticatorSecret", "CategoryId");
        let categories = bindings.into_iter().filter_map(|(secret, id)| Some((secret, *names.get(id)?)));
        Self { categories: categories.collect(), icons: pairs("CustomIcons", "Id", "Data"), room: Cell::new(MAX_BYTES) }
    }

    /// Returns the user's own icon, which an entry names by `@` and its ID.
    fn find_icon(&self, entry: &Value) -> Option<Icon> {
        let data = self.icons.get(text(entry, "Icon").strip_prefix('@')?)?;
        self.room.set(self.room.get().checked_sub(data.len())?);
        Icon::decode(data, "image/png")
    }
}

fn read_entry(position: usize, entry: &Value, beside: &Beside<'_>) -> Result<ImportedAccount, RejectedEntry> {
    let kind = match at(entry, "Type").as_u64() {
        Some(1) => "hotp",
        Some(2) => "totp",
        Some(3) => "motp",
        Some(4) => "steam",
        Some(5) => "yandex",
        _ => "",
    };
    let algorithm = match at(entry, "Algorithm").as_u64() {
        Some(0) | None => "sha1",
        Some(1) => "sha256",
        Some(2) => "sha512",
        Some(_) => "unknown",
    };
    let secret = text(entry, "Secret");
    let parts = Parts {
        algorithm,
        digits: at(entry, "Digits"),
        period: at(entry, "Period"),
        counter: at(entry, "Counter"),
        ..Parts::new(kind, text(entry, "Issuer"), text(entry, "Username"), secret)
    };
    let imported = parts.read(position, Rules::Format)?;
    let group = beside.categories.get(secret).copied().and_then(non_empty);
    Ok(ImportedAccount { icon: beside.find_icon(entry), group, ..imported })
}
