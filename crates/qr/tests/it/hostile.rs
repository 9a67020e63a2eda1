//! Broken and hostile files: each gives one clear error quickly.

use image::{GrayImage, ImageFormat, Luma};
use proptest::prelude::*;
use qr::{DecodeError, MAX_BYTES, PictureFormat, decode};

use crate::drawing::{FORMATS, OTPAUTH, code, file, png};

#[test]
fn what_is_no_picture_is_refused() {
    for bytes in [b"".as_slice(), b"\0", b"plain text\n", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", &[0; 4096]] {
        assert_eq!(decode(bytes), Err(DecodeError::NotAPicture), "{bytes:?}");
    }
}

#[test]
fn a_picture_without_a_decoder_is_named() {
    let check = |bytes, format| assert_eq!(decode(bytes), Err(DecodeError::Unsupported(format)));
    check(b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", PictureFormat::Avif);
    check(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", PictureFormat::Heic);
    check(b"%PDF-1.7\n1 0 obj", PictureFormat::Pdf);
    assert!(DecodeError::Unsupported(PictureFormat::Pdf).to_string().starts_with("PDF files cannot be read"));
}

#[test]
fn a_file_that_is_cut_off_is_damaged_or_gives_what_is_there() {
    let picture = code(OTPAUTH, 4, 4);
    for format in FORMATS {
        let whole = file(picture.clone(), format);
        for part in 0..8 {
            let cut = &whole[..whole.len() * part / 8];
            match decode(cut) {
                Ok(texts) => assert_eq!(texts, [OTPAUTH], "{format:?} {part}"),
                Err(error) => assert!(!matches!(error, DecodeError::TooLarge { .. }), "{format:?} {part} {error}"),
            }
        }
        let kind = qr::detect_format(&whole).expect("a picture");
        assert_eq!(decode(&whole[..30]), Err(DecodeError::Damaged(kind)));
    }
}

#[test]
fn a_long_file_is_refused() {
    let mut long = png(code(OTPAUTH, 4, 4));
    long.resize(MAX_BYTES + 1, 0);
    assert_eq!(decode(&long), Err(DecodeError::FileTooLarge { bytes: MAX_BYTES + 1 }));
}

#[test]
fn a_picture_that_claims_a_huge_size_is_refused() {
    let mut bomb = png(code(OTPAUTH, 1, 0));
    bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let checksum = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
    assert_eq!(decode(&bomb), Err(DecodeError::TooLarge { width: 60_000, height: 60_000 }));

    let mut bomb = file(code(OTPAUTH, 1, 0), ImageFormat::Bmp);
    bomb[18..22].copy_from_slice(&30_000_u32.to_le_bytes());
    bomb[22..26].copy_from_slice(&30_000_u32.to_le_bytes());
    assert_eq!(decode(&bomb), Err(DecodeError::TooLarge { width: 30_000, height: 30_000 }));

    let gif = b"GIF89a\xff\xff\xff\xff\0\0\0\x2c\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0\x3b";
    assert_eq!(decode(gif), Err(DecodeError::TooLarge { width: 65_535, height: 65_535 }));
}

#[test]
fn a_small_file_of_many_even_pixels_is_bounded() {
    let even = png(GrayImage::from_pixel(5200, 5200, Luma([255])));
    assert!(even.len() < 250_000);
    assert_eq!(decode(&even), Err(DecodeError::NothingFound));
}

/// Finder patterns side by side: without a limit their triples alone would take hours.
#[test]
fn a_picture_full_of_finder_patterns_is_bounded() {
    let trap = GrayImage::from_fn(3000, 3000, |x, y| {
        let ring = (x % 9).abs_diff(3).max((y % 9).abs_diff(3));
        Luma([if ring == 2 || ring > 3 { 255 } else { 0 }])
    });
    assert!(decode(&png(trap)).is_err());
}

#[test]
fn pictures_of_extreme_shape_are_looked_at() {
    for (width, height) in [(1, 1), (1, 16_384), (16_384, 1), (2, 3), (39, 41), (16_384, 4)] {
        let picture = GrayImage::from_fn(width, height, |x, y| Luma([if (x ^ y) & 1 == 0 { 0 } else { 255 }]));
        assert!(decode(&png(picture)).is_err(), "{width} × {height}");
    }
}

/// CRC-32 as PNG has it (RFC 2083, section 15).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

const BEGINNINGS: [&[u8]; 7] = [
    b"",
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
    b"\xff\xd8\xff\xe0\0\x10JFIF\0",
    b"GIF89a",
    b"BM",
    b"RIFF\0\x01\0\0WEBPVP8L",
    b"RIFF\0\x01\0\0WEBPVP8 ",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(beginning in 0..BEGINNINGS.len(), rest in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = decode(&[BEGINNINGS[beginning], &rest].concat());
    }

    #[test]
    fn changed_files_never_panic(
        format in prop::sample::select(FORMATS.to_vec()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = file(code("text", 2, 1), format);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = decode(&bytes);
    }

    #[test]
    fn random_modules_never_panic(side in 1_u32..40, scale in 1_u32..4, bits in prop::collection::vec(any::<bool>(), 1600)) {
        let picture = GrayImage::from_fn(side * scale, side * scale, |x, y| {
            Luma([if bits[(y / scale * side + x / scale) as usize] { 0 } else { 255 }])
        });
        let _ = decode(&file(picture, ImageFormat::Bmp));
    }

    #[test]
    fn damaged_codes_never_panic_or_change_their_text(
        spots in prop::collection::vec((0_u32..120, 0_u32..120, 1_u32..30, any::<u8>()), 0..6),
    ) {
        let mut picture = code(OTPAUTH, 3, 2);
        let (width, height) = picture.dimensions();
        for (left, top, side, brightness) in spots {
            for (x, y) in (left..left + side).flat_map(|x| (top..top + side).map(move |y| (x, y))) {
                if x < width && y < height {
                    picture.put_pixel(x, y, Luma([brightness]));
                }
            }
        }
        if let Ok(texts) = decode(&file(picture, ImageFormat::Bmp)) {
            prop_assert_eq!(texts, [OTPAUTH]);
        }
    }
}
