//! The forms in which a picture is scanned, from the most to the least promising.
//!
//! Sizes and strengths were chosen by measurement: how many of a few hundred pictures (small, blurred, noisy, pale,
//! rotated, photographed, screenshots) each form makes readable that the others don't.

use std::iter;

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};

/// The longest side for the first scan, in pixels: most photos read best, and fastest, at this size.
const REDUCED: u32 = 1600;
/// The longest side for a scan that averages out noise and moiré, in pixels.
const COARSE: u32 = 800;
/// Maximum of the longest side of pictures that are enlarged, in pixels: enlarging helps small ones and is slow for
/// others.
const ENLARGED_TWICE: u32 = 900;
const ENLARGED_THRICE: u32 = 600;
/// The quiet zone added around an enlarged picture, in pixels, for QR codes that were cropped to their modules.
const QUIET_ZONE: u32 = 48;
/// The fraction of the darkest, and of the brightest, pixels that is ignored in measuring contrast: one in `OUTLIERS`.
const OUTLIERS: u32 = 1000;

/// The brightness of a picture, with its contrast spread over the whole range.
pub(crate) struct View {
    full: GrayImage,
    reduced: Option<GrayImage>,
}

impl View {
    pub(crate) fn new(mut full: GrayImage) -> Self {
        spread_contrast(&mut full);
        let reduced = fit(&full, REDUCED);
        Self { full, reduced }
    }

    /// Returns the picture reduced, and in full size.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = &GrayImage> {
        self.reduced.iter().chain(iter::once(&self.full))
    }

    /// Returns the picture altered in ways that make some QR codes readable, each lazily.
    pub(crate) fn alterations(&self) -> impl Iterator<Item = GrayImage> {
        let alterations: [fn(&GrayImage) -> Option<GrayImage>; 5] = [
            |picture| fit(picture, COARSE),
            |picture| Some(imageops::fast_blur(picture, 1.2)),
            |picture| enlarge(picture, 2, ENLARGED_TWICE),
            |picture| Some(imageops::unsharpen(&enlarge(picture, 3, ENLARGED_THRICE)?, 4.0, 0)),
            |picture| Some(imageops::fast_blur(&fit(picture, COARSE)?, 3.0)),
        ];
        let picture = self.reduced.as_ref().unwrap_or(&self.full);
        alterations.into_iter().filter_map(move |alter| alter(picture))
    }
}

/// Reduces the longest side to `longest`; `None` if it is no longer than that.
fn fit(picture: &GrayImage, longest: u32) -> Option<GrayImage> {
    let (width, height) = picture.dimensions();
    let side = width.max(height);
    if side <= longest {
        return None;
    }
    // Sides are at most `MAX_SIDE`, so that the product fits.
    let scaled = |length: u32| (length * longest / side).max(1);
    Some(imageops::thumbnail(picture, scaled(width), scaled(height)))
}

/// Enlarges the picture and adds a white frame; `None` if its longest side is above `longest`.
fn enlarge(picture: &GrayImage, factor: u32, longest: u32) -> Option<GrayImage> {
    let (width, height) = picture.dimensions();
    if width.max(height) > longest {
        return None;
    }
    let (width, height) = (width * factor, height * factor);
    let enlarged = imageops::resize(picture, width, height, FilterType::CatmullRom);
    let mut framed = GrayImage::from_pixel(width + 2 * QUIET_ZONE, height + 2 * QUIET_ZONE, Luma([u8::MAX]));
    imageops::replace(&mut framed, &enlarged, QUIET_ZONE.into(), QUIET_ZONE.into());
    Some(framed)
}

/// Makes the darkest pixels black and the brightest white, since pale QR codes look like an even surface to the
/// decoder.
fn spread_contrast(picture: &mut GrayImage) {
    let mut histogram = [0_u32; 256];
    for pixel in picture.iter() {
        histogram[usize::from(*pixel)] += 1;
    }
    // The brightness of the pixel at a rank in the order of brightness.
    let at_rank = |rank: u32| {
        let mut up_to = 0;
        (0..=u8::MAX).find(|level| {
            up_to += histogram[usize::from(*level)];
            up_to > rank
        })
    };
    let pixels = picture.width() * picture.height();
    let outliers = pixels / OUTLIERS;
    let (Some(darkest), Some(brightest)) = (at_rank(outliers), at_rank(pixels.saturating_sub(1 + outliers))) else {
        return;
    };
    if darkest >= brightest || brightest - darkest == u8::MAX {
        return;
    }
    let range = u16::from(brightest - darkest);
    for pixel in picture.iter_mut() {
        let above = u16::from(pixel.saturating_sub(darkest)).min(range);
        *pixel = u8::try_from(above * 255 / range).unwrap_or(u8::MAX);
    }
}
