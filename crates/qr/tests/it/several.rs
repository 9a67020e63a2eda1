//! Several QR codes of different kinds in one picture: none hides another.

use image::imageops;
use image::{GrayImage, Rgb, RgbImage};
use qr::decode;

use crate::drawing::{code, file, inverted, on_surface, photo, png};

const TEXTS: [&str; 2] = ["otpauth://totp/A:a?secret=GEZDGNBVGY3TQOJQ", "otpauth://totp/B:b?secret=GEZDGNBVGY3TQOJQ"];
const WHITE: [u8; 3] = [255; 3];
const BLACK: [u8; 3] = [0; 3];

/// Draws a picture in two colours.
fn coloured(picture: &GrayImage, dark: [u8; 3], bright: [u8; 3]) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        Rgb(if picture.get_pixel(x, y).0[0] < 128 { dark } else { bright })
    })
}

/// Checks that a QR code in these colours is found beside a black one on white.
#[track_caller]
fn check_beside_black(dark: [u8; 3], bright: [u8; 3]) {
    let mut page = RgbImage::from_pixel(500, 240, Rgb(WHITE));
    imageops::replace(&mut page, &coloured(&code(TEXTS[0], 5, 4), BLACK, WHITE), 10, 10);
    imageops::replace(&mut page, &coloured(&code(TEXTS[1], 5, 4), dark, bright), 250, 10);
    assert_eq!(decode(&png(page)).as_deref(), Ok(TEXTS.map(str::to_owned).as_slice()), "{dark:?} {bright:?}");
}

#[test]
fn a_light_code_is_found_beside_a_dark_one() {
    check_beside_black(WHITE, BLACK);
    check_beside_black([255, 255, 0], [20, 20, 60]);
}

#[test]
fn a_coloured_code_is_found_beside_a_black_one() {
    check_beside_black([255, 255, 0], WHITE);
    check_beside_black([0, 0, 200], WHITE);
    check_beside_black([200, 255, 200], WHITE);
    check_beside_black([255, 80, 130], BLACK);
    check_beside_black([255, 120, 0], [70, 160, 255]);
}

#[test]
fn colours_of_one_brightness_are_told_apart() {
    let code = code(TEXTS[0], 4, 4);
    for (dark, bright) in [([200, 40, 40], [0, 110, 40]), ([0, 150, 90], [190, 90, 170]), ([0, 0, 255], [70, 0, 40])] {
        assert_eq!(decode(&png(coloured(&code, dark, bright))), Ok(vec![TEXTS[0].to_owned()]), "{dark:?} {bright:?}");
    }
}

#[test]
fn a_blurred_code_is_found_beside_a_sharp_one() {
    let mut page = GrayImage::from_pixel(500, 240, image::Luma([255]));
    imageops::replace(&mut page, &code(TEXTS[0], 5, 4), 10, 10);
    imageops::replace(&mut page, &imageops::blur(&code(TEXTS[1], 4, 4), 2.0), 250, 10);
    assert_eq!(decode(&png(page)).as_deref(), Ok(TEXTS.map(str::to_owned).as_slice()));
}

#[test]
fn a_light_code_is_found_beside_a_dark_one_in_a_photo() {
    let mut photo = photo(TEXTS[0], 4000, 3000, 1000).into_luma8();
    let light = on_surface(&inverted(code(TEXTS[1], 12, 4)), 500, 500, 0, 10, 10);
    imageops::replace(&mut photo, &light, 3000, 1000);
    assert_eq!(decode(&file(photo, image::ImageFormat::Jpeg)).as_deref(), Ok(TEXTS.map(str::to_owned).as_slice()));
}
