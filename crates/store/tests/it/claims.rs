//! Claiming HOTP counters.

use std::collections::BTreeSet;

use otp::OtpType;
use store::{Error, Store};

use crate::bench::{
    add_account, add_user, at, checked, draft, generate_otp, load_seen, manage, on_every_engine, otp_log,
};

#[test]
fn a_claim_answers_the_counter_to_use_and_logs_the_next() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let id = add_account(&store, &ana, "one", OtpType::Hotp).await;
        let right = generate_otp(&store, ana.id, id).await;
        for expected in 0..3 {
            assert_eq!(
                store.claim_counter(&right, checked(&ana), otp_log(&ana, id, OtpType::Hotp)).await.unwrap(),
                expected
            );
        }
        assert_eq!(load_seen(&store, ana.id, id).await.account.parameters.counter, Some(3));
        let logs = store.read().await.unwrap().otp_logs(id, None, None).await.unwrap();
        assert_eq!(logs.iter().map(|log| log.counter).collect::<Vec<_>>(), [Some(1), Some(2), Some(3)]);
    });
}

#[test]
fn concurrent_claims_get_each_counter_once() {
    on_every_engine(async |bench| {
        // Two copies of the program, many requests each.
        let stores = [bench.open().await, bench.open().await];
        let ana = add_user(&stores[0], "ana").await;
        let id = add_account(&stores[0], &ana, "one", OtpType::Hotp).await;
        let mut tasks = Vec::new();
        for index in 0..100 {
            let store: Store = stores[index % 2].clone();
            let right = generate_otp(&store, ana.id, id).await;
            let (by, log) = (checked(&ana), otp_log(&ana, id, OtpType::Hotp));
            tasks.push(tokio::spawn(async move { store.claim_counter(&right, by, log).await.unwrap() }));
        }
        let mut claimed = BTreeSet::new();
        for task in tasks {
            assert!(claimed.insert(task.await.unwrap()), "a counter was given twice");
        }
        assert_eq!(claimed, (0..100).collect());
        assert_eq!(load_seen(&stores[1], ana.id, id).await.account.parameters.counter, Some(100));
        let logs = stores[0].read().await.unwrap().otp_logs(id, None, None).await.unwrap();
        assert_eq!(logs.len(), 100);
    });
}

#[test]
fn a_failing_claim_does_not_disturb_those_beside_it() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let good = add_account(&store, &ana, "good", OtpType::Hotp).await;
        let deleted = add_account(&store, &ana, "deleted", OtpType::Hotp).await;
        let rights = [generate_otp(&store, ana.id, good).await, generate_otp(&store, ana.id, deleted).await];
        let mut write = store.write().await.unwrap().by_operator();
        write.delete_account(&manage(&store, ana.id, deleted).await).await.unwrap();
        write.commit().await.unwrap();
        let (first, gone, logged, second) = tokio::join!(
            store.claim_counter(&rights[0], checked(&ana), otp_log(&ana, good, OtpType::Hotp)),
            store.claim_counter(&rights[1], checked(&ana), otp_log(&ana, deleted, OtpType::Hotp)),
            store.log_otp(otp_log(&ana, deleted, OtpType::Hotp)),
            store.claim_counter(&rights[0], checked(&ana), otp_log(&ana, good, OtpType::Hotp)),
        );
        assert!(matches!(gone, Err(Error::Gone)), "{gone:?}");
        assert!(logged.is_err());
        assert_eq!(BTreeSet::from([first.unwrap(), second.unwrap()]), BTreeSet::from([0, 1]));
    });
}

#[test]
fn a_claim_waits_for_the_write_transaction_and_sees_its_outcome() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let id = add_account(&store, &ana, "one", OtpType::Hotp).await;
        let right = generate_otp(&store, ana.id, id).await;
        let mut write = store.write().await.unwrap().by_operator();
        let mut changed = draft("one", OtpType::Hotp);
        changed.parameters.counter = Some(500);
        write.update_account(&manage(&store, ana.id, id).await, &changed, at(2)).await.unwrap();
        let claiming = {
            let (store, by, log) = (store.clone(), checked(&ana), otp_log(&ana, id, OtpType::Hotp));
            tokio::spawn(async move { store.claim_counter(&right, by, log).await.unwrap() })
        };
        write.commit().await.unwrap();
        assert_eq!(claiming.await.unwrap(), 500);
    });
}

#[test]
fn time_based_accounts_and_exhausted_counters_have_nothing_to_claim() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let id = add_account(&store, &ana, "one", OtpType::Totp).await;
        let right = generate_otp(&store, ana.id, id).await;
        let claimed = store.claim_counter(&right, checked(&ana), otp_log(&ana, id, OtpType::Totp)).await;
        assert!(matches!(claimed, Err(Error::Gone)));
        let id = add_account(&store, &ana, "two", OtpType::Hotp).await;
        let right = generate_otp(&store, ana.id, id).await;
        bench.execute(&format!("UPDATE accounts SET counter = 9223372036854775807 WHERE id = {id}")).await;
        let claimed = store.claim_counter(&right, checked(&ana), otp_log(&ana, id, OtpType::Hotp)).await;
        assert!(matches!(claimed, Err(Error::Gone)));
        bench.execute(&format!("UPDATE accounts SET counter = NULL WHERE id = {id}")).await;
        assert_eq!(store.claim_counter(&right, checked(&ana), otp_log(&ana, id, OtpType::Hotp)).await.unwrap(), 0);
    });
}

#[test]
fn a_cancelled_claim_leaves_the_others_alone() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let ana = add_user(&store, "ana").await;
        let id = add_account(&store, &ana, "one", OtpType::Hotp).await;
        let right = generate_otp(&store, ana.id, id).await;
        let write = store.write().await.unwrap().by_operator();
        for _ in 0..5 {
            let claim = store.claim_counter(&right, checked(&ana), otp_log(&ana, id, OtpType::Hotp));
            // Polled once, so that it is on its way, then dropped.
            tokio::select! { biased; _ = claim => {}, () = std::future::ready(()) => {} }
        }
        drop(write);
        let claimed = store.claim_counter(&right, checked(&ana), otp_log(&ana, id, OtpType::Hotp)).await.unwrap();
        assert!(claimed <= 5);
        assert_eq!(load_seen(&store, ana.id, id).await.account.parameters.counter, Some(claimed + 1));
    });
}
