//! The whole way from a picture's bytes to the texts of its codes.

use crate::PictureFormat;
use crate::picture::{self, MAX_BYTES, MAX_PIXELS, MAX_SIDE};
use crate::scan::{Code, Failure, scan};
use crate::view::View;

/// Why a picture gave no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are no picture of a known kind.
    #[error("This is not a picture: use a PNG, JPEG, GIF, BMP or WebP file")]
    NotAPicture,
    /// A picture of a kind that can't be decoded.
    #[error("{0} pictures cannot be read: convert the picture to PNG, JPEG, GIF, BMP or WebP")]
    Unsupported(PictureFormat),
    /// The file begins like a picture, and then is cut off or makes no sense.
    #[error("The {0} file is damaged: save the picture again, or take a new screenshot")]
    Damaged(PictureFormat),
    /// The file has more than [`MAX_BYTES`].
    #[error("The file is larger than {} MB: crop the picture to the QR code", MAX_BYTES / 1024 / 1024)]
    FileTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// The picture has more than [`MAX_SIDE`] pixels on a side, more than [`MAX_PIXELS`] in all, or more bytes for
    /// each pixel than that allows for.
    #[error(
        "The picture is too large, {width} × {height} pixels, {MAX_SIDE} a side and {} million in all can be read: \
         crop it to the QR code", MAX_PIXELS / 1_000_000
    )]
    TooLarge {
        /// Its width in pixels.
        width: u32,
        /// Its height in pixels.
        height: u32,
    },
    /// Nothing in the picture looks like a QR code.
    #[error("No QR code was found in the picture: crop it to the QR code")]
    NothingFound,
    /// A code was located, but it makes no sense or is empty.
    #[error("The QR code in the picture cannot be read: crop the picture to it, or use a sharper one")]
    Unreadable,
    /// A code was located, but more of it is wrong than its error correction makes up for.
    #[error("The QR code in the picture is damaged or blurred: use a sharper picture of it")]
    Checksum,
}

impl From<Failure> for DecodeError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Format => Self::Unreadable,
            Failure::Checksum => Self::Checksum,
        }
    }
}

/// The texts of all QR codes in a picture, in reading order, each once.
///
/// `picture` is a PNG, JPEG, GIF, BMP or WebP file; of an animation, the first frame counts. Codes may be inverted,
/// mirrored, turned, without a quiet zone, or on a transparent background. A success holds at least one text, and no
/// text is empty. Bytes without a declared character set are read as UTF-8 where they can be, else as Latin-1 or
/// Shift-JIS. Nothing is URL-decoded.
pub fn decode(picture: &[u8]) -> Result<Vec<String>, DecodeError> {
    let views: Vec<View> = picture::brightness(picture)?.into_iter().map(View::new).collect();
    let mut codes = Vec::new();
    let mut failure = None;
    // The full size is looked at even after a success: beside a large code, it may show a small one.
    for look in views.iter().flat_map(View::sizes).map(scan) {
        codes.extend(look.codes);
        failure = failure.max(look.failure);
    }
    if codes.is_empty() {
        let alterations = views.iter().flat_map(View::alterations);
        codes = alterations.map(|altered| scan(&altered).codes).find(|codes| !codes.is_empty()).unwrap_or_default();
    }
    if codes.is_empty() {
        return Err(failure.map_or(DecodeError::NothingFound, DecodeError::from));
    }
    Ok(in_reading_order(codes))
}

/// The distinct texts: line by line, from left to right.
fn in_reading_order(mut codes: Vec<Code>) -> Vec<String> {
    codes.sort_by(|a, b| a.y.total_cmp(&b.y));
    let same_line = |upper: &Code, lower: &Code| lower.y - upper.y <= upper.reach.max(lower.reach);
    for line in codes.chunk_by_mut(same_line) {
        line.sort_by(|a, b| a.x.total_cmp(&b.x));
    }
    let mut texts: Vec<String> = Vec::new();
    for code in codes {
        if !texts.contains(&code.text) {
            texts.push(code.text);
        }
    }
    texts
}
