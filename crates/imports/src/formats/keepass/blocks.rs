//! The blocks of a payload, each with a code or a hash of its own.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256, Sha512};
use zeroize::Zeroizing;

use super::header::Input;

/// Returns the key of a block's code.
fn block_key(base: &[u8], index: u64) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Sha512::new().chain_update(index.to_le_bytes()).chain_update(base).finalize().to_vec())
}

/// Whether the code of the header is right, which tells whether the password is.
pub(super) fn has_code(base: &[u8], header: &[u8], code: &[u8]) -> bool {
    let mac = Hmac::<Sha256>::new_from_slice(&block_key(base, u64::MAX)).map(|mac| mac.chain_update(header));
    mac.is_ok_and(|mac| mac.verify_slice(code).is_ok())
}

/// Joins the blocks of version 4; `None` if a code is wrong.
pub(super) fn join(base: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    let mut input = Input(bytes);
    let mut joined = Vec::new();
    for index in 0_u64.. {
        let code = input.take(32)?;
        let length = input.take(4)?;
        let size = usize::try_from(u32::from_le_bytes(length.try_into().ok()?)).ok()?;
        let content = input.take(size)?;
        let mac = Hmac::<Sha256>::new_from_slice(&block_key(base, index)).ok()?;
        let mac = mac.chain_update(index.to_le_bytes()).chain_update(length).chain_update(content);
        mac.verify_slice(code).ok()?;
        if size == 0 {
            return Some(joined);
        }
        joined.extend_from_slice(content);
    }
    None
}

/// Joins the blocks of version 3; `None` if a hash is wrong.
pub(super) fn join_hashed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut input = Input(bytes);
    let mut joined = Vec::new();
    loop {
        input.take(4)?;
        let hash = input.take(32)?;
        let size = input.number()?;
        if size == 0 {
            return Some(joined);
        }
        let content = input.take(size)?;
        if Sha256::digest(content).as_slice() != hash {
            return None;
        }
        joined.extend_from_slice(content);
    }
}
