//! Strict parsing of URIs, as in 2FAuth 8.0.1, and writing.

use otp::{Algorithm, OtpType, Otpauth, Parameters, Secret, ToUriError, UriError};

use crate::summary;

const S: &str = "secret=A4GRFHVVRBGY7UIW";

/// Parses the URI `otpauth://{start}?secret=…{more}`.
#[track_caller]
fn accepted(start: &str, more: &str, expected: &str) {
    let uri = format!("otpauth://{start}?{S}{more}");
    let read = Otpauth::parse(&uri).map(|account| summary(&account));
    assert_eq!(read.as_deref(), Ok(expected), "{uri}");
}

#[track_caller]
fn refused(uri: &str, expected: &UriError) {
    assert_eq!(Otpauth::parse(uri).as_ref(), Err(expected), "{uri}");
}

#[track_caller]
fn refused_with(more: &str, expected: &UriError) {
    refused(&format!("otpauth://totp/a?{S}{more}"), expected);
}

#[test]
fn parameters_accepted() {
    accepted("totp/a", "", "totp [-] [a] A4GRFHVVRBGY7UIW sha1 6 30 -");
    accepted("hotp/a", "", "hotp [-] [a] A4GRFHVVRBGY7UIW sha1 6 - 0");
    accepted("totp/a", "&digits=4", "totp [-] [a] A4GRFHVVRBGY7UIW sha1 4 30 -");
    accepted("totp/a", "&digits=10", "totp [-] [a] A4GRFHVVRBGY7UIW sha1 10 30 -");
    accepted("totp/a", "&digits=7&period=40&algorithm=sha256", "totp [-] [a] A4GRFHVVRBGY7UIW sha256 7 40 -");
    accepted("totp/a", "&period=60", "totp [-] [a] A4GRFHVVRBGY7UIW sha1 6 60 -");
    accepted("totp/a", "&period=1", "totp [-] [a] A4GRFHVVRBGY7UIW sha1 6 1 -");
    accepted("totp/a", "&digits=+8&period=60s", "totp [-] [a] A4GRFHVVRBGY7UIW sha1 8 60 -");
    accepted("hotp/a", "&counter=0", "hotp [-] [a] A4GRFHVVRBGY7UIW sha1 6 - 0");
    accepted("hotp/a", "&counter=5", "hotp [-] [a] A4GRFHVVRBGY7UIW sha1 6 - 5");
    accepted("hotp/a", "&counter=4294967297", "hotp [-] [a] A4GRFHVVRBGY7UIW sha1 6 - 4294967297");
    accepted("totp/a", "&algorithm=SHA1", "totp [-] [a] A4GRFHVVRBGY7UIW sha1 6 30 -");
    accepted("totp/a", "&algorithm=sha224", "totp [-] [a] A4GRFHVVRBGY7UIW sha224 6 30 -");
    accepted("totp/a", "&algorithm=SHA384", "totp [-] [a] A4GRFHVVRBGY7UIW sha384 6 30 -");
    accepted("totp/a", "&epoch=0", "totp [-] [a] A4GRFHVVRBGY7UIW sha1 6 30 -");
    accepted("totp/a", "&foo=bar&color=%23ff0000", "totp [-] [a] A4GRFHVVRBGY7UIW sha1 6 30 -");
}

/// compat: text counts as 0, and values without meaning for the type are kept.
#[test]
fn parameters_accepted_oddly() {
    accepted("hotp/a", "&counter=abc", "hotp [-] [a] A4GRFHVVRBGY7UIW sha1 6 - 0");
    accepted("hotp/a", "&counter=3&period=30", "hotp [-] [a] A4GRFHVVRBGY7UIW sha1 6 30 3");
    accepted("hotp/a", "&period=0", "hotp [-] [a] A4GRFHVVRBGY7UIW sha1 6 - 0");
    accepted("totp/a", "&counter=5", "totp [-] [a] A4GRFHVVRBGY7UIW sha1 6 30 5");
    accepted("totp/a", "&counter=-5", "totp [-] [a] A4GRFHVVRBGY7UIW sha1 6 30 -");
}

#[test]
fn parameters_refused() {
    for more in ["&digits=0", "&digits=-6", "&digits=abc", "&digits=", "&digits=11", "&digits=262"] {
        refused_with(more, &UriError::Digits);
    }
    for more in ["&period=0", "&period=abc", "&period=-30", "&period", "&period=4294967296"] {
        refused_with(more, &UriError::Period);
    }
    refused("otpauth://hotp/a?secret=EEEE&counter=-1", &UriError::Counter);
    for name in ["foo", "SHA-3", "", "md5", "MD5"] {
        refused_with(&format!("&algorithm={name}"), &UriError::Algorithm(name.to_owned()));
    }
    for more in ["&issuer=x:y", "&issuer=x%3Ay", "&issuer=x%253ay", "&label=x:y"] {
        refused_with(more, &UriError::Colon);
    }
    refused_with("&epoch=-1", &UriError::Epoch);
}

