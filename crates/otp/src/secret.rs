//! Shared secrets: their text and their keys.

use std::fmt;

use data_encoding::BASE32;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::is_invisible;

/// A shared secret as text: upper-case base32, `=`-padded to a multiple of 8, or the unchecked text of a URI.
///
/// The text is overwritten in memory when dropped, compared in constant time and never shown by `Debug`.
#[derive(Clone)]
pub struct Secret {
    padded: Zeroizing<String>,
}

/// The error for a secret that is not base32 and thus holds no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid base32 encoded secret")]
pub struct NotBase32;

/// The reason why a pasted text is not a secret. Holds at most one character of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The text has only spaces and padding.
    #[error("the secret is empty: paste the key that the service shows")]
    Empty,
    /// The text is a URI.
    #[error("this is a URI, not a secret: paste it where a URI is expected, or only its secret here")]
    Uri,
    /// The text has a character that base32 lacks.
    #[error(
        "{character:?} at position {position} cannot be part of a base32 secret, which holds A to Z and 2 to 7 only{}",
        hint_for(*character)
    )]
    Character {
        /// The character as pasted.
        character: char,
        /// Its position in the pasted text, in characters, counted from 1.
        position: usize,
    },
}

impl Secret {
    /// Returns the secret in `text`, in upper case and padded, without a check.
    ///
    /// `=` is removed from both ends before padding.
    pub fn from_text(text: &str) -> Secret {
        let bare = text.trim_matches('=');
        let mut padded = with_padded_capacity(bare.len().max(1));
        padded.push_str(bare);
        padded.make_ascii_uppercase();
        // compat: a secret of padding alone is kept as eight `=`.
        if !text.is_empty() {
            pad(&mut padded);
        }
        Secret { padded }
    }

    /// Reads the secret in a user's text.
    ///
    /// Case, spaces of every kind, invisible characters, hyphens and dashes, plus signs and padding (`=` or `%3D`) are
    /// ignored. Look-alikes (`0`, `1`, `8`) are reported, never corrected.
    pub fn parse(pasted: &str) -> Result<Secret, SecretError> {
        if pasted.contains("://") {
            return Err(SecretError::Uri);
        }
        let text = strip_encoded_padding(pasted);
        let mut padded = with_padded_capacity(text.len());
        for (index, character) in text.chars().enumerate() {
            match character.to_ascii_uppercase() {
                upper @ ('A'..='Z' | '2'..='7') => padded.push(upper),
                other if other == '=' || is_separator(other) => {}
                _ => return Err(SecretError::Character { character, position: index + 1 }),
            }
        }
        if padded.is_empty() {
            return Err(SecretError::Empty);
        }
        pad(&mut padded);
        Ok(Secret { padded })
    }

    /// Returns the secret for 64 random bytes.
    pub fn generate(random: &[u8; 64]) -> Secret {
        Secret::from_key(random)
    }

    /// Returns the secret for a key, for exports that hold raw keys.
    pub fn from_key(key: &[u8]) -> Secret {
        Secret { padded: Zeroizing::new(BASE32.encode(key)) }
    }

    /// Whether every character but the padding is one of `A`–`Z` and `2`–`7`. Any length counts, even 0.
    pub fn is_base32(&self) -> bool {
        self.unpadded().bytes().all(|byte| decode_character(byte).is_some())
    }

    /// Returns the text, padded with `=` to a multiple of 8: the form that is stored and shown.
    pub fn padded(&self) -> &str {
        &self.padded
    }

    /// Returns the text without padding: the form in URIs.
    pub fn unpadded(&self) -> &str {
        self.padded.trim_end_matches('=')
    }

    /// Decodes the key from the base32 text.
    ///
    /// Any number of characters is decoded (RFC 4648 knows no last group of 1, 3 or 6): the last group's incomplete
    /// byte is filled with zero bits if it holds at least 3 bits of its own (1, 3 and 6 characters), and dropped
    /// otherwise. Spaces and hyphens, which a URI may contain, are skipped.
    ///
    /// # Errors
    /// If the text has a character that base32 lacks, or is empty.
    pub fn key(&self) -> Result<Zeroizing<Vec<u8>>, NotBase32> {
        let text = self.unpadded();
        let mut key = Zeroizing::new(Vec::with_capacity(text.len() * 5 / 8 + 1));
        let (mut bits, mut held) = (0_u32, 0_u32);
        for character in text.chars().filter(|character| !is_separator(*character)) {
            let quintet = u8::try_from(character).ok().and_then(decode_character).ok_or(NotBase32)?;
            bits = bits << 5 | u32::from(quintet);
            held += 5;
            if held >= 8 {
                held -= 8;
                key.push((bits >> held).to_le_bytes()[0]);
            }
        }
        // A last group of 1, 3 or 6 characters leaves 5, 7 or 6 bits; the others leave at most 4, which are surplus.
        if held >= 5 {
            key.push((bits << (8 - held)).to_le_bytes()[0]);
        }
        if key.is_empty() { Err(NotBase32) } else { Ok(key) }
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        self.padded.as_bytes().ct_eq(other.padded.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// Returns the five bits of a base32 character (RFC 4648 section 6).
fn decode_character(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    }
}

/// Returns an empty text with room for `length` bytes and their padding, so that it never moves and leaves no copy
/// behind.
fn with_padded_capacity(length: usize) -> Zeroizing<String> {
    Zeroizing::new(String::with_capacity(length.next_multiple_of(8)))
}

/// Pads to a multiple of 8 bytes, with a minimum of 8.
fn pad(text: &mut String) {
    let width = text.len().max(1).next_multiple_of(8);
    while text.len() < width {
        text.push('=');
    }
}

/// Removes the `%3D` at the end of a padded secret that was cut out of a URI.
fn strip_encoded_padding(text: &str) -> &str {
    let mut text = text.trim_end_matches(|c: char| c == '=' || is_separator(c));
    while let Some(shorter) = text.strip_suffix("%3D").or_else(|| text.strip_suffix("%3d")) {
        text = shorter;
    }
    text
}

/// Whether the character may separate groups of a secret: spaces, invisible characters, dashes, plus signs.
fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || is_invisible(character)
        || matches!(character, '-' | '+' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Returns a hint for characters that are easily mistaken for one of base32.
fn hint_for(character: char) -> &'static str {
    match character {
        '0' => " (perhaps it is the letter O)",
        '1' => " (perhaps it is the letter I or L)",
        '8' => " (perhaps it is the letter B)",
        _ => "",
    }
}
