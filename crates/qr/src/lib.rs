//! QR codes: the bytes of a picture to the texts of its codes, and a text to an SVG.
//!
//! Everything here is a function of its arguments. A picture comes from outside and is distrusted: its size is
//! checked before it is decoded ([`MAX_BYTES`], [`MAX_SIDE`], [`MAX_PIXELS`]), and the work on it is bounded.
//! A decode may take some hundred milliseconds: call it off the async workers, a bounded number at once.
//!
//! ```
//! # fn main() -> Result<(), qr::TooLong> {
//! assert!(qr::svg("otpauth://totp/Acme:ana?secret=GEZDGNBVGY3TQOJQ")?.starts_with("<svg"));
//! assert_eq!(qr::decode(b"not a picture"), Err(qr::DecodeError::NotAPicture));
//! # Ok(())
//! # }
//! ```

mod decode;
mod format;
mod picture;
mod scan;
mod svg;
mod view;

pub use decode::{DecodeError, decode};
pub use format::{PictureFormat, picture_format};
pub use picture::{MAX_BYTES, MAX_PIXELS, MAX_SIDE};
pub use svg::{TooLong, svg};
