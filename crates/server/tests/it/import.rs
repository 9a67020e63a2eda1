//! The command `import`.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use vault::{SharingPolicy, UserId};

use crate::harness::Instance;

impl Instance {
    fn file(&self, content: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join("export");
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn add(&self, name: &str) {
        let output = self.run(&["user", "add", name, &format!("{name}@example.org")], "");
        assert!(output.status.success(), "{output:?}");
    }

    fn export(&self) -> String {
        self.file(
            json!({
                "header": { "slots": null, "params": null },
                "db": {
                    "version": 3,
                    "entries": [
                        { "type": "totp", "name": "ana", "issuer": "Acme", "info": { "secret": "AAAA" }, "groups": ["1"] },
                        { "type": "totp", "name": "a:b", "issuer": "", "info": { "secret": "AAAA" }, "groups": ["1"] },
                        { "type": "totp", "name": "ana", "issuer": "Acme", "info": { "secret": "aaaa" } },
                        { "type": "hotp", "name": "", "issuer": "Count", "info": { "secret": "AAAA", "counter": 7 } },
                        { "type": "motp", "name": "m", "issuer": "Motp", "info": { "secret": "AAAA" } },
                    ],
                    "groups": [{ "uuid": "1", "name": "Work / home" }],
                },
            })
            .to_string(),
        )
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn data(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../imports/tests/data")).join(path)
}

#[test]
fn a_dry_run_needs_no_instance() {
    let instance = Instance::new();
    let output = instance.run(&["import", &instance.export(), "--dry-run", "--json"], "");
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    insta::assert_json_snapshot!(report["accounts"][3], @r#"
    {
      "otp_type": "hotp",
      "service": "Count",
      "account": "",
      "secret": "AAAA",
      "algorithm": "sha1",
      "digits": 6,
      "period": null,
      "counter": 7
    }
    "#);
    insta::assert_json_snapshot!(report["problems"], @r#"
    [
      {
        "entry": "Motp",
        "reason": "codes of the kind \"motp\" can't be made: totp, hotp and steam are known"
      }
    ]
    "#);
    assert_eq!((&report["format"], report["accounts"].as_array().unwrap().len()), (&json!("aegis"), 4));
    assert!(!instance.0.path().join("data").exists());
}

#[test]
fn accounts_are_added_once() {
    let instance = Instance::new();
    instance.add("ana");
    let file = instance.export();
    let output = instance.run(&["import", &file], "");
    assert!(output.status.success(), "{output:?}");
    insta::assert_snapshot!(text(&output.stdout), @r#"
    totp	Acme, ana
    totp	a:b
    hotp	Count, Count
    "#);
    insta::assert_snapshot!(text(&output.stderr), @r#"
    not imported: Motp: codes of the kind "motp" can't be made: totp, hotp and steam are known
    not imported: Acme, ana: the user already has this account
    3 accounts imported
    "#);
    let again = instance.run(&["import", &file, "--user", "ANA@example.org", "--json"], "");
    let report: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((&report["accounts"], report["problems"].as_array().unwrap().len()), (&json!([]), 5));
}

#[tokio::test]
async fn accounts_keep_their_groups_and_names() {
    let instance = Instance::new();
    instance.add("ana");
    assert!(instance.run(&["import", &instance.export()], "").status.success());
    let app = instance.open().await;
    let mut read = app.store.read().await.unwrap();
    let groups = read.groups(UserId(1)).await.unwrap();
    assert_eq!(groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["Work home"]);
    let seen = read.visible_accounts(UserId(1), SharingPolicy::default(), None).await.unwrap();
    let seen: Vec<_> = seen.iter().map(|seen| (seen.account.name.as_str(), seen.group.is_some())).collect();
    assert_eq!(seen, [("ana", true), ("a:b", true), ("Count", false)]);
}

#[test]
fn somebody_must_be_meant() {
    let instance = Instance::new();
    let file = instance.export();
    let output = instance.run(&["import", &file], "");
    insta::assert_snapshot!(text(&output.stderr), @"sixpin: there is no user yet: add one with `sixpin user add`");
    instance.add("ana");
    instance.add("ben");
    let output = instance.run(&["import", &file], "");
    insta::assert_snapshot!(text(&output.stderr), @"sixpin: there are several users: choose one with --user EMAIL (`sixpin user list` lists all users)");
    let output = instance.run(&["import", &file, "--user", "eve@example.org"], "");
    insta::assert_snapshot!(text(&output.stderr), @"sixpin: no user has the address eve@example.org: `sixpin user list` lists all users");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn an_encrypted_file_needs_its_password() {
    let instance = Instance::new();
    for file in ["aegis/encrypted.json", "2fas/cc0-encrypted_v4_ios.2fas", "bitwarden/cc0-encrypted_pbkdf2.json"] {
        let file = data(file);
        let file = file.to_str().unwrap();
        let output = instance.run(&["import", file, "--dry-run"], "");
        assert!(!output.status.success() && text(&output.stderr).contains("--password-stdin"), "{output:?}");
        let output = instance.run(&["import", file, "--dry-run", "--password-stdin"], "wrong\n");
        assert!(!output.status.success() && text(&output.stderr).contains("doesn't open"), "{output:?}");
        let output = instance.run(&["import", file, "--dry-run", "--password-stdin"], "correct horse\n");
        assert!(output.status.success() && text(&output.stdout).contains("Example, alice"), "{output:?}");
    }
}

#[test]
fn a_picture_of_a_qr_code_is_read() {
    let instance = Instance::new();
    let picture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contract/recorded/data/qr-google.png");
    let output = instance.run(&["import", picture, "--dry-run", "--json"], "");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["format"], "google_authenticator");
}

/// A picture with a part of a text that is split over three QR codes.
fn part(number: u8) -> String {
    format!("{}/../qr/tests/data/split-{number}-of-3.png", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_text_that_is_split_over_several_pictures_is_one_account() {
    let instance = Instance::new();
    let output = instance.run(&["import", &part(3), &part(1), &part(2), "--dry-run", "--json"], "");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["accounts"][0]["secret"], "GEZDGNBVGY3TQOJQ");
    assert_eq!((report["accounts"].as_array().unwrap().len(), &report["problems"]), (1, &json!([])));

    let output = instance.run(&["import", &part(1), "--dry-run"], "");
    assert!(!output.status.success() && text(&output.stderr).contains("Missing: 2, 3."), "{output:?}");
    let output = instance.run(&["import", &part(1), &instance.export(), &part(3), "--dry-run", "--json"], "");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["accounts"].as_array().unwrap().len(), 4, "those of the export alone");
    assert_eq!(report["problems"][0]["entry"], json!(format!("{}, {}", part(1), part(3))));
}

#[test]
fn the_texts_of_pictures_are_printed() {
    const TEXT: &str = "otpauth://totp/Acme:ana@example.com?secret=GEZDGNBVGY3TQOJQ&issuer=Acme\n";
    let instance = Instance::new();
    let output = instance.run(&["qr", &part(2), &part(1), &part(3)], "");
    assert!(output.status.success() && text(&output.stdout) == TEXT, "{output:?}");
    let output = instance.run(&["qr", &part(2)], "");
    assert!(output.status.code() == Some(1) && output.stdout.is_empty(), "{output:?}");
    assert!(text(&output.stderr).contains("Missing: 1, 3."), "{output:?}");
    let blank = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contract/recorded/data/blank.png");
    let output = instance.run(&["qr", blank, &part(1), &part(2), &part(3)], "");
    assert!(output.status.code() == Some(1) && text(&output.stdout) == TEXT, "{output:?}");
    assert!(text(&output.stderr).contains("blank.png: No QR code was found"), "{output:?}");
}

#[test]
fn what_cannot_be_read_says_so() {
    let instance = Instance::new();
    let output = instance.run(&["import", &instance.file("hello"), "--dry-run"], "");
    assert!(!output.status.success() && text(&output.stderr).contains("no known format"), "{output:?}");
    let output = instance.run(&["import", "nowhere", "--dry-run"], "");
    assert!(!output.status.success() && text(&output.stderr).starts_with("sixpin: nowhere: "), "{output:?}");
}

#[test]
fn a_file_is_opened_with_what_is_beside_it() {
    let instance = Instance::new();
    let file = data("steam/1.maFile");
    let arguments = ["import", file.to_str().unwrap(), "--dry-run", "--json", "--password-stdin"];
    let output = instance.run(&arguments, "correct horse\n");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["format"], &report["accounts"][0]["account"]), (&json!("steam"), &json!("dave")));
}

#[tokio::test]
async fn folders_and_several_files_are_one_import() {
    let instance = Instance::new();
    instance.add("ana");
    let folder = instance.0.path().join("exports");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("1.txt"), "otpauth://totp/A:a?secret=AAAA").unwrap();
    fs::write(folder.join("readme"), "hello").unwrap();
    let output = instance.run(&["import", folder.to_str().unwrap(), &instance.export()], "");
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output.stderr).contains("readme: the file is in no known format"), "{output:?}");
    assert!(text(&output.stderr).ends_with("4 accounts imported\n"), "{output:?}");
    let imports = instance.open().await.store.read().await.unwrap().imports(UserId(1)).await.unwrap();
    let imports: Vec<_> = imports.iter().map(|import| (import.source.as_str(), import.accounts)).collect();
    assert_eq!(imports, [("Aegis, otpauth URIs", 4)], "it can be undone as one");
}
