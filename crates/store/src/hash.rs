//! SHA-256.

use sha2::{Digest as _, Sha256};

/// A SHA-256: of a secret that identifies, such as a session's cookie or a token, or of a name of any length.
pub type Hash = [u8; 32];

/// Returns the SHA-256 of some bytes.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> Hash {
    Sha256::digest(bytes).into()
}
