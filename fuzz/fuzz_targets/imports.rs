//! Files of any kind, with and without a password: they are read without a panic, and every entry has a result. Seed it
//! with `crates/imports/tests/data`, and run it with `-timeout=60`, since the
//! strongest key derivation of a genuine file takes seconds.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    for password in [None, Some("password")] {
        if let Ok(import) = imports::read(data, password) {
            assert!(import.entries.len() <= imports::MAX_ENTRIES);
        }
    }
});
