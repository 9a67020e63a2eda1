//! A `HashMap` of texts as Java serialises it, and nothing else of that form.
//!
//! Source: the Java Object Serialization Specification, chapter 6.

use crate::MAX_BYTES;

/// Maximum number of pairs.
const MAX_PAIRS: usize = 50_000;

/// The beginning of a stream whose first object is a map, up to the number of the class and its fields.
const BEGIN: &[u8] = b"\xac\xed\x00\x05sr\x00\x11java.util.HashMap";

/// Whether a file is a stream of Java objects.
pub(crate) fn is_stream(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xac\xed\x00\x05")
}

/// Reads the pairs of a map in their order; `None` if the stream has anything else, or stops short.
pub(crate) fn read_map(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    let mut input = Input(bytes.strip_prefix(BEGIN)?);
    input.skip_fields()?;
    // A block of eight bytes: the capacity and the number of pairs.
    if input.take(2)? != [0x77, 8] {
        return None;
    }
    input.take(4)?;
    let count = usize::try_from(u32::from_be_bytes(input.take(4)?.try_into().ok()?)).ok()?;
    if count > MAX_PAIRS {
        return None;
    }
    let (mut texts, mut written) = (Vec::new(), Vec::new());
    // A reference is short, and may stand for a long text any number of times.
    let mut left = MAX_BYTES;
    for _ in 0..count.checked_mul(2)? {
        let position = input.text(&mut written)?;
        let text: &String = written.get(position)?;
        left = left.checked_sub(text.len())?;
        texts.push(text.clone());
    }
    let mut texts = texts.into_iter();
    Some(std::iter::from_fn(|| Some((texts.next()?, texts.next()?))).collect())
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// Skips the description of the class, and the values of its fields: the load factor, and on most systems the threshold.
    fn skip_fields(&mut self) -> Option<()> {
        self.take(9)?;
        let count = u16::from_be_bytes(self.take(2)?.try_into().ok()?);
        for _ in 0..count {
            let kind = self.take(1)?;
            let length = u16::from_be_bytes(self.take(2)?.try_into().ok()?);
            self.take(length.into())?;
            if !matches!(kind, b"F" | b"I") {
                return None;
            }
        }
        if self.take(2)? != b"xp" {
            return None;
        }
        self.take(usize::from(count).checked_mul(4)?).map(drop)
    }

    /// Reads a text, short or long, which is added to those that were written, or a reference to one of them. Returns its
    /// position among them.
    fn text(&mut self, written: &mut Vec<String>) -> Option<usize> {
        let length = match self.take(1)? {
            [b't'] => u64::from(u16::from_be_bytes(self.take(2)?.try_into().ok()?)),
            [b'|'] => u64::from_be_bytes(self.take(8)?.try_into().ok()?),
            // Handles count from the class and the map, which have the first two.
            [b'q'] => {
                let handle = u32::from_be_bytes(self.take(4)?.try_into().ok()?).checked_sub(0x7e_0002)?;
                return usize::try_from(handle).ok();
            }
            _ => return None,
        };
        written.push(decode_text(self.take(usize::try_from(length).ok()?)?)?);
        Some(written.len() - 1)
    }
}

/// Decodes Java's modified UTF-8: NUL in two bytes, and characters beyond the basic plane as two surrogates of three bytes
/// each.
fn decode_text(bytes: &[u8]) -> Option<String> {
    let mut units = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        let (unit, length) = match (first, tail) {
            (0x01..=0x7f, _) => (u16::from(*first), 1),
            (0xc0..=0xdf, [second, ..]) => (u16::from(first & 0x1f) << 6 | continued(*second)?, 2),
            (0xe0..=0xef, [second, third, ..]) => {
                (u16::from(first & 0x0f) << 12 | continued(*second)? << 6 | continued(*third)?, 3)
            }
            _ => return None,
        };
        units.push(unit);
        rest = rest.get(length..)?;
    }
    String::from_utf16(&units).ok()
}

fn continued(byte: u8) -> Option<u16> {
    (byte & 0xc0 == 0x80).then_some(u16::from(byte & 0x3f))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map as Java writes it, of as many pairs, and what it holds.
    fn map(pairs: u32, content: &[u8]) -> Vec<u8> {
        let class =
            b"\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03\0\x02F\0\x0aloadFactorI\0\x09thresholdxp\x3f\x40\0\0\0\0\0\x0c";
        [BEGIN, class, b"\x77\x08\0\0\0\x10", &pairs.to_be_bytes(), content, b"x"].concat()
    }

    #[test]
    fn a_reference_takes_no_number() {
        let content = b"t\0\x01at\0\x01bt\0\x01cq\0\x7e\0\x03t\0\x01dq\0\x7e\0\x04t\0\x01eq\0\x7e\0\x05";
        let pairs = read_map(&map(4, content)).unwrap();
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("a", "b"), ("c", "b"), ("d", "c"), ("e", "d")]);
        assert_eq!(read_map(&map(1, b"t\0\x01aq\0\x7e\0\x03")), None, "nothing has this number yet");
    }

    #[test]
    fn references_to_a_long_text_end_at_the_bound_of_a_file() {
        let text = vec![b'a'; 60_000];
        let long = [b"t\xea\x60".as_slice(), &text].concat();
        let references = b"q\0\x7e\0\x02".repeat(999);
        assert_eq!(read_map(&map(500, &[&long[..], &references].concat())), None);
        let some = b"q\0\x7e\0\x02".repeat(9);
        assert_eq!(read_map(&map(5, &[&long[..], &some].concat())).unwrap().len(), 5);
    }

    #[test]
    fn texts_are_in_modified_utf8() {
        assert_eq!(decode_text(b"a\xc0\x80\xed\xa0\xbd\xed\xb8\x80\xc3\xa9").as_deref(), Some("a\0😀é"));
        for bad in [&b"\x00"[..], b"\xc3", b"\xed\xa0\xbd", b"\xf0\x9f\x98\x80", b"\xe2\x28\xa1"] {
            assert_eq!(decode_text(bad), None, "{bad:x?}");
        }
    }
}
