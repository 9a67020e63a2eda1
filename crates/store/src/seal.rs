//! Keys, and the sealing of values: AES-256-GCM with the data key, which is itself sealed with the master key.

use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use data_encoding::BASE64;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Fills a buffer with random bytes that can't be guessed.
pub type FillRandom = fn(&mut [u8]);

/// A master key of 32 bytes. It is wiped from memory when dropped, and never printed.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

/// The reason why a text isn't a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text after `base64:` isn't base64.
    #[error("what follows \"base64:\" is not base64: copy the key again, whole")]
    NotBase64,
    /// The decoded key has another length.
    #[error(
        "the key is {0} bytes long and must be 32: make one with `openssl rand -base64 32` and put \"base64:\" before it"
    )]
    Length(usize),
    /// The text is too short to be the key itself.
    #[error(
        "the key has {0} characters and needs at least 32: make one with `openssl rand -base64 32` and put \"base64:\" \
         before it"
    )]
    Short(usize),
}

impl Key {
    /// Parses a key as 2FAuth parses `APP_KEY`: `base64:` and 32 bytes in base64, or else the first 32 bytes of the
    /// text itself.
    pub fn parse(text: &str) -> Result<Key, KeyError> {
        let mut key = Zeroizing::new([0; 32]);
        if let Some(encoded) = text.strip_prefix("base64:") {
            let bytes = Zeroizing::new(BASE64.decode(encoded.trim().as_bytes()).map_err(|_| KeyError::NotBase64)?);
            if bytes.len() != key.len() {
                return Err(KeyError::Length(bytes.len()));
            }
            key.copy_from_slice(&bytes);
        } else {
            // compat: the rest of a longer text is ignored.
            let bytes = text.as_bytes().first_chunk::<32>().ok_or(KeyError::Short(text.chars().count()))?;
            key.copy_from_slice(bytes);
        }
        Ok(Key(key))
    }

    /// Returns the bytes of the key, which decrypt the values of an adopted installation.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The master key, and those before it.
#[derive(Debug, Clone)]
pub struct MasterKeys {
    /// Seals the data key.
    pub current: Key,
    /// Tried if the current one doesn't open the data key, which is then sealed anew with the current one.
    pub previous: Vec<Key>,
}

/// The origin of a database's master keys.
pub trait KeySource {
    /// Returns the keys. `is_new`: the database has no data key yet, so that the current key becomes the one that opens
    /// it; only then may a key be made.
    ///
    /// # Errors
    /// The reason why there are none, and what to do.
    fn master_keys(&self, is_new: bool) -> Result<MasterKeys, String>;
}

impl KeySource for MasterKeys {
    fn master_keys(&self, _is_new: bool) -> Result<MasterKeys, String> {
        Ok(self.clone())
    }
}

/// Makes proofs that can't be made without the data key: HMAC-SHA-256 with a key of its own, derived from it.
#[derive(Clone)]
pub struct Prover(Hmac<Sha256>);

impl Prover {
    /// Returns the prover for one purpose. Its key is the one block of HKDF-Expand (RFC 5869 §2.3); the data key is
    /// random already, so there is nothing to extract.
    pub(crate) fn new(data_key: &[u8; 32], purpose: &str) -> Prover {
        let block = keyed(data_key).chain_update(purpose).chain_update([1]).finalize().into_bytes();
        Prover(keyed(&Zeroizing::new(block.into())))
    }

    /// Returns the proof of some values. Other values, or the same bytes divided in another way, have another proof.
    pub fn proof(&self, values: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for value in values {
            mac.update(&(value.len() as u64).to_be_bytes());
            mac.update(value);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Prover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prover(…)")
    }
}

/// Returns HMAC with a key, which is filled up to the length of a block with zeros (RFC 2104 §2).
fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    Hmac::new((&*block).into())
}

/// The place of a sealed value, which opens nowhere else.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// The column, as `table.column`.
    pub(crate) column: &'static str,
    /// The ID of the row.
    pub(crate) row: i64,
}

impl Place {
    fn text(self) -> String {
        format!("{}.{}", self.column, self.row)
    }
}

/// Seals and opens values with one key, whose schedule is computed once.
pub(crate) struct Sealer {
    cipher: Aes256Gcm,
    random: FillRandom,
    /// The ID of the data key; 0 for a master key.
    pub(crate) key_id: i64,
}

/// The first byte of every sealed value. A random nonce and the ciphertext of AES-256-GCM follow, with its tag of 16
/// bytes.
const VERSION: u8 = 1;

/// Length of a nonce, in bytes.
const NONCE: usize = 12;

