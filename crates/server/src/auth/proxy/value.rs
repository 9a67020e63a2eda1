//! Values of identity headers: from bytes to a text that is safe to be a name.

use data_encoding::BASE64;
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::name_key;
use super::refusal::Reason;

/// Longest value on the wire, in bytes.
const MAX_BYTES: usize = 1024;
/// Longest name, in characters.
pub const MAX_CHARS: usize = 191;

/// What proxies write in place of a missing identity, as name keys.
const PLACEHOLDERS: [&str; 8] =
    ["(null)", "null", "-", "none", "undefined", "anonymous", "anonymous user", "anonymous%20user"];
/// How templates of proxies and shells start and end; they arrive as they are where there is nothing to fill in.
const TEMPLATES: [(&str, &str); 4] = [("{", "}"), ("${", ""), ("%{", ""), ("%[", "")];

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
    /// All of them, the default first.
    pub const ALL: [Self; 5] = [Self::Utf8, Self::Latin1, Self::Percent, Self::Rfc2047, Self::QuotedPrintable];

    /// The name by which it is configured.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf8",
            Self::Latin1 => "latin1",
            Self::Percent => "percent",
            Self::Rfc2047 => "rfc2047",
            Self::QuotedPrintable => "quoted-printable",
        }
    }

    /// Decodes once: what comes out is never decoded again.
    fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => utf8(bytes.to_vec()),
            Self::Latin1 => Some(latin1(bytes)),
            // Strict, unlike percent-encoding's decoder, which lets a `%` without digits stand.
            Self::Percent => utf8(unescape(bytes, b'%')?),
            Self::QuotedPrintable => utf8(unescape(bytes, b'=')?),
            Self::Rfc2047 => encoded_words(std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii())?),
        }
    }
}

/// The text of a header: decoded, in Unicode's composed form (NFC), without blanks around it, never empty.
///
/// # Errors
/// [`Reason::TooLong`], [`Reason::Undecodable`] or [`Reason::Empty`].
pub(super) fn text(bytes: &[u8], encoding: Encoding) -> Result<String, Reason> {
    if bytes.len() > MAX_BYTES {
        return Err(Reason::TooLong);
    }
    let decoded = encoding.decode(bytes).ok_or(Reason::Undecodable)?;
    let text = composed(&decoded);
    if text.is_empty() { Err(Reason::Empty) } else { Ok(text) }
}

/// The composed form (NFC) of a text, without blanks around it.
pub fn composed(text: &str) -> String {
    text.nfc().collect::<String>().trim_matches([' ', '\t']).to_owned()
}

/// Checks that a text can be an identity: 1 to 191 characters, all of them visible or U+0020, and not what a proxy
/// writes in place of a missing identity. Nothing is cut or replaced, so that two texts never become one.
///
/// # Errors
/// [`Reason::Empty`], [`Reason::TooLong`], [`Reason::BadChar`] or [`Reason::Sentinel`].
pub(super) fn check(text: &str) -> Result<(), Reason> {
    if text.is_empty() {
        return Err(Reason::Empty);
    }
    if text.chars().count() > MAX_CHARS {
        return Err(Reason::TooLong);
    }
    if text.chars().any(is_bad) {
        return Err(Reason::BadChar);
    }
    let key = name_key(text);
    let is_template = TEMPLATES.iter().any(|(start, end)| key.starts_with(start) && key.ends_with(end));
    if PLACEHOLDERS.contains(&key.as_str()) || is_template {
        return Err(Reason::Sentinel);
    }
    Ok(())
}

