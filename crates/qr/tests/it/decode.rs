//! Pictures that hold a code give its text.

use image::codecs::gif::GifEncoder;
use image::imageops::{self, FilterType};
use image::{DynamicImage, Frame, GrayImage, ImageFormat, Luma};
use qr::{DecodeError, decode};

use crate::drawing::{FORMATS, OTPAUTH, code, file, inverted, on_surface, photo, png, transparent, turned};

#[track_caller]
fn check(picture: impl Into<DynamicImage>) {
    check_texts(picture, &[OTPAUTH]);
}

#[track_caller]
fn check_texts(picture: impl Into<DynamicImage>, texts: &[&str]) {
    assert_eq!(
        decode(&png(picture)).as_deref(),
        Ok(texts.iter().map(ToString::to_string).collect::<Vec<_>>().as_slice())
    );
}

#[test]
fn every_format_is_read() {
    for format in FORMATS {
        let picture = code(OTPAUTH, 4, 4);
        assert_eq!(decode(&file(picture, format)), Ok(vec![OTPAUTH.to_owned()]), "{format:?}");
    }
}

#[test]
fn every_depth_and_colour_is_read() {
    let picture = DynamicImage::ImageLuma8(code(OTPAUTH, 3, 4));
    check(picture.to_luma16());
    check(picture.to_luma_alpha16());
    check(picture.to_rgb8());
    check(picture.to_rgba16());
}

#[test]
fn small_and_large_modules_are_read() {
    for scale in [1, 2, 3, 5, 8, 20] {
        check(code(OTPAUTH, scale, 4));
    }
}

#[test]
fn a_code_cropped_to_its_modules_is_read() {
    for scale in [1, 2, 3, 8] {
        check(code(OTPAUTH, scale, 0));
        check(inverted(code(OTPAUTH, scale, 0)));
    }
}

#[test]
fn an_inverted_code_is_read() {
    let code = inverted(code(OTPAUTH, 4, 2));
    check(code.clone());
    check(on_surface(&code, 600, 500, 255, 200, 150));
    check(on_surface(&code, 600, 500, 0, 200, 150));
}

#[test]
fn a_code_on_a_dark_page_is_read() {
    check(on_surface(&code(OTPAUTH, 4, 2), 600, 500, 0, 200, 150));
    check(on_surface(&code(OTPAUTH, 4, 2), 600, 500, 40, 0, 0));
}

#[test]
fn a_turned_or_mirrored_code_is_read() {
    let code = code(OTPAUTH, 6, 4);
    for degrees in [5.0, 33.0, 45.0, 90.0, 135.0, 180.0, 300.0] {
        check(turned(&code, degrees));
    }
    check(imageops::flip_horizontal(&code));
}

#[test]
fn a_code_on_a_transparent_background_is_read() {
    check(transparent(&code(OTPAUTH, 4, 4), 0));
    check(transparent(&code(OTPAUTH, 4, 0), 0));
}

#[test]
fn a_white_code_on_a_transparent_background_is_read() {
    check(transparent(&code(OTPAUTH, 4, 4), 255));
    check(transparent(&inverted(code(OTPAUTH, 4, 4)), 255));
}

#[test]
fn a_pale_code_is_read() {
    for (dark, bright) in [(235, 255), (0, 20), (110, 130)] {
        let mut picture = code(OTPAUTH, 8, 4);
        for pixel in picture.pixels_mut() {
            pixel.0[0] = if pixel.0[0] == 0 { dark } else { bright };
        }
        check(picture);
    }
}

#[test]
fn a_blurred_code_is_read() {
    let code = code(OTPAUTH, 4, 4);
    check(imageops::blur(&code, 1.6));
    check(imageops::blur(&code, 2.2));
}

#[test]
fn a_badly_scaled_code_is_read() {
    let code = code(OTPAUTH, 4, 4);
    for side in [90, 133, 221] {
        check(imageops::resize(&code, side, side, FilterType::Triangle));
    }
}

#[test]
fn a_dense_code_is_read() {
    let data = "CjEKCkhlbGxvId6tvu8SGFRlc3QxOnRlc3QxQGV4YW1wbGUxLmNvbRoFVGVzdDEgASgBMAI".repeat(12);
    let text = format!("otpauth-migration://offline?data={data}%2B%3D");
    check_texts(code(&text, 2, 4), &[&text]);
    check_texts(code(&text, 5, 0), &[&text]);
}

#[test]
fn a_small_code_in_a_12_megapixel_photo_is_read() {
    for size in [2000, 300] {
        let photo = file(photo(OTPAUTH, 4000, 3000, size), ImageFormat::Jpeg);
        assert_eq!(decode(&photo), Ok(vec![OTPAUTH.to_owned()]), "{size}");
    }
}

#[test]
fn a_code_in_a_picture_above_the_kept_size_is_read() {
    check(on_surface(&code(OTPAUTH, 8, 4), 6000, 5000, 200, 3000, 1000));
}

#[test]
fn all_codes_are_read_line_by_line() {
    let texts = ["one", "two", "three", "four", "five"];
    let mut page = GrayImage::from_pixel(1000, 900, Luma([255]));
    // Neither of one size nor quite aligned, as on a real page.
    let places = [(20, 40, 6), (360, 20, 4), (700, 70, 3), (40, 400, 3), (420, 390, 8)];
    for (text, (x, y, scale)) in texts.iter().zip(places) {
        imageops::replace(&mut page, &code(text, scale, 4), x, y);
    }
    check_texts(page, &texts);
}

