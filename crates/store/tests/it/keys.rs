//! The master key: the right one, a wrong one, a former one.

use store::{Database, KeySource, MasterKeys, OpenError, Store};

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

/// A source that has no key for anything but a new database, and counts what it is asked.
#[derive(Default)]
struct OnlyNew(std::sync::Mutex<Vec<bool>>);

impl KeySource for OnlyNew {
    fn master_keys(&self, is_new: bool) -> Result<MasterKeys, String> {
        self.0.lock().unwrap().push(is_new);
        if is_new { Ok(keys(0)) } else { Err("the key file is missing".into()) }
    }
}

#[test]
fn a_source_learns_whether_the_database_is_new_before_anything_is_written() {
    on_every_engine(async |bench| {
        let source = OnlyNew::default();
        drop(Store::open(&bench.database, &source, random).await.unwrap());
        let refused = Store::open(&bench.database, &source, random).await;
        assert!(
            matches!(&refused, Err(OpenError::NoKey(reason)) if reason == "the key file is missing"),
            "{refused:?}"
        );
        assert_eq!(*source.0.lock().unwrap(), [true, false]);
        drop(bench.open().await);
    });
}

#[test]
fn a_new_database_without_a_key_stays_empty() {
    struct None;
    impl KeySource for None {
        fn master_keys(&self, _is_new: bool) -> Result<MasterKeys, String> {
            Err("no key".into())
        }
    }
    on_every_engine(async |bench| {
        assert!(matches!(Store::open(&bench.database, &None, random).await, Err(OpenError::NoKey(_))));
        // It has no table of ours.
        bench.execute("CREATE TABLE schema_version (id INTEGER)").await;
    });
}
