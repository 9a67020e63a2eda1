//! Published pictures of QR codes, if a folder of them lies beside the repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use qr::{DecodeError, decode};

use crate::corpus::{Picture, one_line, pictures};

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/qr");
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases/qr");
/// The collections in that folder. Of `negative`, most have no code.
const COLLECTIONS: [&str; 5] = ["made", "negative", "otp", "rqrr", "zxing"];

#[test]
fn published_pictures_give_their_texts() {
    let pictures = COLLECTIONS.iter().flat_map(|name| pictures(&Path::new(SAMPLES).join(name)));
    for Picture { path: picture, text: expected } in pictures {
        let texts = decode(&fs::read(&picture).expect("a readable file"));
        match expected {
            Some(expected) => {
                let texts = texts.unwrap_or_else(|error| panic!("{}: {error}", picture.display()));
                assert_eq!(one_line(&texts.concat()), one_line(&expected), "{}", picture.display());
            }
            None if picture.components().any(|part| part.as_os_str() == "negative") => {
                assert!(texts.is_err(), "{}: {texts:?}", picture.display());
            }
            None => {}
        }
    }
}

/// Pictures after public bug reports. Formats that can't be decoded must say which one they are.
#[test]
fn pictures_of_bug_reports_give_their_texts() {
    let Ok(expected) = fs::read(Path::new(CASES).join("expected.json")) else { return };
    let expected: BTreeMap<String, String> = serde_json::from_slice(&expected).expect("a list of texts");
    for (name, text) in expected {
        match decode(&fs::read(Path::new(CASES).join(&name)).expect("a readable file")) {
            Ok(texts) => assert_eq!(texts.join("\n"), text, "{name}"),
            Err(error) => assert!(matches!(error, DecodeError::Unsupported(_)), "{name}: {error}"),
        }
    }
}
