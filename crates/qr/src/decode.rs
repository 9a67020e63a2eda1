//! Decoding, from a picture's bytes to the texts of its QR codes.

use crate::picture;
use crate::search::search;
use crate::{DecodeError, Symbol, join};

/// Returns the texts of all QR codes in a picture, in reading order, each once.
///
/// A success holds at least one text, and no text is empty. A text that is split over several QR codes is joined if all
/// of them are in the picture, else the error says which are missing, even if there are other texts.
pub fn decode(picture: &[u8]) -> Result<Vec<String>, DecodeError> {
    let joined = join(&read(picture)?);
    match joined.incomplete.first() {
        None => Ok(joined.texts),
        Some((reason, _)) => Err(DecodeError::Incomplete(*reason)),
    }
}

/// Returns what all QR codes in a picture hold, in reading order, each once; [`join`] makes it texts.
///
/// `picture` is a PNG, JPEG, GIF, BMP, TIFF or WebP file; of an animation, the first frame with a QR code counts. QR codes
/// may be light on dark, in colours, mirrored, rotated, without a quiet zone, or on a transparent background; Micro QR
/// codes from version M2 on and rectangular ones are read too. A success holds at least one symbol. Bytes
/// without a declared character set are read as UTF-8 where they can be, else as Latin-1 or Shift-JIS. Nothing is
/// URL-decoded.
pub fn read(picture: &[u8]) -> Result<Vec<Symbol>, DecodeError> {
    let mut result = search(&picture::read_frame(picture)?);
    let mut frames = picture::read_later_frames(picture);
    while result.is_err()
        && let Some(frame) = frames.next()
    {
        let later = search(&frame);
        if later.is_ok() || result == Err(DecodeError::NothingFound) {
            result = later;
        }
    }
    result
}
