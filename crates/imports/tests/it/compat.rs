//! Reading as 2FAuth's API does (compat 5).

use imports::compat::{CompatError, read};
use imports::{EntryError, Format};
use serde_json::{Value, json};

/// Returns the result of the only entry.
fn only(export: &Value) -> Result<imports::ImportedAccount, imports::RejectedEntry> {
    let mut entries = read(export.to_string().as_bytes()).unwrap().entries;
    assert_eq!(entries.len(), 1);
    entries.remove(0)
}

fn twofauth(entry: Value) -> Value {
    let mut complete = json!({"otp_type": "totp", "service": "S", "account": "a", "secret": "AAAA", "digits": 6, "algorithm": "sha1", "period": 30, "counter": null});
    complete.as_object_mut().unwrap().extend(entry.as_object().unwrap().clone());
    json!({"app": "2fauth_v8.0.1", "schema": 1, "data": [complete]})
}

fn twofas(service: Value) -> Value {
    json!({"schemaVersion": 4, "services": [service], "servicesEncrypted": ""})
}

fn bitwarden(items: Value) -> Value {
    json!({"encrypted": false, "items": items})
}

// compat: 2FAuth doesn't look at secrets before an account is created.
#[test]
fn secrets_need_not_be_base32_yet() {
    assert_eq!(only(&twofauth(json!({"secret": "a1b"}))).unwrap().account.secret.padded(), "A1B=====");
    assert_eq!(only(&twofauth(json!({"secret": "aa aa"}))).unwrap().account.secret.padded(), "AAAA====");
}

#[test]
fn names_are_not_decoded_as_html() {
    assert_eq!(
        only(&twofauth(json!({"service": "A&amp;B \"&quot;"}))).unwrap().account.service.unwrap(),
        "A&amp;B \"&quot;"
    );
}

// compat: 2FAuth's own names have no colons. Sixpin's exports have them in the URI as well.
#[test]
fn a_colon_in_an_export_of_2fauth_must_be_in_its_uri_too() {
    let entry = |legacy: Value| json!({"service": "Router", "account": "ana:admin", "legacy_uri": legacy});
    let rejected = only(&twofauth(entry(json!("otpauth://totp/x:y?secret=AAAA")))).unwrap_err();
    assert_eq!(rejected.reason, EntryError::Colon);
    for legacy in [
        json!("otpauth://totp/Router%3Aana%3Aadmin?issuer=Router&secret=AAAA"),
        json!("otpauth://totp/Router%3Aana%20admin?issuer=Router&secret=AAAA"),
        json!(""),
        json!(null),
    ] {
        assert_eq!(only(&twofauth(entry(legacy))).unwrap().account.name, "ana:admin");
    }
}

#[test]
fn other_names_with_colons_are_kept_and_repeated_issuers_are_not() {
    let aegis = |name: &str, issuer: &str| {
        let entry = json!({"type": "totp", "name": name, "issuer": issuer, "info": {"secret": "AAAA"}});
        only(&json!({"db": {"entries": [entry]}})).unwrap().account.name
    };
    assert_eq!(aegis("ana:admin", "Router"), "ana:admin");
    assert_eq!(aegis("example.com:ana@example.com", "example.com"), "ana@example.com");
    assert_eq!(aegis("Example.com: example.com:ana", "example.com"), "ana");
}

// compat: names of the application, not of the service.
#[test]
fn the_services_of_2fas() {
    let otp = json!({"label": "l", "account": null, "issuer": "i", "tokenType": "TOTP"});
    let draft = only(&twofas(json!({"name": "n", "secret": "AAAA", "otp": otp}))).unwrap();
    assert_eq!((draft.account.service.as_deref(), draft.account.name.as_str()), (Some("n"), "n"));
    let steam = only(&twofas(json!({"name": "n", "secret": "AAAA", "otp": {"tokenType": "STEAM", "account": "a"}})));
    let steam = steam.unwrap().account;
    assert_eq!((steam.service.as_deref(), steam.name.as_str()), (Some("Steam"), "a"));
}

// 2FAuth fails on such a file.
#[test]
fn a_service_that_names_no_kind_is_time_based() {
    let draft = only(&twofas(json!({"name": "n", "secret": "AAAA", "otp": {"account": "a"}}))).unwrap();
    assert_eq!(draft.account.parameters, otp::Parameters::new(otp::OtpType::Totp));
}

// compat: the names of an item win.
#[test]
fn the_items_of_bitwarden() {
    let item =
        |username: Value, totp: &str| json!({"id": "1", "name": "Item", "login": {"username": username, "totp": totp}});
    let uri = "otpauth://totp/Other:o?secret=AAAA&issuer=Other";
    let draft = only(&bitwarden(json!([item(json!("u"), uri)]))).unwrap();
    assert_eq!((draft.account.service.as_deref(), draft.account.name.as_str()), (Some("Item"), "u"));
    assert_eq!(only(&bitwarden(json!([item(json!(null), uri)]))).unwrap().account.name, "Item");
    let draft = only(&bitwarden(json!([item(json!("u"), "steam://AAAA")]))).unwrap();
    assert_eq!(draft.account.service.as_deref(), Some("Steam"));
    let draft = only(&bitwarden(json!([item(json!("u"), "aa-aa")]))).unwrap();
    assert_eq!((draft.account.name.as_str(), draft.account.secret.unpadded()), ("u", "AAAA"));
}

