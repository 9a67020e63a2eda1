//! Texts that are split over several QR codes. The pictures are segno's.

use image::{GrayImage, Luma, imageops};
use qr::{DecodeError, Incomplete, Symbol, decode, join, read};

use crate::drawing::{OTPAUTH, code, on_surface, png};

const FIRST: &[u8] = include_bytes!("../data/split-1-of-3.png");
const SECOND: &[u8] = include_bytes!("../data/split-2-of-3.png");
const THIRD: &[u8] = include_bytes!("../data/split-3-of-3.png");
/// A part of another text with as many parts and the same parity.
const OTHER_THIRD: &[u8] = include_bytes!("../data/other-3-of-3.png");
const ACCENTS: [&[u8]; 4] = [
    include_bytes!("../data/accents-1-of-4.png"),
    include_bytes!("../data/accents-2-of-4.png"),
    include_bytes!("../data/accents-3-of-4.png"),
    include_bytes!("../data/accents-4-of-4.png"),
];

fn symbols(pictures: &[&[u8]]) -> Vec<Symbol> {
    pictures.iter().flat_map(|picture| read(picture).expect("a code")).collect()
}

/// Draws pictures side by side.
fn row(pictures: &[&[u8]]) -> Vec<u8> {
    let pictures: Vec<GrayImage> =
        pictures.iter().map(|picture| image::load_from_memory(picture).expect("a picture").into_luma8()).collect();
    let width = pictures.iter().map(|picture| picture.width() + 20).sum();
    let mut page = GrayImage::from_pixel(width, 200, Luma([255]));
    let mut left = 10;
    for picture in pictures {
        imageops::replace(&mut page, &picture, left, 30);
        left += i64::from(picture.width()) + 20;
    }
    png(page)
}

#[track_caller]
fn check_joined(pictures: &[&[u8]], texts: &[&str]) {
    let joined = join(&symbols(pictures));
    assert_eq!(joined.texts, texts);
    assert_eq!(joined.incomplete, []);
}

#[track_caller]
fn check_incomplete(pictures: &[&[u8]], reason: Incomplete, positions: &[usize]) {
    let joined = join(&symbols(pictures));
    assert!(joined.texts.is_empty(), "a part is no text");
    assert_eq!(joined.incomplete, [(reason, positions.to_vec())]);
}

#[test]
fn parts_in_several_pictures_are_joined_in_any_order() {
    check_joined(&[FIRST, SECOND, THIRD], &[OTPAUTH]);
    check_joined(&[THIRD, FIRST, SECOND], &[OTPAUTH]);
    check_joined(&[SECOND, THIRD, SECOND, FIRST], &[OTPAUTH]);
}

#[test]
fn parts_in_one_picture_are_joined() {
    assert_eq!(decode(&row(&[FIRST, SECOND, THIRD])), Ok(vec![OTPAUTH.to_owned()]));
    assert_eq!(decode(&row(&[THIRD, SECOND, FIRST])), Ok(vec![OTPAUTH.to_owned()]));
}

#[test]
fn a_whole_text_keeps_its_place_beside_parts() {
    let whole = png(code("whole", 3, 4));
    check_joined(&[&whole, FIRST, SECOND, THIRD], &["whole", OTPAUTH]);
    check_joined(&[SECOND, &whole, FIRST, THIRD], &[OTPAUTH, "whole"]);
}

#[test]
fn a_character_may_be_split_and_the_parity_wrong() {
    check_joined(&ACCENTS, &["otpauth://totp/Café Zoë:山田?secret=GEZDGNBVGY3TQOJQ"]);
}

#[test]
fn a_part_alone_is_never_a_text() {
    check_incomplete(&[FIRST], Incomplete::Missing { count: 3, missing: 0b110 }, &[0]);
    check_incomplete(&[THIRD, FIRST], Incomplete::Missing { count: 3, missing: 0b010 }, &[0, 1]);
    let error = DecodeError::Incomplete(Incomplete::Missing { count: 3, missing: 0b110 });
    assert_eq!(decode(FIRST), Err(error));
    assert!(error.to_string().contains("split over 3 QR codes"), "{error}");
    assert!(error.to_string().contains("Missing: 2, 3."), "{error}");
}

#[test]
fn an_incomplete_text_hides_no_other_one() {
    let whole = png(code("whole", 3, 4));
    let joined = join(&symbols(&[FIRST, &whole, SECOND]));
    assert_eq!(joined.texts, ["whole"]);
    assert_eq!(joined.incomplete, [(Incomplete::Missing { count: 3, missing: 0b100 }, vec![0, 2])]);
    // In one picture the whole is refused, since its one answer has no room for the reason.
    let mut page = on_surface(&code("whole", 3, 4), 400, 200, 255, 10, 10);
    let part = image::load_from_memory(FIRST).expect("a picture").into_luma8();
    imageops::replace(&mut page, &part, 200, 10);
    assert!(matches!(decode(&png(page)), Err(DecodeError::Incomplete(_))));
}

#[test]
fn parts_of_different_texts_are_refused() {
    check_incomplete(&[FIRST, SECOND, THIRD, OTHER_THIRD], Incomplete::Mixed, &[0, 1, 2, 3]);
}

#[test]
fn what_is_printed_for_developers_has_no_secret() {
    let printed = format!("{:?}", symbols(&[FIRST, &png(code(OTPAUTH, 3, 4))]));
    assert!(!printed.contains("otpauth") && printed.contains("index: 0"), "{printed}");
}
