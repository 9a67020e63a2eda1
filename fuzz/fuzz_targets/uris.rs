//! Texts that may be otpauth URIs: they are read without a panic, and what is read can be written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use otp::{OtpType, Otpauth, Parameters};

fuzz_target!(|text: &str| {
    for account in [Otpauth::parse(text), Otpauth::parse_as_steam(text), Otpauth::parse_any(text)].into_iter().flatten() {
        let Ok(uri) = account.to_portable_uri() else { continue };
        assert!(uri.is_ascii());
        // compat: secrets aren't checked yet, so that one may be blank.
        if account.secret.key().is_err() {
            continue;
        }
        let again = Otpauth::parse_any(&uri).expect("what is written can be read");
        // compat: "Steam" with blanks around it isn't Steam, but imports remove them.
        if account.service.as_ref().is_some_and(|service| service != otp::trim_blank(service)) {
            continue;
        }
        assert_eq!(meaning(again.parameters), meaning(account.parameters), "{uri}");
    }
});

/// Returns parameters without those that codes of their kind don't depend on.
///
/// compat: they are read, and kept, but not written.
fn meaning(parameters: Parameters) -> Parameters {
    match parameters.otp_type {
        OtpType::Hotp => Parameters { period: None, ..parameters },
        OtpType::Totp | OtpType::SteamTotp => Parameters { counter: None, ..parameters },
    }
}
