//! Opening a database with its password.

use std::io::Read as _;

use aes::Aes256;
use aes::cipher::{Array, BlockCipherEncrypt as _, KeyInit as _};
use argon2::{Algorithm, Argon2, Params, Version};
use cbc::cipher::block_padding::{NoPadding, Padding, Pkcs7};
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _, StreamCipher};
use sha2::{Digest as _, Sha256, Sha512};
use zeroize::Zeroizing;

use super::blocks::{has_code, join, join_hashed};
use super::header::{Header, Input, field, read_dictionary};
use crate::crypto::Key;
use crate::{Format, ReadError};

/// An open database.
pub(super) struct Opened {
    /// Its XML.
    pub(super) text: Zeroizing<String>,
    /// The cipher of protected values.
    pub(super) stream: Stream,
}

/// The cipher that runs over all protected values, in their order.
pub(super) enum Stream {
    ChaCha20(Box<chacha20::ChaCha20>),
    Salsa20(Box<salsa20::Salsa20>),
}

impl Stream {
    pub(super) fn apply(&mut self, bytes: &mut [u8]) {
        match self {
            Stream::ChaCha20(cipher) => cipher.apply_keystream(bytes),
            Stream::Salsa20(cipher) => cipher.apply_keystream(bytes),
        }
    }

    fn new(kind: u32, key: &[u8]) -> Option<Stream> {
        match kind {
            2 => {
                let nonce = [0xe8, 0x30, 0x09, 0x4b, 0x97, 0x20, 0x5d, 0x2a];
                let key = Sha256::digest(key);
                salsa20::Salsa20::new_from_slices(&key, &nonce).ok().map(|cipher| Stream::Salsa20(Box::new(cipher)))
            }
            3 => {
                let hash = Zeroizing::new(Sha512::digest(key).to_vec());
                let cipher = chacha20::ChaCha20::new_from_slices(hash.get(..32)?, hash.get(32..44)?);
                cipher.ok().map(|cipher| Stream::ChaCha20(Box::new(cipher)))
            }
            _ => None,
        }
    }
}

const AES: &[u8] = b"\x31\xc1\xf2\xe6\xbf\x71\x43\x50\xbe\x58\x05\x21\x6a\xfc\x5a\xff";
const CHACHA20: &[u8] = b"\xd6\x03\x8a\x2b\x8b\x6f\x4c\xb5\xa5\x24\x33\x9a\x31\xdb\xb5\x9a";
const TWOFISH: &[u8] = b"\xad\x68\xf2\x9f\x57\x6f\x4b\xb9\xa3\x6a\xd4\x7a\xf9\x65\x34\x6c";

const AES_KDF: &[u8] = b"\xc9\xd9\xf3\x9a\x62\x8a\x44\x60\xbf\x74\x0d\x08\xc1\x8a\x4f\xea";
const AES_KDF_4: &[u8] = b"\x7c\x02\xbb\x82\x79\xa7\x4a\xc0\x92\x7d\x11\x4a\x00\x64\x82\x38";
const ARGON2D: &[u8] = b"\xef\x63\x6d\xdf\x8c\x29\x44\x4b\x91\xf7\xa9\xa4\x03\xe3\x0a\x0c";
const ARGON2ID: &[u8] = b"\x9e\x29\x8b\x19\x56\xdb\x47\x73\xb2\x3d\xfc\x3e\xc6\xf0\xa1\xe6";

/// Maximum number of rounds of AES, some seconds of work.
const MAX_ROUNDS: u64 = 200_000_000;
/// Maximum memory of Argon2, in bytes, and of memory times passes.
const MAX_MEMORY: u64 = 1 << 30;
const MAX_WORK: u64 = 16 << 30;
const MAX_LANES: u32 = 64;
/// Maximum size of the XML, which may have pictures in it.
const MAX_INFLATED: u64 = 64 << 20;

const UNUSABLE: ReadError = ReadError::Unusable(Format::KEEPASS);
const WRONG: ReadError = ReadError::WrongPassword(Format::KEEPASS);

