//! A file whose format isn't known yet.

use serde_json::Value;

use crate::{EntryError, MAX_BYTES, MAX_ENTRIES, RawEntry, ReadError, RejectedEntry};

/// A file as it was sent.
#[derive(Debug, Clone, Copy, Default)]
pub struct File<'a> {
    /// Its name, with or without its folders; empty if there is none.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

impl<'a> File<'a> {
    /// Returns the name without its folders.
    pub(crate) fn base_name(&self) -> &'a str {
        self.name.rsplit(['/', '\\']).next().unwrap_or_default()
    }
}

/// A file in the forms that its readers need.
pub(crate) struct ExportFile<'a> {
    /// The name without its folders; empty if there is none.
    pub(crate) name: &'a str,
    /// The content.
    pub(crate) bytes: &'a [u8],
    /// The text without its byte order mark; empty if the file isn't UTF-8.
    pub(crate) text: &'a str,
    /// The files that were brought along with it.
    pub(crate) others: &'a [File<'a>],
    /// The text as JSON; null if it isn't JSON, or nested deeper than 128 levels.
    pub(crate) json: Value,
}

impl<'a> ExportFile<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Result<ExportFile<'a>, ReadError> {
        ExportFile::among(File { name: "", bytes }, &[])
    }

    /// Returns a file that was brought along with others.
    pub(crate) fn among(file: File<'a>, others: &'a [File<'a>]) -> Result<ExportFile<'a>, ReadError> {
        let bytes = file.bytes;
        if bytes.len() > MAX_BYTES {
            return Err(ReadError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).unwrap_or_default().trim_start_matches('\u{feff}');
        let json = match text.trim_start().as_bytes().first() {
            Some(b'{' | b'[') => serde_json::from_str(text).unwrap_or_default(),
            _ => Value::Null,
        };
        Ok(ExportFile { name: file.base_name(), bytes, text, others, json })
    }

    /// Returns the trimmed lines that aren't empty, with their numbers from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &'a str)> {
        let others = ['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
        let lines = self.text.split('\n').flat_map(move |line| line.trim_end_matches('\r').split(others));
        let numbered = (1..).zip(lines.map(str::trim));
        numbered.filter(|(_, line)| !line.is_empty())
    }
}

/// Whether a text begins with `start`, ASCII case ignored.
pub(crate) fn begins_with(text: &str, start: &str) -> bool {
    text.as_bytes().get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
}

/// Rejects a line. Its name has the part of a URI before the query, which holds the secret, and nothing of any other
/// text.
pub(crate) fn reject_line(number: usize, line: &str, reason: EntryError) -> RejectedEntry {
    let name = match line.split_once('?') {
        Some((head, _)) if head.contains("://") => format!("line {number}: {head}"),
        _ => format!("line {number}"),
    };
    // compat: 2FAuth cuts the kind out of the line, where an otpauth URI has it.
    let kind = line.chars().skip(10).take(4).collect();
    RejectedEntry { name, reason, raw: Box::new(RawEntry { kind, ..RawEntry::default() }) }
}

/// Returns the elements of a list, unless there are more than [`MAX_ENTRIES`].
pub(crate) fn bounded(list: &[Value]) -> Result<&[Value], ReadError> {
    if list.len() > MAX_ENTRIES { Err(ReadError::TooMany) } else { Ok(list) }
}
