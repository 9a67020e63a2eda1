//! What is exported comes back the same when it is imported.

use exports::{Entry, Export, ExportError, Exporter, Icon, LeftOut, aegis, cxf, encrypted_aegis, google, sealed, uris};
use imports::{Import, ImportedAccount};
use otp::{Algorithm, OtpType, Parameters, Secret};
use proptest::prelude::*;
use vault::{AccountDraft, Group, GroupId};

/// Not random, so that failures can be repeated.
fn fill(buffer: &mut [u8]) {
    for (byte, value) in buffer.iter_mut().zip(1..) {
        *byte = value;
    }
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => "[a-zA-Z0-9@._:%&+ü#?/-]{1,20}",
        1 => prop::sample::select(vec!["Acme:ana", "Acme", "Acme: ana", "Acme:Acme:ana", ":", ":ana", "ana:", "Steam:ana"])
            .prop_map(str::to_owned),
    ]
}

fn services() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        4 => prop::option::of("[a-zA-Z&. é-]{0,12}[a-z]"),
        1 => prop::sample::select(vec!["Acme", "Acme:Inc", ":Acme", "Acme:", "100%", "a+b"]).prop_map(|name| Some(name.to_owned())),
    ]
}

fn parameters() -> impl Strategy<Value = Parameters> {
    let algorithms = prop::sample::select(vec![Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512]);
    let totp = (algorithms.clone(), 5_u8..=10, 1_u32..=600).prop_map(|(algorithm, digits, period)| {
        Parameters::with_defaults(OtpType::Totp, Some(algorithm), Some(digits), Some(period), None)
    });
    let hotp = (algorithms, 5_u8..=10, 0..1_u64 << 40).prop_map(|(algorithm, digits, counter)| {
        Parameters::with_defaults(OtpType::Hotp, Some(algorithm), Some(digits), None, Some(counter))
    });
    prop_oneof![totp, hotp, Just(Parameters::new(OtpType::SteamTotp))]
}

fn entries() -> impl Strategy<Value = Entry> {
    let icon = prop::option::of(prop::collection::vec(any::<u8>(), 1..40));
    let group = prop::option::of("[A-Za-z ]{0,8}[a-z]");
    (names(), services(), parameters(), any::<[u8; 20]>(), group, icon).prop_map(
        |(name, service, parameters, key, group, icon)| {
            let service = service.map(|service| service.trim().to_owned());
            let (service, parameters) = parameters.with_steam_rule(service);
            let account = AccountDraft::new(name, Secret::from_key(&key), parameters).with_service(service);
            let icon = icon.map(|content| Icon { mime: "image/png", content });
            Entry { account, group, icon, shared_with: Vec::new() }
        },
    )
}

fn groups() -> impl Strategy<Value = Vec<Group>> {
    let group = ("[A-Z][a-z ]{0,8}[a-z]", any::<bool>());
    let group = group.prop_map(|(name, show_in_chips)| Group { id: GroupId(1), owner: None, name, show_in_chips });
    prop::collection::vec(group, 0..4)
}

/// The accounts as they are read from the forms of other apps: an account that repeats its issuer loses it.
fn tidied(accounts: Vec<AccountDraft>) -> Vec<AccountDraft> {
    let repeated = |account: &AccountDraft| {
        let rest = account.name.strip_prefix(account.service.as_deref()?)?.strip_prefix(':')?.trim();
        (!rest.is_empty()).then(|| rest.to_owned())
    };
    let tidy = |mut account: AccountDraft| {
        while let Some(rest) = repeated(&account) {
            account.name = rest;
        }
        account
    };
    accounts.into_iter().map(tidy).collect()
}

fn read(export: &Export, password: Option<&str>) -> Vec<ImportedAccount> {
    let Import { entries, .. } = imports::read(export.content.as_bytes(), password).unwrap();
    entries.into_iter().map(Result::unwrap).collect()
}

fn accounts(entries: &[Entry]) -> Vec<AccountDraft> {
    entries.iter().map(|entry| entry.account.clone()).collect()
}

proptest! {
    #[test]
    fn uris_come_back(entries in prop::collection::vec(entries(), 1..5)) {
        let export = uris(&entries);
        prop_assert_eq!(&export.left_out, &[]);
        let read: Vec<AccountDraft> = read(&export, None).into_iter().map(|account| account.account).collect();
        prop_assert_eq!(read, tidied(accounts(&entries)));
    }

    #[test]
    fn vaults_come_back(entries in prop::collection::vec(entries(), 1..5)) {
        let export = aegis(&entries, fill);
        prop_assert_eq!(&export.left_out, &[]);
        let read = read(&export, None);
        let expected = tidied(accounts(&entries));
        for ((read, entry), expected) in read.iter().zip(&entries).zip(&expected) {
            prop_assert_eq!(&read.account, expected);
            prop_assert_eq!(read.icon.as_ref().map(|icon| &icon.content), entry.icon.as_ref().map(|icon| &icon.content));
        }
        prop_assert_eq!(read.len(), entries.len());
    }
}

