//! Lenient parsing of URIs, as other apps and password managers write them.

use otp::{Algorithm, Otpauth, Secret, UriError};

use crate::summary;

#[track_caller]
fn accepted(text: &str, expected: &str) {
    let read = Otpauth::parse_any(text).map(|account| summary(&account));
    assert_eq!(read.as_deref(), Ok(expected), "{text}");
}

#[test]
fn a_list_of_uris() {
    let uris = include_str!("fixtures/uris.txt").lines();
    let expected = include_str!("fixtures/uris.expected.txt").lines();
    assert_eq!(uris.clone().count(), expected.clone().count());
    for (uri, expected) in uris.zip(expected) {
        accepted(uri, expected);
    }
}

#[test]
fn scheme_and_type_in_any_case() {
    for start in ["otpauth://totp", "OTPAUTH://totp", "otpauth://TOTP", " \u{feff}OtpAuth://ToTp"] {
        accepted(&format!("{start}/A:b?secret=eeee \n"), "totp [A] [b] EEEE==== sha1 6 30 -");
    }
}

#[test]
fn steam_in_every_form() {
    let expected = "steamtotp [Steam] [g] A4GRFHVVRBGY7UIW sha1 5 30 -";
    accepted("otpauth://steam/Steam:g?secret=A4GRFHVVRBGY7UIW&issuer=Steam", expected);
    accepted("otpauth://STEAM/g?secret=A4GRFHVVRBGY7UIW", expected);
    accepted("otpauth://totp/Steam:g?secret=A4GRFHVVRBGY7UIW", expected);
    let of_valve = expected.replace("[Steam]", "[Valve]");
    accepted("otpauth://totp/Valve:g?secret=A4GRFHVVRBGY7UIW&digits=8&steam", &of_valve);
    accepted("otpauth://totp/Valve:g?secret=A4GRFHVVRBGY7UIW&encoder=steam", &of_valve);
    for uri in ["steam://A4GRFHVVRBGY7UIW", "STEAM://a4grfhvvrbgy7uiw", "steam://A4GR%20FHVV-RBGY7UIW/"] {
        accepted(uri, "steamtotp [Steam] [] A4GRFHVVRBGY7UIW sha1 5 30 -");
    }
}

#[test]
fn secrets_as_they_come() {
    for secret in ["a4gr fhvv rbgy 7uiw", "A4GR-FHVV-RBGY-7UIW", "A4GR+FHVV+RBGY+7UIW", "A4GRFHVVRBGY7UIW%3D%3D"] {
        accepted(&format!("otpauth://totp/a?secret={secret}"), "totp [-] [a] A4GRFHVVRBGY7UIW sha1 6 30 -");
    }
    assert_eq!(Otpauth::parse_any("otpauth://totp/a?secret=1.0").unwrap().secret, Secret::from_text("1.0"));
    for text in ["otpauth://totp/", "otpauth://totp/a?secret=", "otpauth://totp/a?secret=%20", "steam://", "steam:///A"]
    {
        assert_eq!(Otpauth::parse_any(text), Err(UriError::Secret), "{text}");
    }
}

#[test]
fn labels() {
    let rows = [
        ("Acme:bob", "totp [Acme] [bob] EEEE==== sha1 6 30 -"),
        ("Acme%3Abob", "totp [Acme] [bob] EEEE==== sha1 6 30 -"),
        ("Acme:x%3Ay", "totp [Acme] [x:y] EEEE==== sha1 6 30 -"),
        ("Acme:%20bob%20", "totp [Acme] [bob] EEEE==== sha1 6 30 -"),
        ("//Acme:bob", "totp [Acme] [bob] EEEE==== sha1 6 30 -"),
        ("Acme:Acme:bob", "totp [Acme] [bob] EEEE==== sha1 6 30 -"),
        (":bob", "totp [-] [bob] EEEE==== sha1 6 30 -"),
        ("a#EXT#@contoso", "totp [-] [a#EXT#@contoso] EEEE==== sha1 6 30 -"),
        ("raw space & 100%", "totp [-] [raw space & 100%] EEEE==== sha1 6 30 -"),
        ("", "totp [-] [] EEEE==== sha1 6 30 -"),
    ];
    for (label, expected) in rows {
        accepted(&format!("otpauth://totp/{label}?secret=EEEE"), expected);
    }
    accepted("otpauth://totp?secret=EEEE&issuer=Zoho", "totp [Zoho] [] EEEE==== sha1 6 30 -");
    accepted("otpauth://totp/bob?issuer=a:b&secret=EEEE", "totp [a:b] [bob] EEEE==== sha1 6 30 -");
    accepted("otpauth://totp/Acme:bob?issuer&secret=EEEE&", "totp [Acme] [bob] EEEE==== sha1 6 30 -");
}

