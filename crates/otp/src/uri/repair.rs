//! URIs that were damaged on their way through a page, a mail or a program.

use std::borrow::Cow;

/// The parameters that may follow a wrong separator.
const PARAMETERS: [&str; 8] = ["secret", "issuer", "algorithm", "digits", "period", "counter", "image", "label"];

/// Undoes the damage that can be told from a genuine URI:
///
/// - spaces of no width, which pages have where a line may break, are removed;
/// - `&` in the forms of HTML (`&amp;`, `&#38;`) and of JSON (`\u0026`) is read as such, and so are the other characters
///   of a URI whose ampersands are escaped;
/// - a later `?`, or a `;`, in front of a known parameter separates parameters;
/// - `#` is text, even unencoded, and would start a fragment.
///
/// Whatever remains of a wrong separator is found in the secret, see [`stray_separator`].
pub(super) fn repair(uri: &str) -> String {
    let uri: String = uri.chars().filter(|character| !has_no_width(*character)).collect();
    let uri = uri.replace("\\u0026", "&").replace("\\U0026", "&");
    separate_parameters(&unescape_html(&uri)).replace('#', "%23")
}

/// Returns the first character of a secret that separates the parts of a URI. A secret that has one swallowed what
/// follows.
pub(super) fn stray_separator(secret: &str) -> Option<char> {
    secret.trim_end_matches('=').chars().find(|character| "?&=/;:\\\"'<>".contains(*character))
}

fn has_no_width(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// Replaces HTML's character references if an ampersand of the query is written as one; as often as it was escaped.
fn unescape_html(uri: &str) -> Cow<'_, str> {
    const DEPTH: usize = 3;
    let mut uri = Cow::Borrowed(uri);
    for _ in 0..DEPTH {
        let query = uri.split_once('?').map_or("", |(_, query)| query);
        let is_escaped = query
            .match_indices('&')
            .any(|(at, _)| matches!(character_reference(query.get(at..).unwrap_or_default()), Some(('&', _))));
        if !is_escaped {
            break;
        }
        uri = Cow::Owned(replace_references(&uri));
    }
    uri
}

fn replace_references(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, reference) = rest.split_at(at);
        plain.push_str(before);
        let (character, length) = character_reference(reference).unwrap_or(('&', 1));
        plain.push(character);
        rest = reference.get(length..).unwrap_or_default();
    }
    plain + rest
}

/// Returns the character that the reference at the beginning of a text stands for, and the length of the reference.
fn character_reference(text: &str) -> Option<(char, usize)> {
    let name = name_before(text.strip_prefix('&')?, b';')?;
    let name_length = name.len();
    let lower = name.to_ascii_lowercase();
    let character = match (lower.as_str(), lower.strip_prefix('#')) {
        ("amp", _) => '&',
        ("lt", _) => '<',
        ("gt", _) => '>',
        ("quot", _) => '"',
        ("apos", _) => '\'',
        (_, Some(number)) if name_length < 10 => {
            let code = match number.strip_prefix('x') {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|character| !character.is_control())?
        }
        _ => return None,
    };
    Some((character, name_length + 2))
}

/// Replaces `?` and `;` in the query by `&` where a known parameter follows.
fn separate_parameters(uri: &str) -> Cow<'_, str> {
    let Some((path, query)) = uri.split_once('?') else { return Cow::Borrowed(uri) };
    if !query.contains(['?', ';']) {
        return Cow::Borrowed(uri);
    }
    let mut separated = String::with_capacity(uri.len());
    separated.push_str(path);
    separated.push('?');
    for (at, character) in query.char_indices() {
        let is_separator = matches!(character, '?' | ';') && names_parameter(query.get(at + 1..).unwrap_or_default());
        separated.push(if is_separator { '&' } else { character });
    }
    Cow::Owned(separated)
}

/// Maximum length of a name that is looked for, with blanks around it, in bytes: a long text has many places to look at.
const MAX_NAME: usize = 32;

/// Returns the beginning of a text up to a mark, which isn't far.
fn name_before(text: &str, mark: u8) -> Option<&str> {
    let length = text.bytes().take(MAX_NAME).position(|byte| byte == mark)?;
    text.get(..length)
}

/// Whether a text begins with a known parameter and its equals sign.
fn names_parameter(text: &str) -> bool {
    let name = name_before(text, b'=').unwrap_or_default().trim();
    PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_ampersands_separate() {
        for ampersand in ["&amp;", "&AMP;", "&#38;", "&#038;", "&#x26;", "&amp;amp;", "\\u0026"] {
            let uri = format!("otpauth://totp/a?secret=X{ampersand}issuer=S{ampersand}digits=8");
            assert_eq!(repair(&uri), "otpauth://totp/a?secret=X&issuer=S&digits=8", "{ampersand}");
        }
    }

    #[test]
    fn a_text_that_was_not_escaped_keeps_its_entities() {
        for uri in ["otpauth://totp/AT&amp;T:a?secret=X&issuer=S", "otpauth://totp/a?issuer=AT%26amp%3BT&secret=X"] {
            assert_eq!(repair(uri), uri);
        }
        assert_eq!(
            repair("otpauth://totp/O&#39;Hara:a?secret=X&amp;issuer=O&#39;Hara"),
            "otpauth://totp/O'Hara:a?secret=X&issuer=O'Hara"
        );
    }

    #[test]
    fn a_wrong_separator_counts_before_a_known_parameter_only() {
        assert_eq!(repair("o://totp/a?secret=X?issuer=Y;digits=8"), "o://totp/a?secret=X&issuer=Y&digits=8");
        assert_eq!(repair("o://totp/a?secret=X&issuer=Who?&digits=8"), "o://totp/a?secret=X&issuer=Who?&digits=8");
        assert_eq!(repair("o://totp/a?secret=X&issuer=a;b"), "o://totp/a?secret=X&issuer=a;b");
    }

    #[test]
    fn a_name_is_near() {
        assert_eq!(name_before("amp;x;", b';'), Some("amp"));
        assert_eq!(name_before(&format!("{};", "a".repeat(MAX_NAME)), b';'), None);
        assert_eq!(character_reference(&format!("&#{}38;", "0".repeat(MAX_NAME))), None);
    }

    #[test]
    fn what_is_left_of_a_separator_is_found() {
        for (secret, found) in
            [("ABC?FOO=BAR", Some('?')), ("AB=CD", Some('=')), ("ABCD====", None), ("1.0", None), ("A B-C+D", None)]
        {
            assert_eq!(stray_separator(secret), found, "{secret}");
        }
    }
}
