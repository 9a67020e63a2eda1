//! Maximum sizes of what users store, where no narrower one applies. Others have to load and show it.

/// Maximum length of a name, in characters.
pub const NAME_CHARS: u32 = 1024;
/// Maximum length of a secret in base32, in characters.
pub const SECRET_CHARS: u32 = 4096;
/// Maximum length of an otpauth URI, in bytes.
pub const URI_BYTES: u32 = 8192;
/// Maximum length of a preference as JSON, in bytes.
pub const PREFERENCE_BYTES: u32 = 1024;

/// A part of an account that is longer than its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {part} has more than {max} characters: shorten it")]
pub struct TooLong {
    /// The part: `service`, `account` or `secret`.
    pub part: &'static str,
    /// Its maximum length, in characters.
    pub max: u32,
}

/// Refuses a text of more than `max` characters.
pub(crate) fn check(part: &'static str, text: &str, max: u32) -> Result<(), TooLong> {
    let room = usize::try_from(max).unwrap_or(usize::MAX);
    if text.chars().nth(room).is_none() { Ok(()) } else { Err(TooLong { part, max }) }
}
