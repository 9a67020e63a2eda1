//! Backups of OTP Auth for iOS: property lists within encrypted property lists.

use hmac::{Hmac, KeyInit as _, Mac as _};
use otp::Secret;
use plist::{Dictionary, Value};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::container::bplist;
use crate::crypto::{open_aes_cbc, pbkdf2_sha1, sha256_of};
use crate::file::ExportFile;
use crate::parts::{Parts, non_empty};
use crate::reader::{Reader, Request, Rules};
use crate::{Format, Import, ImportedAccount, MAX_ENTRIES, ReadError, RejectedEntry};

impl Format {
    /// A backup of OTP Auth for iOS.
    pub const OTP_AUTH_IOS: Format = Format::new("otp_auth_ios", "OTP Auth (iOS)");
}

pub(crate) const READER: Reader = Reader { format: Format::OTP_AUTH_IOS, detect, read };

/// The passwords of the outer encryption, which are the same for all: of backups, and of single accounts.
const OUTER: [&str; 2] = ["Authenticator", "OTPAuth"];

/// Whole blocks that one of the known passwords opens to a property list.
fn detect(file: &ExportFile<'_>) -> bool {
    file.text.is_empty() && file.bytes.len().is_multiple_of(16) && open_outer(file.bytes).is_some()
}

fn open_outer(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    OUTER.iter().find_map(|password| {
        let plain = open_aes_cbc(&*sha256_of(password.as_bytes()), &[0; 16], bytes)?;
        plain.starts_with(b"bplist00").then_some(plain)
    })
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    let unusable = ReadError::Unusable(Format::OTP_AUTH_IOS);
    let outer = open_outer(file.bytes).and_then(|plain| Archive::parse(&plain)).ok_or(unusable.clone())?;
    let outer = outer.root().ok_or(unusable.clone())?;
    let password = request.password.ok_or(ReadError::Encrypted(Format::OTP_AUTH_IOS))?;
    let inner = open_inner(&outer, password).ok_or(ReadError::WrongPassword(Format::OTP_AUTH_IOS))?;
    let archive = Archive::parse(&inner).ok_or(ReadError::WrongPassword(Format::OTP_AUTH_IOS))?;
    let root = archive.root().ok_or(unusable)?;
    let folders = root.list("Folders");
    let mut entries = Vec::new();
    for folder in &folders {
        for account in folder.list("accounts") {
            entries.push(read_account(entries.len() + 1, &account, &folder.text("name")));
        }
    }
    if folders.is_empty() {
        entries.push(read_account(1, &root, ""));
    }
    if entries.len() > MAX_ENTRIES {
        return Err(ReadError::TooMany);
    }
    Ok(Import::new(Format::OTP_AUTH_IOS, entries))
}

/// Opens the inner property list, in the older or the newer form.
fn open_inner(outer: &Object<'_>, password: &str) -> Option<Zeroizing<Vec<u8>>> {
    let wrapped = outer.bytes("WrappedData").or_else(|| outer.bytes("Data"))?;
    let (salt, nonce) = (outer.bytes("Salt"), outer.bytes("IV"));
    let plain = match (salt, nonce) {
        (Some(salt), Some(nonce)) => {
            let key = Sha256::new().chain_update(salt).chain_update(b"-").chain_update(password).finalize();
            let nonce = Sha1::digest(nonce);
            open_aes_cbc(&key, nonce.get(..16)?, &wrapped)?
        }
        _ => open_rncryptor(&wrapped, password)?,
    };
    plain.starts_with(b"bplist00").then_some(plain)
}

/// Opens the form of RNCryptor 3: version, options, two salts, a nonce, the ciphertext and a code.
fn open_rncryptor(bytes: &[u8], password: &str) -> Option<Zeroizing<Vec<u8>>> {
    const ITERATIONS: u32 = 10_000;
    let (message, code) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    let head = message.get(..34)?;
    if head.first() != Some(&3) {
        return None;
    }
    let code_key = pbkdf2_sha1(password.as_bytes(), head.get(10..18)?, ITERATIONS);
    Hmac::<Sha256>::new_from_slice(code_key.as_slice()).ok()?.chain_update(message).verify_slice(code).ok()?;
    let key = pbkdf2_sha1(password.as_bytes(), head.get(2..10)?, ITERATIONS);
    open_aes_cbc(key.as_slice(), head.get(18..)?, message.get(34..)?)
}

