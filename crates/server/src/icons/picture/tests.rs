use image::{ImageEncoder as _, Rgba, RgbaImage};

use super::*;

fn new(bytes: &[u8]) -> Result<Picture, PictureError> {
    Picture::new(bytes, &|| false)
}

fn draw(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let picture = RgbaImage::from_fn(width, height, |x, y| Rgba([200, (x % 200) as u8, (y % 200) as u8, 255]));
    let picture = DynamicImage::ImageRgba8(picture);
    let picture = if format == ImageFormat::Jpeg { picture.into_rgb8().into() } else { picture };
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn size(picture: &Picture) -> (u32, u32) {
    let image = image::load_from_memory(picture.bytes()).unwrap();
    (image.width(), image.height())
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn every_format_becomes_a_png_a_jpeg_or_an_svg() {
    for (format, extension) in [
        (ImageFormat::Png, "png"),
        (ImageFormat::Jpeg, "jpg"),
        (ImageFormat::Gif, "png"),
        (ImageFormat::Bmp, "png"),
        (ImageFormat::WebP, "png"),
    ] {
        let picture = new(&draw(16, 12, format)).unwrap();
        assert_eq!(picture.extension(), extension, "{format:?}");
        assert_eq!(size(&picture), (16, 12), "{format:?}");
    }
    let svg = new(br#"<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>"#).unwrap();
    assert_eq!(svg.extension(), "svg");
}

#[test]
fn large_pictures_are_reduced_and_small_ones_kept() {
    assert_eq!(size(&new(&draw(1000, 500, ImageFormat::Png)).unwrap()), (256, 128));
    assert_eq!(size(&new(&draw(300, 3000, ImageFormat::Jpeg)).unwrap()), (26, 256));
    assert_eq!(size(&new(&draw(1, 1, ImageFormat::Png)).unwrap()), (1, 1));
    assert_eq!(size(&new(&draw(5000, 1, ImageFormat::Png)).unwrap()), (256, 1));
}

#[test]
fn metadata_is_removed() {
    let pixels = RgbaImage::new(4, 4);
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(b"planted-profile".to_vec()).unwrap();
    encoder.set_exif_metadata(b"II*\0planted-exif".to_vec()).unwrap();
    encoder.write_image(&pixels, 4, 4, image::ExtendedColorType::Rgba8).unwrap();
    bytes.extend(b"planted-tail");
    assert!(contains(&bytes, b"planted-exif"));
    let picture = new(&bytes).unwrap();
    assert!(!contains(picture.bytes(), b"planted"));
    for chunk in [&b"iCCP"[..], b"eXIf", b"tEXt", b"zTXt", b"iTXt"] {
        assert!(!contains(picture.bytes(), chunk));
    }

    let mut bytes = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
    encoder.set_exif_metadata(b"MM\0*\0\0\0\x08\0\0planted-exif".to_vec()).unwrap();
    encoder.encode(&[90; 48], 4, 4, image::ExtendedColorType::Rgb8).unwrap();
    // A comment after the start of the image.
    bytes.splice(2..2, b"\xff\xfe\0\x11planted-comment".to_vec());
    assert!(contains(&bytes, b"planted-exif") && contains(&bytes, b"planted-comment"));
    assert!(!contains(new(&bytes).unwrap().bytes(), b"planted"));
}

#[test]
fn the_orientation_of_a_photo_is_applied() {
    // EXIF, big-endian, one entry: orientation (0x0112), short, one value: 6, turn right.
    let exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif).unwrap();
    encoder.encode(&[90; 8 * 4 * 3], 8, 4, image::ExtendedColorType::Rgb8).unwrap();
    assert_eq!(size(&new(&bytes).unwrap()), (4, 8));
}

/// A PNG of one colour: tiny as a file, huge when decoded.
fn png_bomb(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        let crc = kind.iter().chain(data).fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
        });
        bytes.extend(kind);
        bytes.extend(data);
        bytes.extend((!crc).to_be_bytes());
    };
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([16, 6, 0, 0, 0]);
    chunk(b"IHDR", &header);
    chunk(b"IDAT", b"\x78\x9c\x03\0\0\0\0\x01");
    chunk(b"IEND", b"");
    bytes
}

#[test]
fn bombs_are_refused_before_they_are_decoded() {
    assert_eq!(new(&png_bomb(100_000, 100_000)), Err(PictureError::TooLarge));
    assert_eq!(new(&png_bomb(8000, 8000)), Err(PictureError::TooLarge));
    assert_eq!(new(&png_bomb(1, 9000)), Err(PictureError::TooLarge));
    // The sizes in the headers of a GIF and a BMP can't be trusted.
    let gif = b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0;";
    assert!(new(gif).is_err());
    let mut bmp = draw(2, 2, ImageFormat::Bmp);
    bmp[18..26].copy_from_slice(&[0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f]);
    assert!(new(&bmp).is_err());
}

#[test]
fn damaged_pictures_are_refused_without_a_panic() {
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::WebP] {
        let whole = draw(9, 7, format);
        for length in (0..whole.len()).step_by(7) {
            let _ = new(&whole[..length]);
        }
        for index in (12..whole.len()).step_by(5) {
            let mut changed = whole.clone();
            changed[index] ^= 0x55;
            let _ = new(&changed);
        }
        assert_eq!(new(&whole[..14]), Err(PictureError::Damaged), "{format:?}");
    }
}

#[test]
fn anything_but_a_picture_is_unsupported() {
    for bytes in [&b""[..], b"not an image", b"\0\0\0\x20ftypavif", b"\0\0\0\x20ftypheic", b"%PDF-1.7", b"<html/>"] {
        assert_eq!(new(bytes), Err(PictureError::Unsupported));
    }
}
