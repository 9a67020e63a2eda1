//! The database of Authenticator Plus, which SQLCipher 3 encrypts with the app's password.
//!
//! Its ZIP archive has a list of URIs, which `archive.rs` reads.

use aes::Aes256;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use zeroize::Zeroizing;

use super::databases::read_plus;
use crate::container::sqlite::MAGIC;
use crate::crypto::{Key, pbkdf2_sha1};
use crate::file::ExportFile;
use crate::reader::{Reader, Request};
use crate::{Format, Import, ReadError};

impl Format {
    /// Authenticator Plus.
    pub const AUTHENTICATOR_PLUS: Format = Format::new("authenticator_plus", "Authenticator Plus");
}

pub(crate) const READER: Reader = Reader { format: Format::AUTHENTICATOR_PLUS, detect, read };

/// Size of a page. At its end are a nonce, a code, and padding.
const PAGE: usize = 1_024;
const NONCE: usize = 16;
const CODE: usize = 20;
const RESERVED: usize = 48;
/// Length of the salt, which stands in the place of a database's first bytes.
const SALT: usize = 16;
const ITERATIONS: u32 = 64_000;

/// Whole pages of bytes that aren't text. An encrypted file has no mark.
fn detect(file: &ExportFile<'_>) -> bool {
    let size = file.bytes.len();
    file.text.is_empty() && size >= 2 * PAGE && size.is_multiple_of(PAGE) && is_random(file.bytes)
}

/// Whether a page looks like ciphertext: nearly all values occur.
fn is_random(bytes: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in bytes.iter().take(PAGE) {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    }
    seen.iter().filter(|seen| **seen).count() > 230
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    let error = if file.name.to_ascii_lowercase().ends_with(".db") { ReadError::Encrypted } else { ReadError::Perhaps };
    let password = request.password.ok_or(error(Format::AUTHENTICATOR_PLUS))?;
    let keys = Keys::derive(file.bytes, password).ok_or(ReadError::Unusable(Format::AUTHENTICATOR_PLUS))?;
    let mut plain = Zeroizing::new(Vec::with_capacity(file.bytes.len()));
    for (number, page) in (1_u32..).zip(file.bytes.chunks_exact(PAGE)) {
        plain.extend(
            keys.open(number, page)
                .ok_or(match number {
                    // The password opens the second page.
                    1 if keys.open(2, file.bytes.get(PAGE..2 * PAGE).unwrap_or_default()).is_none() => {
                        ReadError::WrongPassword(Format::AUTHENTICATOR_PLUS)
                    }
                    _ => ReadError::Unusable(Format::AUTHENTICATOR_PLUS),
                })?
                .iter(),
        );
    }
    read_plus(&plain)
}

/// What opens the pages.
struct Keys {
    /// Of their contents.
    content: Key,
    /// Of their codes.
    code: Key,
}

impl Keys {
    fn derive(bytes: &[u8], password: &str) -> Option<Self> {
        let salt = bytes.get(..SALT)?;
        let content = pbkdf2_sha1(password.as_bytes(), salt, ITERATIONS);
        let code_salt: Vec<u8> = salt.iter().map(|byte| byte ^ 0x3a).collect();
        let code = pbkdf2_sha1(content.as_slice(), &code_salt, 2);
        Some(Self { content, code })
    }

    /// Decrypts the page of this number, from 1; `None` if its code is wrong.
    fn open(&self, number: u32, page: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let page = if number == 1 { page.get(SALT..)? } else { page };
        let (content, reserved) = page.split_at_checked(page.len().checked_sub(RESERVED)?)?;
        let (nonce, code) = (reserved.get(..NONCE)?, reserved.get(NONCE..NONCE + CODE)?);
        let mac = Hmac::<Sha1>::new_from_slice(self.code.as_slice()).ok()?;
        let mac = mac.chain_update(content).chain_update(nonce).chain_update(number.to_le_bytes());
        mac.verify_slice(code).ok()?;
        let cipher = cbc::Decryptor::<Aes256>::new_from_slices(self.content.as_slice(), nonce).ok()?;
        let mut plain = Zeroizing::new(Vec::with_capacity(PAGE));
        if number == 1 {
            plain.extend_from_slice(MAGIC);
        }
        plain.extend(Zeroizing::new(cipher.decrypt_padded_vec::<NoPadding>(content).ok()?).iter());
        plain.extend_from_slice(reserved);
        Some(plain)
    }
}
