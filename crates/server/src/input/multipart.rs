//! Taking a multipart body apart (RFC 7578, RFC 2046 section 5.1), without copying its files.

use axum::body::Bytes;
use memchr::memmem;

/// Maximum length of a boundary (RFC 2046 section 5.1.1).
const MAX_BOUNDARY: usize = 70;
/// Maximum length of the header of a part, in bytes.
const MAX_HEADER: usize = 8 * 1024;

/// A part of a body. Parts without a name are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    /// `None` for a field that isn't a file.
    pub(super) file_name: Option<String>,
    pub(super) bytes: Bytes,
}

/// Returns the boundary that a content type names.
pub(super) fn boundary(content_type: &str) -> Option<String> {
    let (_, parameters) = content_type.split_once(';')?;
    let boundary = parameter(parameters, "boundary")?;
    (1..=MAX_BOUNDARY).contains(&boundary.len()).then_some(boundary)
}

/// Returns the parts of a body; `None` if it isn't multipart, or not whole. Ends after more than `most` parts.
pub(super) fn parse(body: &Bytes, boundary: &str, most: usize) -> Option<Vec<Part>> {
    // The line break before a boundary belongs to it; the first may lack it.
    let delimiter = format!("\r\n--{boundary}");
    let finder = memmem::Finder::new(&delimiter);
    let mut at = match body.strip_prefix(&delimiter.as_bytes()[2..]) {
        Some(_) => delimiter.len() - 2,
        None => finder.find(body)? + delimiter.len(),
    };
    let mut parts = Vec::new();
    loop {
        let rest = body.get(at..)?;
        if rest.starts_with(b"--") || parts.len() > most {
            return Some(parts);
        }
        let padding = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let head_at = rest.get(padding..)?.starts_with(b"\r\n").then_some(at + padding)?;
        let head = body.get(head_at..body.len().min(head_at + MAX_HEADER))?;
        let head_length = memmem::find(head, b"\r\n\r\n")?;
        // A part may be empty: its boundary then shares the line break that ends the header.
        let content_at = head_at + head_length + 4;
        let length = finder.find(body.get(content_at - 2..)?)?;
        let content = body.slice(content_at..(content_at - 2 + length).max(content_at));
        if let Some((name, file_name)) = names(&head[..head_length]) {
            parts.push(Part { name, file_name, bytes: content });
        }
        at = content_at - 2 + length + delimiter.len();
    }
}

/// Returns the names of the field and of the file in a part's header.
fn names(header: &[u8]) -> Option<(String, Option<String>)> {
    let header = String::from_utf8_lossy(header);
    let disposition = header.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    let (_, parameters) = disposition.split_once(';')?;
    Some((parameter(parameters, "name")?, parameter(parameters, "filename")))
}

/// Returns a parameter of a header: `a=1; b="2"`. In quotes a backslash escapes a quote and itself, and nothing else:
/// some clients send paths.
fn parameter(parameters: &str, wanted: &str) -> Option<String> {
    let mut rest = parameters;
    while let Some((name, value)) = rest.split_once('=') {
        let (value, after) = if let Some(quoted) = value.trim_start().strip_prefix('"') {
            unquote(quoted)?
        } else {
            let (value, after) = value.split_once(';').unwrap_or((value, ""));
            (value.trim().to_owned(), after)
        };
        if name.trim_matches([' ', '\t', ';']).eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after;
    }
    None
}

/// Splits a text after its closing quote. Returns what is before without escapes, and what follows.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = quoted.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, quoted.get(at + 1..)?)),
            '\\' => value.push(letters.next_if(|(_, next)| matches!(next, '"' | '\\')).map_or('\\', |(_, next)| next)),
            letter => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(body: &str) -> Option<Vec<(String, Option<String>, String)>> {
        let parts = parse(&Bytes::copy_from_slice(body.as_bytes()), "B", 10)?.into_iter();
        Some(parts.map(|part| (part.name, part.file_name, String::from_utf8(part.bytes.to_vec()).unwrap())).collect())
    }

    fn one(disposition: &str) -> Option<(String, Option<String>)> {
        let parts = parts(&format!("--B\r\nContent-Type: x/y\r\n{disposition}\r\n\r\nx\r\n--B--\r\n"));
        parts.unwrap().into_iter().next().map(|(name, file_name, _)| (name, file_name))
    }

    #[test]
    fn the_boundary_is_the_one_that_the_type_names() {
        let named = |kind: &str| boundary(&format!("multipart/form-data{kind}"));
        assert_eq!(named("; boundary=----WebKit7x").as_deref(), Some("----WebKit7x"));
        assert_eq!(named(";charset=utf-8;BOUNDARY=\"a b;c\" ; x=y").as_deref(), Some("a b;c"));
        for none in ["", ";", "; boundary", "; boundary=", "; boundary=\"\"", "; boundary=\"x", "; x=boundary"] {
            assert_eq!(named(none), None, "{none}");
        }
        assert_eq!(named(&format!("; boundary={}", "x".repeat(71))), None);
    }

    #[test]
    fn parts_are_what_is_between_boundaries() {
        let text = |name: &str, text: &str| (name.to_owned(), None, text.to_owned());
        let part = |name: &str, content: &str| {
            format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
        };
        let both = format!("{}{}--B--\r\n", part("a", "1\r\n--C\r\n2"), part("b", ""));
        let expected = vec![text("a", "1\r\n--C\r\n2"), text("b", "")];
        assert_eq!(parts(&both).as_ref(), Some(&expected));
        assert_eq!(parts(&format!("preamble\r\n{both}epilogue")).as_ref(), Some(&expected));
        assert_eq!(parts(&both.replace("--B\r", "--B \t\r")).as_ref(), Some(&expected));
        assert_eq!(parts("--B--"), Some(vec![]));
        let empty = "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n--B--";
        assert_eq!(parts(empty), Some(vec![text("a", "")]), "without a line break of its own");
    }

    #[test]
    fn names_come_in_many_forms() {
        let both = |name: &str, file: &str| Some((name.to_owned(), Some(file.to_owned())));
        assert_eq!(one("Content-Disposition: form-data; name=\"a\"; filename=\"x; name=b\""), both("a", "x; name=b"));
        assert_eq!(one("content-disposition:form-data;filename=f;name=a"), both("a", "f"));
        assert_eq!(
            one(r#"Content-Disposition: form-data; name="a\"b"; filename="C:\dir\\f""#),
            both("a\"b", r"C:\dir\f")
        );
        assert_eq!(one("Content-Disposition: form-data; name=\"ä\"; filename=\"\""), both("ä", ""));
        for nameless in ["Content-Disposition: form-data", "X: name=a", "Content-Disposition: form-data; name=\"a"] {
            assert_eq!(one(nameless), None, "{nameless}");
        }
    }

    #[test]
    fn the_number_of_parts_is_bounded() {
        let part = "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n";
        assert_eq!(parts(&format!("{}--B--", part.repeat(100))).unwrap().len(), 11);
    }

    #[test]
    fn what_is_not_whole_is_nothing() {
        let whole = "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--B--";
        for length in 0..whole.len() {
            assert_eq!(parts(&whole[..length]), None, "{length}");
        }
        assert_eq!(parts(&format!("--B\r\nX: {}\r\n\r\nx\r\n--B--", "y".repeat(MAX_HEADER))), None);
        assert_eq!(parts("--BC\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--B--"), None);
    }
}
