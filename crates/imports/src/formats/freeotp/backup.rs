//! Backups of FreeOTP 2: a map of texts that Java has serialised, some of them JSON in JSON.
//!
//! The password derives a key that opens the master key; the master key opens each secret.

use std::collections::{HashMap, HashSet};

use otp::Secret;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::container::java;
use crate::crypto::{Key, open_aes_gcm_with, pbkdf2_sha1, pbkdf2_sha512};
use crate::json::{at, root_list, signed_bytes, text};
use crate::parts::Parts;
use crate::reader::Rules;
use crate::{EntryError, Format, Import, ImportedAccount, MAX_ENTRIES, ReadError, RejectedEntry};

/// The end of the name under which a token is, besides its secret.
const TOKEN: &str = "-token";
/// The name of the master key.
const MASTER: &str = "masterKey";
/// The name of the user's order.
const ORDER: &str = "tokenOrder";
/// The most iterations that a file may ask for; FreeOTP's own are 100,000.
const MAX_ITERATIONS: u64 = 5_000_000;

pub(super) fn read(bytes: &[u8], password: Option<&str>) -> Result<Import, ReadError> {
    let unusable = ReadError::Unusable(Format::FREEOTP);
    let pairs = java::read_map(bytes).ok_or(unusable.clone())?;
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    let values: HashMap<&str, &str> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let master = values.get(MASTER).and_then(|value| parsed(value)).ok_or(unusable)?;
    let password = password.ok_or(ReadError::Encrypted(Format::FREEOTP))?;
    let master = open_master(&master, password)?;
    let mut ids: Vec<&str> = pairs.iter().filter_map(|(name, _)| name.strip_suffix(TOKEN)).collect();
    // Secrets whose tokens are missing.
    let known: HashSet<&str> = ids.iter().copied().collect();
    let others = pairs.iter().map(|(name, _)| name.as_str()).filter(|name| !name.ends_with(TOKEN));
    ids.extend(others.filter(|name| ![MASTER, ORDER].contains(name) && !known.contains(name)));
    if ids.len() > MAX_ENTRIES {
        return Err(ReadError::TooMany);
    }
    // A map has no order: the user's own is a list.
    let order = values.get(ORDER).and_then(|order| parsed(order)).unwrap_or_default();
    let names = root_list(&order).iter().enumerate().rev();
    let places: HashMap<&str, usize> = names.filter_map(|(place, name)| Some((name.as_str()?, place))).collect();
    let place = |id: &str| places.get(id).copied();
    ids.sort_by_key(|id| (place(id).is_none(), place(id)));
    let entries = (1..).zip(ids).map(|(position, id)| {
        let token = values.get(format!("{id}{TOKEN}").as_str()).and_then(|token| parsed(token)).unwrap_or_default();
        if !token.is_object() {
            return Err(Parts::new("", "", "", "").reject(position, EntryError::Missing("token")));
        }
        let key = values.get(id).and_then(|value| parsed(text(&parsed(value)?, "key")));
        read_token(position, &token, key.as_ref(), &master)
    });
    Ok(Import::new(Format::FREEOTP, entries.collect()))
}

/// Derives the key of the password, and opens the master key with it.
fn open_master(master: &Value, password: &str) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let unusable = ReadError::Unusable(Format::FREEOTP);
    let salt = signed_bytes(at(master, "mSalt")).ok_or(unusable.clone())?;
    let iterations = at(master, "mIterations").as_u64().ok_or(unusable.clone())?;
    let sealed = Sealed::read(at(master, "mEncryptedKey")).ok_or(unusable)?;
    if iterations == 0 || iterations > MAX_ITERATIONS {
        return Err(ReadError::TooCostly(Format::FREEOTP));
    }
    let iterations = u32::try_from(iterations).map_err(|_| ReadError::TooCostly(Format::FREEOTP))?;
    let key: Key = if text(master, "mAlgorithm").to_ascii_lowercase().ends_with("sha1") {
        pbkdf2_sha1(password.as_bytes(), &salt, iterations)
    } else {
        pbkdf2_sha512(password.as_bytes(), &salt, iterations)
    };
    sealed.open(key.as_slice()).ok_or(ReadError::WrongPassword(Format::FREEOTP))
}

/// An encrypted key.
struct Sealed<'a> {
    ciphertext: Vec<u8>,
    parameters: Vec<u8>,
    /// What the key is for, which is authenticated beside it.
    purpose: &'a str,
}

impl<'a> Sealed<'a> {
    fn read(encrypted: &'a Value) -> Option<Self> {
        let ciphertext = signed_bytes(at(encrypted, "mCipherText"))?;
        let parameters = signed_bytes(at(encrypted, "mParameters"))?;
        nonce_of(&parameters)?;
        Some(Self { ciphertext, parameters, purpose: text(encrypted, "mToken") })
    }

    fn open(&self, key: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        open_aes_gcm_with(key, nonce_of(&self.parameters)?, &self.ciphertext, self.purpose.as_bytes())
    }
}

/// Returns the nonce in parameters in DER: the octets alone, or a sequence of them and the length of the tag.
fn nonce_of(parameters: &[u8]) -> Option<&[u8]> {
    let octets = match parameters {
        [0x30, length, rest @ ..] if usize::from(*length) == rest.len() => rest,
        whole => whole,
    };
    match octets {
        [0x04, 12, nonce @ ..] => nonce.get(..12),
        _ => None,
    }
}

fn read_token(
    position: usize,
    token: &Value,
    key: Option<&Value>,
    master: &[u8],
) -> Result<ImportedAccount, RejectedEntry> {
    let secret = key.and_then(|key| Sealed::read(key)?.open(master)).map(|key| Secret::from_key(&key));
    let first = |names: &[&'static str]| names.iter().map(|name| text(token, name)).find(|name| !name.is_empty());
    // The kind of the key is the algorithm, if the token has none.
    let algorithm = match text(token, "algo") {
        "" => key.map(|key| text(key, "mToken")).unwrap_or_default(),
        algorithm => algorithm,
    };
    let parts = Parts {
        algorithm,
        digits: at(token, "digits"),
        period: at(token, "period"),
        counter: at(token, "counter"),
        ..Parts::new(
            text(token, "type"),
            first(&["issuerAlt", "issuerInt", "issuerExt"]).unwrap_or_default(),
            first(&["labelAlt", "label"]).unwrap_or_default(),
            secret.as_ref().map(Secret::unpadded).unwrap_or_default(),
        )
    };
    if secret.is_none() {
        return Err(parts.reject(position, EntryError::Missing("secret")));
    }
    parts.read(position, Rules::Format)
}