const EXPORTER: Exporter<'_> =
    Exporter { host: "2fa.example.org", username: "ana", email: "ana@example.org", at: 1_800_000_000 };

/// What is left of the entries when those that were left out are gone.
fn rest(entries: &[Entry], export: &Export) -> Vec<AccountDraft> {
    let is_in = |position: &usize| !export.left_out.iter().any(|(out, _)| out == position);
    entries.iter().enumerate().filter(|(position, _)| is_in(position)).map(|(_, entry)| entry.account.clone()).collect()
}

proptest! {
    #[test]
    fn qr_codes_of_google_come_back(entries in prop::collection::vec(entries(), 1..25)) {
        let export = google(&entries, fill);
        let expected = rest(&entries, &export);
        for (position, reason) in &export.left_out {
            let parameters = entries[*position].account.parameters;
            let says_so = match reason {
                LeftOut::Kind(kind) => *kind == parameters.otp_type && *kind == OtpType::SteamTotp,
                LeftOut::Digits(digits) => *digits == parameters.digits && ![6, 8].contains(digits),
                LeftOut::Period(period) => *period == parameters.period_seconds() && *period != 30,
                _ => false,
            };
            prop_assert!(says_so, "{:?}", reason);
        }
        if !expected.is_empty() {
            let import = imports::read(export.content.as_bytes(), None).unwrap();
            prop_assert_eq!(import.warnings.len(), 1, "no code of the batch is missing");
            let (lines, codes) = (export.content.lines().count(), &export.codes);
            prop_assert!(codes.len() == lines && codes.iter().all(|code| (1..=10).contains(&code.len())));
            prop_assert_eq!(codes.iter().map(Vec::len).sum::<usize>(), expected.len());
            let read: Vec<AccountDraft> = import.entries.into_iter().map(|entry| entry.unwrap().account).collect();
            prop_assert_eq!(read, tidied(expected));
        }
    }

    #[test]
    fn credentials_come_back(entries in prop::collection::vec(entries(), 1..5)) {
        let export = cxf(&entries, &EXPORTER, fill);
        let is_other = |entry: &Entry| {
            let parameters = entry.account.parameters;
            parameters.otp_type != OtpType::Totp || parameters.period_seconds() > 255
        };
        prop_assert_eq!(export.left_out.len(), entries.iter().filter(|entry| is_other(entry)).count());
        let read: Vec<AccountDraft> = read(&export, None).into_iter().map(|account| account.account).collect();
        prop_assert_eq!(read, tidied(rest(&entries, &export)));
    }
}

proptest! {
    // Each costs two derivations of a key.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_file_of_ones_own_comes_back(entries in prop::collection::vec(entries(), 0..9), groups in groups()) {
        let export = sealed(&entries, &groups, "correct horse", fill).unwrap();
        prop_assert_eq!(&export.left_out, &[]);
        let import = imports::read(export.content.as_bytes(), Some("correct horse")).unwrap();
        let named = import.groups.iter().map(|group| (group.name.as_str(), group.show_in_chips));
        prop_assert!(named.eq(groups.iter().map(|group| (group.name.as_str(), group.show_in_chips))));
        let read: Vec<ImportedAccount> = import.entries.into_iter().map(Result::unwrap).collect();
        prop_assert_eq!(read.len(), entries.len());
        for (read, entry) in read.iter().zip(&entries) {
            prop_assert_eq!(&read.account, &entry.account);
            prop_assert_eq!(read.group.as_deref(), entry.group.as_deref().map(str::trim));
            prop_assert_eq!(read.icon.as_ref().map(|icon| &icon.content), entry.icon.as_ref().map(|icon| &icon.content));
        }
    }
}

