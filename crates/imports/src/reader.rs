//! How a format is recognised and read.

use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::file::ExportFile;
use crate::{Format, Import, ReadError};

/// The reader of one format.
pub(crate) struct Reader {
    /// The format.
    pub(crate) format: Format,
    /// Whether a file looks like this format.
    pub(crate) detect: fn(&ExportFile<'_>) -> bool,
    /// Reads a file that looks like this format.
    pub(crate) read: fn(&ExportFile<'_>, Request<'_>) -> Result<Import, ReadError>,
}

/// How a file is to be read.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    /// Opens an encrypted file, and is ignored for others.
    pub(crate) password: Option<&'a str>,
    /// Which rules decide where 2FAuth has one of its own.
    pub(crate) rules: Rules,
}

/// The rules for names and secrets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Those of the format.
    Format,
    /// compat 5.2: those of 2FAuth's API.
    Api,
}

impl Reader {
    /// Reads a file. A password may be in another Unicode form than the one that encrypted the file: some systems type
    /// "é" as one character, others as two.
    pub(crate) fn open(&self, file: &ExportFile<'_>, password: Option<&str>) -> Result<Import, ReadError> {
        let read = |password| (self.read)(file, Request { password, rules: Rules::Format });
        let result = read(password);
        let Some(password) = password.filter(|password| !password.is_ascii()) else { return result };
        let forms: [Zeroizing<String>; 2] =
            [Zeroizing::new(password.nfc().collect()), Zeroizing::new(password.nfd().collect())];
        let others = forms.iter().filter(|form| form.as_str() != password);
        others.fold(result, |result, form| match result {
            Err(ReadError::WrongPassword(_)) => read(Some(form)),
            result => result,
        })
    }
}
