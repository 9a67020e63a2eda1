//! Icons that come with an export.

use std::fmt;

use crate::base64;

/// The bytes of an icon that are taken over at most.
const MAX_BYTES: usize = 1 << 20;

/// A picture that came with an entry, as it was: whoever stores it checks and cleans it.
#[derive(Clone, PartialEq, Eq)]
pub struct Icon {
    /// What it claims to be: `svg`, `png`, `jpg`, `bmp` or `webp`.
    pub extension: &'static str,
    /// The picture.
    pub content: Vec<u8>,
}

impl Icon {
    /// The icon in a base64 text. `None` when there is none, for a type that no icon may have, and for one that is too
    /// large.
    pub(crate) fn of(content: &str, mime: &str) -> Option<Icon> {
        let extension = match mime {
            "image/svg+xml" => "svg",
            "image/png" => "png",
            "image/jpeg" => "jpg",
            "image/bmp" | "image/x-ms-bmp" => "bmp",
            "image/webp" => "webp",
            _ => return None,
        };
        if content.is_empty() || content.len() / 4 * 3 > MAX_BYTES {
            return None;
        }
        Some(Icon { extension, content: base64::decode(content)? })
    }
}

impl fmt::Debug for Icon {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Icon({}, {} bytes)", self.extension, self.content.len())
    }
}
