//! Texts that may be otpauth URIs: they are read without a panic, and what is read can be written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use otp::Otpauth;

fuzz_target!(|text: &str| {
    for account in [Otpauth::parse(text), Otpauth::parse_as_steam(text), Otpauth::parse_any(text)].into_iter().flatten() {
        let Ok(uri) = account.to_portable_uri() else { continue };
        assert!(uri.is_ascii());
        let again = Otpauth::parse_any(&uri).expect("what is written can be read");
        assert_eq!(again.parameters, account.parameters, "{uri}");
    }
});
