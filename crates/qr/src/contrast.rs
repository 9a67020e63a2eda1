//! Contrast: pale QR codes look like an even surface to the decoder.

use image::GrayImage;

/// The fraction of the darkest, and of the brightest, pixels that is ignored in measuring contrast: one in `OUTLIERS`.
const OUTLIERS: u32 = 1000;
/// The side of the tiles in which local contrast is measured, in pixels.
const TILE: usize = 16;
/// Minimum difference between the darkest and the brightest pixel of a surface that isn't even.
const MIN_RANGE: u8 = 12;

/// Makes the darkest pixels black and the brightest white.
pub(crate) fn spread(picture: &mut GrayImage) {
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
    let spread: [u8; 256] = std::array::from_fn(|shade| {
        let above = u8::try_from(shade).unwrap_or(u8::MAX).saturating_sub(darkest);
        u8::try_from(u16::from(above).min(range) * 255 / range).unwrap_or(u8::MAX)
    });
    for pixel in picture.iter_mut() {
        *pixel = spread[usize::from(*pixel)];
    }
}

/// Spreads the contrast of each surrounding by itself, so that neither shadows nor dark things elsewhere make a QR code
/// pale. Even surfaces become white.
pub(crate) fn spread_locally(picture: &GrayImage) -> GrayImage {
    let length = picture.width() as usize;
    let bands = || picture.as_raw().chunks(length * TILE);
    let tiles: Vec<Vec<Range>> = bands().map(|band| tile_ranges(band, length)).collect();
    let mut spread = Vec::with_capacity(picture.as_raw().len());
    for (position, band) in bands().enumerate() {
        let near = &tiles[position.saturating_sub(1)..(position + 2).min(tiles.len())];
        let ranges: Vec<Range> = (0..tiles[position].len()).map(|column| around(near, column)).collect();
        for row in band.chunks(length) {
            for (tile, (low, high)) in row.chunks(TILE).zip(&ranges) {
                if high - low < MIN_RANGE {
                    spread.resize(spread.len() + tile.len(), u8::MAX);
                    continue;
                }
                let scale = 0xFFFF / u32::from(high - low);
                // At most 255: a shade is in the range of its tile.
                spread.extend(tile.iter().map(|shade| (u32::from(shade - low) * scale).to_be_bytes()[2]));
            }
        }
    }
    GrayImage::from_raw(picture.width(), picture.height(), spread).unwrap_or_default()
}

/// The darkest and the brightest shade.
type Range = (u8, u8);

/// Returns the ranges of the tiles in a band, whose rows have this length.
fn tile_ranges(band: &[u8], length: usize) -> Vec<Range> {
    let mut ranges = vec![(u8::MAX, u8::MIN); length.div_ceil(TILE)];
    for row in band.chunks(length) {
        for ((low, high), tile) in ranges.iter_mut().zip(row.chunks(TILE)) {
            *low = tile.iter().copied().fold(*low, u8::min);
            *high = tile.iter().copied().fold(*high, u8::max);
        }
    }
    ranges
}

/// Returns the range of the tiles around a column of bands that lie together.
fn around(bands: &[Vec<Range>], column: usize) -> Range {
    let tiles = bands.iter().flat_map(|band| band.iter().take(column + 2).skip(column.saturating_sub(1)));
    tiles.fold((u8::MAX, u8::MIN), |(low, high), tile| (low.min(tile.0), high.max(tile.1)))
}
