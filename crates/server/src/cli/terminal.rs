//! Texts from outside on a terminal: what can't be seen in them is written as an escape, so that no name makes lines of
//! its own, moves the cursor or turns the direction of what follows.

use std::fmt::Write as _;

use crate::registration::is_unseen;

/// Returns a text on one line.
pub(super) fn printable(text: &str) -> String {
    escape(text, |_| false)
}

/// Returns a text that may have lines of its own, such as an error message.
pub(super) fn printable_lines(text: &str) -> String {
    escape(text, |character| matches!(character, '\n' | '\t'))
}

fn escape(text: &str, is_kept: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unseen(character) && !is_kept(character) {
            escaped.extend(character.escape_unicode());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Returns JSON on one line with the same values: what can't be seen only occurs in its texts (RFC 8259 section 7).
pub(super) fn printable_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if is_unseen(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // A String takes whatever is written to it.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}[2Jb\u{202e}c\nd\u{7f}\u{9b}\u{e0001}é";

    #[test]
    fn what_cant_be_seen_is_escaped() {
        assert_eq!(printable(HOSTILE), r"a\u{1b}[2Jb\u{202e}c\u{a}d\u{7f}\u{9b}\u{e0001}é");
        assert_eq!(printable_lines("a\u{1b}\n\tb"), "a\\u{1b}\n\tb");
    }

    #[test]
    fn json_keeps_its_values() {
        let json = serde_json::Value::from(HOSTILE).to_string();
        let printed = printable_json(&json);
        assert!(printed.chars().all(|character| !is_unseen(character)), "{printed}");
        assert_eq!(serde_json::from_str::<String>(&printed).unwrap(), HOSTILE);
    }
}