fn read_account(position: usize, account: &Object<'_>, folder: &str) -> Result<ImportedAccount, RejectedEntry> {
    let (issuer, label) = (account.text("issuer"), account.text("label"));
    let secret = account.bytes("secret").filter(|key| !key.is_empty()).map(|key| Secret::from_key(&key));
    let kind = match account.number("type") {
        Some(1) => "hotp",
        Some(2) | None => "totp",
        Some(_) => "",
    };
    let algorithm = match account.number("algorithm") {
        Some(0 | 1) | None => "sha1",
        Some(2) => "sha256",
        Some(3) => "sha512",
        Some(4) => "md5",
        Some(_) => "unknown",
    };
    // 0 stands for the default.
    let chosen = |name| account.number(name).filter(|number| *number != 0).map_or(serde_json::Value::Null, Into::into);
    let (digits, period) = (chosen("digits"), chosen("period"));
    let counter = account.number("counter").map_or(serde_json::Value::Null, Into::into);
    let parts = Parts {
        algorithm,
        digits: &digits,
        period: &period,
        counter: &counter,
        ..Parts::new(kind, &issuer, &label, secret.as_ref().map(Secret::unpadded).unwrap_or_default())
    };
    Ok(ImportedAccount { group: non_empty(folder), ..parts.read(position, Rules::Format)? })
}

/// An archive of objects that name each other by their numbers (`NSKeyedArchiver`).
struct Archive(Dictionary);

/// An object of an archive.
struct Object<'a> {
    archive: &'a Archive,
    fields: &'a Dictionary,
}

impl Archive {
    fn parse(bytes: &[u8]) -> Option<Archive> {
        if !bplist::is_bounded(bytes) {
            return None;
        }
        match Value::from_reader(std::io::Cursor::new(bytes)).ok()? {
            Value::Dictionary(archive) => Some(Archive(archive)),
            _ => None,
        }
    }

    fn root(&self) -> Option<Object<'_>> {
        self.object(self.0.get("$top")?.as_dictionary()?.get("root")?)
    }

    /// Follows a reference.
    fn follow<'a>(&'a self, value: &'a Value) -> Option<&'a Value> {
        match value {
            Value::Uid(id) => self.0.get("$objects")?.as_array()?.get(usize::try_from(id.get()).ok()?),
            value => Some(value),
        }
    }

    fn object<'a>(&'a self, value: &'a Value) -> Option<Object<'a>> {
        self.follow(value)?.as_dictionary().map(|fields| Object { archive: self, fields })
    }
}

impl<'a> Object<'a> {
    /// Returns a field: of a dictionary among its keys, of another object by its name.
    fn field(&self, name: &str) -> Option<&'a Value> {
        let fields = self.fields;
        let Some(keys) = fields.get("NS.keys") else { return self.archive.follow(fields.get(name)?) };
        let at = keys
            .as_array()?
            .iter()
            .position(|key| self.archive.follow(key).and_then(Value::as_string) == Some(name))?;
        self.archive.follow(fields.get("NS.objects")?.as_array()?.get(at)?)
    }

    fn text(&self, name: &str) -> String {
        let field = self.field(name);
        let inner = field.and_then(|field| field.as_dictionary()?.get("NS.string")?.as_string());
        let text = field.and_then(Value::as_string).or(inner).unwrap_or_default();
        if text == "$null" { String::new() } else { text.to_owned() }
    }

    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let field = self.field(name)?;
        match field {
            Value::Data(bytes) => Some(bytes.clone()),
            Value::String(text) if text != "$null" => Some(text.clone().into_bytes()),
            Value::Dictionary(fields) => {
                let text = fields.get("NS.string").and_then(Value::as_string).map(|text| text.as_bytes().to_vec());
                text.or_else(|| fields.get("NS.data")?.as_data().map(<[u8]>::to_vec))
            }
            _ => None,
        }
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.field(name)?.as_unsigned_integer()
    }

    /// Returns the objects of a list.
    fn list(&self, name: &str) -> Vec<Object<'a>> {
        let items = self.field(name).and_then(|list| list.as_dictionary()?.get("NS.objects")?.as_array());
        items.into_iter().flatten().filter_map(|item| self.archive.object(item)).collect()
    }
}
