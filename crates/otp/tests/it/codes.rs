//! The codes of accounts.

use otp::{Algorithm, Codes, GenerateError, InvalidParameters, OtpType, Parameters, Secret, counter_code, time_codes};

const SECRET: &str = "A4GRFHVVRBGY7UIW";
const STEAM_SECRET: &str = "XJGTDRUUKZH3X7TQN2QZUGCGXZCC5LXE";
const NOW: u64 = 1_700_000_000;

fn totp(algorithm: Algorithm, digits: u8, period: u32) -> Parameters {
    Parameters::with_defaults(OtpType::Totp, Some(algorithm), Some(digits), Some(period), None)
}

#[track_caller]
fn check(secret: &str, parameters: Parameters, at: Option<u64>, password: &str, next_password: &str) {
    let codes = time_codes(&Secret::from_text(secret), &parameters, NOW, at);
    let expected = Codes {
        password: password.to_owned(),
        next_password: next_password.to_owned(),
        generated_at: at.unwrap_or(NOW),
        period: parameters.period_seconds(),
    };
    assert_eq!(codes.as_ref().map(|codes| &codes.password), Ok(&expected.password));
    assert_eq!(codes.as_ref().map(|codes| &codes.next_password), Ok(&expected.next_password));
    assert!(codes == Ok(expected));
}

#[test]
fn totp_vectors() {
    check(SECRET, Parameters::new(OtpType::Totp), None, "504487", "392673");
    check(SECRET, totp(Algorithm::Sha256, 7, 40), None, "3147263", "2644348");
    check(SECRET, totp(Algorithm::Sha512, 8, 30), None, "31548298", "89141056");
}

#[test]
fn five_to_ten_digits() {
    let codes = ["04487", "504487", "1504487", "41504487", "541504487", "0541504487"];
    for (digits, code) in (5..).zip(codes) {
        let codes = time_codes(&Secret::from_text(SECRET), &totp(Algorithm::Sha1, digits, 30), NOW, None).unwrap();
        assert_eq!(codes.password, code);
    }
}

#[test]
fn periods() {
    check(SECRET, totp(Algorithm::Sha1, 6, 1), None, "595681", "592035");
    check(SECRET, totp(Algorithm::Sha1, 6, 10), None, "305927", "654013");
    check(SECRET, totp(Algorithm::Sha1, 6, 15), None, "627436", "981133");
    check(SECRET, totp(Algorithm::Sha1, 6, 30), None, "504487", "392673");
    check(SECRET, totp(Algorithm::Sha1, 6, 60), None, "343666", "715342");
    check(SECRET, totp(Algorithm::Sha1, 6, 300), None, "074445", "439974");
}

/// 10 seconds remain of the period at the real time, but 20 at the requested time: both codes are the same.
#[test]
fn next_password_takes_what_remains_from_real_time() {
    check(SECRET, Parameters::new(OtpType::Totp), Some(1000), "856772", "856772");
}

#[test]
fn steam_codes_are_those_of_real_time() {
    let steam = Parameters::new(OtpType::SteamTotp);
    check(STEAM_SECRET, steam, None, "RP245", "9PBGT");
    check(STEAM_SECRET, steam, Some(1000), "RP245", "9PBGT");
    assert_eq!(otp::steam(&Secret::from_text(STEAM_SECRET).key().unwrap(), 1000), "JGTCX");
}

#[test]
fn hotp_vectors() {
    let sha1 = Parameters::new(OtpType::Hotp);
    let sha256 = Parameters { algorithm: Algorithm::Sha256, digits: 7, ..sha1 };
    let rows = [(sha1, 0, "539470"), (sha1, 5, "866384"), (sha256, 0, "4076523"), (sha256, 5, "0790401")];
    for (parameters, counter, password) in rows {
        let code = counter_code(&Secret::from_text(SECRET), &parameters, counter).unwrap();
        assert_eq!((code.password.as_str(), code.next_counter), (password, counter + 1));
    }
}

#[test]
fn counters_end_where_the_database_ends() {
    let (secret, hotp) = (Secret::from_text(SECRET), Parameters::new(OtpType::Hotp));
    let last = i64::MAX.unsigned_abs();
    assert_eq!(counter_code(&secret, &hotp, last - 1).unwrap().next_counter, last);
    assert_eq!(counter_code(&secret, &hotp, last).unwrap_err(), GenerateError::CounterExhausted);
    assert_eq!(counter_code(&secret, &hotp, u64::MAX).unwrap_err(), GenerateError::CounterExhausted);
}

#[test]
fn the_wrong_kind_of_account_is_refused() {
    let secret = Secret::from_text(SECRET);
    let error = time_codes(&secret, &Parameters::new(OtpType::Hotp), NOW, None).unwrap_err();
    assert_eq!(error, GenerateError::NotTimeBased);
    let error = counter_code(&secret, &Parameters::new(OtpType::Totp), 0).unwrap_err();
    assert_eq!(error, GenerateError::NotCounterBased);
}

