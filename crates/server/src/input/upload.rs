//! A file that came with a request.

use std::fmt;

use axum::body::Bytes;

/// Number of bytes by which a file's format is recognised.
const HEAD: usize = 4096;

/// A file that came with a request.
#[derive(Clone)]
pub struct Upload {
    /// The name of its field.
    pub name: String,
    /// The file name stated by the client: not to be trusted, and never used as a path.
    pub file_name: String,
    /// The content.
    pub bytes: Bytes,
}

/// The format of a file, recognised by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the formats are known by these names")]
pub enum Kind {
    Png,
    Jpeg,
    Gif,
    Bmp,
    Webp,
    Tiff,
    Avif,
    Heif,
    Svg,
    Pdf,
    /// Anything else.
    Other,
}

impl Kind {
    /// Returns the format of this content.
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Self::Png,
            [0xff, 0xd8, 0xff, ..] => Self::Jpeg,
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Self::Gif,
            // The fifth field of the header, which is always zero, tells it from a text that begins so.
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Self::Bmp,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::Webp,
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Self::Tiff,
            [b'%', b'P', b'D', b'F', b'-', ..] => Self::Pdf,
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand {
                [b'a', b'v', b'i', b'f' | b's', ..] => Self::Avif,
                [b'h', b'e', b'i' | b'v', _, ..] | [b'm', b'i' | b's', b'f', b'1', ..] => Self::Heif,
                _ => Self::Other,
            },
            bytes if is_svg(bytes) => Self::Svg,
            _ => Self::Other,
        }
    }

    /// Whether it is a picture made of pixels.
    pub fn is_raster(self) -> bool {
        !matches!(self, Self::Svg | Self::Pdf | Self::Other)
    }
}

impl Upload {
    /// Returns the format of the file.
    pub fn kind(&self) -> Kind {
        Kind::of(&self.bytes)
    }
}

/// Whether an XML text's first element is `svg`.
fn is_svg(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(bytes.get(..HEAD).unwrap_or(bytes)).to_ascii_lowercase();
    let mut rest = head.trim_start_matches('\u{feff}').trim_start();
    while let Some(end) = ["<?", "<!--", "<!doctype"].iter().find(|opening| rest.starts_with(**opening)) {
        let closing = match *end {
            "<?" => "?>",
            "<!--" => "-->",
            // Old drawing programs declare entities there.
            _ if rest.find(['[', '>']).is_some_and(|at| rest[at..].starts_with('[')) => "]>",
            _ => ">",
        };
        let Some((_, after)) = rest.split_once(closing) else { return false };
        rest = after.trim_start();
    }
    rest.starts_with("<svg")
}

/// The length instead of the content.
impl fmt::Debug for Upload {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, file_name, bytes } = self;
        out.debug_struct("Upload")
            .field("name", name)
            .field("file_name", file_name)
            .field("length", &bytes.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &'static [u8], expected: Kind) {
        let upload = Upload { name: String::new(), file_name: "x.png".into(), bytes: Bytes::from_static(bytes) };
        assert_eq!(upload.kind(), expected, "{}", bytes.escape_ascii());
    }

    #[test]
    fn pictures_are_known_by_their_content() {
        check(b"\x89PNG\r\n\x1a\n\0", Kind::Png);
        check(b"\xff\xd8\xff\xe0", Kind::Jpeg);
        check(b"GIF89a", Kind::Gif);
        check(b"BM\x46\0\0\0\0\0\0\0", Kind::Bmp);
        check(b"RIFF\x10\0\0\0WEBPVP8 ", Kind::Webp);
        check(b"\0\0\0\x20ftypavif", Kind::Avif);
        check(b"\0\0\0\x20ftypheic", Kind::Heif);
        check(b"\0\0\0\x20ftypmif1", Kind::Heif);
        check(b"II*\0\x08\0\0\0", Kind::Tiff);
        check(b"MM\0*\0\0\0\x08", Kind::Tiff);
        check(b"%PDF-1.4\n", Kind::Pdf);
        check(b"<svg/>", Kind::Svg);
        check(
            b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- a > b -->\n<!DOCTYPE svg PUBLIC \"x\">\n<SVG xmlns=\"\">",
            Kind::Svg,
        );
        check(b"<!DOCTYPE svg [\n<!ENTITY ns \"http://www.w3.org/2000/svg\">\n]>\n<svg/>", Kind::Svg);
    }

    #[test]
    fn other_content_is_no_picture_whatever_its_name() {
        check(b"", Kind::Other);
        check(b"not an image", Kind::Other);
        check(b"BMW: otpauth://totp/x", Kind::Other);
        check(b"<!DOCTYPE html><html><svg/></html>", Kind::Other);
        check(b"<?xml version=\"1.0\"?><WinAuth/>", Kind::Other);
        check(b"<!-- <svg", Kind::Other);
        check(b"\0\0\0\x20ftypisom", Kind::Other);
    }
}
