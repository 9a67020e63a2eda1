//! The exports of Ente Auth: URIs, encrypted with a password, or in the JSON of old versions.
//!
//! The plain text is a list of URIs, which `otpauth.rs` reads with what Ente adds to them.

use serde_json::Value;
use zeroize::Zeroizing;

use super::otpauth;
use crate::crypto::argon2id;
use crate::file::{ExportFile, bounded};
use crate::json::{at, has, list, text};
use crate::reader::{Reader, Request, Rules};
use crate::{Format, Import, ReadError, base64};

impl Format {
    /// An export of Ente Auth.
    pub const ENTE: Format = Format::new("ente", "Ente Auth");
}

pub(crate) const READER: Reader = Reader { format: Format::ENTE, detect, read };

/// `{kdfParams, encryptedData, encryptionNonce}`, or `{items: [{rawData}]}`.
fn detect(file: &ExportFile<'_>) -> bool {
    is_encrypted(&file.json)
        || list(&file.json, "items").is_some_and(|items| items.iter().any(|item| has(item, "rawData")))
}

fn is_encrypted(export: &Value) -> bool {
    has(export, "kdfParams") && has(export, "encryptedData") && has(export, "encryptionNonce")
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    if !is_encrypted(&file.json) {
        let items = bounded(list(&file.json, "items").unwrap_or_default())?;
        let uris = (1..).zip(items.iter().map(|item| text(item, "rawData")));
        return otpauth::read_lines(Format::ENTE, uris, Rules::Format);
    }
    let password = request.password.ok_or(ReadError::Encrypted(Format::ENTE))?;
    let plain = decrypt(&file.json, password)?;
    let plain = std::str::from_utf8(&plain).map_err(|_| ReadError::Unusable(Format::ENTE))?;
    let lines = (1..).zip(plain.lines().map(str::trim)).filter(|(_, line)| !line.is_empty());
    otpauth::read_lines(Format::ENTE, lines, Rules::Format)
}

/// Maximum of the memory that a file may ask for: what Ente's own strongest setting takes.
const MAX_MEMORY: u64 = 1 << 30;
/// Maximum of memory times passes: 4 GiB, which the strongest and the weakest settings of Ente both take.
const MAX_WORK: u64 = 4 << 30;

/// Length of the tag and the code of a message, in bytes.
const MIN_LENGTH: usize = 17;

/// Decrypts an export, whose key Argon2id derives.
fn decrypt(export: &Value, password: &str) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let unusable = ReadError::Unusable(Format::ENTE);
    let cost = |name| at(export, name).as_u64().ok_or(unusable.clone());
    let (memory, passes) = (cost("kdfParams.memLimit")?, cost("kdfParams.opsLimit")?);
    if memory > MAX_MEMORY || memory.saturating_mul(passes) > MAX_WORK {
        return Err(ReadError::TooCostly(Format::ENTE));
    }
    let too_costly = ReadError::TooCostly(Format::ENTE);
    let kibibytes = u32::try_from(memory / 1024).map_err(|_| too_costly.clone())?;
    let passes = u32::try_from(passes).map_err(|_| too_costly.clone())?;
    let decoded = |name| base64::decode(text(export, name)).ok_or(unusable.clone());
    let (salt, header) = (decoded("kdfParams.salt")?, decoded("encryptionNonce")?);
    let ciphertext = decoded("encryptedData")?;
    if ciphertext.len() < MIN_LENGTH {
        return Err(unusable);
    }
    let header: [u8; 24] = header.try_into().map_err(|_| unusable.clone())?;
    let key = argon2id(password, &salt, kibibytes, passes, 1).ok_or(unusable)?;
    open_stream(&key, &header, &ciphertext).ok_or(ReadError::WrongPassword(Format::ENTE))
}

/// Decrypts the only message of a stream in libsodium's form (`crypto_secretstream_xchacha20poly1305`).
///
/// The first half of the header derives the stream's key with HChaCha20, the second half is its nonce, behind a counter
/// that begins with 1. A message is a tag in an encrypted block of 64 bytes of its own, the text encrypted with the block
/// after it, and a code. Some writers mark the last message with a tag, others don't.
fn open_stream(key: &[u8; 32], header: &[u8; 24], message: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    use chacha20::cipher::{KeyIvInit as _, StreamCipher as _};
    use poly1305::universal_hash::KeyInit as _;

    const BLOCK: usize = 64;
    const CODE: usize = 16;
    let (head, tail) = header.split_at(16);
    let head: [u8; 16] = head.try_into().ok()?;
    let subkey: Zeroizing<[u8; 32]> =
        Zeroizing::new(chacha20::hchacha::<chacha20::R20>(&(*key).into(), &head.into()).into());
    let mut nonce = [0; 12];
    nonce[0] = 1;
    nonce[4..].copy_from_slice(tail);
    let (body, code) = message.split_at_checked(message.len().checked_sub(CODE)?)?;
    let (tag, text) = body.split_first()?;

    let mut cipher = chacha20::ChaCha20::new(&(*subkey).into(), &nonce.into());
    let mut first = Zeroizing::new([0_u8; BLOCK]);
    cipher.apply_keystream(first.as_mut_slice());
    let poly_key: [u8; 32] = first.get(..32)?.try_into().ok()?;
    let poly = poly1305::Poly1305::new(&poly_key.into());
    // The tag is authenticated in its encrypted form, with the rest of its block.
    let mut block = Zeroizing::new([0_u8; BLOCK]);
    cipher.apply_keystream(block.as_mut_slice());
    block[0] = *tag;
    let mut authenticated = Zeroizing::new(block.to_vec());
    authenticated.extend(text);
    // libsodium pads by the remainder of the length, not to a whole block.
    let padding = text.len() & 15;
    authenticated.extend(std::iter::repeat_n(0, padding));
    authenticated.extend(0_u64.to_le_bytes());
    authenticated.extend(u64::try_from(BLOCK + text.len()).ok()?.to_le_bytes());
    // The code is compared in constant time, as everywhere.
    let expected = poly.compute_unpadded(&authenticated);
    let difference = expected.iter().zip(code).fold(0, |difference, (one, other)| difference | (one ^ other));
    if difference != 0 {
        return None;
    }

    let mut plain = Zeroizing::new(text.to_vec());
    cipher.apply_keystream(&mut plain);
    Some(plain)
}