/// 2FAuth exports URIs that were decoded once too often.
#[test]
fn unescaped_exports_of_2fauth() {
    accepted("otpauth://totp/AT&T:bob smith?issuer=AT&T&secret=EEEE", "totp [AT&T] [bob smith] EEEE==== sha1 6 30 -");
}

#[test]
fn parameters_absent_in_every_way() {
    // HCL Notes writes a period of 0
    accepted(
        "otpauth://totp/HCL:%22USER%22?secret=EEEE&period=0&digits=0",
        "totp [HCL] [\"USER\"] EEEE==== sha1 6 30 -",
    );
    accepted(
        "otpauth://totp/a?secret=EEEE&period=&digits&algorithm=&counter=null",
        "totp [-] [a] EEEE==== sha1 6 30 -",
    );
    // FreeOTP writes counters and periods everywhere
    accepted("otpauth://totp/a?secret=EEEE&counter=0&period=60", "totp [-] [a] EEEE==== sha1 6 60 -");
    accepted("otpauth://hotp/a?secret=EEEE&counter=7&period=30", "hotp [-] [a] EEEE==== sha1 6 - 7");
    accepted("otpauth://hotp/a?secret=EEEE", "hotp [-] [a] EEEE==== sha1 6 - 0");
}

#[test]
fn spellings_of_algorithms() {
    for (name, algorithm) in
        [("SHA-256", Algorithm::Sha256), ("HmacSHA512", Algorithm::Sha512), ("MD5", Algorithm::Md5)]
    {
        let uri = format!("otpauth://totp/a?secret=EEEE&algorithm={name}");
        assert_eq!(Otpauth::parse_any(&uri).unwrap().parameters.algorithm, algorithm);
    }
}

#[test]
fn capitals_alone_are_understood() {
    accepted("OTPAUTH://TOTP/SHOP:ANA?SECRET=EEEE&ISSUER=SHOP&DIGITS=8", "totp [SHOP] [ANA] EEEE==== sha1 8 30 -");
}

#[test]
fn damage_of_pages_and_mails_is_repaired() {
    let expected = "totp [Shop] [ana] EEEE==== sha1 8 60 -";
    for uri in [
        "otpauth://totp/Shop:ana?secret=EEEE&amp;issuer=Shop&amp;digits=8&amp;period=60",
        "otpauth://totp/Shop:ana?secret=EEEE?issuer=Shop?digits=8?period=60",
        "otpauth://totp/Sh\u{200b}op:ana?secret=EE\u{ad}EE&is\u{2060}suer=Shop&digits=8&period=60",
        "otpauth://totp/example:Shop:ana?secret=EEEE&issuer=Shop&digits=8&period=60",
        "otpauth://totp/shop:Shop:%20ana?secret=EEEE&issuer=Shop&digits=8&period=60",
    ] {
        accepted(uri, expected);
    }
    for (secret, separator) in [("EEEE?foo=bar", '?'), ("EEEE%26issuer%3DShop", '&')] {
        let uri = format!("otpauth://totp/a?secret={secret}");
        assert_eq!(Otpauth::parse_any(&uri), Err(UriError::Separator(separator)), "{uri}");
    }
}

#[test]
fn refused() {
    let rows = [
        ("hello world", UriError::Scheme),
        ("https://example.org/", UriError::Scheme),
        ("otpauth-migration://offline?data=", UriError::Scheme),
        ("otpauth://Xotp/a?secret=EEEE", UriError::Type("Xotp".into())),
        ("otpauth://yaotp/a?secret=EEEE", UriError::Type("yaotp".into())),
        ("otpauth://totp/a?secret=EEEE&digits=11", UriError::Digits),
        ("otpauth://totp/a?secret=EEEE&digits=six", UriError::Digits),
        ("otpauth://totp/a?secret=EEEE&period=-1", UriError::Period),
        ("otpauth://hotp/a?secret=EEEE&counter=-1", UriError::Counter),
        ("otpauth://totp/a?secret=EEEE&algorithm=foo", UriError::Algorithm("foo".into())),
    ];
    for (text, error) in rows {
        assert_eq!(Otpauth::parse_any(text), Err(error), "{text}");
    }
}
