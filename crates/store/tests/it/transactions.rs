//! The write transaction.

use serde_json::json;
use store::Store;

use crate::bench::{add_user, at, email, new_user, on_every_engine};

#[test]
fn a_dropped_transaction_is_undone() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let mut write = store.write().await.unwrap().by_operator();
        write.create_user(&new_user("ana", "ana@example.org"), at(0)).await.unwrap();
        write.set_setting("a", &json!(1)).await.unwrap();
        drop(write);
        assert!(!store.read().await.unwrap().users_exist().await.unwrap());
        assert_eq!(store.read().await.unwrap().user_count().await.unwrap(), 0);
        // The next one begins afresh.
        let mut write = store.write().await.unwrap().by_operator();
        assert_eq!(write.setting("a").await.unwrap(), None);
        write.set_setting("b", &json!(2)).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(store.read().await.unwrap().settings().await.unwrap().len(), 1);
    });
}

#[test]
fn a_failed_statement_leaves_the_transaction_to_be_dropped() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        add_user(&store, "ana").await;
        let mut write = store.write().await.unwrap().by_operator();
        write.set_setting("a", &json!(1)).await.unwrap();
        assert!(write.create_group(vault::UserId(99), "group", false, at(0)).await.is_err());
        drop(write);
        assert_eq!(store.read().await.unwrap().settings().await.unwrap(), []);
        add_user(&store, "bob").await;
    });
}

#[test]
fn a_transaction_sees_its_own_writes_and_others_only_the_committed() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let mut write = store.write().await.unwrap().by_operator();
        write.set_setting("a", &json!(1)).await.unwrap();
        assert_eq!(write.setting("a").await.unwrap(), Some(json!(1)));
        assert_eq!(store.read().await.unwrap().setting("a").await.unwrap(), None);
        write.commit().await.unwrap();
        assert_eq!(store.read().await.unwrap().setting("a").await.unwrap(), Some(json!(1)));
    });
}

#[test]
fn read_then_write_loses_no_update_among_copies() {
    on_every_engine(async |bench| {
        let stores = [bench.open().await, bench.open().await];
        let tasks: Vec<_> = (0..40)
            .map(|index: usize| {
                let store: Store = stores[index % 2].clone();
                tokio::spawn(async move {
                    let mut write = store.write().await.unwrap().by_operator();
                    let count = write.setting("count").await.unwrap().map_or(0, |value| value.as_i64().unwrap());
                    write.set_setting("count", &json!(count + 1)).await.unwrap();
                    write.commit().await.unwrap();
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(stores[0].read().await.unwrap().setting("count").await.unwrap(), Some(json!(40)));
    });
}

#[test]
fn a_cancelled_request_gives_the_transaction_back() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let working = {
            let store = store.clone();
            tokio::spawn(async move {
                let mut write = store.write().await.unwrap().by_operator();
                write.create_user(&new_user("ana", &email("ana")), at(0)).await.unwrap();
                std::future::pending::<()>().await;
            })
        };
        tokio::task::yield_now().await;
        working.abort();
        let _ = working.await;
        add_user(&store, "ana").await;
    });
}

#[test]
fn it_works_on_a_runtime_of_one_thread_too() {
    on_every_engine(async |bench| {
        let database = bench.database.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let store = Store::open(&database, &crate::bench::keys(0), crate::bench::random).await.unwrap();
                let ana = add_user(&store, "ana").await;
                store.touch_user(ana.id, at(5)).await.unwrap();
            });
        });
        thread.join().unwrap();
        let store = bench.open().await;
        let ana = store.read().await.unwrap().user_by_name("ana").await.unwrap().unwrap();
        assert_eq!(ana.last_seen_at, Some(at(5)));
    });
}
