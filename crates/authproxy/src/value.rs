//! Values of identity headers: from bytes to a text that is safe as a name.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use data_encoding::BASE64;
use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::name::{MAX_CHARS, composed};
use crate::placeholder::is_placeholder;
use crate::refusal::Reason;

/// Maximum length of a value on the wire, in bytes.
const MAX_BYTES: usize = 1024;

/// How the proxy writes characters outside of ASCII. A setting, never guessed from the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// The bytes are UTF-8.
    #[default]
    Utf8,
    /// The bytes are ISO 8859-1.
    Latin1,
    /// `%` and two hexadecimal digits per byte of UTF-8 (RFC 3986 section 2.1), as Sandstorm does.
    Percent,
    /// Encoded words (RFC 2047) in UTF-8, ISO 8859-1 or ASCII, as Tailscale does.
    Rfc2047,
    /// `=` and two hexadecimal digits per byte of UTF-8 (RFC 2045 section 6.7), as Grafana's proxies do.
    QuotedPrintable,
}

impl Encoding {
    /// All encodings, the default first.
    pub const ALL: [Self; 5] = [Self::Utf8, Self::Latin1, Self::Percent, Self::Rfc2047, Self::QuotedPrintable];

    /// Its name in a configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf8",
            Self::Latin1 => "latin1",
            Self::Percent => "percent",
            Self::Rfc2047 => "rfc2047",
            Self::QuotedPrintable => "quoted-printable",
        }
    }

    /// Decodes a value, once: the result is never decoded again.
    fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Latin1 => Some(latin1(bytes).into()),
            // Strict, unlike percent-encoding's decoder, which leaves a `%` without digits.
            Self::Percent => utf8(unescape(bytes, b'%')?).map(Cow::Owned),
            Self::QuotedPrintable => utf8(unescape(bytes, b'=')?).map(Cow::Owned),
            Self::Rfc2047 => {
                let text = std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii())?;
                decode_words(text).map(Cow::Owned)
            }
        }
    }
}

/// Returns the text of a value: decoded, in Unicode's composed form (NFC), without blanks around it, never empty.
///
/// # Errors
/// [`Reason::TooLong`], [`Reason::Undecodable`] or [`Reason::Empty`].
pub(crate) fn decode(bytes: &[u8], encoding: Encoding) -> Result<String, Reason> {
    if bytes.len() > MAX_BYTES {
        return Err(Reason::TooLong);
    }
    let decoded = encoding.decode(bytes).ok_or(Reason::Undecodable)?;
    let text = composed(&decoded);
    if text.is_empty() { Err(Reason::Empty) } else { Ok(text) }
}

/// Checks that a text can be an identity: 1 to 191 characters, all of them visible or U+0020, and not a value that a
/// proxy sends when there is no identity. Nothing is cut or replaced, so that two texts never become one.
///
/// # Errors
/// [`Reason::Empty`], [`Reason::TooLong`], [`Reason::BadChar`] or [`Reason::Sentinel`].
pub(crate) fn check(text: &str) -> Result<(), Reason> {
    if text.is_empty() {
        return Err(Reason::Empty);
    }
    if text.chars().count() > MAX_CHARS {
        return Err(Reason::TooLong);
    }
    if text.chars().any(is_bad) {
        return Err(Reason::BadChar);
    }
    if is_hollow(text) { Err(Reason::Sentinel) } else { Ok(()) }
}

/// Whether a text stands for a value that isn't there, in whatever compatible form: `(null)`, `ｎｕｌｌ`.
pub(crate) fn is_hollow(text: &str) -> bool {
    is_placeholder(text) || (!text.is_ascii() && is_placeholder(&text.nfkc().collect::<String>()))
}

/// Whether a character is invisible or has no fixed meaning: with it, two names could look the same.
fn is_bad(letter: char) -> bool {
    use GeneralCategory as Category;
    if letter.is_ascii() {
        return letter.is_ascii_control();
    }
    let is_invisible = matches!(
        letter,
        '\u{34F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{2800}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FFA0}' | '\u{FFFD}' | '\u{E0100}'..='\u{E01EF}'
    );
    match letter.general_category() {
        Category::Control
        | Category::Format
        | Category::Surrogate
        | Category::PrivateUse
        | Category::Unassigned
        | Category::LineSeparator
        | Category::ParagraphSeparator
        | Category::SpaceSeparator => true,
        _ => is_invisible,
    }
}

fn utf8(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok()
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// Undoes escapes of a mark and two hexadecimal digits; `None` if a mark has no digits behind it.
fn unescape(bytes: &[u8], mark: u8) -> Option<Vec<u8>> {
    let mut rest = bytes.iter().copied();
    let mut decoded = Vec::with_capacity(bytes.len());
    while let Some(byte) = rest.next() {
        decoded.push(if byte == mark { hex(rest.next()?)? << 4 | hex(rest.next()?)? } else { byte });
    }
    Some(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Decodes words with blanks between them, each of them plain or encoded (RFC 2047 section 2). The blanks between two
/// encoded words belong to the encoding (section 6.2).
fn decode_words(text: &str) -> Option<String> {
    let mut decoded = String::new();
    let mut blanks = String::new();
    let mut follows_encoded = false;
    for part in text.split_inclusive([' ', '\t']) {
        let word = part.trim_end_matches([' ', '\t']);
        if !word.is_empty() {
            let is_encoded = word.starts_with("=?");
            if !(is_encoded && follows_encoded) {
                decoded.push_str(&blanks);
            }
            blanks.clear();
            if is_encoded {
                decoded.push_str(&decode_word(word)?);
            } else if word.contains("=?") {
                return None;
            } else {
                decoded.push_str(word);
            }
            follows_encoded = is_encoded;
        }
        blanks.push_str(&part[word.len()..]);
    }
    Some(decoded)
}

fn decode_word(word: &str) -> Option<String> {
    let inner = word.strip_prefix("=?")?.strip_suffix("?=")?;
    let mut parts = inner.splitn(3, '?');
    let (charset, encoding, content) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = match encoding {
        "q" | "Q" if !content.contains('?') => unescape(content.replace('_', " ").as_bytes(), b'=')?,
        "b" | "B" => BASE64.decode(content.as_bytes()).ok()?,
        _ => return None,
    };
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => utf8(bytes),
        "iso-8859-1" => Some(latin1(&bytes)),
        "us-ascii" => utf8(bytes).filter(|text| text.is_ascii()),
        _ => None,
    }
}
