//! Opening: the first time, again, by several copies at once, and refusals.

use store::{Database, OpenError, Store};

use crate::bench::{Bench, add_account, add_user, keys, on_every_engine, on_sqlite, random, visible_ids};

#[test]
fn what_was_written_is_there_after_reopening() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let id = add_account(&store, &ana, "mail", otp::OtpType::Totp).await;
        drop(store);
        let store = bench.open().await;
        assert_eq!(store.read().await.unwrap().user(ana.id).await.unwrap(), Some(ana.clone()));
        assert_eq!(visible_ids(&store, ana.id, vault::SharingPolicy::default()).await, [id]);
    });
}

#[test]
fn several_copies_may_open_a_fresh_database_at_once() {
    on_every_engine(async |bench| {
        let openings: Vec<_> = (0..8)
            .map(|_| {
                let database = bench.database.clone();
                tokio::spawn(async move { Store::open(&database, &keys(0), random).await.unwrap() })
            })
            .collect();
        let mut stores = Vec::new();
        for opening in openings {
            stores.push(opening.await.unwrap());
        }
        // All have the same data key: each reads what the others wrote.
        let ana = add_user(&stores[0], "ana").await;
        let id = add_account(&stores[1], &ana, "mail", otp::OtpType::Totp).await;
        for store in &stores {
            assert_eq!(visible_ids(store, ana.id, vault::SharingPolicy::default()).await, [id]);
        }
    });
}

#[test]
fn a_later_schema_is_refused() {
    on_every_engine(async |bench| {
        drop(bench.open().await);
        bench.execute("UPDATE schema_version SET version = 9999").await;
        let refused = Store::open(&bench.database, &keys(0), random).await;
        assert!(matches!(refused, Err(OpenError::Newer { found: 9999, .. })), "{refused:?}");
    });
}

#[test]
fn the_database_of_another_program_is_refused_and_left_alone() {
    on_every_engine(async |bench| {
        if let Database::Sqlite { path } = &bench.database {
            rusqlite::Connection::open(path).unwrap();
        }
        bench.execute("CREATE TABLE users (id INTEGER)").await;
        let refused = Store::open(&bench.database, &keys(0), random).await;
        assert!(matches!(refused, Err(OpenError::Foreign)), "{refused:?}");
        // It has no table of ours.
        bench.execute("CREATE TABLE schema_version (id INTEGER)").await;
    });
}

#[test]
fn a_migration_that_was_interrupted_goes_on() {
    on_every_engine(async |bench| {
        drop(bench.open().await);
        // As after an interruption between a definition and its number, which only MySQL can have.
        if bench.is_mysql() {
            bench.execute("DELETE FROM data_keys; UPDATE schema_version SET version = 1").await;
            drop(bench.open().await);
            bench.execute("DELETE FROM data_keys; UPDATE schema_version SET version = 0").await;
        }
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        assert!(ana.is_admin);
    });
}

#[test]
fn a_missing_data_key_is_no_reason_to_make_another_one() {
    on_every_engine(async |bench| {
        drop(bench.open().await);
        bench.execute("DELETE FROM data_keys").await;
        assert!(matches!(Store::open(&bench.database, &keys(0), random).await, Err(OpenError::Store(_))));
    });
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    on_sqlite(async |bench: &Bench| {
        let path = bench.folder.path().join("sixpin.sqlite");
        let content = "not a database at all, but long enough to look at: ".repeat(100);
        std::fs::write(&path, &content).unwrap();
        let refused = Store::open(&bench.database, &keys(0), random).await;
        assert!(matches!(refused, Err(OpenError::NotADatabase { .. })), "{refused:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
    });
}

#[test]
fn a_missing_folder_is_named() {
    on_sqlite(async |bench: &Bench| {
        let database = Database::Sqlite { path: bench.folder.path().join("nowhere/sixpin.sqlite") };
        let refused = Store::open(&database, &keys(0), random).await.unwrap_err();
        assert!(refused.to_string().contains("nowhere/sixpin.sqlite"), "{refused}");
    });
}

#[cfg(unix)]
#[test]
fn the_files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    on_sqlite(async |bench: &Bench| {
        let store = bench.open().await;
        add_user(&store, "ana").await;
        for entry in std::fs::read_dir(bench.folder.path()).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.path());
        }
    });
}

#[test]
fn unreachable_servers_and_bad_addresses_are_errors() {
    crate::bench::runtime().block_on(async {
        let bad = Database::Postgres { url: "not an address".into() };
        assert!(matches!(Store::open(&bad, &keys(0), random).await, Err(OpenError::Url(_))));
        let bad = Database::Mysql { url: "not an address".into() };
        assert!(matches!(Store::open(&bad, &keys(0), random).await, Err(OpenError::Url(_))));
        assert!(!format!("{:?}", Database::Mysql { url: "mysql://a:secret@b/c".into() }).contains("secret"));
    });
}
