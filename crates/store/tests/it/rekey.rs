//! A new data key.

use otp::OtpType;
use store::{Error, NewSecurityKey, Rekeyed, Store};
use vault::UserId;

use crate::bench::{add_account, add_user, at, draft, keys, load_seen, on_every_engine, random, read_secret};

fn security_key(user: UserId) -> NewSecurityKey {
    NewSecurityKey {
        user,
        credential: b"credential".to_vec(),
        handle: "0123456789abcdef0123456789abcdef".into(),
        alias: None,
        public_key: b"a public key".to_vec(),
        counter: 0,
        backup_eligible: None,
        rp_id: "2fa.example.org".into(),
        origin: "https://2fa.example.org".into(),
        transports: Vec::new(),
        aaguid: None,
        attestation_format: "none".into(),
    }
}

#[test]
fn every_value_opens_after_a_change_of_the_data_key() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let mut ids = Vec::new();
        for number in 0..450 {
            ids.push(add_account_named(&store, ana.id, &format!("account {number}")).await);
        }
        let mut write = store.write().await.unwrap().by_operator();
        write.add_icon("icon.png", b"a picture", at(1)).await.unwrap();
        write.create_security_key(&security_key(ana.id), at(1)).await.unwrap();
        write.commit().await.unwrap();
        let mut reports = Vec::new();
        let done = store.rekey(&keys(0), random, |values| reports.push(values)).await.unwrap();
        assert_eq!(done, Rekeyed { values: 450 * 4 + 2, damaged: Vec::new() });
        assert!(reports.len() > 6 && reports.is_sorted() && reports.last() == Some(&done.values), "{reports:?}");
        let store = bench.open().await;
        for (number, id) in ids.iter().enumerate() {
            let seen = load_seen(&store, ana.id, *id).await;
            assert_eq!(seen.account.name, format!("account {number}"));
            let right = read_secret(&store, ana.id, *id).await;
            assert_eq!(store.open_secret(&seen.account, &right).unwrap().padded(), "JBSWY3DPEHPK3PXP");
            store.open_legacy_uri(&seen.account, &right).unwrap();
        }
        let mut read = store.read().await.unwrap();
        assert_eq!(read.icon("icon.png").await.unwrap().unwrap(), b"a picture");
        assert_eq!(read.security_key(b"credential").await.unwrap().unwrap().registered, security_key(ana.id));
    });
}

async fn add_account_named(store: &Store, owner: UserId, name: &str) -> vault::AccountId {
    let mut write = store.write().await.unwrap().by_operator();
    let id = write.create_account(owner, &draft(name, OtpType::Totp), "otpauth://totp/x", at(1)).await.unwrap();
    write.commit().await.unwrap();
    id
}

#[test]
fn a_store_that_was_open_meanwhile_seals_nothing_with_the_former_key() {
    on_every_engine(async |bench| {
        let (store, other) = (bench.open().await, bench.open().await);
        let ana = add_user(&store, "ana").await;
        add_account(&other, &ana, "mail", OtpType::Totp).await;
        store.rekey(&keys(0), random, |_| {}).await.unwrap();
        for outdated in [&store, &other] {
            let mut write = outdated.write().await.unwrap().by_operator();
            let draft = draft("late", OtpType::Totp);
            let refused = write.create_account(ana.id, &draft, "otpauth://totp/x", at(1)).await;
            assert!(matches!(refused, Err(Error::Rekeyed)), "{refused:?}");
            drop(write);
            assert!(matches!(outdated.rekey(&keys(0), random, |_| {}).await, Err(Error::Rekeyed)));
        }
        let store = bench.open().await;
        add_account(&store, &ana, "after", OtpType::Totp).await;
    });
}

#[test]
fn a_damaged_value_is_named_and_stays_as_it_is() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let first = add_account(&store, &ana, "mail", OtpType::Totp).await;
        let second = add_account(&store, &ana, "shop", OtpType::Totp).await;
        let to = first.0;
        bench.execute(&format!("UPDATE accounts SET legacy_uri = secret WHERE id = {to}")).await;
        let done = store.rekey(&keys(0), random, |_| {}).await.unwrap();
        assert_eq!(done, Rekeyed { values: 7, damaged: vec![format!("accounts.legacy_uri.{to}")] });
        let store = bench.open().await;
        let right = read_secret(&store, ana.id, second).await;
        store.open_secret(&load_seen(&store, ana.id, second).await.account, &right).unwrap();
    });
}

#[test]
fn the_new_data_key_is_wrapped_with_the_current_master_key() {
    on_every_engine(async |bench| {
        drop(bench.open().await);
        let mut changing = keys(1);
        changing.previous = vec![keys(0).current];
        let store = Store::open(&bench.database, &changing, random).await.unwrap();
        store.rekey(&changing, random, |_| {}).await.unwrap();
        drop(store);
        Store::open(&bench.database, &keys(1), random).await.unwrap();
        assert!(Store::open(&bench.database, &keys(0), random).await.is_err());
    });
}
