//! Pictures, alone and inside a whole one: what is written has no tags but harmless ones, and can be read again. Run with
//! `-timeout=2`, since what a picture costs is bounded.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sixpin::icons::Picture;

const PREFIX: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>";

fuzz_target!(|data: &[u8]| {
    for svg in [data.to_vec(), [PREFIX, data, b"</svg>"].concat()] {
        let Ok(picture) = Picture::new(&svg, &|| false) else { continue };
        if picture.extension() != "svg" {
            continue;
        }
        let text = std::str::from_utf8(picture.bytes()).expect("what is written is UTF-8");
        // Texts and values never have an angle bracket.
        for tag in ["<script", "<foreignObject", "<animate", "<set", "<iframe", "<a ", "<!", "<?"] {
            assert!(!text.contains(tag), "{tag} is left: {text}");
        }
        let again = Picture::new(picture.bytes(), &|| false).expect("what is written can be read");
        assert_eq!(again, picture, "a second pass changes nothing");
    }
});
