//! Backups of OTP Auth for iOS: property lists within encrypted property lists.

use hmac::{Hmac, KeyInit as _, Mac as _};
use otp::Secret;
use plist::{Dictionary, Value};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::container::bplist;
use crate::crypto::{is_whole, open_aes_cbc, pbkdf2_sha1, sha256_of};
use crate::file::ExportFile;
use crate::parts::{Parts, non_empty};
use crate::reader::{Reader, Request, Rules};
use crate::{EntryError, Format, Import, ImportedAccount, MAX_ENTRIES, ReadError, RejectedEntry};

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
    let sealed = Sealed::of(&outer).ok_or(unusable.clone())?;
    let inner = sealed.open(password).ok_or(ReadError::WrongPassword(Format::OTP_AUTH_IOS))?;
    let archive = Archive::parse(&inner).ok_or(unusable.clone())?;
    let root = archive.root().ok_or(unusable)?;
    let folders = root.list("Folders");
    let mut entries = Vec::new();
    for folder in &folders {
        let name = folder.as_ref().map(|folder| folder.text("name")).unwrap_or_default();
        let accounts = folder.as_ref().map_or_else(|| vec![None], |folder| folder.list("accounts"));
        for account in accounts {
            entries.push(read_account(entries.len() + 1, account.as_ref(), name));
            if entries.len() > MAX_ENTRIES {
                return Err(ReadError::TooMany);
            }
        }
    }
    if folders.is_empty() {
        entries.push(read_account(1, Some(&root), ""));
    }
    Ok(Import::new(Format::OTP_AUTH_IOS, entries))
}

/// The inner property list, encrypted.
enum Sealed<'a> {
    /// The older form.
    Cbc { salt: &'a [u8], nonce: &'a [u8], content: &'a [u8] },
    /// The form of RNCryptor 3: version, options, two salts, a nonce, the ciphertext and a code.
    Rncryptor(&'a [u8]),
}

impl<'a> Sealed<'a> {
    /// Finds the ciphertext in the outer property list; `None` if it can't be whole.
    fn of(outer: &Object<'a>) -> Option<Sealed<'a>> {
        let content = outer.bytes("WrappedData").or_else(|| outer.bytes("Data"))?;
        if let (Some(salt), Some(nonce)) = (outer.bytes("Salt"), outer.bytes("IV")) {
            return is_whole(content).then_some(Sealed::Cbc { salt, nonce, content });
        }
        let ciphertext = content.get(HEAD..content.len().checked_sub(CODE)?)?;
        (content.first() == Some(&3) && is_whole(ciphertext)).then_some(Sealed::Rncryptor(content))
    }

    fn open(&self, password: &str) -> Option<Zeroizing<Vec<u8>>> {
        let plain = match self {
            Sealed::Cbc { salt, nonce, content } => {
                let key = Sha256::new().chain_update(salt).chain_update(b"-").chain_update(password).finalize();
                open_aes_cbc(&key, Sha1::digest(nonce).get(..16)?, content)?
            }
            Sealed::Rncryptor(bytes) => open_rncryptor(bytes, password)?,
        };
        plain.starts_with(b"bplist00").then_some(plain)
    }
}

/// Lengths of what stands before and behind RNCryptor's ciphertext, in bytes.
const HEAD: usize = 34;
const CODE: usize = 32;

fn open_rncryptor(bytes: &[u8], password: &str) -> Option<Zeroizing<Vec<u8>>> {
    const ITERATIONS: u32 = 10_000;
    let (message, code) = bytes.split_at_checked(bytes.len().checked_sub(CODE)?)?;
    let head = message.get(..HEAD)?;
    let code_key = pbkdf2_sha1(password.as_bytes(), head.get(10..18)?, ITERATIONS);
    Hmac::<Sha256>::new_from_slice(code_key.as_slice()).ok()?.chain_update(message).verify_slice(code).ok()?;
    let key = pbkdf2_sha1(password.as_bytes(), head.get(2..10)?, ITERATIONS);
    open_aes_cbc(key.as_slice(), head.get(18..)?, message.get(HEAD..)?)
}

fn read_account(position: usize, account: Option<&Object<'_>>, folder: &str) -> Result<ImportedAccount, RejectedEntry> {
    let Some(account) = account else {
        return Err(Parts::new("", "", "", "").reject(position, EntryError::Missing("account")));
    };
    let (issuer, label) = (account.text("issuer"), account.text("label"));
    // Any number of accounts may be the same one. A longer key than accounts may have stays too long.
    let key = account.bytes("secret").map(|key| key.get(..MAX_KEY).unwrap_or(key));
    let secret = key.filter(|key| !key.is_empty()).map(Secret::from_key);
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
        ..Parts::new(kind, issuer, label, secret.as_ref().map(Secret::unpadded).unwrap_or_default())
    };
    Ok(ImportedAccount { group: non_empty(folder), ..parts.read(position, Rules::Format)? })
}

/// Maximum length of a key that is looked at, in bytes.
const MAX_KEY: usize = 3_000;

/// An archive of objects that name each other by their numbers (`NSKeyedArchiver`).
struct Archive(Dictionary);

/// Maximum number of keys of a dictionary that are looked at: any number of accounts may be the same dictionary.
const MAX_KEYS: usize = 64;

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
            .take(MAX_KEYS)
            .position(|key| self.archive.follow(key).and_then(Value::as_string) == Some(name))?;
        self.archive.follow(fields.get("NS.objects")?.as_array()?.get(at)?)
    }

    fn text(&self, name: &str) -> &'a str {
        let field = self.field(name);
        let inner = field.and_then(|field| field.as_dictionary()?.get("NS.string")?.as_string());
        let text = field.and_then(Value::as_string).or(inner).unwrap_or_default();
        if text == "$null" { "" } else { text }
    }

    fn bytes(&self, name: &str) -> Option<&'a [u8]> {
        let field = self.field(name)?;
        match field {
            Value::Data(bytes) => Some(bytes),
            Value::String(text) if text != "$null" => Some(text.as_bytes()),
            Value::Dictionary(fields) => {
                let text = fields.get("NS.string").and_then(Value::as_string).map(str::as_bytes);
                text.or_else(|| fields.get("NS.data")?.as_data())
            }
            _ => None,
        }
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.field(name)?.as_unsigned_integer()
    }

    /// Returns the objects of a list, one more than an import may have at most; `None` for what is no object.
    fn list(&self, name: &str) -> Vec<Option<Object<'a>>> {
        let items = self.field(name).and_then(|list| list.as_dictionary()?.get("NS.objects")?.as_array());
        items.into_iter().flatten().take(MAX_ENTRIES + 1).map(|item| self.archive.object(item)).collect()
    }
}
