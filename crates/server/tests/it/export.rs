//! The command `export`.

use serde_json::{Value, json};

use crate::harness::Instance;

const URI: &str = "otpauth://totp/Acme:ana?algorithm=SHA256&digits=8&issuer=Acme&secret=A4GRFHVVRBGY7UIW";

/// An instance in which Ana has an account in a group, one for Steam and one without a name.
fn instance() -> Instance {
    let instance = Instance::new();
    let added = instance.run(&["user", "add", "ana", "ana@example.org"], "");
    assert!(added.status.success(), "{added:?}");
    let entry = |kind: &str, name: &str, issuer: &str, info: Value| json!({ "type": kind, "name": name, "issuer": issuer, "info": info, "groups": ["1"] });
    let vault = json!({ "header": { "slots": null, "params": null }, "db": {
        "version": 3,
        "entries": [
            entry("totp", "ana", "Acme", json!({ "secret": "A4GRFHVVRBGY7UIW", "algo": "SHA256", "digits": 8 })),
            entry("steam", "bo", "Steam", json!({ "secret": "A4GRFHVVRBGY7UIW" })),
        ],
        "groups": [{ "uuid": "1", "name": "Work" }],
    }});
    let file = instance.0.path().join("vault.json");
    std::fs::write(&file, vault.to_string()).unwrap();
    let imported = instance.run(&["import", file.to_str().unwrap()], "");
    assert!(imported.status.success(), "{imported:?}");
    instance
}

#[test]
fn uris_are_in_the_form_that_most_programs_read() {
    let output = instance().run(&["export", "--format", "uris"], "");
    assert!(output.status.success(), "{output:?}");
    let steam = "otpauth://totp/Steam:bo?digits=5&encoder=steam&issuer=Steam&secret=A4GRFHVVRBGY7UIW";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{URI}\n{steam}\n"));
}

#[test]
fn every_form_is_imported_again_without_new_accounts() {
    let instance = instance();
    for (form, password) in [
        ("2fauth", None),
        ("uris", None),
        ("aegis", None),
        ("aegis", Some("correct horse")),
        ("sixpin", Some("correct horse")),
    ] {
        let file = instance.0.path().join(format!("{form}{}", password.is_some()));
        let file = file.to_str().unwrap();
        let mut arguments = vec!["export", "--format", form, "--user", "ana@example.org", "--output", file];
        arguments.extend(password.map(|_| "--password-stdin"));
        let exported = instance.run(&arguments, password.unwrap_or_default());
        assert!(exported.status.success() && exported.stdout.is_empty(), "{form}: {exported:?}");
        let mut arguments = vec!["import", file];
        arguments.extend(password.map(|_| "--password-stdin"));
        let imported = instance.run(&arguments, password.unwrap_or_default());
        let errors = String::from_utf8(imported.stderr).unwrap();
        assert!(errors.ends_with("0 accounts imported\n"), "{form}: {errors}");
        assert_eq!(errors.matches("the user already has this account").count(), 2, "{form}: {errors}");
    }
}

#[test]
fn what_a_form_cannot_hold_is_named_and_the_rest_written() {
    let instance = instance();
    for (form, begins) in [("google", "otpauth-migration://offline?data="), ("cxf", "{\"")] {
        let output = instance.run(&["export", "--format", form], "");
        let (content, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(!output.status.success(), "{form}");
        assert!(content.starts_with(begins) && content.ends_with('\n') && content.lines().count() == 1, "{content}");
        assert!(errors.starts_with("not exported: Steam, bo: this form has no place for Steam's codes\n"), "{errors}");
        let file = instance.0.path().join(form);
        std::fs::write(&file, content).unwrap();
        let read = instance.run(&["import", "--dry-run", file.to_str().unwrap()], "");
        assert_eq!(String::from_utf8(read.stdout).unwrap(), "totp\tAcme, ana\n", "{form}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_is_for_its_owner_and_never_replaced() {
    use std::os::unix::fs::PermissionsExt as _;

    let instance = instance();
    let file = instance.0.path().join("out");
    let arguments = ["export", "--output", file.to_str().unwrap()];
    assert!(instance.run(&arguments, "").status.success());
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let again = instance.run(&arguments, "");
    assert!(!again.status.success());
    assert!(String::from_utf8(again.stderr).unwrap().contains("exists"), "the file is kept");
}

#[test]
fn what_cannot_be_done_is_said() {
    let instance = Instance::new();
    let refusals: [(&[&str], &str); 3] = [
        (&["export", "--format", "uris", "--password-stdin"], "only exports with --format sixpin or aegis"),
        (&["export", "--format", "sixpin"], "always encrypted: give the password with --password-stdin"),
        (&["export", "--user", "bo@example.org"], "no user has the address bo@example.org"),
    ];
    for (arguments, reason) in refusals {
        let output = instance.run(arguments, "x");
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && errors.contains(reason), "{errors}");
    }
    let added = instance.run(&["user", "add", "ana", "ana@example.org"], "");
    assert!(added.status.success(), "{added:?}");
    let output = instance.run(&["export"], "");
    assert!(String::from_utf8(output.stderr).unwrap().contains("no account to export"));
}
