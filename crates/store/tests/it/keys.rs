//! The master key: the right one, a wrong one, a former one.

use store::{Database, OpenError, Store};

use crate::bench::{add_account, add_user, keys, load_seen, on_every_engine, random, read_secret};

#[test]
fn a_wrong_key_is_refused_and_changes_nothing() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let id = add_account(&store, &ana, "mail", otp::OtpType::Totp).await;
        drop(store);
        let content = || match &bench.database {
            Database::Sqlite { path } => std::fs::read(path).unwrap(),
            _ => Vec::new(),
        };
        let before = content();
        let refused = Store::open(&bench.database, &keys(1), random).await;
        assert!(matches!(refused, Err(OpenError::WrongKey)), "{refused:?}");
        assert!(refused.unwrap_err().to_string().contains("APP_KEY"));
        assert_eq!(before, content());
        let store = bench.open().await;
        let right = read_secret(&store, ana.id, id).await;
        store.open_secret(&load_seen(&store, ana.id, id).await.account, &right).unwrap();
    });
}

#[test]
fn a_former_key_opens_once_and_the_present_one_from_then_on() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let id = add_account(&store, &ana, "mail", otp::OtpType::Totp).await;
        drop(store);
        let mut changing = keys(1);
        changing.previous = vec![keys(2).current, keys(0).current];
        drop(Store::open(&bench.database, &changing, random).await.unwrap());
        let store = Store::open(&bench.database, &keys(1), random).await.unwrap();
        let right = read_secret(&store, ana.id, id).await;
        store.open_secret(&load_seen(&store, ana.id, id).await.account, &right).unwrap();
        assert!(matches!(Store::open(&bench.database, &keys(0), random).await, Err(OpenError::WrongKey)));
    });
}
