//! Files with a damaged entry: the others are read, and it is named.

use imports::{File, Import, ReadError, Warning, read, read_among};
use serde_json::{Value, json};

use crate::files::own;
use crate::made::{self, dictionary, references};

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

fn is_unusable(outcome: Result<Import, ReadError>) -> bool {
    matches!(outcome, Err(ReadError::Unusable(_)))
}

#[test]
fn a_secret_of_freeotp_2_whose_token_is_missing_is_named() {
    let (master, secret) = made::freeotp_keys();
    let token = json!({ "algo": "SHA1", "digits": 6, "issuerExt": "A", "label": "ana", "period": 30, "type": "TOTP" });
    let pairs = [
        ("masterKey", master.to_string()),
        ("tokenOrder", "[\"one\"]".to_owned()),
        ("two", secret.clone()),
        ("one", secret),
        ("one-token", token.to_string()),
    ];
    let import = read(&made::java_map(&pairs), Some(made::PASSWORD)).unwrap();
    let outcomes: Vec<bool> = import.entries.iter().map(Result::is_ok).collect();
    assert_eq!(outcomes, [true, false]);
    assert!(matches!(read(&made::java_map(&pairs), Some("wrong")), Err(ReadError::WrongPassword(_))));
    let mut malformed = master;
    malformed["mEncryptedKey"]["mParameters"] = json!([4, 12]);
    let pairs = [("masterKey", malformed.to_string())];
    assert!(is_unusable(read(&made::java_map(&pairs), Some(made::PASSWORD))));
}

const KEEPASS_ENTRY: &str = "<Entry><String><Key>Title</Key><Value>A</Value></String><String><Key>otp</Key>\
     <Value>otpauth://totp/A:ana?secret=A4GRFHVVRBGY7UIW</Value></String></Entry>";

#[test]
fn a_database_of_keepass_that_was_cut_is_told_from_a_wrong_password() {
    let xml = format!("<KeePassFile><Root><Group><Name>Root</Name>{KEEPASS_ENTRY}</Group></Root></KeePassFile>");
    let file = made::kdbx_3(&xml);
    assert_eq!(read(&file, Some(made::PASSWORD)).unwrap().entries.iter().filter(|entry| entry.is_ok()).count(), 1);
    assert!(matches!(read(&file, Some("wrong")), Err(ReadError::WrongPassword(_))));
    for cut in [5, 16, 160] {
        assert!(is_unusable(read(&file[..file.len() - cut], Some(made::PASSWORD))), "{cut}");
    }
    // The hash of a header of version 4 needs no password.
    let mut file = own("keepass/new.kdbx");
    file[30] ^= 1;
    assert!(is_unusable(read(&file, None)));
}

#[test]
fn groups_of_keepass_are_read_however_deep() {
    let (open, close) = ("<Group><Name>inner</Name>".repeat(300), "</Group>".repeat(300));
    let file = format!("<KeePassFile><Root>{open}{KEEPASS_ENTRY}{close}</Root></KeePassFile>");
    let import = read(file.as_bytes(), None).unwrap();
    let groups: Vec<_> = import.entries.iter().map(|entry| entry.as_ref().unwrap().group.clone().unwrap()).collect();
    assert!(groups.len() == 1 && groups[0].starts_with("inner/inner") && groups[0].len() < 1_024, "{groups:?}");
}

#[test]
fn what_is_in_the_recycle_bin_of_keepass_is_named() {
    let bin = format!("<Group><UUID>B</UUID>{}<Group>{KEEPASS_ENTRY}</Group></Group>", KEEPASS_ENTRY.repeat(11));
    let file = format!(
        "<KeePassFile><Meta><RecycleBinUUID>B</RecycleBinUUID></Meta>\
         <Root><Group>{KEEPASS_ENTRY}{bin}</Group></Root></KeePassFile>"
    );
    let import = read(file.as_bytes(), None).unwrap();
    let [Warning::Binned { number: 12, names, .. }] = import.warnings.as_slice() else {
        panic!("{:?}", import.warnings)
    };
    assert_eq!((import.entries.len(), names.len(), names[0].as_str()), (1, 11, "A, ana"));
}

