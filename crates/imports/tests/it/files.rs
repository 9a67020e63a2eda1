//! Files with their expectations: those in `data`, whose `README.md` describes them, and more if a folder of samples
//! lies beside the repository.

use std::fs;
use std::path::{Path, PathBuf};

use imports::compat::{self, CompatError};
use imports::{Format, Import, ReadError, Warning};
use serde_json::Value;

const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples");
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/cases");

/// Returns the files in a folder that have an expectation.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.with_added_extension("expected.json").exists()).collect();
    files.sort();
    files
}

/// Returns the files of this crate.
pub(crate) fn own_files() -> Vec<PathBuf> {
    fs::read_dir(OWN).unwrap().flat_map(|folder| files(&folder.unwrap().path())).collect()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// Reads a file, with each of its passwords, and compares every account with the expectation.
fn check(file: &Path) {
    let expected: Value =
        serde_json::from_slice(&fs::read(file.with_added_extension("expected.json")).unwrap()).unwrap();
    check_with(file, &expected, expected["password"].as_str());
    if let Some(password) = expected["password_also"].as_str() {
        check_with(file, &expected, Some(password));
    }
}

/// Reads a file with its neighbours, as the command does with those of Steam.
fn read_with(file: &Path, password: Option<&str>) -> Result<Import, ReadError> {
    let manifest = fs::read(file.with_file_name("manifest.json")).unwrap_or_default();
    let bytes = fs::read(file).unwrap();
    let manifest = imports::File { name: "manifest.json", bytes: &manifest };
    imports::read_among(imports::File { name: file.to_str().unwrap(), bytes: &bytes }, &[manifest], password)
}

fn check_with(file: &Path, expected: &Value, password: Option<&str>) {
    let name = file.display();
    let result = read_with(file, password);
    if expected["must_refuse"] == true {
        assert!(result.is_err(), "{name}: {result:?}");
        return;
    }
    let Import { entries, .. } = result.unwrap_or_else(|error| panic!("{name}: {error}"));
    let accounts: Vec<_> = entries.iter().filter_map(|entry| entry.as_ref().ok()).collect();
    let rejected: Vec<_> = entries.iter().filter_map(|entry| entry.as_ref().err()).collect();
    // These kinds are known, but no codes can be made for them.
    let is_known_only = |account: &&Value| ["motp", "yandex"].contains(&text(account, "otp_type"));
    let wanted = expected["accounts"].as_array().unwrap();
    let hopeless = wanted.iter().filter(is_known_only).count();
    let wanted: Vec<_> = wanted.iter().filter(|account| !is_known_only(account)).collect();
    let listed = expected["rejects"].as_u64().unwrap_or_default();
    let rejects = expected["rejects"].as_array().map_or(usize::try_from(listed).unwrap(), Vec::len) + hopeless;
    assert_eq!((accounts.len(), rejected.len()), (wanted.len(), rejects), "{name}: {entries:#?}");
    for (draft, wanted) in accounts.iter().zip(wanted) {
        let account = &draft.account;
        let got = (
            account.parameters.otp_type.as_str(),
            account.service.as_deref().unwrap_or_default(),
            account.name.as_str(),
            account.secret.unpadded(),
            account.parameters.algorithm.as_str(),
            u64::from(account.parameters.digits),
            account.parameters.period.map(u64::from),
            account.parameters.counter,
        );
        let wanted_values = (
            text(wanted, "otp_type"),
            text(wanted, "service"),
            text(wanted, "account"),
            text(wanted, "secret"),
            text(wanted, "algorithm"),
            wanted["digits"].as_u64().unwrap(),
            wanted["period"].as_u64(),
            wanted["counter"].as_u64(),
        );
        assert_eq!(got, wanted_values, "{name}");
        // The cases' expectations have no groups.
        if file.starts_with(CASES) {
            continue;
        }
        let groups = [&wanted["group"], &wanted["extra"]["groups"][0], &wanted["extra"]["tags"][0]];
        let group = groups.iter().find_map(|group| group.as_str());
        assert_eq!(draft.group.as_deref(), group, "{name}: {}", account.name);
    }
    for (rejected, wanted) in rejected.iter().zip(expected["rejects"].as_array().into_iter().flatten()) {
        if let Some(entry) = wanted.as_str() {
            assert_eq!(rejected.name, entry, "{name}");
        }
    }
}

#[test]
fn own_files_are_read() {
    let files = own_files();
    assert!(files.len() > 15, "{files:?}");
    for file in files {
        check(&file);
    }
}

#[test]
fn every_format_has_files_and_is_read_by_the_command_and_the_api() {
    for format in imports::formats() {
        let files = files(&Path::new(OWN).join(format.id()));
        assert!(!files.is_empty(), "add files to tests/data/{}", format.id());
        // Known by name, so that its users are told what to do.
        if REFUSED.contains(&format.id()) {
            assert!(files.iter().all(|file| read_with_password(file).is_err()), "{format}");
            continue;
        }
        let by_command = files.iter().find_map(|file| Some(read_with_password(file).ok()?.format));
        let by_api = files.iter().map(|file| match compat::read(&fs::read(file).unwrap()) {
            Ok(Import { format, .. }) | Err(CompatError::Encrypted(format)) => Some(format),
            Err(_) => None,
        });
        // What it takes to open a file may be in another one, which the API doesn't get.
        let by_api = by_api.flatten().find(|read| *read == format);
        assert_eq!((by_command, by_api), (Some(format), Some(format)));
    }
}

/// Formats of which nothing can be read.
const REFUSED: [&str; 2] = ["browser", "openpgp"];

/// Reads a file with the password of its expectation.
fn read_with_password(file: &Path) -> Result<Import, ReadError> {
    let expected: Value =
        serde_json::from_slice(&fs::read(file.with_added_extension("expected.json")).unwrap()).unwrap();
    read_with(file, expected["password"].as_str())
}

#[test]
fn every_format_has_a_section_in_the_guide() {
    let guide = include_str!("../../../../docs/migration.md");
    for format in imports::formats() {
        assert!(guide.contains(&format!("\n## {format}\n")), "add {format} to docs/migration.md");
    }
}

/// Folders of samples that hold no exports.
const NO_EXPORTS: [&str; 2] = ["2fauth-db", "qr"];

/// Returns all samples, whatever folder they are in.
pub(crate) fn samples() -> Vec<PathBuf> {
    let Ok(folders) = fs::read_dir(SAMPLES) else { return Vec::new() };
    let folders = folders.map(|folder| folder.unwrap()).filter(|folder| folder.path().is_dir());
    let folders = folders.filter(|folder| NO_EXPORTS.iter().all(|name| folder.file_name() != *name));
    let all = folders.flat_map(|folder| {
        // Steam's files are in folders of their own.
        let inner =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        inner.chain([folder.path()]).flat_map(|folder| files(&folder)).collect::<Vec<PathBuf>>()
    });
    all.collect()
}

#[test]
fn samples_are_read() {
    for file in samples() {
        check(&file);
    }
}

/// Files after public bug reports, if they lie beside the repository.
#[test]
fn cases_are_read() {
    let Ok(folders) = fs::read_dir(CASES) else { return };
    folders.flat_map(|folder| files(&folder.unwrap().path())).for_each(|file| check(&file));
}

/// Returns a file of this crate.
pub(crate) fn own(path: &str) -> Vec<u8> {
    fs::read(Path::new(OWN).join(path)).unwrap()
}

#[test]
fn icons_come_along() {
    for file in ["2fauth/export.json", "aegis/plain.json"] {
        let entries = imports::read(&own(file), None).unwrap().entries;
        let icons: Vec<_> = entries.iter().flatten().filter_map(|draft| draft.icon.as_ref()).collect();
        assert_eq!(icons.len(), 1, "{file}");
        assert_eq!((icons[0].extension, &icons[0].content[1..4]), ("png", &b"PNG"[..]), "{file}");
    }
}

#[test]
fn missing_qr_codes_are_told() {
    let import = imports::read(&own("google_authenticator/batch.txt"), None).unwrap();
    assert_eq!(import.format, Format::GOOGLE_AUTHENTICATOR);
    let missing = Warning::MissingCodes { size: 3, missing: vec![2] };
    assert_eq!(import.warnings, [Warning::NoPeriods(Format::GOOGLE_AUTHENTICATOR), missing.clone()]);
    assert!(missing.to_string().contains("missing: 3 of 3;"), "{missing}");
}

#[test]
fn a_list_with_other_uris_is_no_export_of_google_authenticator() {
    let import = imports::read(&own("otpauth_list/mixed.txt"), None).unwrap();
    assert_eq!(import.format, Format::OTPAUTH_LIST);
    assert_eq!(import.warnings.len(), 2);
}

#[test]
fn what_is_rejected_is_named_without_its_secret() {
    for file in own_files() {
        let Ok(import) = imports::read(&fs::read(&file).unwrap(), None) else { continue };
        for rejected in import.entries.iter().filter_map(|entry| entry.as_ref().err()) {
            let shown = format!("{rejected:?} {}", rejected.reason);
            for secret in ["B6KCOE6A", "7PVW6GL7", "PNB5ZA5D", "OWEBIUFI", "A1B0", "00112233"] {
                assert!(!shown.contains(secret), "{}: {shown}", file.display());
            }
        }
        assert!(!format!("{import:?}").contains("B6KCOE6A"), "{}", file.display());
    }
}
