//! Properties that hold for every input.

use otp::{Algorithm, OtpType, Otpauth, Parameters, Secret, counter_code, time_codes};
use proptest::option;
use proptest::prelude::*;

/// Accounts in the form that [`Otpauth::parse`] returns.
fn accounts() -> impl Strategy<Value = Otpauth> {
    let parameters = (
        prop::sample::select(vec![OtpType::Totp, OtpType::Hotp, OtpType::SteamTotp]),
        prop::sample::select(vec![
            Algorithm::Sha1,
            Algorithm::Sha224,
            Algorithm::Sha256,
            Algorithm::Sha384,
            Algorithm::Sha512,
        ]),
        1..=Parameters::MAX_DIGITS,
        1_u32..,
        0..=i64::MAX.unsigned_abs(),
    )
        .prop_map(|(otp_type, algorithm, digits, period, counter)| {
            let (period, counter) =
                if otp_type == OtpType::Hotp { (None, Some(counter)) } else { (Some(period), None) };
            Parameters::with_defaults(otp_type, Some(algorithm), Some(digits), period, counter)
        });
    (option::of("[^:]{1,12}"), "[^:]{1,12}", "[A-Z2-7 -]{0,40}[A-Z2-7]", parameters)
        .prop_filter("a service must not hold an encoded colon", |(service, ..)| {
            !service.as_ref().is_some_and(|service| service.to_ascii_uppercase().contains("%3A"))
        })
        .prop_map(|(service, account, secret, parameters)| {
            let (service, parameters) = parameters.with_steam_rule(service);
            Otpauth { service, account, secret: Secret::from_text(&secret), parameters, image: None }
        })
}

/// Texts that resemble URIs.
fn almost_uris() -> impl Strategy<Value = String> {
    (
        prop::sample::select(vec!["otpauth://", "OTPAUTH://", "steam://", "otpauth:/", ""]),
        prop::sample::select(vec!["totp", "hotp", "steam", "TOTP", ""]),
        "[/:%?#a3A]{0,6}",
        prop::collection::vec(
            (
                "(secret|issuer|label|digits|period|counter|algorithm|epoch|image|steam|encoder)",
                "\\PC{0,10}|[-+0-9]{0,25}",
            ),
            0..6,
        ),
    )
        .prop_map(|(scheme, kind, label, query)| {
            let query: Vec<String> = query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{scheme}{kind}/{label}?{}", query.join("&"))
        })
}

/// Reads a text in every way. Nothing may panic, and a result generates codes or gives an error.
fn read_all(text: &str) {
    let _ = Secret::parse(text).map(|secret| secret.key());
    let _ = Secret::from_text(text).key();
    let _ = Algorithm::from_spelling(text);
    for account in [Otpauth::parse(text), Otpauth::parse_as_steam(text), Otpauth::parse_any(text)].into_iter().flatten()
    {
        let _ = account.to_uri();
        let _ = time_codes(&account.secret, &account.parameters, u64::MAX, Some(0));
        let _ = counter_code(&account.secret, &account.parameters, account.parameters.counter.unwrap_or(0));
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in any::<String>()) {
        read_all(&text);
    }

    #[test]
    fn any_almost_uri_is_read_without_panic(text in almost_uris()) {
        read_all(&text);
    }

    #[test]
    fn what_is_written_is_read_back(account in accounts()) {
        let uri = account.to_uri().unwrap();
        prop_assert!(uri.is_ascii());
        let portable = Otpauth::parse(&account.to_portable_uri().unwrap());
        prop_assert_eq!(portable.as_ref(), Ok(&account));
        prop_assert_eq!(Otpauth::parse(&uri), Ok(account));
    }

    #[test]
    fn a_key_survives_its_text(key in prop::collection::vec(any::<u8>(), 1..80)) {
        let secret = Secret::from_key(&key);
        prop_assert_eq!(secret.key().unwrap().to_vec(), key);
        prop_assert_eq!(Secret::parse(secret.unpadded()).unwrap(), secret.clone());
        prop_assert_eq!(Secret::from_text(&secret.unpadded().to_lowercase()), secret);
    }

    /// Preview, stored form and export agree on the key, however the secret was written.
    #[test]
    fn every_form_of_a_secret_has_the_same_key(text in "[A-Za-z2-7]{1,60}") {
        let secret = Secret::from_text(&text);
        prop_assert!(secret.is_base32());
        prop_assert_eq!(secret.padded().len() % 8, 0);
        let key = secret.key().unwrap();
        prop_assert_eq!(&Secret::from_text(secret.padded()).key().unwrap(), &key);
        prop_assert_eq!(&Secret::from_text(secret.unpadded()).key().unwrap(), &key);
        prop_assert_eq!(&Secret::parse(&text).unwrap().key().unwrap(), &key);
    }

    #[test]
    fn codes_have_their_length(key in any::<[u8; 20]>(), digits in 1_u8..=10, counter in any::<u64>()) {
        let code = otp::hotp(&key, Algorithm::Sha1, digits, counter);
        prop_assert_eq!(code.len(), usize::from(digits));
        prop_assert!(code.bytes().all(|byte| byte.is_ascii_digit()));
        prop_assert_eq!(otp::steam(&key, counter).len(), 5);
    }
}
