use std::collections::BTreeMap;

use super::*;

/// The bytes 0 to 31.
const KEY: &str = "base64:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn read(given: &[(&str, &str)]) -> (KeyConfig, Vec<String>, Vec<String>) {
    let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let mut vars = Vars::new(given.collect::<BTreeMap<_, _>>());
    let config = KeyConfig::read(&mut vars);
    let (problems, warnings) = vars.into_findings();
    (config, problems, warnings)
}

fn random(bytes: &mut [u8]) {
    for (byte, value) in bytes.iter_mut().zip(0..) {
        *byte = value;
    }
}

#[track_caller]
fn is_the_key(config: &KeyConfig) {
    assert_eq!(config.current.as_ref().unwrap().key.bytes().as_slice(), (0..32).collect::<Vec<u8>>());
}

#[test]
fn quotes_marks_and_the_name_are_no_part_of_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    for text in [
        KEY.to_owned(),
        format!("\"{KEY}\""),
        format!("'{KEY}'"),
        format!("\u{feff}{KEY}"),
        format!("  {KEY}\t"),
        format!("APP_KEY={KEY}"),
        format!("APP_KEY=\"{KEY}\""),
        format!("\"APP_KEY={KEY}\""),
        format!("\u{feff}\"{KEY}\"\r\n"),
        format!("\"{KEY}\" "),
    ] {
        let (config, problems, _) = read(&[("APP_KEY", &text)]);
        assert!(problems.is_empty(), "{text:?}: {problems:?}");
        is_the_key(&config);
        std::fs::write(&path, format!("{text}\n")).unwrap();
        let (config, problems, _) = read(&[("APP_KEY_FILE", path.to_str().unwrap())]);
        assert!(problems.is_empty(), "{text:?}: {problems:?}");
        is_the_key(&config);
    }
    assert_eq!(read(&[("APP_KEY", KEY)]).2, [""; 0]);
}

#[test]
fn a_key_with_stray_characters_is_refused_without_its_text() {
    for (text, words) in [
        (format!("\"{KEY}"), "remove the 1 character before \"base64:\", of which the first is a quote"),
        (format!("key: {KEY}"), "5 characters before"),
        (format!("export APP_KEY={KEY}"), "characters before"),
        (format!("“{KEY}”"), "quote"),
        (format!("{KEY}\""), "quote at its beginning or end"),
        (KEY.replace("base64", "Base64"), "lower case"),
        ("\"0123456789abcdefghijklmnopqrstuvw".to_owned(), "quote at its beginning or end"),
        ("0123456789abcdef\n0123456789abcdefgh".to_owned(), "line break"),
        ("base64:AAEC".to_owned(), "3 bytes long"),
    ] {
        let (_, problems, _) = read(&[("APP_KEY", &text)]);
        assert!(
            problems.len() == 1 && problems[0].starts_with("APP_KEY: ") && problems[0].contains(words),
            "{problems:?}"
        );
        assert!(!problems[0].contains("AAEC") && !problems[0].contains("0123456789"), "{problems:?}");
    }
}

#[test]
fn placeholders_and_repeated_bytes_are_for_old_databases_only() {
    let folder = tempfile::tempdir().unwrap();
    for weak in [
        "SomeRandomStringOf32CharsExactly",
        "base64:U29tZVJhbmRvbVN0cmluZ09mMzJDaGFyc0V4YWN0bHk=",
        "ChangeMe-ChangeMe-ChangeMe-1234567",
        &"a".repeat(32),
        "abcabcabcabcabcabcabcabcabcabcabc",
        "base64:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ] {
        let (config, problems, warnings) = read(&[("APP_KEY", weak)]);
        assert!(problems.is_empty(), "{weak}: {problems:?}");
        assert!(warnings[0].contains("APP_KEY") && warnings[0].contains("APP_PREVIOUS_KEYS"), "{weak}: {warnings:?}");
        assert!(!warnings[0].contains(weak), "{warnings:?}");
        let keys = config.of_instance(folder.path(), random);
        let refused = keys.master_keys(true).unwrap_err();
        assert!(refused.contains("APP_KEY") && refused.contains("openssl"), "{refused}");
        assert!(keys.master_keys(false).is_ok());
    }
}

#[test]
fn a_key_of_text_is_warned_of() {
    let text = "0123456789abcdefghijklmnopqrstuv";
    let (config, problems, warnings) = read(&[("APP_KEY", text)]);
    assert!(problems.is_empty() && warnings.len() == 1 && warnings[0].contains("text"), "{problems:?} {warnings:?}");
    assert!(config.of_instance(Path::new("/nowhere"), random).master_keys(true).is_ok());
    let (_, _, warnings) = read(&[("APP_KEY", KEY.strip_prefix("base64:").unwrap())]);
    assert!(warnings[0].contains("without \"base64:\""), "{warnings:?}");
}

#[test]
fn a_key_is_made_for_a_new_database_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (config, ..) = read(&[]);
    let keys = config.of_instance(folder.path(), random);
    let refused = keys.master_keys(false).unwrap_err();
    assert!(refused.contains("app.key") && refused.contains("APP_KEY_FILE") && refused.contains("backup"), "{refused}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let made = keys.master_keys(true).unwrap();
    assert_eq!(made.current.bytes(), keys.master_keys(false).unwrap().current.bytes());
    assert_eq!(std::fs::read_to_string(folder.path().join("app.key")).unwrap(), format!("{KEY}\n"));
}

#[test]
fn an_empty_file_of_a_secret_is_a_problem() {
    let folder = tempfile::tempdir().unwrap();
    for (number, content) in ["", "\n", " \r\n", "\u{feff}", "\"\"", "APP_KEY="].into_iter().enumerate() {
        let path = folder.path().join(number.to_string());
        std::fs::write(&path, content).unwrap();
        let (config, problems, _) = read(&[("APP_KEY_FILE", path.to_str().unwrap())]);
        assert!(config.current.is_none());
        let problem = &problems[0];
        assert!(
            problems.len() == 1 && problem.starts_with("APP_KEY_FILE: ") && problem.contains("is empty"),
            "{problems:?}"
        );
    }
}

#[test]
fn the_origin_of_a_key_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, KEY).unwrap();
    let source = |given: &[(&str, &str)]| read(given).0.of_instance(Path::new("/data"), random).source();
    assert_eq!(source(&[("APP_KEY", KEY)]), "APP_KEY");
    assert_eq!(source(&[("APP_KEY_FILE", path.to_str().unwrap())]), format!("APP_KEY_FILE ({})", path.display()));
    assert_eq!(source(&[]), "/data/app.key");
}
