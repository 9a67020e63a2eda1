//! Pictures with QR codes: a file as it is, and a bitmap whose pixels are the bytes. Run with `-timeout=5`, since what a
//! picture costs is bounded. Pictures of codes make a good corpus: `cargo fuzz run picture crates/qr/tests/data`.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    check(data);
    if let [side, pixels @ ..] = data {
        check(&bitmap(u32::from(*side).max(1), pixels));
    }
});

/// Checks that a success has something in it, and that no part is taken for a text.
fn check(picture: &[u8]) {
    let Ok(symbols) = qr::read(picture) else { return };
    assert!(!symbols.is_empty());
    let joined = qr::join(&symbols);
    assert!(joined.texts.len() + joined.incomplete.len() <= symbols.len());
    assert!(!joined.texts.is_empty() || !joined.incomplete.is_empty());
    assert!(joined.texts.iter().all(|text| !text.is_empty()), "no text is empty");
}

/// Returns a Windows bitmap of 24 bits a pixel, whose rows are `width` long. Each bit is a pixel, black or white.
fn bitmap(width: u32, bits: &[u8]) -> Vec<u8> {
    let height = u32::try_from(bits.len() * 8).unwrap_or(0) / width;
    let mut file = b"BM".to_vec();
    // The size of the file, two unused fields, the offset of the pixels, and the size of the second header.
    for number in [0_u32, 0, 54, 40, width, height] {
        file.extend(number.to_le_bytes());
    }
    file.extend([1, 0, 24, 0]);
    file.extend([0; 24]);
    let pixel = |at: u32| if bits[at as usize / 8] >> (at % 8) & 1 == 1 { [0; 3] } else { [255; 3] };
    for row in 0..height {
        file.extend((0..width).flat_map(|column| pixel(row * width + column)));
        // Rows fill whole words.
        file.resize(file.len() + (width % 4) as usize, 0);
    }
    file
}
