//! Work on all pixels of a picture. What `image` has for it takes longer than the search for QR codes.

use image::{GrayImage, ImageBuffer, Luma, Pixel};

/// Returns the brightness of each pixel.
pub(crate) fn map<P: Pixel<Subpixel = u8>, const CHANNELS: usize>(
    picture: &ImageBuffer<P, Vec<u8>>,
    brightness: impl Fn([u8; CHANNELS]) -> u8,
) -> GrayImage {
    let (pixels, _) = picture.as_raw().as_chunks::<CHANNELS>();
    let (width, height) = picture.dimensions();
    let mapped = pixels.iter().map(|pixel| brightness(*pixel)).collect();
    GrayImage::from_raw(width, height, mapped).unwrap_or_default()
}

/// Returns the brightness of a colour (ITU-R BT.709).
pub(crate) fn brightness([red, green, blue]: [u8; 3]) -> u8 {
    let [red, green, blue] = [red, green, blue].map(u32::from);
    u8::try_from((red * 54 + green * 183 + blue * 19) >> 8).unwrap_or(u8::MAX)
}

/// Puts a pixel in front of a background.
pub(crate) fn blend(shade: u8, alpha: u8, background: u8) -> u8 {
    let [shade, alpha, background] = [shade, alpha, background].map(u16::from);
    u8::try_from((shade * alpha + background * (255 - alpha)) / 255).unwrap_or(u8::MAX)
}

/// Returns the channels of a picture, reduced to a size, which is no larger than its own: each pixel is the mean of
/// those that it stands for.
pub(crate) fn reduce<P: Pixel<Subpixel = u8>, const CHANNELS: usize>(
    picture: &ImageBuffer<P, Vec<u8>>,
    (width, height): (u32, u32),
) -> [GrayImage; CHANNELS] {
    let mut planes = std::array::from_fn(|_| GrayImage::new(width, height));
    let columns: Vec<usize> = (0..=width).map(|column| edge(column, width, picture.width())).collect();
    let row_length = picture.width() as usize * CHANNELS;
    let mut sums = vec![[0_u32; CHANNELS]; width as usize];
    for row in 0..height {
        let rows = edge(row, height, picture.height())..edge(row + 1, height, picture.height());
        sums.fill([0; CHANNELS]);
        for source in picture.as_raw().chunks_exact(row_length).take(rows.end).skip(rows.start) {
            let (pixels, _) = source.as_chunks::<CHANNELS>();
            for (sum, columns) in sums.iter_mut().zip(columns.windows(2)) {
                for pixel in &pixels[columns[0]..columns[1]] {
                    for (sum, shade) in sum.iter_mut().zip(pixel) {
                        *sum += u32::from(*shade);
                    }
                }
            }
        }
        for (column, (sum, columns)) in (0..width).zip(sums.iter().zip(columns.windows(2))) {
            let count = u32::try_from((columns[1] - columns[0]) * rows.len()).unwrap_or(u32::MAX).max(1);
            for (plane, sum) in planes.iter_mut().zip(sum) {
                plane.put_pixel(column, row, Luma([u8::try_from(sum / count).unwrap_or(u8::MAX)]));
            }
        }
    }
    planes
}

/// Returns where the pixels begin that a pixel of the reduced picture stands for.
fn edge(position: u32, reduced: u32, length: u32) -> usize {
    // Less than `length`, and so a position in memory.
    usize::try_from(u64::from(position) * u64::from(length) / u64::from(reduced.max(1))).unwrap_or_default()
}

/// The weights of a row of pixels, in 64ths: a normal distribution with a standard deviation of 1.2 pixels.
const WEIGHTS: [u16; 7] = [1, 6, 15, 20, 15, 6, 1];
/// The pixels to each side that have a weight.
const REACH: usize = WEIGHTS.len() / 2;

/// Blurs a picture, so that gaps of a pixel close.
pub(crate) fn blur(picture: &GrayImage) -> GrayImage {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let rows: Vec<&[u8]> = picture.as_raw().chunks_exact(width.max(1)).collect();
    let mut blurred = Vec::with_capacity(width * height);
    // The blurred column of each pixel of a row, with its ends repeated to the sides.
    let mut padded = vec![0_u8; width + 2 * REACH];
    for row in 0..rows.len() {
        let near: [&[u8]; WEIGHTS.len()] =
            std::array::from_fn(|tap| rows[(row + tap).saturating_sub(REACH).min(rows.len() - 1)]);
        for (column, shade) in padded[REACH..REACH + width].iter_mut().enumerate() {
            *shade = weigh(std::array::from_fn(|tap| near[tap][column]));
        }
        let (first, last) = (padded[REACH], padded[REACH + width - 1]);
        padded[..REACH].fill(first);
        padded[REACH + width..].fill(last);
        blurred.extend(padded.array_windows().map(|shades| weigh(*shades)));
    }
    GrayImage::from_raw(picture.width(), picture.height(), blurred).unwrap_or_default()
}

/// Returns the weighted mean of some shades.
fn weigh(shades: [u8; WEIGHTS.len()]) -> u8 {
    let sum: u16 = shades.iter().zip(WEIGHTS).map(|(shade, weight)| u16::from(*shade) * weight).sum();
    // The weights are 64 in all, so that the sum is below 2¹⁴.
    (sum << 2).to_be_bytes()[0]
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    #[test]
    fn a_reduced_pixel_is_the_mean_of_its_own() {
        let picture = RgbImage::from_fn(5, 4, |x, y| {
            image::Rgb([u8::try_from(x * 10).unwrap_or(0), 200, u8::try_from(y).unwrap_or(0)])
        });
        let [red, green, blue] = reduce(&picture, (2, 2));
        assert_eq!(red.as_raw(), &[5, 30, 5, 30]);
        assert_eq!(green.as_raw(), &[200; 4]);
        assert_eq!(blue.as_raw(), &[0, 0, 2, 2]);
        let [same, _, _] = reduce(&picture, (5, 4));
        assert_eq!(&same.as_raw()[..5], &[0, 10, 20, 30, 40]);
    }

    #[test]
    fn a_blurred_pixel_spreads_and_a_surface_stays() {
        let mut picture = GrayImage::from_pixel(9, 9, Luma([0]));
        picture.put_pixel(4, 4, Luma([255]));
        let blurred = blur(&picture);
        assert_eq!(&blurred.as_raw()[4 * 9..5 * 9], &[0, 1, 7, 18, 24, 18, 7, 1, 0]);
        assert_eq!(blurred.get_pixel(4, 2), blurred.get_pixel(2, 4));
        let even = GrayImage::from_pixel(1, 3, Luma([255]));
        assert_eq!(blur(&even), even);
    }

    #[test]
    fn colours_are_as_bright_as_they_look() {
        assert_eq!([[0; 3], [255; 3], [255, 255, 0], [0, 0, 255]].map(brightness), [0, 255, 236, 18]);
        assert_eq!([blend(10, 255, 0), blend(10, 0, 200), blend(0, 128, 255)], [10, 200, 127]);
    }
}