/// Whether a character can't be seen, or has no fixed meaning: it would let two names look the same.
fn is_bad(letter: char) -> bool {
    use GeneralCategory as Category;
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
        | Category::ParagraphSeparator => true,
        Category::SpaceSeparator => letter != ' ',
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

/// Decodes blanks-separated words, each of them plain or encoded (RFC 2047 section 2). The blanks between two encoded
/// words belong to the encoding (section 6.2).
fn encoded_words(text: &str) -> Option<String> {
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
                decoded.push_str(&encoded_word(word)?);
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

fn encoded_word(word: &str) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn value(bytes: &[u8], encoding: Encoding) -> Result<String, Reason> {
        let text = text(bytes, encoding)?;
        check(&text)?;
        Ok(text)
    }

    #[track_caller]
    fn given(bytes: impl AsRef<[u8]>, encoding: Encoding, expected: &str) {
        assert_eq!(value(bytes.as_ref(), encoding).as_deref(), Ok(expected));
    }

    #[track_caller]
    fn refused(bytes: impl AsRef<[u8]>, encoding: Encoding, reason: Reason) {
        assert_eq!(value(bytes.as_ref(), encoding), Err(reason), "{:?}", String::from_utf8_lossy(bytes.as_ref()));
    }

    #[test]
    fn v_01_v_02_blanks() {
        refused("", Encoding::Utf8, Reason::Empty);
        refused("   \t", Encoding::Utf8, Reason::Empty);
        refused("%20%09", Encoding::Percent, Reason::Empty);
        given("  john \t", Encoding::Utf8, "john");
    }

    #[test]
    fn v_03_to_v_06_characters_outside_of_ascii() {
        given("Gödel", Encoding::Utf8, "Gödel");
        refused(b"G\xF6del", Encoding::Utf8, Reason::Undecodable);
        given(b"G\xF6del", Encoding::Latin1, "Gödel");
        refused(b"G\x85del", Encoding::Latin1, Reason::BadChar);
        given("Go\u{308}del", Encoding::Utf8, "Gödel");
    }

    #[test]
    fn v_07_to_v_10_percent_encoding() {
        given("Kurt%20G%C3%B6del", Encoding::Utf8, "Kurt%20G%C3%B6del");
        given("Kurt%20G%C3%B6del", Encoding::Percent, "Kurt Gödel");
        for bad in ["%", "a%2", "%ZZ", "%FF", "%+1%C3"] {
            refused(bad, Encoding::Percent, Reason::Undecodable);
        }
        refused("a%0d%0ab", Encoding::Percent, Reason::BadChar);
        refused("a%00", Encoding::Percent, Reason::BadChar);
        given("%2561dmin", Encoding::Percent, "%61dmin");
    }

    #[test]
    fn v_11_v_12_encoded_words() {
        given("=?utf-8?q?Ferris_B=C3=BCller?=", Encoding::Rfc2047, "Ferris Büller");
        given("=?UTF-8?B?R8O2ZGVs?=", Encoding::Rfc2047, "Gödel");
        given("=?iso-8859-1?Q?G=F6del?=", Encoding::Rfc2047, "Gödel");
        given("=?utf-8?q?a=C3=BC?= =?utf-8?q?_b?=  plain  word", Encoding::Rfc2047, "aü b  plain  word");
        given("john doe", Encoding::Rfc2047, "john doe");
        for bad in [
            "=?utf-8?q?a",
            "=?utf-8?x?a?=",
            "=?koi8-r?q?a?=",
            "=?utf-8?q?=F6?=",
            "=?utf-8?q?a b?=",
            "a=?utf-8?q?b?=",
            "é",
            "=?utf-8?q?a?b?=",
            "=?utf-8?b?!?=",
            "=?us-ascii?q?=C3=B6?=",
            "=?=",
        ] {
            refused(bad, Encoding::Rfc2047, Reason::Undecodable);
        }
        given("=?utf-8?q?admin?=", Encoding::Utf8, "=?utf-8?q?admin?=");
    }

    #[test]
    fn quoted_printable() {
        given("Kurt G=C3=B6del_x", Encoding::QuotedPrintable, "Kurt Gödel_x");
        refused("a=", Encoding::QuotedPrintable, Reason::Undecodable);
        refused("a=\t", Encoding::QuotedPrintable, Reason::Undecodable);
    }

    #[test]
    fn v_13_v_14_lengths() {
        given("é".repeat(191), Encoding::Utf8, &"é".repeat(191));
        refused("é".repeat(192), Encoding::Utf8, Reason::TooLong);
        refused("a".repeat(300), Encoding::Utf8, Reason::TooLong);
        refused("a".repeat(300_000), Encoding::Utf8, Reason::TooLong);
        refused(" ".repeat(1025), Encoding::Utf8, Reason::TooLong);
    }

    #[test]
    fn v_16_invisible_characters() {
        for bad in "\t\u{202E}\u{200B}\u{FEFF}\u{A0}\u{3000}\u{200D}\u{2028}\u{E000}\u{FFFD}\u{FFFF}\u{AD}\u{378}\u{FE0F}\u{3164}\u{E0061}".chars() {
            refused(format!("a{bad}b"), Encoding::Utf8, Reason::BadChar);
        }
    }

    #[test]
    fn v_17_v_18_placeholders() {
        for bad in [
            "(null)",
            "NULL",
            "-",
            "none",
            "undefined",
            "ANONYMOUS",
            "Anonymous User",
            "Anonymous%20User",
            "{http.auth.user.id}",
            "${user}",
            "%{REMOTE_USER}e",
            "%[var(txn.user)]",
            "ａｎｏｎｙｍｏｕｓ",
            "{}",
        ] {
            refused(bad, Encoding::Utf8, Reason::Sentinel);
        }
        refused("Anonymous%20User", Encoding::Percent, Reason::Sentinel);
        for good in ["nonesuch", "--", "a{b}", "{a", "null2", "nobody"] {
            given(good, Encoding::Utf8, good);
        }
    }

    #[test]
    fn v_23_hostile_texts_are_names_like_others() {
        for name in ["' OR 1=1 --", "<script>", "../../x", "Any Value 42, é@x/y", "alice, admin"] {
            given(name, Encoding::Utf8, name);
        }
    }
}
