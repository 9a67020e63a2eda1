//! The formats of pictures.

use std::fmt;

use image::ImageFormat;

/// A format of pictures, recognised by the bytes alone. Names and declared types are not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureFormat {
    /// PNG, animated or not.
    Png,
    /// JPEG, baseline or progressive.
    Jpeg,
    /// GIF, animated or not.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// WebP, lossy or lossless, animated or not.
    Webp,
    /// TIFF, its first page.
    Tiff,
    /// AVIF: recognised, not decodable here.
    Avif,
    /// HEIC or HEIF: recognised, not decodable here.
    Heic,
    /// PDF: recognised, not drawn here.
    Pdf,
}

impl PictureFormat {
    /// Returns the format as the decoder names it; `None` if it can't be decoded.
    pub(crate) fn decodable(self) -> Option<ImageFormat> {
        match self {
            Self::Png => Some(ImageFormat::Png),
            Self::Jpeg => Some(ImageFormat::Jpeg),
            Self::Gif => Some(ImageFormat::Gif),
            Self::Bmp => Some(ImageFormat::Bmp),
            Self::Webp => Some(ImageFormat::WebP),
            Self::Tiff => Some(ImageFormat::Tiff),
            Self::Avif | Self::Heic | Self::Pdf => None,
        }
    }
}

impl fmt::Display for PictureFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Gif => "GIF",
            Self::Bmp => "BMP",
            Self::Webp => "WebP",
            Self::Tiff => "TIFF",
            Self::Avif => "AVIF",
            Self::Heic => "HEIC",
            Self::Pdf => "PDF",
        })
    }
}

/// Returns the format that `bytes` begin like; `None` for anything else, SVG included.
///
/// Only the first bytes are read, so the rest may still be damaged.
pub fn detect_format(bytes: &[u8]) -> Option<PictureFormat> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', ..] => Some(PictureFormat::Png),
        [0xFF, 0xD8, 0xFF, ..] => Some(PictureFormat::Jpeg),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(PictureFormat::Gif),
        [b'B', b'M', ..] if bytes.len() > BMP_HEADER => Some(PictureFormat::Bmp),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(PictureFormat::Webp),
        // Version 42 is TIFF, 43 BigTIFF.
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(PictureFormat::Tiff),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some(PictureFormat::Pdf),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand.get(..4)? {
            b"avif" | b"avis" => Some(PictureFormat::Avif),
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => Some(PictureFormat::Heic),
            _ => None,
        },
        _ => None,
    }
}

/// The size of a bitmap's two headers. A shorter file that begins with "BM" is more likely a text.
const BMP_HEADER: usize = 26;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_recognised_by_their_first_bytes() {
        let check = |bytes: &[u8], format| assert_eq!(detect_format(bytes), format, "{bytes:?}");
        check(b"\x89PNG\r\n\x1a\n", Some(PictureFormat::Png));
        check(b"\xff\xd8\xff\xe0", Some(PictureFormat::Jpeg));
        check(b"GIF87a", Some(PictureFormat::Gif));
        check(b"GIF89a", Some(PictureFormat::Gif));
        check(b"RIFF\x10\0\0\0WEBPVP8 ", Some(PictureFormat::Webp));
        check(b"II*\0\x08\0\0\0", Some(PictureFormat::Tiff));
        check(b"MM\0+\0\x08\0\0", Some(PictureFormat::Tiff));
        check(b"%PDF-1.7\n", Some(PictureFormat::Pdf));
        check(b"\0\0\0\x20ftypavif\0\0\0\0", Some(PictureFormat::Avif));
        check(b"\0\0\0\x18ftypheic\0\0\0\0", Some(PictureFormat::Heic));
        check(b"\0\0\0\x18ftypmif1\0\0\0\0", Some(PictureFormat::Heic));
        check(&[b"BM".as_slice(), &[0; 60]].concat(), Some(PictureFormat::Bmp));
    }

    #[test]
    fn other_files_are_not_pictures() {
        for bytes in [
            b"".as_slice(),
            b"BM",
            b"BM is how this text begins",
            b"\x89PNG",
            b"this is not an image\n",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
            b"RIFF\x10\0\0\0WAVEfmt ",
            b"\0\0\0\x18ftypmp42\0\0\0\0",
            b"\0\0\0\x18ftyp",
        ] {
            assert_eq!(detect_format(bytes), None, "{bytes:?}");
        }
    }
}
