//! KeePass and KeePassXC: databases (KDBX 3 and 4), and the XML that KeePass exports.

mod blocks;
mod codes;
mod database;
mod header;
mod xml;

use crate::container::preferences::has_root;
use crate::file::ExportFile;
use crate::reader::{Reader, Request};
use crate::{Format, Import, ReadError};

impl Format {
    /// A database of KeePass or KeePassXC, or its XML.
    pub const KEEPASS: Format = Format::new("keepass", "KeePass");
}

pub(crate) const READER: Reader = Reader { format: Format::KEEPASS, detect, read };

fn detect(file: &ExportFile<'_>) -> bool {
    file.bytes.starts_with(header::MAGIC) || has_root(file.text, "KeePassFile")
}

fn read(file: &ExportFile<'_>, request: Request<'_>) -> Result<Import, ReadError> {
    if !file.bytes.starts_with(header::MAGIC) {
        return xml::read(file.text, None);
    }
    let header = header::Header::read(file.bytes).ok_or(ReadError::Unusable(Format::KEEPASS))?;
    if !database::has_whole_header(&header) {
        return Err(ReadError::Unusable(Format::KEEPASS));
    }
    let password = request.password.ok_or(ReadError::Encrypted(Format::KEEPASS))?;
    let database::Opened { text, stream } = database::open(&header, password)?;
    xml::read(&text, Some(stream))
}