#[test]
fn secrets_of_uris() {
    let secret = |query: &str| Otpauth::parse(&format!("otpauth://totp/a?{query}")).map(|account| account.secret);
    assert_eq!(secret("secret=a4grfhvvrbgy7uiw"), Ok(Secret::from_text("A4GRFHVVRBGY7UIW")));
    assert_eq!(secret("secret=EEEE%3D%3D%3D%3D").unwrap().padded(), "EEEE====");
    assert_eq!(secret("secret=EEEE====").unwrap().padded(), "EEEE====");
    assert_eq!(secret("secret=1.0").unwrap().padded(), "1.0=====");
    assert_eq!(secret("secret=EE#EE").unwrap().padded(), "EE#EE===");
    assert_eq!(secret("secret=EE%E2%80%8BEE%C2%AD").unwrap().padded(), "EEEE====");
    assert_eq!(secret("secret=EEEE&secret=A4GRFHVVRBGY7UIW").unwrap().padded(), "A4GRFHVVRBGY7UIW");
    let grouped = secret("secret=A4GR+FHVV%20RBGY-7UIW").unwrap();
    assert_eq!(grouped.key(), Secret::from_text("A4GRFHVVRBGY7UIW").key());
    for query in ["secret=", "secret", "issuer=nosecret", "SECRET=EEEE", "", "secret==="] {
        assert_eq!(secret(query), Err(UriError::Secret), "{query:?}");
    }
    refused("otpauth://totp/bad", &UriError::Secret);
}

#[test]
fn labels_and_issuers() {
    accepted("totp/Acme:bob", "&issuer=Acme", "totp [Acme] [bob] A4GRFHVVRBGY7UIW sha1 6 30 -");
    accepted("totp/Acme:bob", "", "totp [Acme] [bob] A4GRFHVVRBGY7UIW sha1 6 30 -");
    accepted("totp/Acme%3Abob", "", "totp [Acme] [bob] A4GRFHVVRBGY7UIW sha1 6 30 -");
    accepted("totp/bob", "&issuer=Acme", "totp [Acme] [bob] A4GRFHVVRBGY7UIW sha1 6 30 -");
    // Microsoft 365: the issuer differs from the prefix, and wins
    accepted("totp/MyOrganization:me", "&issuer=Microsoft", "totp [Microsoft] [me] A4GRFHVVRBGY7UIW sha1 6 30 -");
    // leading spaces stay
    accepted("totp/Acme:%20bob", "", "totp [Acme] [ bob] A4GRFHVVRBGY7UIW sha1 6 30 -");
    // a plus sign is a space in the query only
    accepted("totp/a+b", "&issuer=Some+Company", "totp [Some Company] [a+b] A4GRFHVVRBGY7UIW sha1 6 30 -");
    accepted("totp/a%20b%26(c)", "&issuer=AT%26T", "totp [AT&T] [a b&(c)] A4GRFHVVRBGY7UIW sha1 6 30 -");
    accepted("totp/b%C3%B6b", "&issuer=%E6%97%A5", "totp [日] [böb] A4GRFHVVRBGY7UIW sha1 6 30 -");
    // one slash belongs to the URI, a second one to the account
    accepted("totp//a", "", "totp [-] [/a] A4GRFHVVRBGY7UIW sha1 6 30 -");
    accepted("totp/a", "&label=b", "totp [-] [b] A4GRFHVVRBGY7UIW sha1 6 30 -");
    // nothing is said by an empty issuer or prefix
    accepted("totp/a", "&issuer=", "totp [-] [a] A4GRFHVVRBGY7UIW sha1 6 30 -");
    accepted("totp/Acme:a", "&issuer&", "totp [Acme] [a] A4GRFHVVRBGY7UIW sha1 6 30 -");
    accepted("totp/:bob", "", "totp [-] [bob] A4GRFHVVRBGY7UIW sha1 6 30 -");
    // a repeated issuer is none
    accepted("totp/a:a:c", "", "totp [a] [c] A4GRFHVVRBGY7UIW sha1 6 30 -");
    accepted("totp/x%3Ac", "&issuer=x", "totp [x] [c] A4GRFHVVRBGY7UIW sha1 6 30 -");
}

#[test]
fn an_account_with_a_colon_of_its_own_is_refused_and_never_cut() {
    for label in ["a:b:c", "a%3Ab%3Ac", "Router:ana%3Aadmin", ":https%3A%2F%2Fnas%3A5001"] {
        refused(&format!("otpauth://totp/{label}?{S}"), &UriError::Colon);
    }
}

