//! Files with a damaged entry: the others are read, and it is named.

use imports::{ReadError, read};
use serde_json::{Value, json};

#[test]
fn a_damaged_first_entry_does_not_hide_the_format() {
    let good = "A4GRFHVVRBGY7UIW";
    let exports: [(&str, Value); 4] = [
        ("andotp", json!([{ "label": "damaged" }, { "secret": good, "label": "ana", "type": "TOTP" }])),
        ("raivo", json!([{}, { "secret": good, "kind": "TOTP", "timer": "30", "account": "ana", "issuer": "A" }])),
        (
            "lastpass_authenticator",
            json!({ "accounts": [{}, { "secret": good, "timeStep": 30, "issuerName": "A", "userName": "ana" }] }),
        ),
        (
            "proton_authenticator",
            json!({ "version": 1, "entries": [
                {},
                { "content": { "uri": format!("otpauth://totp/ana?secret={good}"), "entry_type": "Totp", "name": "ana" } },
            ] }),
        ),
    ];
    for (format, export) in exports {
        let import = read(export.to_string().as_bytes(), None).unwrap();
        assert_eq!(import.format.id(), format);
        let outcomes: Vec<bool> = import.entries.iter().map(Result::is_ok).collect();
        assert_eq!(outcomes, [false, true], "{format}");
    }
}

#[test]
fn no_token_of_freeotp_is_dropped_in_silence() {
    let token = |text: &str| format!("<string name=\"{}\">{}</string>", text.len(), text.replace('"', "&quot;"));
    let tokens = [
        r#"{"type": "TOTP", "label": "ana", "secret": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}"#,
        r#"{"type": "TOTP", "label": "no secret"}"#,
        r#"{"type": "TOTP", "label": "cut"#,
    ];
    let file = format!("<?xml version='1.0'?>\n<map>{}</map>", tokens.map(token).concat());
    let import = read(file.as_bytes(), None).unwrap();
    assert_eq!(import.entries.iter().filter(|entry| entry.is_ok()).count(), 1);
    assert_eq!(import.entries.len(), 3);
}

#[test]
fn the_keys_of_a_file_of_authy_cost_no_more_in_all_than_one_may() {
    let tokens: Vec<Value> = (0..30)
        .map(|salt| {
            json!({
                "encrypted_seed": "AAAAAAAAAAAAAAAAAAAAAA==",
                "salt": salt.to_string(),
                "key_derivation_iterations": if salt == 0 { 1 } else { 4_000_000_000_u32 },
            })
        })
        .collect();
    let file = json!({ "authenticator_tokens": tokens }).to_string();
    assert!(matches!(read(file.as_bytes(), Some("password")), Err(ReadError::TooCostly(_))));
}
