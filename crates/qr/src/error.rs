//! The errors of decoding.

use crate::scan::ScanError;
use crate::{Incomplete, MAX_BYTES, MAX_PIXELS, MAX_SIDE, PictureFormat};

/// The reason why a picture gives no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are no picture of a known format.
    #[error("This is not a picture: use a PNG, JPEG, GIF, BMP, TIFF or WebP file")]
    NotAPicture,
    /// The format is known but can't be decoded.
    #[error("{0} files cannot be read: save the picture as PNG or JPEG, or take a screenshot of it")]
    Unsupported(PictureFormat),
    /// The file begins like a picture, but is cut off or invalid.
    #[error("The {0} file is damaged: save the picture again, or take a new screenshot")]
    Damaged(PictureFormat),
    /// The file has more than [`MAX_BYTES`].
    #[error("The file is larger than {} MB: crop the picture to the QR code", MAX_BYTES / 1024 / 1024)]
    FileTooLarge {
        /// The size of the file.
        bytes: usize,
    },
    /// The picture has more than [`MAX_SIDE`] pixels on a side, more than [`MAX_PIXELS`] in all, or takes too much
    /// memory once decoded.
    #[error(
        "The picture is too large, {width} × {height} pixels, {MAX_SIDE} a side and {} million in all can be read: \
         crop it to the QR code", MAX_PIXELS / 1_000_000
    )]
    TooLarge {
        /// The width in pixels.
        width: u32,
        /// The height in pixels.
        height: u32,
    },
    /// No QR code was located.
    #[error("No QR code was found in the picture: crop it to the QR code")]
    NothingFound,
    /// There is a Micro QR code of version M1, which holds up to five digits.
    #[error(
        "The picture shows a Micro QR code of the smallest size (M1), which cannot be read reliably: type in its digits"
    )]
    Micro,
    /// A QR code was located, but it is invalid or empty.
    #[error("The QR code in the picture cannot be read: crop the picture to it, or use a sharper one")]
    Unreadable,
    /// A QR code was located, but its error correction can't repair it.
    #[error("The QR code in the picture is damaged or blurred: use a sharper picture of it")]
    Checksum,
    /// A text is split over several QR codes, of which some are missing or of another text.
    #[error(transparent)]
    Incomplete(Incomplete),
}

impl From<ScanError> for DecodeError {
    fn from(error: ScanError) -> Self {
        match error {
            ScanError::Micro => Self::Micro,
            ScanError::Format => Self::Unreadable,
            ScanError::Checksum => Self::Checksum,
        }
    }
}
