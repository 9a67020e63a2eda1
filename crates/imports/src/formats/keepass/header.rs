//! The header of a database.
//!
//! Source: the specification of KDBX 4 by KeePass (`keepass.info/help/kb/kdbx.html`).

use std::collections::HashMap;

/// The beginning of every database.
pub(super) const MAGIC: &[u8] = b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5";

/// A field of a header.
pub(super) mod field {
    pub(in super::super) const CIPHER: u8 = 2;
    pub(in super::super) const COMPRESSION: u8 = 3;
    pub(in super::super) const SEED: u8 = 4;
    pub(in super::super) const TRANSFORM_SEED: u8 = 5;
    pub(in super::super) const TRANSFORM_ROUNDS: u8 = 6;
    pub(in super::super) const NONCE: u8 = 7;
    pub(in super::super) const STREAM_KEY: u8 = 8;
    pub(in super::super) const START_BYTES: u8 = 9;
    pub(in super::super) const STREAM: u8 = 10;
    pub(in super::super) const KDF: u8 = 11;
}

/// A header, and what follows.
pub(super) struct Header<'a> {
    /// The major version: 3 or 4.
    pub(super) version: u16,
    fields: HashMap<u8, &'a [u8]>,
    /// The header's own bytes.
    pub(super) bytes: &'a [u8],
    /// What follows the header.
    pub(super) rest: &'a [u8],
}

impl<'a> Header<'a> {
    /// Reads a header; `None` for another version, or if it stops short.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Header<'a>> {
        let version = u16::from_le_bytes(bytes.get(10..12)?.try_into().ok()?);
        if !matches!(version, 3 | 4) {
            return None;
        }
        let mut input = Input(bytes.get(12..)?);
        let fields = input.fields(version == 3)?;
        let length = bytes.len() - input.0.len();
        let (bytes, rest) = bytes.split_at_checked(length)?;
        Some(Header { version, fields, bytes, rest })
    }

    /// Returns a field.
    pub(super) fn field(&self, id: u8) -> Option<&'a [u8]> {
        self.fields.get(&id).copied()
    }
}

/// Bytes that are read from the front.
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl<'a> Input<'a> {
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn number(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.take(4)?.try_into().ok()?)).ok()
    }

    /// Reads fields up to the one that ends them, each an ID, a length, of two bytes in version 3, and a value.
    pub(super) fn fields(&mut self, is_short: bool) -> Option<HashMap<u8, &'a [u8]>> {
        let mut fields = HashMap::new();
        loop {
            let id = *self.take(1)?.first()?;
            let length =
                if is_short { usize::from(u16::from_le_bytes(self.take(2)?.try_into().ok()?)) } else { self.number()? };
            let value = self.take(length)?;
            if id == 0 {
                return Some(fields);
            }
            fields.insert(id, value);
        }
    }
}

/// Reads a dictionary of variants: values by their names, without their types.
pub(super) fn read_dictionary(bytes: &[u8]) -> Option<HashMap<String, &[u8]>> {
    let mut input = Input(bytes.get(2..)?);
    let mut values = HashMap::new();
    loop {
        if *input.take(1)?.first()? == 0 {
            return Some(values);
        }
        let length = input.number()?;
        let name = String::from_utf8(input.take(length)?.to_vec()).ok()?;
        let length = input.number()?;
        values.insert(name, input.take(length)?);
    }
}
