//! Sixpin's own file: everything that belongs to accounts, encrypted with a password.
//!
//! `docs/export-file.md` describes the form; `imports` reads it.

use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce};
use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::BASE64;
use hkdf::Hkdf;
use serde_json::{Value, json};
use sha2::Sha256;
use vault::Group;
use zeroize::Zeroizing;

use crate::{Entry, Export, ExportError, FillRandom, write_each};

/// What the file calls itself.
const FORM: &str = "sixpin-export";
/// The costs of the key: memory in KiB, passes, lanes. More than RFC 9106 recommends where memory is short.
const COSTS: (u32, u32, u32) = (64 * 1024, 3, 1);

/// Writes a file that the password opens. Nothing is left out. Groups may be empty, and keep their order.
///
/// # Errors
/// When the password is empty.
pub fn sealed(entries: &[Entry], groups: &[Group], password: &str, random: FillRandom) -> Result<Export, ExportError> {
    if password.is_empty() {
        return Err(ExportError::NoPassword);
    }
    let (accounts, left_out) = write_each(entries, |entry| Ok(write_account(entry)));
    let groups: Vec<Value> =
        groups.iter().map(|group| json!({ "name": group.name, "show_in_chips": group.show_in_chips })).collect();
    let plain = Zeroizing::new(json!({ "groups": groups, "accounts": accounts }).to_string());

    let (mut salt, mut nonce) = ([0; 16], [0; 12]);
    random(&mut salt);
    random(&mut nonce);
    let (memory, passes, lanes) = COSTS;
    let costs = Params::new(memory, passes, lanes, Some(32)).map_err(|_| ExportError::Encryption)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, costs)
        .hash_password_into(password.as_bytes(), &salt, &mut *key)
        .map_err(|_| ExportError::Encryption)?;
    let content_key = expand(&key, "content")?;
    let cipher = Aes256Gcm::new_from_slice(&*content_key).map_err(|_| ExportError::Encryption)?;
    let ciphertext = cipher.encrypt(&Nonce::from(nonce), plain.as_bytes()).map_err(|_| ExportError::Encryption)?;
    let file = json!({
        "format": FORM,
        "version": 1,
        "key": {
            "algorithm": "argon2id",
            "memory_kib": memory,
            "passes": passes,
            "lanes": lanes,
            "salt": BASE64.encode(&salt),
            // Tells a wrong password from a damaged file.
            "check": BASE64.encode(&*expand(&key, "check")?),
        },
        "content": {
            "algorithm": "aes-256-gcm",
            "nonce": BASE64.encode(&nonce),
            "ciphertext": BASE64.encode(&ciphertext),
        },
    });
    let text = serde_json::to_string_pretty(&file).map_err(|_| ExportError::Encryption)?;
    Ok(Export::new(format!("{text}\n"), left_out))
}

/// Derives a key for one purpose (RFC 5869 section 2.3).
fn expand(key: &[u8; 32], purpose: &str) -> Result<Zeroizing<[u8; 32]>, ExportError> {
    let mut expanded = Zeroizing::new([0; 32]);
    let derivation = Hkdf::<Sha256>::from_prk(key).map_err(|_| ExportError::Encryption)?;
    derivation.expand(purpose.as_bytes(), &mut *expanded).map_err(|_| ExportError::Encryption)?;
    Ok(expanded)
}

fn write_account(entry: &Entry) -> Value {
    let account = &entry.account;
    let parameters = account.parameters;
    json!({
        "otp_type": parameters.otp_type.as_str(),
        "service": account.service,
        "account": account.name,
        "secret": account.secret.padded(),
        "algorithm": parameters.algorithm.as_str(),
        "digits": parameters.digits,
        "period": parameters.period,
        "counter": parameters.counter,
        "group": entry.group,
        "icon": entry.icon.as_ref().map(|icon| json!({ "mime": icon.mime, "content": BASE64.encode(&icon.content) })),
        "shared_with": entry.shared_with,
    })
}
