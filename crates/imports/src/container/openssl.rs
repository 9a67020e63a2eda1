//! Ciphertext as `openssl enc` and CryptoJS write it: `Salted__`, a salt of 8 bytes, AES-256-CBC.

use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use crate::crypto::{self, open_aes_cbc};

/// Whether a ciphertext has its mark, a salt and whole blocks. Otherwise it is damaged, whatever the passphrase.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    bytes.starts_with(b"Salted__") && crypto::is_whole(bytes.get(16..).unwrap_or_default())
}

/// Decrypts a ciphertext. Key and nonce are made of the passphrase by MD5 (`EVP_BytesToKey`); `None` on a mismatch, but a
/// wrong passphrase may go unnoticed.
pub(crate) fn open(passphrase: &[u8], bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (salt, ciphertext) = bytes.strip_prefix(b"Salted__")?.split_at_checked(8)?;
    let mut made = Zeroizing::new(Vec::with_capacity(48));
    let mut last = Zeroizing::new(Vec::new());
    while made.len() < 48 {
        last = Zeroizing::new(
            Md5::new().chain_update(&*last).chain_update(passphrase).chain_update(salt).finalize().to_vec(),
        );
        made.extend_from_slice(&last);
    }
    let (key, nonce) = made.split_at_checked(32)?;
    open_aes_cbc(key, nonce, ciphertext)
}