/// Opens a database.
pub(super) fn open(header: &Header<'_>, password: &str) -> Result<Opened, ReadError> {
    let composite = Zeroizing::new(Sha256::digest(Sha256::digest(password.as_bytes())).to_vec());
    let transformed = transform(header, &composite)?;
    let seed = header.field(field::SEED).ok_or(UNUSABLE)?;
    let key: Key = Zeroizing::new(Sha256::new().chain_update(seed).chain_update(*transformed).finalize().into());
    if header.version == 3 { open_3(header, &key) } else { open_4(header, seed, &transformed, &key) }
}

/// Whether the header has the hash that version 4 puts behind it, and the content can be whole: what needs no password.
pub(super) fn has_whole_header(header: &Header<'_>) -> bool {
    match header.version {
        3 => {
            !header.rest.is_empty()
                && (header.field(field::CIPHER) == Some(CHACHA20) || header.rest.len().is_multiple_of(16))
        }
        _ => header.rest.get(..32).is_some_and(|hash| Sha256::digest(header.bytes).as_slice() == hash),
    }
}

fn open_4(header: &Header<'_>, seed: &[u8], transformed: &Key, key: &Key) -> Result<Opened, ReadError> {
    let mut input = Input(header.rest);
    input.take(32).ok_or(UNUSABLE)?;
    let code = input.take(32).ok_or(UNUSABLE)?;
    let base = Sha512::new().chain_update(seed).chain_update(transformed.as_slice()).chain_update([1]).finalize();
    let base = Zeroizing::new(base.to_vec());
    if !has_code(&base, header.bytes, code) {
        return Err(WRONG);
    }
    let payload = join(&base, input.0).ok_or(UNUSABLE)?;
    let plain = inflate(header, decrypt::<Pkcs7>(header, key, &payload).ok_or(UNUSABLE)?)?;
    let mut input = Input(&plain);
    let fields = input.fields(false).ok_or(UNUSABLE)?;
    let kind = fields.get(&1).and_then(|kind| Some(u32::from_le_bytes((*kind).try_into().ok()?)));
    let stream = Stream::new(kind.ok_or(UNUSABLE)?, fields.get(&2).ok_or(UNUSABLE)?).ok_or(UNUSABLE)?;
    let text = std::str::from_utf8(input.0).map_err(|_| UNUSABLE)?;
    Ok(Opened { text: Zeroizing::new(text.to_owned()), stream })
}

fn open_3(header: &Header<'_>, key: &Key) -> Result<Opened, ReadError> {
    // The blocks say where they end. Without the padding a file that was cut is told from a wrong password.
    let plain = decrypt::<NoPadding>(header, key, header.rest).ok_or(UNUSABLE)?;
    let start = header.field(field::START_BYTES).ok_or(UNUSABLE)?;
    if plain.len() < start.len() {
        return Err(UNUSABLE);
    }
    let blocks = plain.strip_prefix(start).ok_or(WRONG)?;
    let payload = Zeroizing::new(join_hashed(blocks).ok_or(UNUSABLE)?);
    let plain = inflate(header, payload)?;
    let kind = header.field(field::STREAM).and_then(|kind| Some(u32::from_le_bytes(kind.try_into().ok()?)));
    let stream_key = header.field(field::STREAM_KEY).ok_or(UNUSABLE)?;
    let stream = Stream::new(kind.ok_or(UNUSABLE)?, stream_key).ok_or(UNUSABLE)?;
    let text = std::str::from_utf8(&plain).map_err(|_| UNUSABLE)?;
    Ok(Opened { text: Zeroizing::new(text.to_owned()), stream })
}

