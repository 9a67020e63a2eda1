//! The reasons why a picture is refused.

/// Why a picture can't be an icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// No picture, or an unsupported format.
    #[error("this is not a PNG, JPEG, GIF, BMP, WebP or SVG picture")]
    Unsupported,
    /// More pixels or bytes than are decoded.
    #[error("the picture is too large")]
    TooLarge,
    /// A known format with invalid content.
    #[error("the picture is damaged")]
    Damaged,
}
