//! How a format is recognised and read.

use crate::file::ExportFile;
use crate::{Format, Import, ReadError};

/// The reader of one format.
pub(crate) struct Reader {
    /// The format.
    pub(crate) format: Format,
    /// Whether a file looks like this format.
    pub(crate) detect: fn(&ExportFile<'_>) -> bool,
    /// Reads a file that looks like this format. The password opens an encrypted one.
    pub(crate) read: fn(&ExportFile<'_>, Option<&str>) -> Result<Import, ReadError>,
}
