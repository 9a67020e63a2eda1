//! Decryption of exports that a password protects.

use aes::Aes256;
use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce};
use argon2::Argon2;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use data_encoding::HEXLOWER_PERMISSIVE;
use hkdf::Hkdf;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use zeroize::Zeroizing;

/// A key of 256 bits.
pub(crate) type Key = Zeroizing<[u8; 32]>;

/// Decodes a hexadecimal text.
pub(crate) fn decode_hex(text: &str) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok()
}

/// Decrypts AES-256-GCM with a 96-bit nonce. The tag is at the end of `ciphertext`. `None` on any mismatch.
pub(crate) fn open_aes_gcm(key: &[u8], nonce: &[u8], ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = Aes256Gcm::new_from_slice(key).ok()?;
    let nonce: &[u8; 12] = nonce.try_into().ok()?;
    cipher.decrypt(&Nonce::from(*nonce), ciphertext).ok().map(Zeroizing::new)
}

/// Decrypts AES-256-GCM like [`open_aes_gcm`], with authenticated data beside the ciphertext.
pub(crate) fn open_aes_gcm_with(
    key: &[u8],
    nonce: &[u8],
    ciphertext: &[u8],
    beside: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = Aes256Gcm::new_from_slice(key).ok()?;
    let nonce: &[u8; 12] = nonce.try_into().ok()?;
    let payload = aes_gcm::aead::Payload { msg: ciphertext, aad: beside };
    cipher.decrypt(&Nonce::from(*nonce), payload).ok().map(Zeroizing::new)
}

/// Decrypts AES-256-CBC with PKCS #7 padding. `None` on a mismatch, but a wrong key may go unnoticed.
pub(crate) fn open_aes_cbc(key: &[u8], nonce: &[u8], ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = cbc::Decryptor::<Aes256>::new_from_slices(key, nonce).ok()?;
    cipher.decrypt_padded_vec::<Pkcs7>(ciphertext).ok().map(Zeroizing::new)
}

/// Whether a ciphertext of AES-CBC consists of whole blocks. Otherwise it is damaged, whatever the password.
pub(crate) fn is_whole(ciphertext: &[u8]) -> bool {
    !ciphertext.is_empty() && ciphertext.len().is_multiple_of(16)
}

/// Compares an HMAC-SHA256 in constant time.
pub(crate) fn verify_hmac_sha256(key: &[u8], message: &[u8], code: &[u8]) -> Option<()> {
    Hmac::<Sha256>::new_from_slice(key).ok()?.chain_update(message).verify_slice(code).ok()
}

/// Derives a key for one purpose from another key: the second step of HKDF-SHA256 alone (RFC 5869 section 2.3).
pub(crate) fn expand_key(key: &Key, purpose: &[u8]) -> Option<Key> {
    let mut expanded = Key::default();
    Hkdf::<Sha256>::from_prk(key.as_slice()).ok()?.expand(purpose, expanded.as_mut_slice()).ok().map(|()| expanded)
}

/// Derives a key with Argon2id (RFC 9106), version 1.3; `memory` is in KiB. `None` for costs outside Argon2's bounds.
pub(crate) fn argon2id(password: &str, salt: &[u8], memory: u32, passes: u32, lanes: u32) -> Option<Key> {
    let costs = argon2::Params::new(memory, passes, lanes, None).ok()?;
    let mut key = Key::default();
    let argon2 = Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, costs);
    argon2.hash_password_into(password.as_bytes(), salt, key.as_mut_slice()).ok().map(|()| key)
}

/// Derives a key with PBKDF2-HMAC-SHA256 (RFC 8018).
pub(crate) fn pbkdf2_sha256(password: &str, salt: &[u8], iterations: u32) -> Key {
    let mut key = Key::default();
    pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), salt, iterations, key.as_mut_slice());
    key
}

/// Derives a key with PBKDF2-HMAC-SHA1 (RFC 8018).
pub(crate) fn pbkdf2_sha1(password: &[u8], salt: &[u8], iterations: u32) -> Key {
    let mut key = Key::default();
    pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, iterations, key.as_mut_slice());
    key
}

/// Derives a key with PBKDF2-HMAC-SHA512 (RFC 8018).
pub(crate) fn pbkdf2_sha512(password: &[u8], salt: &[u8], iterations: u32) -> Key {
    let mut key = Key::default();
    pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, iterations, key.as_mut_slice());
    key
}

/// Returns the SHA-256 of a password: the key of formats that derive none.
pub(crate) fn sha256_of(password: &[u8]) -> Key {
    Zeroizing::new(Sha256::digest(password).into())
}

/// The costs of a key derivation with scrypt (RFC 7914).
pub(crate) struct Scrypt(scrypt::Params);

impl Scrypt {
    /// Maximum of `n`. With `r` = 8 it takes 1 GiB.
    const MAX_N: u64 = 1 << 20;
    /// Maximum of the product of `r` and `p`.
    const MAX_R_P: u64 = 32;

    /// Returns `None` for costs outside scrypt's bounds, or beyond those of a genuine file.
    pub(crate) fn new(n: u64, r: u64, p: u64) -> Option<Scrypt> {
        if !n.is_power_of_two() || !(2..=Scrypt::MAX_N).contains(&n) || r.saturating_mul(p) > Scrypt::MAX_R_P || r > 8 {
            return None;
        }
        let log_n = u8::try_from(n.ilog2()).ok()?;
        scrypt::Params::new(log_n, u32::try_from(r).ok()?, u32::try_from(p).ok()?).ok().map(Scrypt)
    }

    pub(crate) fn derive(&self, password: &str, salt: &[u8]) -> Option<Key> {
        let mut key = Key::default();
        scrypt::scrypt(password.as_bytes(), salt, &self.0, key.as_mut_slice()).ok().map(|()| key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reasonable_costs_are_paid() {
        for (n, r, p) in [(32_768, 8, 1), (1 << 20, 8, 1), (2, 1, 1)] {
            assert!(Scrypt::new(n, r, p).is_some(), "{n} {r} {p}");
        }
        for (n, r, p) in [
            (1 << 21, 8, 1),
            (32_769, 8, 1),
            (0, 8, 1),
            (1, 8, 1),
            (2, 0, 1),
            (2, 8, 5),
            (2, 9, 1),
            (u64::MAX, u64::MAX, u64::MAX),
        ] {
            assert!(Scrypt::new(n, r, p).is_none(), "{n} {r} {p}");
        }
    }

    /// RFC 7914 section 12, the third vector, and section 11's first of PBKDF2.
    #[test]
    fn keys_are_those_of_the_standards() {
        let key = Scrypt::new(16_384, 8, 1).unwrap().derive("pleaseletmein", b"SodiumChloride").unwrap();
        assert_eq!(decode_hex("7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2").unwrap(), *key);
        let key = pbkdf2_sha256("passwd", b"salt", 1);
        assert_eq!(decode_hex("55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc").unwrap(), *key);
    }
}
