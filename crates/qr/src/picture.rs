//! The brightness of a picture, decoded within limits.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{
    AnimationDecoder as _, DynamicImage, Frames, GrayImage, ImageBuffer, ImageDecoder, ImageError, ImageReader, Limits,
    Pixel, RgbaImage,
};

use crate::pixels::{blend, brightness, map, reduce};
use crate::view::{Frame, REDUCED, View, fitting};
use crate::{DecodeError, MAX_BYTES, MAX_PIXELS, MAX_SIDE, PictureFormat, detect_format};

/// Maximum size of the decoded pixels, in bytes.
const MAX_DECODED: u64 = 256 * 1024 * 1024;
/// Maximum number of pixels that are kept. Halving the sides of a larger photo loses no detail that its lens resolved.
const MAX_KEPT_PIXELS: u64 = 24 * 1024 * 1024;

/// Minimum difference between the colours of a pixel that isn't grey.
const COLOURED: u8 = 48;
/// The share of pixels that aren't grey in a coloured picture: one in `COLOURED_SHARE`.
const COLOURED_SHARE: usize = 400;
/// The distance between the pixels whose colours are looked at.
const COLOUR_STEP: usize = 5;

/// Reads a picture: its brightness once if it is opaque, else in front of white and in front of black.
///
/// White on transparent is as common as black on transparent, and each needs the other background. Of an animation, the
/// first frame counts. Orientation hints are ignored: a QR code reads the same in any orientation.
pub(crate) fn read_frame(bytes: &[u8]) -> Result<Frame, DecodeError> {
    Ok(frame(decode(bytes)?))
}

/// Reads the frames of an animation after the first one, as [`read_frame`] does that one; nothing for other pictures,
/// and up to the first damaged frame.
pub(crate) fn read_later_frames(bytes: &[u8]) -> impl Iterator<Item = Frame> {
    let pixels = frame_pixels(bytes);
    let affordable = usize::try_from(MAX_PIXELS / pixels.max(1)).unwrap_or(MAX_FRAMES).min(MAX_FRAMES);
    let frames = open_frames(bytes).into_iter().flatten().take(affordable).skip(1);
    frames.map_while(Result::ok).map(|read| frame(read.into_buffer().into()))
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

fn frame(picture: DynamicImage) -> Frame {
    let (width, height) = (picture.width(), picture.height());
    let picture = if u64::from(width) * u64::from(height) > MAX_KEPT_PIXELS {
        picture.thumbnail_exact(width.div_ceil(2), height.div_ceil(2))
    } else {
        picture
    };
    let size = fitting((picture.width(), picture.height()), REDUCED);
    let colour = picture.color();
    match (colour.has_alpha(), colour.has_color()) {
        (true, _) => transparent_frame(&picture.into_rgba8(), size),
        (false, true) => {
            let picture = picture.into_rgb8();
            let colours = if has_colours(&picture) { reduce::<_, 3>(&picture, size).into() } else { Vec::new() };
            Frame { views: vec![View::new(map(&picture, brightness))], colours }
        }
        (false, false) => Frame { views: vec![View::new(picture.into_luma8())], colours: Vec::new() },
    }
}

fn transparent_frame(picture: &RgbaImage, size: (u32, u32)) -> Frame {
    let on = |background| {
        let flat = |[red, green, blue, alpha]: [u8; 4]| blend(brightness([red, green, blue]), alpha, background);
        View::new(map(picture, flat))
    };
    let is_opaque = picture.pixels().all(|pixel| pixel.0[3] == u8::MAX);
    let colours = if has_colours(picture) {
        let [red, green, blue, alpha] = reduce(picture, size);
        let on_white = |mut plane: GrayImage| {
            plane.iter_mut().zip(alpha.iter()).for_each(|(shade, alpha)| *shade = blend(*shade, *alpha, u8::MAX));
            plane
        };
        [red, green, blue].map(on_white).into()
    } else {
        Vec::new()
    };
    let views = if is_opaque { vec![on(u8::MAX)] } else { vec![on(u8::MAX), on(0)] };
    Frame { views, colours }
}

/// Whether a share of the pixels isn't grey.
fn has_colours<P: Pixel<Subpixel = u8>>(pixels: &ImageBuffer<P, Vec<u8>>) -> bool {
    let looked_at = || pixels.rows().step_by(COLOUR_STEP).flat_map(|row| row.step_by(COLOUR_STEP));
    let is_coloured = |pixel: &&P| {
        let [red, green, blue] = pixel.to_rgb().0;
        red.max(green).max(blue) - red.min(green).min(blue) >= COLOURED
    };
    looked_at().filter(is_coloured).count() * COLOURED_SHARE > looked_at().count()
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
