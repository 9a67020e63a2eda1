//! A text drawn as SVG reads back as itself.

use image::{GrayImage, Luma};
use qr::{TooLong, decode, svg};

use crate::drawing::{OTPAUTH, png};

/// Renders the SVG as a browser would: the box, and the unit squares of the path, with four pixels for a module.
fn raster(svg: &str) -> GrayImage {
    const SCALE: u32 = 4;
    let after = |before: &str| svg.split_once(before).expect("what is searched for").1;
    let number = |text: &str| -> u32 { text.parse().expect("a number") };
    let side = number(after("viewBox=\"0 0 ").split_once(' ').expect("two lengths").0);
    let mut picture = GrayImage::from_pixel(side * SCALE, side * SCALE, Luma([255]));
    let path = after("<path d=\"").split_once('"').expect("the end of the path").0;
    for square in path.split('M').skip(1) {
        let (x, y) = square.strip_suffix("h1v1h-1").expect("a square").split_once(',').expect("a point");
        let (x, y) = (number(x) * SCALE, number(y) * SCALE);
        for (x, y) in (x..x + SCALE).flat_map(|x| (y..y + SCALE).map(move |y| (x, y))) {
            picture.put_pixel(x, y, Luma([0]));
        }
    }
    picture
}

#[test]
fn what_is_drawn_is_the_text() {
    let long = "otpauth://totp/Long%20Name:somebody@example.com?secret=".to_owned() + &"ABCDEFGH".repeat(40);
    for text in [OTPAUTH, "HELLO", "0123456789", "Café 口座 🔑", "stringToEncode", &long] {
        let picture = raster(&svg(text).expect("a text that fits"));
        assert_eq!(decode(&png(picture)), Ok(vec![text.to_owned()]));
    }
}

#[test]
fn a_code_is_black_on_a_white_box_with_a_quiet_zone_of_two_modules() {
    let svg = svg("A").expect("a text that fits");
    assert!(svg.starts_with("<svg viewBox=\"0 0 25 25\" xmlns=\"http://www.w3.org/2000/svg\">"), "{svg}");
    assert!(svg.contains("<rect width=\"25px\" height=\"25px\" fill=\"#ffffff\"/>"), "{svg}");
    assert!(svg.contains("fill=\"#000000\""), "{svg}");
    let picture = raster(&svg);
    let dark = |module: u32| picture.get_pixel(module * 4 + 1, module * 4 + 1).0[0] == 0;
    assert!(!dark(0) && !dark(1) && dark(2));
}

#[test]
fn the_error_correction_level_is_l() {
    // Seventeen bytes fill version 1 at level L (ISO/IEC 18004, table 7); a higher level takes version 2.
    let svg = svg("seventeen_bytes_!").expect("a text that fits");
    assert!(svg.starts_with("<svg viewBox=\"0 0 25 25\""), "{svg}");
}

#[test]
fn a_text_that_fits_no_code_is_refused() {
    assert!(svg(&"a".repeat(2953)).is_ok());
    assert_eq!(svg(&"a".repeat(2954)), Err(TooLong { bytes: 2954 }));
}