impl Sealer {
    pub(crate) fn new(key: &[u8; 32], random: FillRandom) -> Sealer {
        Sealer::of_data_key(0, key, random)
    }

    /// Returns the sealer of a database's data key.
    pub(crate) fn of_data_key(key_id: i64, key: &[u8; 32], random: FillRandom) -> Sealer {
        Sealer { cipher: Aes256Gcm::new(key.into()), random, key_id }
    }

    /// Returns the value sealed for one place.
    pub(crate) fn seal(&self, place: Place, value: &[u8]) -> Result<Vec<u8>, crate::Error> {
        let mut nonce = [0; NONCE];
        (self.random)(&mut nonce);
        let place = place.text();
        let payload = Payload { msg: value, aad: place.as_bytes() };
        let ciphertext = self.cipher.encrypt(&Nonce::from(nonce), payload);
        let ciphertext = ciphertext.map_err(|_| crate::Error::Unstorable("a value is too long to be sealed"))?;
        let mut sealed = Vec::with_capacity(1 + NONCE + ciphertext.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&ciphertext);
        Ok(sealed)
    }

    /// Returns the value that was sealed for this place; `None` if it was sealed for another place or with another key,
    /// or was changed since.
    pub(crate) fn open(&self, place: Place, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (&VERSION, sealed) = sealed.split_first()? else { return None };
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE>()?;
        let place = place.text();
        let payload = Payload { msg: ciphertext, aad: place.as_bytes() };
        self.cipher.decrypt(&Nonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }

    /// Does the same as [`open`](Self::open), for text.
    pub(crate) fn open_text(&self, place: Place, sealed: &[u8]) -> Option<Zeroizing<String>> {
        let mut bytes = self.open(place, sealed)?;
        String::from_utf8(std::mem::take(&mut *bytes)).ok().map(Zeroizing::new)
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, KeyError, Place, Prover, Sealer};

    fn sealer(key: u8) -> Sealer {
        Sealer::new(&[key; 32], |bytes| bytes.fill(9))
    }

    const HERE: Place = Place { column: "accounts.secret", row: 7 };

    #[test]
    fn a_sealed_value_opens_where_it_was_sealed_and_nowhere_else() {
        let sealed = sealer(1).seal(HERE, b"JBSWY3DP").unwrap();
        assert_eq!(sealer(1).open(HERE, &sealed).unwrap().as_slice(), b"JBSWY3DP");
        assert!(sealer(1).open(Place { row: 8, ..HERE }, &sealed).is_none());
        assert!(sealer(1).open(Place { column: "accounts.account", ..HERE }, &sealed).is_none());
        assert!(sealer(2).open(HERE, &sealed).is_none());
    }

    #[test]
    fn a_changed_or_shortened_value_does_not_open() {
        let sealed = sealer(1).seal(HERE, b"JBSWY3DP").unwrap();
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert!(sealer(1).open(HERE, &changed).is_none());
            assert!(sealer(1).open(HERE, &sealed[..index]).is_none());
        }
    }

    #[test]
    fn a_proof_is_of_its_key_its_purpose_and_its_values() {
        let prover = Prover::new(&[1; 32], "csrf");
        let proof = prover.proof(&[b"ab", b"c"]);
        assert_eq!(proof, Prover::new(&[1; 32], "csrf").proof(&[b"ab", b"c"]));
        assert_ne!(proof, Prover::new(&[2; 32], "csrf").proof(&[b"ab", b"c"]));
        assert_ne!(proof, Prover::new(&[1; 32], "mail").proof(&[b"ab", b"c"]));
        assert_ne!(proof, prover.proof(&[b"a", b"bc"]));
        assert_ne!(proof, prover.proof(&[b"abc"]));
        assert_eq!(format!("{prover:?}"), "Prover(…)");
    }

    #[test]
    fn keys_are_read_as_2fauth_reads_them() {
        let raw = Key::parse("0123456789abcdef0123456789abcdefIGNORED").unwrap();
        assert_eq!(raw.bytes(), b"0123456789abcdef0123456789abcdef");
        let encoded = Key::parse("base64:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap();
        assert_eq!(encoded.bytes(), raw.bytes());
        assert_eq!(format!("{raw:?}"), "Key(…)");
    }

    #[test]
    fn a_bad_key_says_what_is_wrong() {
        assert_eq!(Key::parse("base64:!!").unwrap_err(), KeyError::NotBase64);
        assert_eq!(Key::parse("base64:AAAA").unwrap_err(), KeyError::Length(3));
        assert_eq!(Key::parse("SomeRandomString").unwrap_err(), KeyError::Short(16));
    }
}
