//! A photo of a QR code, as a phone takes it: large, uneven and noisy.

use std::io::Cursor;

use anyhow::Result;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

const WIDTH: u32 = 4000;
const HEIGHT: u32 = 3000;
/// The side of the code in it.
const SIDE: u32 = 1100;
const CODE: &[u8] = include_bytes!("../../../contract/recorded/data/qr-totp.png");

/// What the code says.
pub(super) const TEXT: &str = "otpauth://totp/Acme:alice?secret=A4GRFHVVRBGY7UIW&issuer=Acme Corp&digits=6";

/// The photo, a JPEG.
pub(super) fn of_qr_code() -> Result<Vec<u8>> {
    let code = image::load_from_memory(CODE)?.to_rgb8();
    let code = imageops::resize(&code, SIDE, SIDE, FilterType::Triangle);
    let mut photo = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let light = 90 + (x / 80 + y / 60) % 110;
        Rgb([light, light, light - 20].map(|shade| u8::try_from(shade).unwrap_or(u8::MAX)))
    });
    imageops::overlay(&mut photo, &code, i64::from(WIDTH / 2 - SIDE / 3), i64::from(HEIGHT / 2 - SIDE / 2));
    let mut grain = 1_u32;
    for pixel in photo.pixels_mut() {
        // Numerical Recipes' generator: any noise will do, the same each time.
        grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = i16::from(grain.to_be_bytes()[0] >> 4) - 8;
        for shade in &mut pixel.0 {
            *shade = u8::try_from((i16::from(*shade) + noise).clamp(0, 255)).unwrap_or_default();
        }
    }
    let mut file = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut file, 85).encode_image(&photo)?;
    Ok(file.into_inner())
}
