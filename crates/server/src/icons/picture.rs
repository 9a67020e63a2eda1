//! Pictures made safe: they run nothing, load nothing, and don't reveal where a photo was taken.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};

use super::error::PictureError;
use super::svg;
use crate::input::Kind;

/// The longest side of an icon that is kept, in pixels.
const KEPT_SIDE: u32 = 256;
/// The longest side of a picture that is decoded, in pixels.
const MAX_SIDE: u32 = 8192;
/// The most pixels of a picture that is decoded.
const MAX_PIXELS: u64 = 24 * 1024 * 1024;
/// The most bytes that a decoder may take.
const MAX_DECODED: u64 = 128 * 1024 * 1024;

/// An icon as it is kept and served: a PNG, a JPEG, or an SVG of a safe subset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    bytes: Vec<u8>,
    extension: &'static str,
}

impl Picture {
    /// Makes a picture safe. Takes up to 150 MB and some tenths of a second: see
    /// [`App::pictures`](crate::app::Instance).
    ///
    /// One made of pixels is drawn anew, at most 256 pixels wide and high: only what can be seen of it is left, of an
    /// animation the first frame. What is kept of an SVG is in [`svg`].
    ///
    /// # Errors
    /// The reason.
    pub fn new(bytes: &[u8]) -> Result<Self, PictureError> {
        let format = match Kind::of(bytes) {
            Kind::Svg => return Ok(Self { bytes: svg::made_safe(bytes)?, extension: "svg" }),
            Kind::Png => ImageFormat::Png,
            Kind::Jpeg => ImageFormat::Jpeg,
            Kind::Gif => ImageFormat::Gif,
            Kind::Bmp => ImageFormat::Bmp,
            Kind::Webp => ImageFormat::WebP,
            Kind::Avif | Kind::Heif | Kind::Other => return Err(PictureError::Unsupported),
        };
        let icon = decoded(bytes, format)?;
        let (format, extension) = match format {
            ImageFormat::Jpeg => (ImageFormat::Jpeg, "jpg"),
            _ => (ImageFormat::Png, "png"),
        };
        let mut bytes = Cursor::new(Vec::new());
        icon.write_to(&mut bytes, format).map_err(|_| PictureError::Damaged)?;
        Ok(Self { bytes: bytes.into_inner(), extension })
    }

    /// The file's content.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the file extension of this content, without the dot.
    pub fn extension(&self) -> &'static str {
        self.extension
    }
}

fn decoded(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| reason(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_DECODED {
        return Err(PictureError::TooLarge);
    }
    // A hint beside the pixels, which is lost with the rest of what isn't pixels.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| reason(&error))?;
    if picture.width().max(picture.height()) > KEPT_SIDE {
        picture = picture.thumbnail(KEPT_SIDE, KEPT_SIDE);
    }
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn reason(error: &image::ImageError) -> PictureError {
    match error {
        image::ImageError::Limits(_) => PictureError::TooLarge,
        _ => PictureError::Damaged,
    }
}

#[cfg(test)]
mod tests;
