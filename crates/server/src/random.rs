//! Randomness, passed to the code that needs it so that tests can choose it.

use sha2::{Digest as _, Sha256};
pub use store::FillRandom;

/// Fills a buffer from the operating system's random source. A machine without one can't keep secrets: the process
/// ends.
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system's random source")]
pub fn system_random(buffer: &mut [u8]) {
    if let Err(error) = getrandom::fill(buffer) {
        tracing::error!(%error, "the system has no random source");
        std::process::abort();
    }
}

/// Returns unpredictable letters and digits, each of 62 with the same likelihood.
pub fn random_text(random: FillRandom, length: usize) -> String {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut text = String::with_capacity(length);
    let mut bytes = [0; 64];
    while text.len() < length {
        random(&mut bytes);
        // Values from 248 on are dropped: with them the first letters of the alphabet would come more often.
        let letters = bytes.iter().filter(|byte| **byte < 248).map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
        text.extend(letters.take(length - text.len()));
    }
    text
}

/// Returns the SHA-256 of a random secret, such as a token or a session's cookie: only that is stored.
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
