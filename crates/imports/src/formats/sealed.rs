//! Files that only the program which made them can open: told by name, with what to do.

use crate::file::{ExportFile, begins_with};
use crate::reader::{Reader, Request};
use crate::{Format, Import, ReadError};

impl Format {
    /// A file encrypted by OpenPGP.
    pub const OPENPGP: Format = Format::new("openpgp", "OpenPGP");
}

pub(crate) const OPENPGP: Reader = Reader { format: Format::OPENPGP, detect: is_openpgp, read: refuse_openpgp };

/// A message as text, or the first packet of one (RFC 9580 section 4.2): an encrypted session key.
fn is_openpgp(file: &ExportFile<'_>) -> bool {
    begins_with(file.text.trim_start(), "-----BEGIN PGP MESSAGE")
        || file.text.is_empty()
            && matches!(file.bytes, [0x84 | 0x85 | 0x8c, _, _, 3..=6, ..] | [0xc1 | 0xc3, _, 3..=6, ..])
}

fn refuse_openpgp(_: &ExportFile<'_>, _: Request<'_>) -> Result<Import, ReadError> {
    Err(ReadError::Sealed("OpenPGP"))
}
