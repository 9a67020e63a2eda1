//! Vaults of Aegis, plain or encrypted with a password.
//!
//! Source: `docs/vault.md` of Aegis, for version 1 of the file and 3 of its content.

use std::collections::BTreeMap;

use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce};
use data_encoding::{BASE64, HEXLOWER};
use otp::{Algorithm, OtpType};
use scrypt::Params;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{Entry, Export, ExportError, FillRandom, Icon, LeftOut, write_each};

/// The base-2 logarithm of scrypt's cost, its block size and its parallelism: those of Aegis.
const COST: (u8, u32, u32) = (15, 8, 1);
/// The length of a tag of AES-GCM, in bytes.
const TAG: usize = 16;

/// Writes a vault that anyone can read.
pub fn aegis(entries: &[Entry], random: FillRandom) -> Export {
    let (db, left_out) = write_content(entries, random);
    let vault = json!({ "version": 1, "header": { "slots": null, "params": null }, "db": db });
    Export::new(format!("{vault}\n"), left_out)
}

/// Writes a vault that the password opens.
///
/// # Errors
/// When the password is empty.
pub fn encrypted_aegis(entries: &[Entry], password: &str, random: FillRandom) -> Result<Export, ExportError> {
    if password.is_empty() {
        return Err(ExportError::NoPassword);
    }
    let (db, left_out) = write_content(entries, random);
    let master = random_bytes::<32>(random);
    let salt = random_bytes::<32>(random);
    let (log_n, r, p) = COST;
    let mut key = Zeroizing::new([0; 32]);
    let params = Params::new(log_n, r, p).map_err(|_| ExportError::Encryption)?;
    scrypt::scrypt(password.as_bytes(), &*salt, &params, &mut *key).map_err(|_| ExportError::Encryption)?;
    let slot = Sealed::new(&key, &*master, random)?;
    let content = Sealed::new(&master, Zeroizing::new(db.to_string()).as_bytes(), random)?;
    let vault = json!({
        "version": 1,
        "header": {
            "slots": [{
                "type": 1,
                "uuid": uuid(random),
                "key": HEXLOWER.encode(&slot.ciphertext),
                "key_params": slot.params(),
                "n": 1_u32 << log_n,
                "r": r,
                "p": p,
                "salt": HEXLOWER.encode(&*salt),
                "repaired": true,
                "is_backup": false,
            }],
            "params": content.params(),
        },
        "db": BASE64.encode(&content.ciphertext),
    });
    Ok(Export::new(format!("{vault}\n"), left_out))
}

/// A ciphertext of AES-256-GCM.
struct Sealed {
    nonce: [u8; 12],
    ciphertext: Vec<u8>,
    tag: Vec<u8>,
}

impl Sealed {
    fn new(key: &[u8; 32], plain: &[u8], random: FillRandom) -> Result<Self, ExportError> {
        let nonce = *random_bytes::<12>(random);
        let cipher = Aes256Gcm::new_from_slice(key).map_err(|_| ExportError::Encryption)?;
        let mut ciphertext = cipher.encrypt(&Nonce::from(nonce), plain).map_err(|_| ExportError::Encryption)?;
        let tag = ciphertext.split_off(ciphertext.len() - TAG);
        Ok(Self { nonce, ciphertext, tag })
    }

    fn params(&self) -> Value {
        json!({ "nonce": HEXLOWER.encode(&self.nonce), "tag": HEXLOWER.encode(&self.tag) })
    }
}

fn random_bytes<const LENGTH: usize>(random: FillRandom) -> Zeroizing<[u8; LENGTH]> {
    let mut bytes = Zeroizing::new([0; LENGTH]);
    random(&mut *bytes);
    bytes
}

/// Returns a random UUID (RFC 9562 section 5.4).
fn uuid(random: FillRandom) -> String {
    let mut bytes = random_bytes::<16>(random);
    bytes[6] = bytes[6] & 0x0F | 0x40;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let text = HEXLOWER.encode(&*bytes);
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

/// Returns the `db` of a vault.
fn write_content(entries: &[Entry], random: FillRandom) -> (Value, Vec<(usize, LeftOut)>) {
    let names = entries.iter().filter_map(|entry| entry.group.as_deref());
    let groups: BTreeMap<&str, String> = names.map(|name| (name, uuid(random))).collect();
    let (written, left_out) = write_each(entries, |entry| write_entry(entry, &groups, random));
    let groups: Vec<Value> = groups.iter().map(|(name, uuid)| json!({ "uuid": uuid, "name": name })).collect();
    (json!({ "version": 3, "entries": written, "groups": groups, "icons_optimized": true }), left_out)
}

fn write_entry(entry: &Entry, groups: &BTreeMap<&str, String>, random: FillRandom) -> Result<Value, LeftOut> {
    let account = &entry.account;
    let parameters = account.parameters;
    // Aegis refuses the whole vault for one secret or algorithm that it can't read.
    if account.secret.key().is_err() {
        return Err(LeftOut::Secret);
    }
    if matches!(parameters.algorithm, Algorithm::Sha224 | Algorithm::Sha384) {
        return Err(LeftOut::Algorithm(parameters.algorithm));
    }
    let mut info = json!({
        "secret": account.secret.unpadded(),
        "algo": parameters.algorithm.as_str().to_ascii_uppercase(),
        "digits": parameters.digits,
    });
    match parameters.otp_type {
        OtpType::Hotp => info["counter"] = parameters.counter.unwrap_or(0).into(),
        OtpType::Totp | OtpType::SteamTotp => info["period"] = parameters.period_seconds().into(),
    }
    let kind = match parameters.otp_type {
        OtpType::Totp => "totp",
        OtpType::Hotp => "hotp",
        OtpType::SteamTotp => "steam",
    };
    let icon = entry.icon.as_ref().filter(|icon| is_known(icon));
    let group = entry.group.as_deref().and_then(|name| groups.get(name));
    Ok(json!({
        "type": kind,
        "uuid": uuid(random),
        "name": account.name,
        "issuer": account.service.as_deref().unwrap_or_default(),
        "note": "",
        "favorite": false,
        "icon": icon.map(|icon| BASE64.encode(&icon.content)),
        "icon_mime": icon.map(|icon| icon.mime),
        "info": info,
        "groups": group.into_iter().collect::<Vec<_>>(),
    }))
}

/// Whether Aegis shows pictures of this type.
fn is_known(icon: &Icon) -> bool {
    ["image/svg+xml", "image/png", "image/jpeg"].contains(&icon.mime)
}
