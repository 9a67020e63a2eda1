//! From a text to the picture of its QR code.

use fast_qr::convert::Builder;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder};

/// The white frame around a code, in modules.
const QUIET_ZONE: usize = 2;

/// A text that no QR code can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The text of {bytes} bytes is too long for a QR code")]
pub struct TooLong {
    /// The length of the text in bytes.
    pub bytes: usize,
}

/// The QR code of a text as an SVG picture, scalable to any size.
///
/// The code has error correction level L, and is black on a white box that includes a quiet zone of two modules, so
/// that it can be scanned from a page of any colour. A text of up to 2953 bytes always fits.
pub fn svg(text: &str) -> Result<String, TooLong> {
    let code = QRBuilder::new(text).ecl(ECL::L).build().map_err(|_| TooLong { bytes: text.len() })?;
    Ok(SvgBuilder::default().margin(QUIET_ZONE).to_str(&code))
}
