//! Limits of a picture.

/// Maximum size of a picture file, in bytes.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Maximum length of a side, in pixels.
pub const MAX_SIDE: u32 = 16_384;
/// Maximum number of pixels.
pub const MAX_PIXELS: u64 = 64 * 1024 * 1024;
