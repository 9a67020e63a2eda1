//! QR codes: decoding pictures to texts, and drawing texts as SVG.
//!
//! This crate is pure. Pictures are untrusted: their size is checked before they are decoded ([`MAX_BYTES`],
//! [`MAX_SIDE`], [`MAX_PIXELS`]), and the work on them is bounded. Decoding may take some hundred milliseconds: call it
//! off the async workers, with a bounded number of calls at a time.
//!
//! ```
//! # fn main() -> Result<(), qr::TooLong> {
//! assert!(qr::svg("otpauth://totp/Acme:ana?secret=GEZDGNBVGY3TQOJQ")?.starts_with("<svg"));
//! assert_eq!(qr::decode(b"not a picture"), Err(qr::DecodeError::NotAPicture));
//! # Ok(())
//! # }
//! ```

mod contrast;
mod decode;
mod error;
mod format;
mod limits;
mod picture;
mod pixels;
mod scan;
mod search;
mod svg;
mod symbol;
mod view;

pub use decode::{decode, read};
pub use error::DecodeError;
pub use format::{PictureFormat, detect_format};
pub use limits::{MAX_BYTES, MAX_PIXELS, MAX_SIDE};
pub use svg::{TooLong, svg};
pub use symbol::{Incomplete, Joined, Part, Symbol, join};