#[test]
fn a_secret_that_is_not_base32_makes_no_codes() {
    for text in ["1.0", "", "====", "É"] {
        let error = time_codes(&Secret::from_text(text), &Parameters::new(OtpType::Totp), NOW, None).unwrap_err();
        assert_eq!(error.to_string(), "not a valid base32 encoded secret", "{text:?}");
    }
}

#[test]
fn times_at_both_ends_are_fine() {
    let secret = Secret::from_text(SECRET);
    for time in [0, u64::MAX] {
        for otp_type in [OtpType::Totp, OtpType::SteamTotp] {
            assert!(time_codes(&secret, &Parameters::new(otp_type), time, Some(time)).is_ok());
        }
    }
}

#[test]
fn defaults_and_zeros() {
    let totp = Parameters::new(OtpType::Totp);
    assert_eq!((totp.algorithm, totp.digits, totp.period, totp.counter), (Algorithm::Sha1, 6, Some(30), None));
    assert_eq!(Parameters::with_defaults(OtpType::Totp, None, Some(0), Some(0), None), totp);
    let hotp = Parameters::new(OtpType::Hotp);
    assert_eq!((hotp.digits, hotp.period, hotp.counter), (6, None, Some(0)));
    assert_eq!(Parameters { period: Some(0), ..totp }.period_seconds(), 30);
}

/// compat: values without meaning for the type are kept if a form has them.
#[test]
fn meaningless_values_are_kept() {
    let hotp = Parameters::with_defaults(OtpType::Hotp, None, None, Some(60), Some(5));
    assert_eq!((hotp.period, hotp.counter), (Some(60), Some(5)));
    let totp = Parameters::with_defaults(OtpType::Totp, None, None, None, Some(5));
    assert_eq!((totp.period, totp.counter), (Some(30), Some(5)));
}

/// compat: a service named "steam" turns any account into a Steam account; the counter stays.
#[test]
fn steam_rule() {
    let hotp = Parameters::with_defaults(OtpType::Hotp, Some(Algorithm::Sha256), Some(8), None, Some(5));
    let steam = Parameters { counter: Some(5), ..Parameters::new(OtpType::SteamTotp) };
    assert_eq!(hotp.with_steam_rule(Some("sTeAm".into())), (Some("Steam".into()), steam));
    assert_eq!(hotp.with_steam_rule(Some("Steam2".into())), (Some("Steam2".into()), hotp));
    assert_eq!(hotp.with_steam_rule(None), (None, hotp));
    let typed = Parameters::with_defaults(OtpType::SteamTotp, Some(Algorithm::Sha256), Some(8), Some(60), None);
    assert_eq!((typed.algorithm, typed.digits, typed.period), (Algorithm::Sha1, 5, Some(30)));
    assert_eq!(typed.with_steam_rule(Some("Whatever".into())).0.as_deref(), Some("Steam"));
}

#[test]
fn md5_and_unusable_numbers_are_invalid() {
    let totp = Parameters::new(OtpType::Totp);
    assert_eq!(totp.validate(), Ok(()));
    let md5 = Parameters { algorithm: Algorithm::Md5, ..totp };
    assert_eq!(md5.validate(), Err(InvalidParameters::ShortDigest(Algorithm::Md5)));
    assert_eq!(Parameters { digits: 0, ..totp }.validate(), Err(InvalidParameters::Digits(0)));
    assert_eq!(Parameters { digits: 11, ..totp }.validate(), Err(InvalidParameters::Digits(11)));
    assert_eq!(Parameters { period: Some(0), ..totp }.validate(), Err(InvalidParameters::Period));
}

#[test]
fn names_of_types_and_algorithms() {
    for name in ["totp", "hotp", "steamtotp"] {
        assert_eq!(name.parse::<OtpType>().unwrap().as_str(), name);
    }
    for name in ["sha1", "sha224", "sha256", "sha384", "sha512", "md5"] {
        assert_eq!(name.parse::<Algorithm>().unwrap().as_str(), name);
    }
    assert!("TOTP".parse::<OtpType>().is_err());
    assert!("SHA1".parse::<Algorithm>().is_err());
    assert!("".parse::<Algorithm>().is_err());
    for spelling in ["SHA1", "SHA-1", "sha1", "HmacSHA1", "HMAC-SHA-1", "Algorithm.sha1", "HMAC_SHA1"] {
        assert_eq!(Algorithm::from_spelling(spelling), Ok(Algorithm::Sha1), "{spelling}");
    }
    assert!(Algorithm::from_spelling("GOST3411_2012_256").is_err());
}

#[test]
fn codes_do_not_show_in_logs() {
    let codes = time_codes(&Secret::from_text(SECRET), &Parameters::new(OtpType::Totp), NOW, None).unwrap();
    assert_eq!(format!("{codes:?}"), "Codes { generated_at: 1700000000, .. }");
    let code = counter_code(&Secret::from_text(SECRET), &Parameters::new(OtpType::Hotp), 0).unwrap();
    assert_eq!(format!("{code:?}"), "CounterCode { next_counter: 1, .. }");
}
