//! Secrets as users paste them, as URIs hold them, and their keys.

use otp::{Algorithm, NotBase32, Secret, SecretError, hotp};

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

#[test]
fn text_is_upper_cased_and_padded() {
    let rows = [
        ("a4grfhvvrbgy7uiw", "A4GRFHVVRBGY7UIW"),
        ("EEEE====", "EEEE===="),
        ("eee", "EEE====="),
        ("A", "A======="),
        ("=EEEE=", "EEEE===="),
        ("1.0", "1.0====="),
        ("====", "========"),
        ("", ""),
    ];
    for (text, padded) in rows {
        let secret = Secret::from_text(text);
        assert_eq!(secret.padded(), padded, "{text:?}");
        assert_eq!(Secret::from_text(secret.padded()), secret, "{text:?} again");
    }
}

#[test]
fn base32_rule() {
    for text in ["A4GRFHVVRBGY7UIW", "a4grfhvvrbgy7uiw", "EEEE====", "eee", "A", "===="] {
        assert!(Secret::from_text(text).is_base32(), "{text:?}");
    }
    for text in ["A4GR FHVV RBGY 7UIW", "A4GR-FHVV", "A1", "1.0", "AA==AA", "É"] {
        assert!(!Secret::from_text(text).is_base32(), "{text:?}");
    }
}

#[test]
fn pasted_secrets() {
    let texts = [
        "a4grfhvvrbgy7uiw",
        "A4GR FHVV RBGY 7UIW",
        " \tA4GR-FHVV-RBGY-7UIW\r\n",
        "a4gr\u{a0}fhvv\u{202f}rbgy\u{2009}7uiw",
        "A4GR\u{2010}FHVV\u{2013}RBGY\u{2212}7UIW",
        "A4GR+FHVV+RBGY+7UIW",
        "\u{feff}A4GR\u{200b}FHVV\u{ad}RBGY7UIW",
        "A4GRFHVVRBGY7UIW====",
        "A4GRFHVVRBGY7UIW%3D%3d",
        "=A4GRFHVV=RBGY7UIW= ",
    ];
    for text in texts {
        assert_eq!(Secret::parse(text).unwrap().padded(), "A4GRFHVVRBGY7UIW", "{text:?}");
    }
    assert_eq!(Secret::parse("jbsw y3dp eb").unwrap().padded(), "JBSWY3DPEB======");
}

#[test]
fn pasted_errors_name_the_character_and_its_place() {
    let error = Secret::parse("a4gr fh0v").unwrap_err();
    assert_eq!(error, SecretError::Character { character: '0', position: 8 });
    assert_eq!(
        error.to_string(),
        "'0' at position 8 cannot be part of a base32 secret, which holds A to Z and 2 to 7 only \
         (perhaps it is the letter O)"
    );
    for (text, character, position) in [("AÉ", 'É', 2), ("9", '9', 1), ("AA.A", '.', 3), ("AA%3DAA", '%', 3)] {
        assert_eq!(Secret::parse(text).unwrap_err(), SecretError::Character { character, position }, "{text:?}");
    }
    for text in ["", " ", "====", "- -", "%3D"] {
        assert_eq!(Secret::parse(text).unwrap_err(), SecretError::Empty, "{text:?}");
    }
    assert_eq!(Secret::parse("otpauth://totp/a?secret=A").unwrap_err(), SecretError::Uri);
}

/// The keys were computed with another implementation; the code is that of counter 1.
#[test]
fn keys_of_every_length() {
    let rows = [
        ("A", "00", "812658"),
        ("AB", "00", "812658"),
        ("ABC", "0044", "300079"),
        ("ABCD", "0044", "300079"),
        ("ABCDE", "004432", "543770"),
        ("ABCDEF", "00443214", "431679"),
        ("ABCDEFG", "00443214", "431679"),
        ("ABCDEFGH", "00443214c7", "233946"),
        ("EEE", "2108", "271982"),
        ("7", "f8", "575671"),
        ("77", "ff", "872863"),
        ("777", "fffe", "528609"),
        ("77777", "ffffff", "085013"),
        ("777777", "fffffffc", "423027"),
        ("7777777", "ffffffff", "119877"),
        // 80 bits, which some libraries refuse
        ("A4GRFHVVRBGY7UIW", "070d129eb5884d8fd116", "534829"),
        ("JBSWY3DPEHPK3PXP", "48656c6c6f21deadbeef", "996554"),
    ];
    for (text, key, code) in rows {
        let decoded = Secret::from_text(text).key().unwrap();
        assert_eq!(hex(&decoded), key, "{text}");
        assert_eq!(hotp(&decoded, Algorithm::Sha1, 6, 1), code, "{text}");
    }
}

/// A QR code may hold a grouped secret. It is kept as it is, and works.
#[test]
fn keys_skip_spaces_and_hyphens() {
    let plain = Secret::from_text("A4GRFHVVRBGY7UIW").key().unwrap();
    for text in ["A4GR FHVV RBGY 7UIW", "A4GR-FHVV-RBGY-7UIW", "a4gr\u{a0}fhvvrbgy7uiw"] {
        assert_eq!(Secret::from_text(text).key().unwrap(), plain, "{text:?}");
    }
}

#[test]
fn what_is_not_base32_has_no_key() {
    for text in ["1.0", "A1", "", "====", " ", "AA==AA", "É", "日本"] {
        assert_eq!(Secret::from_text(text).key().unwrap_err(), NotBase32, "{text:?}");
    }
}

#[test]
fn generated_secrets_hold_64_bytes() {
    let random: [u8; 64] = std::array::from_fn(|index| u8::try_from(index).unwrap());
    let secret = Secret::generate(&random);
    assert_eq!(secret.padded().len(), 104);
    assert_eq!(secret.unpadded().len(), 103);
    assert!(secret.is_base32());
    assert_eq!(secret.key().unwrap().as_slice(), random);
    assert_eq!(Secret::from_key(b"Hello!\xDE\xAD\xBE\xEF").padded(), "JBSWY3DPEHPK3PXP");
}

#[test]
fn secrets_do_not_show_in_logs() {
    assert_eq!(format!("{:?}", Secret::from_text("A4GRFHVVRBGY7UIW")), "Secret(…)");
}

#[test]
fn equality_is_that_of_the_text() {
    assert_eq!(Secret::from_text("eeee"), Secret::parse("EE EE").unwrap());
    assert_ne!(Secret::from_text("EEEE"), Secret::from_text("EEEEE"));
    assert_ne!(Secret::from_text("EEEE"), Secret::from_text("EEEF"));
}
