//! Export formats.

use std::fmt;

/// An export format. The constants are defined in the modules of their formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Format {
    id: &'static str,
    name: &'static str,
}

impl Format {
    pub(crate) const fn new(id: &'static str, name: &'static str) -> Format {
        Format { id, name }
    }

    /// Returns the short name for programs, such as `aegis`.
    pub fn id(self) -> &'static str {
        self.id
    }
}

/// The name for people.
impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}