/// Derives the key of a password, at the costs that the header states.
fn transform(header: &Header<'_>, composite: &[u8]) -> Result<Key, ReadError> {
    if header.version == 3 {
        let rounds =
            header.field(field::TRANSFORM_ROUNDS).and_then(|rounds| Some(u64::from_le_bytes(rounds.try_into().ok()?)));
        let seed = header.field(field::TRANSFORM_SEED).ok_or(UNUSABLE)?;
        return encrypt_repeatedly(composite, seed, rounds.ok_or(UNUSABLE)?);
    }
    let parameters = header.field(field::KDF).and_then(read_dictionary).ok_or(UNUSABLE)?;
    let value = |name: &str| parameters.get(name).copied().ok_or(UNUSABLE);
    let long = |name: &str| value(name)?.try_into().map(u64::from_le_bytes).map_err(|_| UNUSABLE);
    let algorithm = match value("$UUID")? {
        AES_KDF | AES_KDF_4 => return encrypt_repeatedly(composite, value("S")?, long("R")?),
        ARGON2D => Algorithm::Argon2d,
        ARGON2ID => Algorithm::Argon2id,
        _ => return Err(UNUSABLE),
    };
    let (memory, passes) = (long("M")?, long("I")?);
    let lanes = value("P")?.try_into().map(u32::from_le_bytes).map_err(|_| UNUSABLE)?;
    if memory > MAX_MEMORY || memory.saturating_mul(passes) > MAX_WORK || lanes > MAX_LANES {
        return Err(ReadError::TooCostly(Format::KEEPASS));
    }
    let version = match value("V")?.try_into().map(u32::from_le_bytes) {
        Ok(0x10) => Version::V0x10,
        _ => Version::V0x13,
    };
    let kibibytes = u32::try_from(memory / 1024).map_err(|_| UNUSABLE)?;
    let passes = u32::try_from(passes).map_err(|_| UNUSABLE)?;
    let costs = Params::new(kibibytes, passes, lanes, Some(32)).map_err(|_| UNUSABLE)?;
    let mut key = Key::default();
    let argon2 = Argon2::new(algorithm, version, costs);
    argon2.hash_password_into(composite, value("S")?, key.as_mut_slice()).map_err(|_| UNUSABLE)?;
    Ok(key)
}

/// The derivation of old databases: both halves of the key are encrypted again and again.
fn encrypt_repeatedly(composite: &[u8], seed: &[u8], rounds: u64) -> Result<Key, ReadError> {
    if rounds > MAX_ROUNDS {
        return Err(ReadError::TooCostly(Format::KEEPASS));
    }
    let cipher = Aes256::new_from_slice(seed).map_err(|_| UNUSABLE)?;
    let (one, other) = composite.split_at_checked(16).ok_or(UNUSABLE)?;
    let halves = [Array::try_from(one), Array::try_from(other)];
    let [Ok(one), Ok(other)] = halves else { return Err(UNUSABLE) };
    let mut blocks = [one, other];
    for _ in 0..rounds {
        cipher.encrypt_blocks(&mut blocks);
    }
    let hash = blocks.iter().fold(Sha256::new(), sha2::Digest::chain_update);
    Ok(Zeroizing::new(hash.finalize().into()))
}

fn decrypt<P: Padding>(header: &Header<'_>, key: &Key, payload: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let nonce = header.field(field::NONCE)?;
    match header.field(field::CIPHER)? {
        AES => {
            let cipher = cbc::Decryptor::<Aes256>::new_from_slices(key.as_slice(), nonce).ok()?;
            cipher.decrypt_padded_vec::<P>(payload).ok().map(Zeroizing::new)
        }
        TWOFISH => {
            let cipher = cbc::Decryptor::<twofish::Twofish>::new_from_slices(key.as_slice(), nonce).ok()?;
            cipher.decrypt_padded_vec::<P>(payload).ok().map(Zeroizing::new)
        }
        CHACHA20 => {
            let mut plain = Zeroizing::new(payload.to_vec());
            chacha20::ChaCha20::new_from_slices(key.as_slice(), nonce).ok()?.apply_keystream(&mut plain);
            Some(plain)
        }
        _ => None,
    }
}

/// Inflates a payload if the header says that it is compressed.
fn inflate(header: &Header<'_>, plain: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    if header.field(field::COMPRESSION).is_none_or(|kind| kind.first() != Some(&1)) {
        return Ok(plain);
    }
    let mut inflated = Zeroizing::new(Vec::new());
    let decoder = flate2::read::GzDecoder::new(plain.as_slice());
    let length = decoder.take(MAX_INFLATED + 1).read_to_end(&mut inflated).map_err(|_| UNUSABLE)?;
    if u64::try_from(length).unwrap_or(u64::MAX) > MAX_INFLATED { Err(ReadError::TooLarge) } else { Ok(inflated) }
}
