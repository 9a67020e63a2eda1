//! Drawing pictures of QR codes, and altering them.

use std::io::Cursor;

use fast_qr::{ECL, QRBuilder};
use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageFormat, Luma, LumaA};

/// A typical text.
pub(crate) const OTPAUTH: &str = "otpauth://totp/Acme:ana@example.com?secret=GEZDGNBVGY3TQOJQ&issuer=Acme";

/// The formats that are read.
pub(crate) const FORMATS: [ImageFormat; 6] =
    [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP];

/// Draws a QR code, black on white, with a quiet zone of `frame` modules, each of `scale` × `scale` pixels.
pub(crate) fn code(text: &str, scale: u32, frame: u32) -> GrayImage {
    let code = QRBuilder::new(text).ecl(ECL::M).build().expect("a text that fits");
    let modules = u32::try_from(code.size).expect("at most 177");
    let side = (modules + 2 * frame) * scale;
    GrayImage::from_fn(side, side, |x, y| {
        let module = |at: u32| (at / scale).checked_sub(frame).filter(|at| *at < modules);
        let dark = module(x).zip(module(y)).is_some_and(|(x, y)| code[y as usize][x as usize].value());
        Luma([if dark { 0 } else { 255 }])
    })
}

/// Encodes the picture as a file.
pub(crate) fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = picture.into();
    // Only colours can be written as GIF, and only opaque ones as JPEG.
    let picture = match format {
        ImageFormat::Gif => picture.into_rgba8().into(),
        ImageFormat::Jpeg => picture.into_rgb8().into(),
        _ => picture,
    };
    picture.write_to(&mut bytes, format).expect("a format that can be written");
    bytes.into_inner()
}

pub(crate) fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    file(picture, ImageFormat::Png)
}

pub(crate) fn inverted(mut picture: GrayImage) -> GrayImage {
    imageops::invert(&mut picture);
    picture
}

/// Puts the picture on a surface of one brightness, at a point.
pub(crate) fn on_surface(picture: &GrayImage, width: u32, height: u32, brightness: u8, x: i64, y: i64) -> GrayImage {
    let mut surface = GrayImage::from_pixel(width, height, Luma([brightness]));
    imageops::replace(&mut surface, picture, x, y);
    surface
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "points inside a picture")]
/// Rotates the picture around its centre by an angle in degrees, on white.
pub(crate) fn turned(picture: &GrayImage, degrees: f64) -> GrayImage {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let middle = f64::from(picture.width()) / 2.0;
    let side = picture.width() * 3 / 2;
    let half = f64::from(side) / 2.0;
    GrayImage::from_fn(side, side, |x, y| {
        let (x, y) = (f64::from(x) - half, f64::from(y) - half);
        let (from_x, from_y) = (middle + x * cos + y * sin, middle + y * cos - x * sin);
        let inside = |at: f64| (0.0..f64::from(picture.width())).contains(&at);
        if inside(from_x) && inside(from_y) { *picture.get_pixel(from_x as u32, from_y as u32) } else { Luma([255]) }
    })
}

/// Draws the picture in one brightness on a transparent background: dark pixels become opaque, bright ones transparent.
pub(crate) fn transparent(picture: &GrayImage, brightness: u8) -> GrayAlphaImage {
    GrayAlphaImage::from_fn(picture.width(), picture.height(), |x, y| {
        LumaA([brightness, 255 - picture.get_pixel(x, y).0[0]])
    })
}

/// Draws a desk in uneven light, with a note of `size` pixels that shows a QR code.
pub(crate) fn photo(text: &str, width: u32, height: u32, size: u32) -> DynamicImage {
    let note = turned(&code(text, 8, 4), 12.0);
    let note = imageops::resize(&note, size, size, FilterType::Triangle);
    let (left, top) = (width / 3, height / 4);
    let mut seed: u32 = 1;
    let mut grain = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed.to_be_bytes()[0] / 12
    };
    let photo = GrayImage::from_fn(width, height, |x, y| {
        let surface = match (x.checked_sub(left), y.checked_sub(top)) {
            (Some(x), Some(y)) if x < size && y < size => 30 + note.get_pixel(x, y).0[0] / 2,
            _ => [70, 110][((x / 90 + y / 70) % 2) as usize],
        };
        Luma([surface + u8::try_from(x * 60 / width).expect("at most 60") + grain()])
    });
    DynamicImage::ImageLuma8(photo).into_rgb8().into()
}
