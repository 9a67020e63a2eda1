//! What a hostile file may cost: no more time and memory than its size is worth.

use std::io::{Cursor, Write as _};

use imports::{Import, ReadError, read};
use serde_json::{Value, json};
use zip::write::SimpleFileOptions;

use crate::files::own;
use crate::made::{self, dictionary, references};

const SECRET: &str = "A4GRFHVVRBGY7UIW";
/// Number of entries that share something long.
const ENTRIES: usize = 2_000;

fn long(letter: &str) -> String {
    letter.repeat(1_000_000)
}

fn size(import: &Import) -> usize {
    let sizes = import.entries.iter().map(|entry| match entry {
        Ok(imported) => {
            let names = [imported.account.service.as_deref(), imported.group.as_deref()];
            let icon = imported.icon.as_ref().map_or(0, |icon| icon.content.len());
            imported.account.name.len() + names.into_iter().flatten().map(str::len).sum::<usize>() + icon
        }
        Err(rejected) => {
            let raw = &rejected.raw;
            rejected.name.capacity() + raw.service.capacity() + raw.account.capacity() + raw.kind.capacity()
        }
    });
    sizes.sum()
}

#[test]
fn what_many_entries_share_is_not_copied_at_length() {
    let many = |entry: Value| vec![entry; ENTRIES];
    let totp = json!({ "type": "totp", "secret": SECRET, "digits": 6, "period": 30, "algorithm": "sha1" });
    let stratum =
        json!({ "Type": 2, "Icon": "@x", "Issuer": "A", "Username": "a", "Secret": SECRET, "Digits": 6, "Period": 30 });
    let exports = [
        json!({ "db": {
            "groups": [{ "uuid": "x", "name": long("g") }],
            "entries": many(json!({ "type": "totp", "name": "a", "groups": ["x"], "info": { "secret": SECRET } })),
        } }),
        json!({ "exporterRpId": "a.example", "accounts": [{ "items": [
            { "title": long("t"), "credentials": many(totp) },
        ] }] }),
        json!({ "encrypted": false, "folders": [{ "id": "x", "name": long("f") }], "items":
            many(json!({ "name": "a", "folderId": "x", "login": { "username": "a", "totp": SECRET } })),
        }),
        json!({ "accounts": [{ "vaults": [{ "attrs": { "name": long("v") }, "items": [{
            "overview": { "title": long("t") },
            "details": { "sections": [{ "fields": many(json!({ "value": { "totp": SECRET } })) }] },
        }] }] }] }),
        json!({
            "Authenticators": many(stratum),
            "Categories": [{ "Id": "c", "Name": long("c") }],
            "AuthenticatorCategories": [{ "CategoryId": "c", "AuthenticatorSecret": SECRET }],
            "CustomIcons": [{ "Id": "x", "Data": long("A") }],
        }),
    ];
    for export in exports {
        let import = read(export.to_string().as_bytes(), None).unwrap();
        assert_eq!(import.entries.len(), ENTRIES, "{}", import.format);
        assert!(size(&import) < 2 * imports::MAX_BYTES, "{}: {}", import.format, size(&import));
    }
}

#[test]
fn names_that_are_too_long_stay_so() {
    let list = format!("otpauth://totp/{}?secret={SECRET}", "a".repeat(1_025));
    let item = json!({ "name": long("n"), "login": { "username": "a", "totp": SECRET } });
    for file in [list, json!({ "encrypted": false, "items": [item] }).to_string()] {
        let rejected = read(file.as_bytes(), None).unwrap().entries.remove(0).unwrap_err();
        assert_eq!(rejected.reason.code(), "too_long");
    }
}

fn archive(files: &[(String, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn an_archive_of_encrypted_exports_costs_some_keys_at_most() {
    let sealed = own("ente/cc0-encrypted_tag0.txt");
    let expected: Value = serde_json::from_slice(&own("ente/cc0-encrypted_tag0.txt.expected.json")).unwrap();
    let password = expected["password"].as_str();
    let archive_of = |count: usize| {
        let files: Vec<(String, &[u8])> = (0..count).map(|number| (format!("{number}.json"), &sealed[..])).collect();
        archive(&files)
    };
    let each = expected["accounts"].as_array().unwrap().len();
    assert_eq!(read(&archive_of(2), password).unwrap().entries.len(), 2 * each);
    assert!(matches!(read(&archive_of(17), password), Err(ReadError::TooCostly(_))));
    assert!(matches!(read(&archive_of(2), None), Err(ReadError::Encrypted(_))));
    assert!(matches!(read(&archive_of(2), Some("wrong")), Err(ReadError::WrongPassword(_))));
}

#[test]
fn the_files_of_steam_are_found_in_an_archive() {
    let expected: Value = serde_json::from_slice(&own("steam/desktop.maFile.expected.json")).unwrap();
    let (manifest, sealed) = (own("steam/manifest.json"), own("steam/desktop.maFile"));
    let files = [("a/manifest.json".to_owned(), &manifest[..]), ("a/desktop.maFile".to_owned(), &sealed[..])];
    let import = read(&archive(&files), expected["password"].as_str()).unwrap();
    assert_eq!((import.entries.iter().filter(|entry| entry.is_ok()).count(), import.warnings.len()), (1, 0));
    assert!(matches!(read(&archive(&files), None), Err(ReadError::Encrypted(_))));
    assert!(matches!(read(&archive(&files[1..]), None), Err(ReadError::Alone(..))));
}

#[test]
fn folders_and_accounts_that_are_the_same_ones_are_counted() {
    let objects = |folders: usize, accounts: usize| {
        vec![
            dictionary([("Folders", plist::Value::Uid(plist::Uid::new(1)))]),
            references(vec![2; folders]),
            dictionary([("accounts", plist::Value::Uid(plist::Uid::new(3))), ("name", "F".into())]),
            references(vec![4; accounts]),
            dictionary([("label", long("l").into()), ("secret", plist::Value::Data(vec![7; 1_000_000]))]),
        ]
    };
    let import = read(&made::otp_auth(objects(2, 3), 0), Some(made::PASSWORD)).unwrap();
    assert!(import.entries.len() == 6 && size(&import) < 100_000, "{}", size(&import));
    let refused = read(&made::otp_auth(objects(1_000, 1_000), 0), Some(made::PASSWORD));
    assert_eq!(refused, Err(ReadError::TooMany));
}