#[test]
fn damaged_separators_are_repaired_or_refused() {
    let expected = "totp [Shop] [ana] A4GRFHVVRBGY7UIW sha256 8 60 -";
    for more in [
        "&amp;issuer=Shop&amp;algorithm=SHA256&amp;digits=8&amp;period=60",
        "&#38;issuer=Shop&#38;algorithm=SHA256&#38;digits=8&#38;period=60",
        "?issuer=Shop?algorithm=SHA256?digits=8?period=60",
        ";issuer=Shop;algorithm=SHA256;digits=8;period=60",
        "\\u0026issuer=Shop\\u0026algorithm=SHA256\\u0026digits=8\\u0026period=60",
        "&Issuer=Shop&ALGORITHM=SHA256& digits=8&Period=60",
    ] {
        accepted("totp/ana", more, expected);
    }
    for (query, separator) in [("?foo=bar", '?'), ("%26issuer%3DShop", '&'), ("=B", '='), (";foo=bar", ';')] {
        refused(&format!("otpauth://totp/a?{S}{query}"), &UriError::Separator(separator));
    }
}

#[test]
fn algorithms_have_the_spellings_of_other_apps() {
    for (name, algorithm) in [
        ("SHA-1", "sha1"),
        ("HmacSHA1", "sha1"),
        ("SHA-256", "sha256"),
        ("HmacSHA256", "sha256"),
        ("HMAC-SHA-512", "sha512"),
        ("sha_512", "sha512"),
    ] {
        let expected = format!("totp [-] [a] A4GRFHVVRBGY7UIW {algorithm} 6 30 -");
        accepted("totp/a", &format!("&algorithm={name}"), &expected);
    }
}

/// Azure accounts have a raw `#`, which would start a fragment.
#[test]
fn a_number_sign_is_text() {
    let expected = "totp [Az#re] [john#EXT#@x.com] A4GRFHVVRBGY7UIW sha1 6 30 -";
    accepted("totp/Az#re:john#EXT#@x.com", "", expected);
    accepted("totp/Az%23re:john%23EXT%23@x.com", "", expected);
    accepted("totp/john#EXT#@x.com", "&issuer=Az#re", expected);
    accepted("totp/john#EXT#@x.com", "&issuer=Az%23re", expected);
}

#[test]
fn empty_accounts_are_an_error_of_the_label() {
    for uri in
        ["otpauth://totp/?secret=EEEE", "otpauth://totp/Acme:?secret=EEEE", "otpauth://totp/a?secret=EEEE&label="]
    {
        refused(uri, &UriError::Account);
    }
    assert_eq!(UriError::Account.field(), "label");
    assert_eq!(UriError::Secret.field(), "uri");
}

#[test]
fn other_schemes_and_types_are_refused() {
    for uri in
        ["", "a", "OTPAUTH://totp/a?secret=EEEE", "https://totp/a?secret=EEEE", "otpauth://totp", "otpauth:totp/a"]
    {
        refused(uri, &UriError::Scheme);
    }
    for kind in ["steam", "Xotp", "TOTP", ",otp", ""] {
        refused(&format!("otpauth://{kind}/a?secret=EEEE"), &UriError::Type(kind.to_owned()));
    }
}

#[test]
fn the_image_is_an_address_only() {
    let image = |more: &str| Otpauth::parse(&format!("otpauth://totp/a?{S}{more}")).unwrap().image;
    assert_eq!(image("&image=https%3A%2F%2Fexample.org%2Fx.png").as_deref(), Some("https://example.org/x.png"));
    assert_eq!(image("&image="), None);
}

/// compat: any account of a service named "steam" is a Steam account.
#[test]
fn steam_accounts() {
    accepted("totp/Steam:a", "&digits=7", "steamtotp [Steam] [a] A4GRFHVVRBGY7UIW sha1 5 30 -");
    accepted("totp/a", "&issuer=sTEAM&period=60", "steamtotp [Steam] [a] A4GRFHVVRBGY7UIW sha1 5 30 -");
    let rows = [
        ("totp/Any:gabe", "&digits=7&algorithm=sha256", "steamtotp [Steam] [gabe] A4GRFHVVRBGY7UIW sha1 5 30 -"),
        ("hotp/S:g", "", "steamtotp [Steam] [g] A4GRFHVVRBGY7UIW sha1 5 30 0"),
        ("steam/S:g", "", "steamtotp [Steam] [g] A4GRFHVVRBGY7UIW sha1 5 30 -"),
    ];
    for (start, more, expected) in rows {
        let account = Otpauth::parse_as_steam(&format!("otpauth://{start}?{S}{more}")).unwrap();
        assert_eq!(summary(&account), expected);
    }
}

fn account(service: Option<&str>, account: &str, parameters: Parameters) -> Otpauth {
    let secret = Secret::from_text("A4GRFHVVRBGY7UIW");
    Otpauth { service: service.map(str::to_owned), account: account.to_owned(), secret, parameters, image: None }
}

