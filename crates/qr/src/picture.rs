//! The brightness of a picture, decoded within limits.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{
    AnimationDecoder as _, DynamicImage, Frames, GrayImage, ImageBuffer, ImageDecoder, ImageError, ImageReader, Limits,
    LumaA,
};

use crate::{DecodeError, MAX_BYTES, MAX_PIXELS, MAX_SIDE, PictureFormat, detect_format};

/// Maximum size of the decoded pixels, in bytes.
const MAX_DECODED: u64 = 256 * 1024 * 1024;
/// Maximum number of pixels that are kept. Halving the sides of a larger photo loses no detail that its lens resolved.
const MAX_KEPT_PIXELS: u64 = 24 * 1024 * 1024;

/// Returns the brightness of a picture: once if it is opaque, else in front of white and in front of black.
///
/// White on transparent is as common as black on transparent, and each needs the other background. Of an animation, the
/// first frame counts. Orientation hints are ignored: a QR code reads the same in any orientation.
pub(crate) fn read_brightness(bytes: &[u8]) -> Result<Vec<GrayImage>, DecodeError> {
    Ok(brightness(decode(bytes)?))
}

/// Returns the brightness of the frames of an animation after the first one, as [`read_brightness`] does of that one;
/// nothing for other pictures, and up to the first damaged frame.
pub(crate) fn read_later_frames(bytes: &[u8]) -> impl Iterator<Item = Vec<GrayImage>> {
    let pixels = frame_pixels(bytes);
    let affordable = usize::try_from(MAX_PIXELS / pixels.max(1)).unwrap_or(MAX_FRAMES).min(MAX_FRAMES);
    let frames = open_frames(bytes).into_iter().flatten().take(affordable).skip(1);
    frames.map_while(Result::ok).map(|frame| brightness(frame.into_buffer().into()))
}

/// Maximum number of frames of an animation that are read.
const MAX_FRAMES: usize = 16;

/// Returns the number of pixels of a frame; 0 if the picture can't be read.
fn frame_pixels(bytes: &[u8]) -> u64 {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok();
    let size = reader.and_then(|reader| reader.into_dimensions().ok());
    size.map_or(0, |(width, height)| u64::from(width) * u64::from(height))
}

/// Opens an animation; `None` for any other picture.
fn open_frames(bytes: &[u8]) -> Option<Frames<'_>> {
    let source = Cursor::new(bytes);
    match detect_format(bytes)? {
        PictureFormat::Gif => {
            let mut decoder = GifDecoder::new(source).ok()?;
            decoder.set_limits(limits()).ok()?;
            Some(decoder.into_frames())
        }
        PictureFormat::Webp => {
            let mut decoder = WebPDecoder::new(source).ok()?;
            decoder.set_limits(limits()).ok()?;
            decoder.has_animation().then(|| decoder.into_frames())
        }
        PictureFormat::Png => {
            let decoder = PngDecoder::with_limits(source, limits()).ok()?;
            if decoder.is_apng().ok()? { Some(decoder.apng().ok()?.into_frames()) } else { None }
        }
        _ => None,
    }
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED);
    limits
}

fn brightness(picture: DynamicImage) -> Vec<GrayImage> {
    let (width, height) = (picture.width(), picture.height());
    let picture = if u64::from(width) * u64::from(height) > MAX_KEPT_PIXELS {
        picture.thumbnail_exact(width.div_ceil(2), height.div_ceil(2))
    } else {
        picture
    };
    if !picture.color().has_alpha() {
        return vec![picture.into_luma8()];
    }
    let picture = picture.into_luma_alpha8();
    let white = flatten(&picture, u8::MAX);
    if picture.pixels().all(|pixel| pixel.0[1] == u8::MAX) {
        return vec![white];
    }
    vec![white, flatten(&picture, 0)]
}

/// Puts the picture in front of a background of one brightness.
fn flatten(picture: &ImageBuffer<LumaA<u8>, Vec<u8>>, background: u8) -> GrayImage {
    let mut flat = GrayImage::new(picture.width(), picture.height());
    for (to, from) in flat.pixels_mut().zip(picture.pixels()) {
        let [light, alpha] = from.0.map(u16::from);
        let mixed = (light * alpha + u16::from(background) * (255 - alpha)) / 255;
        to.0 = [u8::try_from(mixed).unwrap_or(u8::MAX)];
    }
    flat
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, DecodeError> {
    if bytes.len() > MAX_BYTES {
        return Err(DecodeError::FileTooLarge { bytes: bytes.len() });
    }
    let kind = detect_format(bytes).ok_or(DecodeError::NotAPicture)?;
    let format = kind.decodable().ok_or(DecodeError::Unsupported(kind))?;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let decoder = reader.into_decoder().map_err(|_| DecodeError::Damaged(kind))?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if width > MAX_SIDE || height > MAX_SIDE || pixels > MAX_PIXELS || decoder.total_bytes() > MAX_DECODED {
        return Err(DecodeError::TooLarge { width, height });
    }
    DynamicImage::from_decoder(decoder).map_err(|error| match error {
        ImageError::Limits(_) => DecodeError::TooLarge { width, height },
        _ => DecodeError::Damaged(kind),
    })
}
