//! The forms in which a picture is scanned, from the most to the least promising.
//!
//! Sizes and strengths were chosen by measurement: how many of a few hundred pictures (small, blurred, noisy, pale,
//! rotated, photographed, screenshots) each form makes readable that the others don't.

use std::iter;

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};

use crate::contrast;
use crate::pixels::{blur, reduce};

/// The longest side for the first scan, in pixels: most photos read best, and fastest, at this size.
pub(crate) const REDUCED: u32 = 1600;
/// The longest side for a scan that averages out noise and moiré, in pixels.
const COARSE: u32 = 800;
/// Maximum of the longest side of pictures that are enlarged, in pixels: enlarging helps small ones and is slow for
/// others.
const ENLARGED_TWICE: u32 = 900;
const ENLARGED_THRICE: u32 = 600;
/// The quiet zone added around an enlarged picture, in pixels, for QR codes that were cropped to their modules.
const QUIET_ZONE: u32 = 48;
/// A picture, or a frame of an animation.
pub(crate) struct Frame {
    /// Its brightness, in front of each background.
    pub(crate) views: Vec<View>,
    /// Its red, green and blue, at most [`REDUCED`] pixels a side; none of a grey picture.
    pub(crate) colours: Vec<GrayImage>,
}

impl Frame {
    /// Returns the red, green and blue of a coloured picture: QR codes that are as bright as their background differ in
    /// one of them. `quickly`: at a coarser size.
    pub(crate) fn colours(&self, quickly: bool) -> impl Iterator<Item = GrayImage> {
        let longest = if quickly { COARSE } else { REDUCED };
        self.colours.iter().map(move |plane| {
            let [mut plane] = reduce(plane, fitting(plane.dimensions(), longest));
            contrast::spread(&mut plane);
            plane
        })
    }

    /// Returns the colours altered, as [`View::alterations`] does the brightness.
    pub(crate) fn altered_colours(&self) -> impl Iterator<Item = Altered> {
        const ALTERATIONS: [Alteration; 2] = [EVEN, LARGER];
        ALTERATIONS.into_iter().flat_map(|alter| self.colours.iter().filter_map(alter))
    }
}

/// A picture that was altered.
pub(crate) struct Altered {
    pub(crate) picture: GrayImage,
    /// The width of the frame that was added around it, in pixels.
    pub(crate) frame: u32,
}

impl Altered {
    fn plain(picture: GrayImage) -> Self {
        Self { picture, frame: 0 }
    }

    fn framed(picture: GrayImage) -> Self {
        Self { picture, frame: QUIET_ZONE }
    }
}

/// The brightness of a picture, with its contrast spread over the whole range.
pub(crate) struct View {
    full: GrayImage,
    reduced: Option<GrayImage>,
}

impl View {
    pub(crate) fn new(mut full: GrayImage) -> Self {
        contrast::spread(&mut full);
        let reduced = fit(&full, REDUCED);
        Self { full, reduced }
    }

    /// Returns the picture reduced, and in full size.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = &GrayImage> {
        self.reduced.iter().chain(iter::once(&self.full))
    }

    /// Returns the picture at the size that most read best at.
    pub(crate) fn small(&self) -> &GrayImage {
        self.reduced.as_ref().unwrap_or(&self.full)
    }

    /// Returns the picture altered as takes little time: enough for most QR codes beside one that was found.
    pub(crate) fn quick_alterations(&self) -> impl Iterator<Item = Altered> {
        const ALTERATIONS: [Alteration; 2] = [EVEN, BLURRED];
        let coarse = fit(self.small(), COARSE);
        ALTERATIONS.into_iter().filter_map(move |alter| alter(coarse.as_ref().unwrap_or(self.small())))
    }

    /// Returns the picture altered in ways that make some QR codes readable, each lazily.
    pub(crate) fn alterations(&self) -> impl Iterator<Item = Altered> {
        const ALTERATIONS: [Alteration; 6] = [EVEN, SMALLER, BLURRED, LARGER, SHARPER, COARSE_BLURRED];
        ALTERATIONS.into_iter().filter_map(move |alter| alter(self.small()))
    }
}

/// A way of altering a picture; `None` where it doesn't help.
type Alteration = fn(&GrayImage) -> Option<Altered>;

const EVEN: Alteration = |picture| Some(Altered::plain(contrast::spread_locally(picture)));
const SMALLER: Alteration = |picture| fit(picture, COARSE).map(Altered::plain);
const BLURRED: Alteration = |picture| Some(Altered::plain(blur(picture)));
const LARGER: Alteration = |picture| enlarge(picture, 2, ENLARGED_TWICE).map(Altered::framed);
const SHARPER: Alteration =
    |picture| Some(Altered::framed(imageops::unsharpen(&enlarge(picture, 3, ENLARGED_THRICE)?, 4.0, 0)));
const COARSE_BLURRED: Alteration = |picture| Some(Altered::plain(imageops::fast_blur(&fit(picture, COARSE)?, 3.0)));

/// Reduces the longest side to `longest`; `None` if it is no longer than that.
fn fit(picture: &GrayImage, longest: u32) -> Option<GrayImage> {
    let (width, height) = fitting(picture.dimensions(), longest);
    if (width, height) == picture.dimensions() {
        return None;
    }
    let [reduced] = reduce(picture, (width, height));
    Some(reduced)
}

/// Returns the size of a picture whose longest side is reduced to `longest`.
pub(crate) fn fitting((width, height): (u32, u32), longest: u32) -> (u32, u32) {
    let side = width.max(height);
    if side <= longest {
        return (width, height);
    }
    // Sides are at most `MAX_SIDE`, so that the product fits.
    let scaled = |length: u32| (length * longest / side).max(1);
    (scaled(width), scaled(height))
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