#[test]
fn written_uris() {
    let custom = Parameters::with_defaults(OtpType::Totp, Some(Algorithm::Sha256), Some(7), Some(40), None);
    let hotp = Parameters::with_defaults(OtpType::Hotp, None, None, Some(60), Some(5));
    let steam = Parameters::new(OtpType::SteamTotp);
    let rows = [
        (
            account(Some("service"), "account", custom),
            "otpauth://totp/service:account?algorithm=sha256&digits=7&issuer=service&period=40&secret=A4GRFHVVRBGY7UIW",
        ),
        (account(None, "account", Parameters::new(OtpType::Totp)), "otpauth://totp/account?secret=A4GRFHVVRBGY7UIW"),
        (
            account(Some("Old Bank"), "carol", hotp),
            "otpauth://hotp/Old%20Bank:carol?counter=5&issuer=Old%20Bank&secret=A4GRFHVVRBGY7UIW",
        ),
        (
            account(Some("Steam"), "dave", steam),
            "otpauth://totp/Steam:dave?digits=5&issuer=Steam&secret=A4GRFHVVRBGY7UIW",
        ),
        (
            account(Some("AT&T (é)"), "a+b#~%", Parameters::new(OtpType::Totp)),
            "otpauth://totp/AT%26T%20%28%C3%A9%29:a%2Bb%23~%25?issuer=AT%26T%20%28%C3%A9%29&secret=A4GRFHVVRBGY7UIW",
        ),
    ];
    for (account, uri) in rows {
        assert_eq!(account.to_uri().as_deref(), Ok(uri));
        assert_eq!(
            Otpauth::parse(uri).map(|read| (read.service, read.account)),
            Ok((account.service, account.account))
        );
    }
}

#[test]
fn padding_is_not_written() {
    let padded = Otpauth { secret: Secret::from_text("EEE"), ..account(None, "a", Parameters::new(OtpType::Totp)) };
    assert_eq!(padded.to_uri().as_deref(), Ok("otpauth://totp/a?secret=EEE"));
}

#[test]
fn names_with_colons_come_back_as_they_were() {
    let rows = [
        (Some("Router"), "ana:admin", "Router:ana%3Aadmin"),
        (None, "https://nas.example.org:5001", ":https%3A%2F%2Fnas.example.org%3A5001"),
        (Some("Cloud: Work"), "ana", "Cloud%3A%20Work:ana"),
        (Some("a%3Ab"), "c:d", "a%253Ab:c%3Ad"),
    ];
    for (service, name, label) in rows {
        let written = account(service, name, Parameters::new(OtpType::Totp));
        let uri = written.to_uri().unwrap();
        assert!(uri.starts_with(&format!("otpauth://totp/{label}?")), "{uri}");
        assert_eq!(Otpauth::parse_any(&uri).as_ref(), Ok(&written));
        assert_eq!(Otpauth::parse_any(&written.to_legacy_uri().unwrap()), Ok(written));
    }
}

#[test]
fn the_legacy_form_encodes_the_colon() {
    let written = account(Some("a b"), "c", Parameters::new(OtpType::Totp));
    assert_eq!(written.to_legacy_uri().as_deref(), Ok("otpauth://totp/a%20b%3Ac?issuer=a%20b&secret=A4GRFHVVRBGY7UIW"));
}

#[test]
fn the_portable_form_names_steam_and_has_capitals() {
    let (service, steam) = Parameters::new(OtpType::SteamTotp).with_steam_rule(None);
    let rows = [
        (account(service.as_deref(), "ana", steam), "Steam:ana?digits=5&encoder=steam&issuer=Steam"),
        (
            account(None, "b", Parameters { algorithm: Algorithm::Sha256, ..Parameters::new(OtpType::Totp) }),
            "b?algorithm=SHA256",
        ),
    ];
    for (account, uri) in rows {
        let written = account.to_portable_uri();
        assert_eq!(written, Ok(format!("otpauth://totp/{uri}&secret=A4GRFHVVRBGY7UIW")));
    }
}

#[test]
fn what_no_uri_can_carry() {
    let totp = Parameters::new(OtpType::Totp);
    assert_eq!(account(Some("a"), "", totp).to_uri(), Err(ToUriError::Account));
    let bare = Otpauth { secret: Secret::from_text("===="), ..account(None, "a", totp) };
    assert_eq!(bare.to_uri(), Err(ToUriError::Secret));
}

#[test]
fn errors_do_not_show_the_secret() {
    for uri in ["otpauth://totp/a?secret=EEEE&digits=0", "otpauth://totp/?secret=EEEE", "otpauth://Xotp/a?secret=EEEE"]
    {
        let error = Otpauth::parse(uri).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("EEEE"), "{error}");
    }
}