// 2FAuth refuses vaults in which anything else is.
#[test]
fn items_without_passwords_are_passed_over() {
    let good = json!({"id": "1", "name": "n", "login": {"username": "u", "totp": "otpauth://totp/a?secret=AAAA"}});
    let note = json!({"id": "2", "name": "note", "type": 2});
    let empty = json!({"id": "3", "name": "m", "login": {"username": "u", "totp": null}});
    assert!(only(&bitwarden(json!([note, empty, good]))).is_ok());
    assert_eq!(read(bitwarden(json!([empty])).to_string().as_bytes()).unwrap().entries, []);
    let missing = ["items.0.login.username", "items.0.login.totp"].map(str::to_owned).to_vec();
    assert_eq!(read(bitwarden(json!([note])).to_string().as_bytes()), Err(CompatError::Missing(missing)));
}

// compat: recorded exchanges. The command takes it for an empty export of andOTP.
#[test]
fn an_empty_list_is_no_format() {
    assert_eq!(read(b"[]"), Err(CompatError::UnknownFormat));
    assert_eq!(imports::read(b"[]", None).unwrap().entries, []);
}

// 2FAuth refuses the whole file.
#[test]
fn an_entry_without_its_keys_spoils_no_other() {
    let mut export = twofauth(json!({}));
    export["data"].as_array_mut().unwrap().push(json!({"otp_type": "totp"}));
    let entries = read(export.to_string().as_bytes()).unwrap().entries;
    assert!(matches!(entries[1].as_ref().unwrap_err().reason, EntryError::Secret(_)));
    export["data"].as_array_mut().unwrap().remove(0);
    assert!(matches!(read(export.to_string().as_bytes()), Err(CompatError::Missing(keys)) if keys.len() == 7));
}

#[test]
fn a_list_of_uris() {
    let list = "# a comment\notpauth://totp/Issuer:%20bob?secret=aa\nOTPAUTH://HOTP/x?secret=a a\u{2028}otpauth://steam/y?secret=aa";
    let entries: Vec<_> = read(list.as_bytes()).unwrap().entries.into_iter().map(Result::unwrap).collect();
    let names: Vec<_> = entries.iter().map(|draft| draft.account.name.as_str()).collect();
    assert_eq!(names, ["bob", "x", "y"]);
    assert_eq!(entries[2].account.service.as_deref(), Some("Steam"));
    let rejected = read(b"otpauth://hotp/x").unwrap().entries.remove(0).unwrap_err();
    assert_eq!(rejected.raw.kind, "hotp");
    assert_eq!(read(b"otpauth://totp/a?secret=AAAA\nhello"), Err(CompatError::UnknownFormat));
}

// compat: one QR code at a time, and no other URI beside it.
#[test]
fn one_qr_code_of_google_authenticator() {
    let uri = "otpauth-migration://offline?data=CiQKCgcNEp61iE2P0RYSB2FjY291bnQaB3NlcnZpY2UgASgBMAIKLAoKBw0SnrWITY/RFhILYWNjb3VudF9iaXMaC3NlcnZpY2VfYmlzIAEoATACEAEYASAA";
    assert_eq!(read(uri.as_bytes()).unwrap().entries.len(), 2);
    assert_eq!(read(format!("{uri}\n{uri}").as_bytes()), Err(CompatError::UnknownFormat));
    assert_eq!(read(format!("{uri}\n# x").as_bytes()).unwrap().entries.len(), 2);
    assert_eq!(read(b"otpauth-migration://offline?data="), Err(CompatError::UnknownFormat));
    assert_eq!(read(&uri.as_bytes()[..60]), Err(CompatError::Unusable(Format::GOOGLE_AUTHENTICATOR)));
}

// 2FAuth takes every colon out of an account without issuer.
#[test]
fn a_colon_of_google_authenticator_separates_issuer_and_account() {
    // An account named `Acme:bob`, without issuer.
    let draft =
        read(b"otpauth-migration://offline?data=ChEKAQASCEFjbWU6Ym9iKAEwAg==").unwrap().entries.remove(0).unwrap();
    assert_eq!((draft.account.service.as_deref(), draft.account.name.as_str()), (Some("Acme"), "bob"));
}

#[test]
fn encrypted_files_are_known() {
    for export in [
        json!({"header": {"slots": []}, "db": "AAAA"}),
        json!({"schemaVersion": 4, "services": [], "servicesEncrypted": "A:B:C"}),
        json!({"encrypted": true, "items": []}),
        json!({"encrypted": true, "passwordProtected": true, "data": "2.x"}),
    ] {
        assert!(matches!(read(export.to_string().as_bytes()), Err(CompatError::Encrypted(_))), "{export}");
    }
}
