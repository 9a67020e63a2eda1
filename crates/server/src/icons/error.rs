//! What is wrong with a picture.

/// Why a picture can't be an icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// It is no picture, or one of a kind that can't be decoded.
    #[error("this is not a PNG, JPEG, GIF, BMP, WebP or SVG picture")]
    Unsupported,
    /// It is larger than what is decoded.
    #[error("the picture is too large")]
    TooLarge,
    /// It begins like a picture, and then makes no sense.
    #[error("the picture is damaged")]
    Damaged,
}
