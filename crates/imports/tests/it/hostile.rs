//! Broken and hostile files: reading them never panics, and takes little time and memory.

use std::fs;

use imports::ReadError;
use proptest::prelude::*;
use serde_json::json;

use crate::files::own_files;

/// Reads a file in both ways. Any result will do.
fn feed(file: &[u8]) {
    let _ = imports::read(file, None);
    let _ = imports::compat::read(file);
}

fn plain_files() -> Vec<Vec<u8>> {
    own_files().iter().map(|file| fs::read(file).unwrap()).collect()
}

#[test]
fn deep_nesting_is_no_format() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let text = open.repeat(1_000_000) + &close.repeat(1_000_000);
        assert_eq!(imports::read(text.as_bytes(), None), Err(ReadError::UnknownFormat));
    }
}

#[test]
fn too_much_is_refused() {
    assert_eq!(imports::read(&vec![b' '; imports::MAX_BYTES + 1], None), Err(ReadError::TooLarge));
    let entries = vec![json!({}); imports::MAX_ENTRIES + 1];
    let export = json!({"app": "2fauth_v8", "schema": 1, "data": entries}).to_string();
    assert_eq!(imports::read(export.as_bytes(), None), Err(ReadError::TooMany));
    let list = "otpauth://totp/a\n".repeat(imports::MAX_ENTRIES + 1);
    assert_eq!(imports::read(list.as_bytes(), None), Err(ReadError::TooMany));
}

#[test]
fn a_batch_of_a_billion_codes_makes_no_long_list() {
    // One account with a secret and a name, and the batch's size 2147483647.
    let uri = "otpauth-migration://offline?data=CgYKAQASAWEY/////wc=";
    let import = imports::read(uri.as_bytes(), None).unwrap();
    assert!(import.warnings.iter().all(|warning| warning.to_string().len() < 20_000), "{import:?}");
}

#[test]
fn a_crowd_of_batches_makes_no_crowd_of_warnings() {
    // One account with a secret and a name, the batch's size 1000, and its number.
    let uri = |batch: u8| {
        let head = b"\x0a\x06\x0a\x01\x00\x12\x01a\x18\xe8\x07\x28";
        let data = data_encoding::BASE64.encode(&[&head[..], &[batch]].concat());
        format!("otpauth-migration://offline?data={data}")
    };
    let list: Vec<String> = (1..100).map(uri).collect();
    let import = imports::read(list.join("\n").as_bytes(), None).unwrap();
    assert_eq!((import.entries.len(), import.warnings.len()), (99, 21));
}

#[test]
fn cut_files_upset_nothing() {
    for file in plain_files() {
        for end in (0..file.len()).step_by(7) {
            feed(&file[..end]);
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_upset_nothing(file in proptest::collection::vec(any::<u8>(), 0..300)) {
        feed(&file);
    }

    #[test]
    fn random_text_upsets_nothing(text in "\\PC{0,200}") {
        feed(text.as_bytes());
        feed(format!("otpauth://totp/{text}").as_bytes());
        feed(format!("otpauth-migration://offline?data={text}").as_bytes());
    }

    #[test]
    fn random_payloads_upset_nothing(data in proptest::collection::vec(any::<u8>(), 0..100)) {
        let data = data_encoding::BASE64URL_NOPAD.encode(&data);
        feed(format!("otpauth-migration://offline?data={data}").as_bytes());
    }

    #[test]
    fn changed_files_upset_nothing(
        seed in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0..4_u8, any::<u8>()), 1..8),
    ) {
        let files = plain_files();
        let mut file = seed.get(&files).clone();
        for (place, change, byte) in changes {
            if file.is_empty() {
                break;
            }
            let place = place.index(file.len());
            match change {
                0 => file[place] = byte,
                1 => file.insert(place, byte),
                2 => drop(file.remove(place)),
                _ => file[place] ^= 1 << (byte % 8),
            }
        }
        feed(&file);
    }

    #[test]
    fn odd_values_upset_nothing(value in odd_value(), key in "[a-z_]{1,8}") {
        for export in [
            json!({"app": "2fauth_v8", "schema": value, "data": [{"otp_type": "totp", "secret": "AAAA", "account": value, "digits": value, "period": value, "counter": value}]}),
            json!({"header": value, "db": {"entries": [{"type": "hotp", "name": value, "info": {"secret": "AAAA", "counter": value}, "groups": [value]}], "groups": value}}),
            json!({"schemaVersion": value, "services": [{"secret": "AAAA", "name": "x", "otp": value}, value], "servicesEncrypted": value}),
            json!({"encrypted": value, "items": [{"login": {"totp": value}}, {"login": {"totp": "otpauth://totp/a?secret=A"}, "folderId": value}, value], "folders": value}),
            json!({(key): value}),
        ] {
            feed(export.to_string().as_bytes());
        }
    }
}

fn odd_value() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<i64>().prop_map(|value| json!(value)),
        any::<u64>().prop_map(|value| json!(value)),
        any::<f64>().prop_map(|value| json!(value)),
        "\\PC{0,20}".prop_map(|value| json!(value)),
        Just(json!([])),
        Just(json!([{}])),
        Just(json!({"uuid": "a", "name": "b", "id": "c", "label": 5})),
    ]
}