#[test]
fn a_damaged_page_of_authenticator_plus_is_told_from_a_wrong_password() {
    let file = own("authenticator_plus/authplus.db");
    let expected: Value = serde_json::from_slice(&own("authenticator_plus/authplus.db.expected.json")).unwrap();
    let password = expected["password"].as_str();
    let flipped = |place: usize| {
        let mut file = file.clone();
        file[place] ^= 1;
        read(&file, password)
    };
    assert!(is_unusable(flipped(100)) && is_unusable(flipped(1_500)));
    assert!(matches!(read(&file, Some("wrong")), Err(ReadError::WrongPassword(_))));
}

#[test]
fn what_another_app_asked_for_is_named_as_such() {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["CXP-Export/manifest.json", "CXP-Export/documents/1.jwe"] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut archive, b"{}").unwrap();
    }
    let file = archive.finish().unwrap().into_inner();
    assert!(matches!(read(&file, None), Err(ReadError::Sealed(by)) if by.contains("Credential Exchange")));
}

#[test]
fn kinds_of_credentials_beyond_the_tenth_are_counted() {
    let credentials: Vec<Value> = (0..15).map(|number| json!({ "type": format!("kind-{number:02}") })).collect();
    let file = json!({ "exporterRpId": "a.example", "accounts": [{ "items": [{ "credentials": credentials }] }] });
    let import = read(file.to_string().as_bytes(), None).unwrap();
    let [Warning::LeftOut(kinds)] = import.warnings.as_slice() else { panic!("{:?}", import.warnings) };
    assert_eq!(kinds.iter().map(|(_, number)| number).sum::<usize>(), 15);
    assert_eq!(kinds.last().unwrap(), &("of other kinds".to_owned(), 5));
}

