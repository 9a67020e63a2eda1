//! Drawing a QR code.

use fast_qr::convert::Builder;
use fast_qr::convert::svg::SvgBuilder;
use fast_qr::{ECL, QRBuilder};

/// The width of the white frame around a QR code, in modules.
const QUIET_ZONE: usize = 2;

/// The error for a text that no QR code can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The text of {bytes} bytes is too long for a QR code")]
pub struct TooLong {
    /// The length of the text in bytes.
    pub bytes: usize,
}

/// Draws the QR code of a text as SVG.
///
/// The QR code has error correction level L, and is black on a white box that includes a quiet zone of two modules, so
/// that it can be scanned from a page of any colour. A text of up to 2953 bytes always fits.
pub fn svg(text: &str) -> Result<String, TooLong> {
    let code = QRBuilder::new(text).ecl(ECL::L).build().map_err(|_| TooLong { bytes: text.len() })?;
    Ok(SvgBuilder::default().margin(QUIET_ZONE).to_str(&code))
}
