//! Binary property lists, before they are read: an element may be referred to any number of times, so that a small file
//! can stand for a huge or endless tree.

/// Maximum number of elements of the tree that a list stands for.
const MAX_ELEMENTS: usize = 500_000;
/// Maximum size of the texts and data of the tree, in bytes.
const MAX_CONTENT: usize = crate::MAX_BYTES;
/// Maximum depth of the tree.
const MAX_DEPTH: usize = 64;
/// The length of the trailer, in bytes.
const TRAILER: usize = 32;

/// Whether the tree of a binary property list is small enough to be built. A damaged list isn't.
pub(crate) fn is_bounded(bytes: &[u8]) -> bool {
    bounded(bytes).is_some()
}

fn bounded(bytes: &[u8]) -> Option<()> {
    let trailer = bytes.get(bytes.len().checked_sub(TRAILER)?..)?;
    let list = List {
        bytes,
        offset_size: usize::from(*trailer.get(6)?),
        reference_size: usize::from(*trailer.get(7)?),
        table: number(trailer.get(24..32)?)?,
    };
    // Elements to visit, each with its depth.
    let mut open = vec![(number(trailer.get(16..24)?)?, 0)];
    let (mut seen, mut room) = (0, MAX_CONTENT);
    while let Some((element, depth)) = open.pop() {
        let (children, size) = list.element(element)?;
        seen += 1 + children.len();
        room = room.checked_sub(size)?;
        if depth > MAX_DEPTH || seen > MAX_ELEMENTS {
            return None;
        }
        for child in children.chunks(list.reference_size.max(1)) {
            open.push((number(child)?, depth + 1));
        }
    }
    Some(())
}

struct List<'a> {
    bytes: &'a [u8],
    offset_size: usize,
    reference_size: usize,
    table: usize,
}

impl<'a> List<'a> {
    /// Returns the references to the children of an element, and the size of its content if it is a text or data.
    fn element(&self, element: usize) -> Option<(&'a [u8], usize)> {
        let entry = self.table.checked_add(element.checked_mul(self.offset_size)?)?;
        let mut at = number(self.bytes.get(entry..entry.checked_add(self.offset_size)?)?)?;
        let marker = *self.bytes.get(at)?;
        at += 1;
        let (per_item, unit) = match marker >> 4 {
            0xA..=0xC => (1, 0),
            0xD => (2, 0),
            0x4 | 0x5 => (0, 1),
            0x6 => (0, 2),
            _ => return Some((&[], 0)),
        };
        let mut count = usize::from(marker & 0xF);
        if count == 0xF {
            let size = 1_usize.checked_shl(u32::from(*self.bytes.get(at)? & 0xF))?;
            count = number(self.bytes.get(at + 1..(at + 1).checked_add(size)?)?)?;
            at = (at + 1).checked_add(size)?;
        }
        let length = count.checked_mul(per_item)?.checked_mul(self.reference_size)?;
        Some((self.bytes.get(at..at.checked_add(length)?)?, count.checked_mul(unit)?))
    }
}

/// Reads a number of up to 8 bytes, the highest first.
fn number(bytes: &[u8]) -> Option<usize> {
    let value = |bytes: &[u8]| bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    if bytes.len() > 8 { None } else { usize::try_from(value(bytes)).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list of `levels` lists, each with the next one `times` times.
    fn nested(levels: u8, times: u8) -> Vec<u8> {
        let mut bytes = b"bplist00".to_vec();
        let mut offsets = Vec::new();
        for level in 0..levels {
            offsets.push(bytes.len());
            bytes.push(0xA0 | times);
            bytes.extend(vec![level + 1; times.into()]);
        }
        offsets.push(bytes.len());
        bytes.push(0x08);
        let table = bytes.len() as u64;
        bytes.extend(offsets.iter().flat_map(|offset| u16::try_from(*offset).unwrap_or(u16::MAX).to_be_bytes()));
        bytes.extend([0, 0, 0, 0, 0, 0, 2, 1]);
        bytes.extend((offsets.len() as u64).to_be_bytes());
        bytes.extend(0_u64.to_be_bytes());
        bytes.extend(table.to_be_bytes());
        bytes
    }

    #[test]
    fn a_long_text_that_is_referred_to_again_and_again_does_not_pass() {
        // A list of 200 references to one text of 100,000 letters.
        let text = [&b"\x5F\x12"[..], &100_000_u32.to_be_bytes(), &vec![b'a'; 100_000]].concat();
        let list = |times: u8| {
            let mut bytes = [&b"bplist00\xAF\x10"[..], &[times], &vec![1; times.into()]].concat();
            let place = bytes.len() as u64;
            bytes.extend(&text);
            let table = bytes.len() as u64;
            bytes.extend([8, u8::try_from(place).unwrap(), 0, 0, 0, 0, 0, 0, 1, 1]);
            bytes.extend([2, 0, table].map(u64::to_be_bytes).concat());
            bytes
        };
        assert!(is_bounded(&list(160)));
        assert!(!is_bounded(&list(200)));
    }

    #[test]
    fn small_trees_pass_and_huge_or_deep_ones_do_not() {
        assert!(is_bounded(&nested(10, 2)));
        assert!(!is_bounded(&nested(40, 2)));
        assert!(!is_bounded(&nested(200, 1)));
        assert!(!is_bounded(b"bplist00"));
    }
}
