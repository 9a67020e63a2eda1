//! Encrypted files.

use std::fs;

use imports::{File, ReadError, read_among};
use serde_json::{Value, json};

use crate::files::{own, own_files};

/// Returns the encrypted files of this crate with their passwords.
fn encrypted() -> Vec<(Vec<u8>, String)> {
    let files = own_files().into_iter().filter_map(|file| {
        let expected = fs::read(file.with_added_extension("expected.json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        Some((fs::read(&file).unwrap(), expected["password"].as_str()?.to_owned()))
    });
    files.collect()
}

#[test]
fn a_password_is_asked_for() {
    for (file, _) in encrypted() {
        assert!(matches!(imports::read(&file, None), Err(ReadError::Encrypted(_) | ReadError::Perhaps(_))));
    }
}

#[test]
fn a_ciphertext_without_a_mark_may_be_one_by_its_name() {
    let (old, plus) = (own("andotp/cc0-encrypted_old.json.aes"), own("authenticator_plus/authplus.db"));
    for (name, bytes, is_certain) in [
        ("otp_accounts.json.aes", &old, true),
        ("a/OTP.AES", &old, true),
        ("", &old, false),
        ("backup.bin", &old, false),
        ("authplus.db", &plus, true),
        ("backup", &plus, false),
    ] {
        let error = read_among(File { name, bytes }, &[], None).unwrap_err();
        assert_eq!(matches!(error, ReadError::Encrypted(_)), is_certain, "{name}: {error}");
        assert_eq!(matches!(error, ReadError::Perhaps(_)), !is_certain, "{name}: {error}");
    }
    // UTF-16, and a file that is none of ours.
    let text: Vec<u8> = "otpauth://totp/a?secret=AAAA".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let program = [&b"\x7fELF\x02\x01\x01"[..], &[0; 100], &[0xe9; 50]].concat();
    for bytes in [&[b"\xff\xfe", &text[..]].concat(), &program] {
        assert_eq!(imports::read(bytes, None), Err(ReadError::UnknownFormat));
    }
}

#[test]
fn a_wrong_password_is_told_from_a_damaged_file() {
    for (file, password) in encrypted() {
        for wrong in ["", &format!("{password} ")] {
            assert!(matches!(imports::read(&file, Some(wrong)), Err(ReadError::WrongPassword(_))), "{wrong:?}");
        }
        // Other forms than JSON have their own tests of damage, next to their readers.
        let Ok(mut export) = serde_json::from_slice::<Value>(&file) else { continue };
        let mut is_changed = false;
        for name in ["db", "servicesEncrypted", "data"] {
            if let Some(text) = export.get(name).and_then(Value::as_str) {
                let middle = text.len() / 3 / 4 * 4;
                let other = if &text[middle..=middle] == "A" { "B" } else { "A" };
                export[name] = json!(format!("{}{other}{}", &text[..middle], &text[middle + 1..]));
                is_changed = true;
            }
        }
        // The others can't tell the two apart, or have a ciphertext for each entry.
        if !is_changed {
            continue;
        }
        let damaged = imports::read(export.to_string().as_bytes(), Some(&password));
        assert!(matches!(damaged, Err(ReadError::Unusable(_))), "{damaged:?}");
    }
}

#[test]
fn a_password_opens_a_file_in_either_unicode_form() {
    let file = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/aegis/composed.json")).unwrap();
    for password in ["pässwörd é", "pa\u{308}sswo\u{308}rd e\u{301}", "p\u{e4}sswo\u{308}rd \u{e9}"] {
        assert!(imports::read(&file, Some(password)).is_ok(), "{password:?}");
    }
    let wrong = imports::read(&file, Some("passwörd é"));
    assert!(matches!(wrong, Err(ReadError::WrongPassword(_))));
}

#[test]
fn work_without_end_is_refused() {
    let slot = |n: u64, r: u64, p: u64| json!({"type": 1, "n": n, "r": r, "p": p, "salt": "00", "key": "00", "key_params": {}});
    for (n, r, p) in [(1 << 40, 8, 1), (32_768, 1 << 20, 1), (32_768, 8, 1 << 20), (3, 8, 1)] {
        let vault = json!({"header": {"slots": [slot(n, r, p)], "params": {}}, "db": "AAAA"}).to_string();
        let refused = imports::read(vault.as_bytes(), Some("x"));
        assert!(matches!(refused, Err(ReadError::TooCostly(_))), "{refused:?}");
    }
}

#[test]
fn a_vault_without_a_password_slot_says_so() {
    let vault = json!({"header": {"slots": [{"type": 2}], "params": {}}, "db": "AAAA"}).to_string();
    assert!(matches!(imports::read(vault.as_bytes(), Some("x")), Err(ReadError::AccountRestricted(_))));
}
