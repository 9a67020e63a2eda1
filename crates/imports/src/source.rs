//! A file before anybody knows what it is.

use serde_json::Value;

use crate::{MAX_BYTES, MAX_ENTRIES, ReadError, Reason, Rejected, Written};

/// A file, taken apart as far as all formats have it in common.
pub(crate) struct Source<'a> {
    /// The text, without byte order mark; empty for what isn't UTF-8.
    pub(crate) text: &'a str,
    /// The JSON that the text is; null for any other text, and for JSON nested deeper than 128.
    pub(crate) json: Value,
}

impl<'a> Source<'a> {
    pub(crate) fn new(file: &'a [u8]) -> Result<Source<'a>, ReadError> {
        if file.len() > MAX_BYTES {
            return Err(ReadError::TooLarge);
        }
        let text = std::str::from_utf8(file).unwrap_or_default().trim_start_matches('\u{feff}');
        let json = match text.trim_start().as_bytes().first() {
            Some(b'{' | b'[') => serde_json::from_str(text).unwrap_or_default(),
            _ => Value::Null,
        };
        Ok(Source { text, json })
    }

    /// The lines that hold something, trimmed, each with its number from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &'a str)> {
        let others = ['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
        let lines = self.text.split('\n').flat_map(move |line| line.trim_end_matches('\r').split(others));
        let numbered = (1..).zip(lines.map(str::trim));
        numbered.filter(|(_, line)| !line.is_empty())
    }
}

/// Whether a text begins so, in whatever case.
pub(crate) fn begins_with(text: &str, start: &str) -> bool {
    text.as_bytes().get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

/// Rejects a line. Of a URI, the error shows what stands before its secret; of another text nothing.
pub(crate) fn rejected_line(number: usize, line: &str, reason: Reason) -> Rejected {
    let entry = match line.split_once('?') {
        Some((head, _)) if head.contains("://") => format!("line {number}: {head}"),
        _ => format!("line {number}"),
    };
    // 2FAuth cuts the kind out of the line, at the place where it stands in an otpauth URI.
    let kind = line.chars().skip(10).take(4).collect();
    Rejected { entry, reason, written: Box::new(Written { kind, ..Written::default() }) }
}

/// The elements of a list, if there aren't too many.
pub(crate) fn bounded(list: &[Value]) -> Result<&[Value], ReadError> {
    if list.len() > MAX_ENTRIES { Err(ReadError::TooMany) } else { Ok(list) }
}