#[test]
fn a_file_of_ones_own_tells_a_wrong_password_from_damage() {
    let shared = Entry { shared_with: vec!["bob".to_owned()], ..entry("ana", "A4GRFHVVRBGY7UIW", Algorithm::Sha384) };
    let export = sealed(&[shared], &[], "correct horse", fill).unwrap();
    assert!(!export.content.contains("A4GRFHVVRBGY7UIW") && !export.content.contains("ana"));
    let read = |text: &str, password| imports::read(text.as_bytes(), password);
    let import = read(&export.content, Some("correct horse")).unwrap();
    assert!(import.warnings[0].to_string().ends_with(": ana (bob)"), "{:?}", import.warnings);
    assert_eq!(read(&export.content, None).unwrap_err().code(), "encrypted");
    assert_eq!(read(&export.content, Some("wrong")).unwrap_err().code(), "wrong_password");
    let mut damaged: serde_json::Value = serde_json::from_str(&export.content).unwrap();
    damaged["content"]["nonce"] = "AAAAAAAAAAAAAAAA".into();
    assert_eq!(read(&damaged.to_string(), Some("correct horse")).unwrap_err().code(), "unusable");
    for (cost, too_much) in [("memory_kib", (256 << 10) + 1), ("passes", 33), ("lanes", 17)] {
        let mut costly = damaged.clone();
        costly["key"][cost] = too_much.into();
        assert_eq!(read(&costly.to_string(), Some("correct horse")).unwrap_err().code(), "too_costly", "{cost}");
    }
    assert_eq!(sealed(&[], &[], "", fill).err(), Some(ExportError::NoPassword));
}

fn entry(name: &str, secret: &str, algorithm: Algorithm) -> Entry {
    let parameters = Parameters::with_defaults(OtpType::Totp, Some(algorithm), None, None, None);
    let account = AccountDraft::new(name, Secret::from_text(secret), parameters);
    Entry { account, group: Some("Work".to_owned()), icon: None, shared_with: Vec::new() }
}

#[test]
fn a_password_opens_an_encrypted_vault() {
    let export = encrypted_aegis(&[entry("ana", "A4GRFHVVRBGY7UIW", Algorithm::Sha1)], "correct horse", fill).unwrap();
    assert!(!export.content.contains("A4GRFHVVRBGY7UIW") && !export.content.contains("ana"));
    let accounts = read(&export, Some("correct horse"));
    assert_eq!(accounts[0].account.name, "ana");
    assert_eq!(accounts[0].group.as_deref(), Some("Work"));
    assert!(imports::read(export.content.as_bytes(), Some("wrong")).is_err());
    assert_eq!(encrypted_aegis(&[], "", fill).err(), Some(ExportError::NoPassword));
}

#[test]
fn what_a_form_cannot_hold_is_named() {
    let entries = [
        entry("", "A4GRFHVVRBGY7UIW", Algorithm::Sha1),
        entry("b", "", Algorithm::Sha1),
        entry("c", "A4GRFHVVRBGY7UIW", Algorithm::Sha384),
        entry("d", "A4GRFHVVRBGY7UIW", Algorithm::Sha256),
    ];
    let list = uris(&entries);
    assert_eq!(list.left_out, [(0, LeftOut::Unnamed), (1, LeftOut::Secret)]);
    assert_eq!(
        list.content.as_str(),
        "otpauth://totp/c?algorithm=SHA384&secret=A4GRFHVVRBGY7UIW\n\
         otpauth://totp/d?algorithm=SHA256&secret=A4GRFHVVRBGY7UIW\n"
    );
    let codes = google(&entries, fill);
    assert_eq!(codes.left_out, [(1, LeftOut::Secret), (2, LeftOut::Algorithm(Algorithm::Sha384))]);
    assert_eq!(cxf(&entries, &EXPORTER, fill).left_out, codes.left_out);
    let vault = aegis(&entries, fill);
    assert_eq!(vault.left_out, [(1, LeftOut::Secret), (2, LeftOut::Algorithm(Algorithm::Sha384))]);
}

#[test]
fn long_names_take_more_qr_codes_and_the_longest_have_none() {
    let long = |letters: usize| entry(&"🔑".repeat(letters), "A4GRFHVVRBGY7UIW", Algorithm::Sha1);
    let mut entries: Vec<Entry> = (0..12).map(|number| long(50 + number)).collect();
    entries.extend([long(400), long(1024), long(1)]);
    let export = google(&entries, fill);
    assert_eq!(export.left_out, [(13, LeftOut::Size)]);
    assert_eq!(export.codes, [vec![0, 1, 2], vec![3, 4, 5], vec![6, 7], vec![8, 9], vec![10, 11], vec![12], vec![14]]);
    assert!(export.content.lines().all(|line| line.len() <= 2953));
    let ordinary = vec![entry("ana.lovelace@example.org", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", Algorithm::Sha1); 20];
    assert_eq!(google(&ordinary, fill).codes.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10]);
}