#[test]
fn a_code_too_small_for_the_first_look_is_found_beside_a_large_one() {
    let mut page = GrayImage::from_pixel(1080, 4000, Luma([255]));
    imageops::replace(&mut page, &code("large", 20, 4), 100, 100);
    imageops::replace(&mut page, &code("small", 2, 4), 500, 3000);
    check_texts(page, &["large", "small"]);
}

#[test]
fn a_repeated_code_counts_once() {
    let code = code(OTPAUTH, 3, 4);
    let mut page = on_surface(&code, 700, 300, 255, 20, 20);
    imageops::replace(&mut page, &code, 400, 20);
    check(page);
}

#[test]
fn a_later_frame_counts_if_the_first_has_no_code() {
    let picture = code(OTPAUTH, 4, 4);
    let blank = GrayImage::from_pixel(picture.width(), picture.height(), Luma([255]));
    let frame = |picture: &GrayImage| Frame::new(DynamicImage::ImageLuma8(picture.clone()).into_rgba8());
    let gif = |frames: Vec<Frame>| {
        let mut bytes = Vec::new();
        GifEncoder::new(&mut bytes).encode_frames(frames).expect("frames of one size");
        decode(&bytes)
    };
    assert_eq!(gif(vec![frame(&blank), frame(&blank), frame(&picture)]), Ok(vec![OTPAUTH.to_owned()]));
    let many = std::iter::repeat_n(frame(&blank), 40).chain([frame(&picture)]);
    assert_eq!(gif(many.collect()), Err(DecodeError::NothingFound));
}

#[test]
fn the_first_frame_of_an_animation_counts() {
    let frame = |text| Frame::new(DynamicImage::ImageLuma8(code(text, 4, 4)).into_rgba8());
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.encode_frames([frame("first"), frame("other")]).expect("frames of one size");
    drop(encoder);
    assert_eq!(decode(&bytes), Ok(vec!["first".to_owned()]));
}

#[test]
fn a_text_is_not_url_decoded() {
    for text in ["otpauth-migration://offline?data=Ci%2BQ%3D", "a+b%20c", "otpauth://totp/AT%26T:x?secret=AA"] {
        check_texts(code(text, 4, 4), &[text]);
    }
}

#[test]
fn utf8_without_a_declaration_is_read() {
    for text in ["otpauth://totp/Café:Zoë?secret=AA", "口座:山田", "счёт", "🔑"] {
        check_texts(code(text, 4, 4), &[text]);
    }
}

#[test]
fn older_character_sets_are_read() {
    let check = |bytes: &[u8], text: &str| {
        let code = fast_qr::QRBuilder::new(bytes).build().expect("bytes that fit");
        let side = u32::try_from(code.size).expect("at most 177");
        let modules =
            GrayImage::from_fn(side, side, |x, y| Luma([if code[y as usize][x as usize].value() { 0 } else { 255 }]));
        let picture = imageops::resize(&modules, side * 4, side * 4, FilterType::Nearest);
        check_texts(on_surface(&picture, side * 4 + 40, side * 4 + 40, 255, 20, 20), &[text]);
    };
    check(b"Caf\xe9 Zo\xeb", "Café Zoë");
    check(b"\x8c\xfb\x8d\xc0\x8e\x52\x93\x63", "口座山田");
}

#[test]
fn a_picture_without_a_code_says_so() {
    for brightness in [0, 128, 255] {
        let blank = GrayImage::from_pixel(300, 200, Luma([brightness]));
        assert_eq!(decode(&png(blank)), Err(DecodeError::NothingFound));
    }
    let desk = file(photo(OTPAUTH, 1200, 900, 1), ImageFormat::Jpeg);
    assert_eq!(decode(&desk), Err(DecodeError::NothingFound));
}

#[test]
fn a_code_with_too_many_wrong_modules_says_so() {
    let mut damaged = code(OTPAUTH, 4, 4);
    imageops::replace(&mut damaged, &GrayImage::from_pixel(80, 80, Luma([255])), 60, 60);
    assert_eq!(decode(&png(damaged)), Err(DecodeError::Checksum));
}

#[test]
fn an_empty_code_is_unreadable_and_hides_no_other() {
    let empty = code("", 4, 4);
    assert_eq!(decode(&png(empty.clone())), Err(DecodeError::Unreadable));
    let mut page = on_surface(&empty, 700, 300, 255, 20, 20);
    imageops::replace(&mut page, &code(OTPAUTH, 4, 4), 300, 20);
    check(page);
}

#[test]
fn micro_and_rectangular_codes_are_read_but_for_the_smallest() {
    let check = |picture: &[u8], text: &str| assert_eq!(decode(picture), Ok(vec![text.to_owned()]));
    check(include_bytes!("../data/micro-m2.png"), "ABC123");
    check(include_bytes!("../data/micro-m3.png"), "a-text");
    check(include_bytes!("../data/micro-m4.png"), "acme.example");
    check(include_bytes!("../data/rectangular.png"), "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ");
    assert_eq!(decode(include_bytes!("../data/micro-m1.png")), Err(DecodeError::Micro));
    assert!(DecodeError::Micro.to_string().contains("Micro QR code"));
}

#[test]
fn a_micro_code_is_found_beside_a_whole_one() {
    let micro = image::load_from_memory(include_bytes!("../data/micro-m3.png")).expect("a picture").into_luma8();
    let mut page = on_surface(&code(OTPAUTH, 4, 4), 400, 200, 255, 10, 10);
    imageops::replace(&mut page, &micro, 250, 20);
    check_texts(page, &[OTPAUTH, "a-text"]);
}