#[test]
fn an_account_of_authenticator_cc_without_a_secret_is_named() {
    let entry = |secret: Value| json!({ "account": "ana", "hash": "x", "index": 0, "issuer": "A", "type": "totp", "secret": secret });
    let mut damaged = entry(Value::Null);
    damaged.as_object_mut().unwrap().remove("secret");
    let file = json!({ "1": entry(json!("A4GRFHVVRBGY7UIW")), "2": damaged });
    let import = read(file.to_string().as_bytes(), None).unwrap();
    assert_eq!(import.entries.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_backup_of_andotp_that_would_take_minutes_is_not_opened() {
    let file: Vec<u8> = 5_000_000_u32.to_be_bytes().into_iter().chain(0x80..0xc0).collect();
    assert!(matches!(read(&file, Some("password")), Err(ReadError::TooCostly(_))));
}

#[test]
fn an_encrypted_file_of_steam_is_found_in_a_manifest_by_its_name() {
    let sealed = own("steam/desktop.maFile");
    let mut manifest: Value = serde_json::from_slice(&own("steam/manifest.json")).unwrap();
    let entries = manifest["entries"].as_array_mut().unwrap();
    let own_entry = entries.remove(1);
    let other = |number: usize| {
        let mut entry = own_entry.clone();
        entry["filename"] = json!(format!("{number}.maFile"));
        entry["encryption_salt"] = json!("AAAAAAAAAAA=");
        entry
    };
    entries.extend((2..50).map(other));
    entries.push(own_entry.clone());
    let manifest = manifest.to_string();
    let manifest = File { name: "backup/manifest.json", bytes: manifest.as_bytes() };
    let file = File { name: "backup\\Desktop.maFile", bytes: &sealed };
    let expected: Value = serde_json::from_slice(&own("steam/desktop.maFile.expected.json")).unwrap();
    let password = expected["password"].as_str();
    assert_eq!(
        read_among(file, &[manifest], password).unwrap().entries.iter().filter(|entry| entry.is_ok()).count(),
        1
    );
    let alone = read_among(file, &[], password);
    assert!(matches!(alone, Err(ReadError::Alone(format, "manifest.json")) if format.id() == "steam"), "{alone:?}");
}

#[test]
fn the_first_folder_of_lastpass_is_one() {
    let file = json!({
        "accounts": [{
            "issuerName": "A", "userName": "ana", "secret": "A4GRFHVVRBGY7UIW", "timeStep": 30, "digits": 6,
            "algorithm": "SHA1", "folderData": { "folderId": 0, "position": 0 },
        }],
        "folders": [{ "id": 0, "name": "Favourites" }, { "id": 1, "name": "Other Accounts" }],
    });
    let import = read(file.to_string().as_bytes(), None).unwrap();
    assert_eq!(import.entries[0].as_ref().unwrap().group.as_deref(), Some("Favourites"));
}

#[test]
fn the_base_of_a_key_of_totp_authenticator_may_be_a_text() {
    let list = r#"[{"key":"48656c6c6f21deadbeef","name":"ana","issuer":"A","base":"16","digits":"6","period":"30"}]"#;
    let list = list.replace('"', "&quot;");
    let file = format!("<?xml version='1.0'?><map><string name=\"STATIC_TOTP_CODES_LIST\">{list}</string></map>");
    let import = read(file.as_bytes(), None).unwrap();
    let imported = import.entries[0].as_ref().unwrap();
    assert_eq!(imported.account.secret.unpadded(), "JBSWY3DPEHPK3PXP");
}

#[test]
fn an_account_of_otp_auth_that_is_none_is_named() {
    let objects = || {
        vec![
            dictionary([("Folders", references([2, 3]))]),
            references([4, 3]),
            dictionary([("accounts", references([4, 3])), ("name", "F".into())]),
            "no object".into(),
            dictionary([("label", "ana".into()), ("issuer", "A".into()), ("secret", plist::Value::Data(vec![7; 20]))]),
        ]
    };
    let import = read(&made::otp_auth(objects(), 0), Some(made::PASSWORD)).unwrap();
    assert_eq!(import.entries.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, false]);
    assert!(matches!(read(&made::otp_auth(objects(), 0), Some("wrong")), Err(ReadError::WrongPassword(_))));
    assert!(is_unusable(read(&made::otp_auth(objects(), 5), Some(made::PASSWORD))));
}

#[test]
fn a_value_that_is_no_text_is_named_and_hides_no_other() {
    let uri = "otpauth://totp/A:ana?secret=A4GRFHVVRBGY7UIW";
    let old = |value: Value| json!({ "title": "A", "secureContents": { "sections": [{ "fields": [{ "n": "TOTP_1", "v": value }] }] } });
    let separator = "***5642bee8-a5ff-11dc-8314-0800200c9a66***";
    let exports = [
        json!({ "encrypted": false, "items": [
            { "name": "A", "login": { "totp": 5 } }, { "name": "A", "login": { "totp": uri } },
        ] })
        .to_string(),
        json!({ "records": [
            { "$type": "login", "title": "A", "custom_fields": { "$oneTimeCode": [{}, uri] } },
        ] })
        .to_string(),
        json!({ "folders": [], "items": [{}, { "uuid": "1", "title": "A", "fields": [
            { "type": "totp", "value": [] }, { "type": "totp", "value": uri },
        ] }] })
        .to_string(),
        json!({ "vaults": { "1": {}, "2": { "name": "V", "items": [
            { "data": { "content": { "totpUri": true } } }, { "data": { "content": { "totpUri": uri } } },
        ] } } })
        .to_string(),
        json!({ "items": [{}, { "rawData": uri }] }).to_string(),
        json!({ "accounts": [
            { "name": "damaged" }, { "secret": "A4GRFHVVRBGY7UIW", "name": "ana", "type": "totp" },
        ] })
        .to_string(),
        json!({ "accounts": { "1": {}, "2": { "shared_secret": "AAAA", "account_name": "ana" } } }).to_string(),
        [&old(json!(7)).to_string(), separator, &old(json!(uri)).to_string(), separator].join("\n"),
        [r#"{"title": "cut"#, separator, &old(json!(uri)).to_string(), separator].join("\n"),
        [
            "folder,favorite,type,name,login_uri,login_totp",
            ",,1,damaged,,,A,30,6",
            &format!(",,1,A,,{uri},A,30,6"),
        ]
        .join("\n"),
        "<map><string name=\"com.authy.storage.tokens.authy.key\">{}</string>\
         <string name=\"com.authy.storage.tokens.authenticator.key\">\
         [{&quot;decryptedSecret&quot;: &quot;A4GRFHVVRBGY7UIW&quot;, &quot;name&quot;: &quot;ana&quot;}]</string></map>"
            .to_owned(),
        "<map><string name=\"1\">damaged</string><string name=\"2\">\
         {&quot;type&quot;: &quot;TOTP&quot;, &quot;label&quot;: &quot;ana&quot;, &quot;secret&quot;: [1, 2]}</string></map>"
            .to_owned(),
    ];
    for export in exports {
        let import = read(export.as_bytes(), None).unwrap_or_else(|error| panic!("{error}: {export}"));
        let outcomes: Vec<bool> = import.entries.iter().map(Result::is_ok).collect();
        assert_eq!(outcomes, [false, true], "{}: {export}", import.format);
    }
}

#[test]
fn steams_codes_are_known_by_bitwardens_word_for_them() {
    let totp = json!({ "type": "totp", "secret": "A4GRFHVVRBGY7UIW", "algorithm": "steam", "digits": 5, "period": 30 });
    let items = json!([{ "title": "Steam", "credentials": [totp, { "type": 5 }] }]);
    let file = json!({ "exporterRpId": "a.example", "accounts": [{ "items": items }] });
    let import = read(file.to_string().as_bytes(), None).unwrap();
    let account = &import.entries[0].as_ref().unwrap().account;
    assert_eq!(account.parameters, otp::Parameters::new(otp::OtpType::SteamTotp));
    assert_eq!(import.warnings, [Warning::LeftOut(vec![("without-a-kind".to_owned(), 1)])]);
}

/// Files whose ciphertext can't be whole, with the reason.
#[test]
fn ciphertexts_that_were_cut_are_told_from_a_wrong_password() {
    let changed = |path: &str, change: fn(&mut Value)| {
        let mut file: Value = serde_json::from_slice(&own(path)).unwrap();
        change(&mut file);
        file.to_string().into_bytes()
    };
    let stratum = own("stratum/cc0-encrypted_legacy.authpro");
    let files = [
        stratum[..stratum.len() - 3].to_vec(),
        stratum[..40].to_vec(),
        b"AUTHENTICATORPRO and less than a tag".to_vec(),
        changed("ente/cc0-encrypted_tag0.txt", |file| file["encryptedData"] = json!("AAAA")),
        changed("2fas/cc0-encrypted_v4_ios.2fas", |file| file["servicesEncrypted"] = json!("AAAA:AAAA:AAAA")),
        changed("nextcloud_otpmanager/synthetic-accounts_encrypted_secret.json", |file| file["iv"] = json!("00")),
        changed("aegis/encrypted.json", |file| {
            for slot in file["header"]["slots"].as_array_mut().unwrap() {
                slot["key_params"]["nonce"] = json!("00");
            }
        }),
        changed("authenticator_cc/synthetic-encrypted_v3.json", |file| {
            file.as_object_mut().unwrap().retain(|_, value| value["dataType"] != "Key");
        }),
        json!({ "version": 1, "salt": "AAAAAAAAAAAAAAAAAAAAAA==", "content": "AAAAAAAAAAAAAAAAAAAAAA==" })
            .to_string()
            .into_bytes(),
        json!({ "key": { "enc": "AAAA" }, "1": { "secret": "AAAA", "type": "totp", "encrypted": true } })
            .to_string()
            .into_bytes(),
    ];
    for file in files {
        let outcome = read(&file, Some("password"));
        assert!(is_unusable(outcome.clone()), "{outcome:?}: {}", String::from_utf8_lossy(&file));
    }
    // Another slot is whole.
    let mut vault: Value = serde_json::from_slice(&own("aegis/encrypted.json")).unwrap();
    let expected: Value = serde_json::from_slice(&own("aegis/encrypted.json.expected.json")).unwrap();
    let slots = vault["header"]["slots"].as_array_mut().unwrap();
    let mut damaged = slots[1].clone();
    damaged["n"] = json!("x");
    slots.insert(0, damaged);
    assert!(read(vault.to_string().as_bytes(), expected["password"].as_str()).is_ok());
    let sealed = own("steam/desktop.maFile");
    let file = File { name: "desktop.maFile", bytes: &sealed[..sealed.len() - 5] };
    assert!(is_unusable(read_among(file, &[], None)));
    let manifest = json!({ "entries": [{ "filename": "desktop.maFile", "encryption_iv": "AAAA" }] }).to_string();
    let manifest = File { name: "manifest.json", bytes: manifest.as_bytes() };
    assert!(is_unusable(read_among(File { name: "desktop.maFile", bytes: &sealed }, &[manifest], None)));
}
