//! Icons in exports.

use std::fmt;

use crate::base64;

/// Maximum size of an icon, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// The picture of an entry, unchecked: it must be checked and cleaned before it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Icon {
    /// The declared type: `svg`, `png`, `jpg`, `bmp` or `webp`.
    pub extension: &'static str,
    /// The picture.
    pub content: Vec<u8>,
}

impl Icon {
    /// Decodes an icon from base64; `None` for an empty text, for a type that no icon may have, and for one larger than
    /// [`MAX_BYTES`].
    pub(crate) fn decode(content: &str, mime: &str) -> Option<Icon> {
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
