//! Decoding, from a picture's bytes to the texts of its QR codes.

use image::GrayImage;

use crate::picture;
use crate::scan::{Code, scan_picture};
use crate::view::View;
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
/// `picture` is a PNG, JPEG, GIF, BMP or WebP file; of an animation, the first frame with a QR code counts. QR codes may be inverted,
/// mirrored, rotated, without a quiet zone, or on a transparent background. A success holds at least one symbol. Bytes
/// without a declared character set are read as UTF-8 where they can be, else as Latin-1 or Shift-JIS. Nothing is
/// URL-decoded.
pub fn read(picture: &[u8]) -> Result<Vec<Symbol>, DecodeError> {
    let mut result = read_frame(picture::read_brightness(picture)?);
    let mut frames = picture::read_later_frames(picture);
    while result.is_err()
        && let Some(frame) = frames.next()
    {
        let later = read_frame(frame);
        if later.is_ok() || result == Err(DecodeError::NothingFound) {
            result = later;
        }
    }
    result
}

/// Returns what all QR codes in a frame hold. The frame is given in front of each background.
fn read_frame(backgrounds: Vec<GrayImage>) -> Result<Vec<Symbol>, DecodeError> {
    let views: Vec<View> = backgrounds.into_iter().map(View::new).collect();
    let mut codes = Vec::new();
    let mut error = None;
    // The full size is scanned even after a success: it may show a small QR code beside a large one.
    for scan in views.iter().flat_map(View::sizes).map(scan_picture) {
        codes.extend(scan.codes);
        error = error.max(scan.error);
    }
    if codes.is_empty() {
        let alterations = views.iter().flat_map(View::alterations);
        codes =
            alterations.map(|altered| scan_picture(&altered).codes).find(|codes| !codes.is_empty()).unwrap_or_default();
    }
    if codes.is_empty() {
        return Err(error.map_or(DecodeError::NothingFound, DecodeError::from));
    }
    Ok(sort(codes))
}

/// Returns the distinct symbols in reading order: line by line, from left to right.
fn sort(mut codes: Vec<Code>) -> Vec<Symbol> {
    codes.sort_by(|a, b| a.y.total_cmp(&b.y));
    let same_line = |upper: &Code, lower: &Code| lower.y - upper.y <= upper.reach.max(lower.reach);
    for line in codes.chunk_by_mut(same_line) {
        line.sort_by(|a, b| a.x.total_cmp(&b.x));
    }
    let mut symbols: Vec<Symbol> = Vec::new();
    for code in codes {
        if !symbols.contains(&code.symbol) {
            symbols.push(code.symbol);
        }
    }
    symbols
}
