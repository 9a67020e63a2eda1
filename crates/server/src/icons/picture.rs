//! Pictures made safe: without scripts, external resources, and metadata such as the place where a photo was taken.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};

use super::error::PictureError;
use super::svg;
use crate::input::Kind;

/// Maximum width and height of a stored icon, in pixels.
const MAX_ICON_SIDE: u32 = 256;
/// Maximum width and height of a picture that is decoded, in pixels.
const MAX_SIDE: u32 = 8192;
/// Maximum number of pixels of a picture that is decoded.
const MAX_PIXELS: u64 = 24 * 1024 * 1024;
/// Maximum memory of a decoder, in bytes.
const MAX_DECODED: u64 = 128 * 1024 * 1024;

/// An icon as it is stored and served: a PNG, a JPEG, or an SVG of a safe subset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    bytes: Vec<u8>,
    extension: &'static str,
}

impl Picture {
    /// Makes a picture safe. Takes up to 150 MB and some tenths of a second: see
    /// [`App::pictures`](crate::app::Instance).
    ///
    /// A raster picture is decoded and encoded again, at most 256 pixels wide and high: only pixels are left, and of an
    /// animation the first frame. See [`svg`] for vector pictures, whose work ends when `is_over`.
    ///
    /// # Errors
    /// An unsupported format, or a picture that is damaged, too large, or takes too long.
    pub fn new(bytes: &[u8], is_over: &dyn Fn() -> bool) -> Result<Self, PictureError> {
        let format = match Kind::of(bytes) {
            Kind::Svg => return Ok(Self { bytes: svg::sanitize(bytes, is_over)?, extension: "svg" }),
            Kind::Png => ImageFormat::Png,
            Kind::Jpeg => ImageFormat::Jpeg,
            Kind::Gif => ImageFormat::Gif,
            Kind::Bmp => ImageFormat::Bmp,
            Kind::Webp => ImageFormat::WebP,
            Kind::Tiff | Kind::Avif | Kind::Heif | Kind::Pdf | Kind::Other => return Err(PictureError::Unsupported),
        };
        let icon = decode(bytes, format)?;
        let (format, extension) = match format {
            ImageFormat::Jpeg => (ImageFormat::Jpeg, "jpg"),
            _ => (ImageFormat::Png, "png"),
        };
        let mut bytes = Cursor::new(Vec::new());
        icon.write_to(&mut bytes, format).map_err(|_| PictureError::Damaged)?;
        Ok(Self { bytes: bytes.into_inner(), extension })
    }

    /// Returns the content of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the file extension of this content, without the dot.
    pub fn extension(&self) -> &'static str {
        self.extension
    }
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, PictureError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| picture_error(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_DECODED {
        return Err(PictureError::TooLarge);
    }
    // The orientation is metadata, which is dropped: it has to be applied to the pixels.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| picture_error(&error))?;
    if picture.width().max(picture.height()) > MAX_ICON_SIDE {
        picture = picture.thumbnail(MAX_ICON_SIDE, MAX_ICON_SIDE);
    }
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn picture_error(error: &image::ImageError) -> PictureError {
    match error {
        image::ImageError::Limits(_) => PictureError::TooLarge,
        _ => PictureError::Damaged,
    }
}

#[cfg(test)]
mod tests;
