//! Counts across copies.

use std::time::Duration;

use store::{Store, Throttle, ThrottleKey};

use crate::bench::{at, may_purge, on_every_engine};

const WINDOW: Duration = Duration::from_mins(1);
const ANA: ThrottleKey<'_> = ThrottleKey { name: "login", subject: "ana@example.org", client: "192.0.2.1" };

#[test]
fn a_window_begins_with_its_first_hit_and_passes() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        assert_eq!(store.read().await.unwrap().throttle(ANA, at(0), WINDOW).await.unwrap(), None);
        for (now, hits, start) in [(0, 1, 0), (30, 2, 0), (59, 3, 0), (60, 1, 60), (61, 2, 60)] {
            let expected = Throttle { hits, window_started_at: at(start) };
            assert_eq!(store.hit(ANA, at(now), WINDOW).await.unwrap(), expected);
            let running = store.read().await.unwrap().throttle(ANA, at(now), WINDOW).await.unwrap();
            assert_eq!(running, Some(expected));
        }
        let other = ThrottleKey { subject: "bob", ..ANA };
        let mut write = store.write().await.unwrap().by_operator();
        assert_eq!(write.throttle(ANA, at(120), WINDOW).await.unwrap(), None);
        assert_eq!(write.throttle(other, at(61), WINDOW).await.unwrap(), None);
        write.clear_throttle(ANA).await.unwrap();
        assert_eq!(write.throttle(ANA, at(61), WINDOW).await.unwrap(), None);
        write.hit(other, at(61), WINDOW).await.unwrap();
        let may = may_purge(&mut write).await;
        assert_eq!(write.purge_throttles(may, at(62)).await.unwrap(), 1);
    });
}

#[test]
fn concurrent_hits_are_all_counted() {
    on_every_engine(async |bench| {
        let stores = [bench.open().await, bench.open().await];
        let tasks: Vec<_> = (0..30)
            .map(|index: usize| {
                let store: Store = stores[index % 2].clone();
                tokio::spawn(async move { store.hit(ANA, at(1), WINDOW).await.unwrap().hits })
            })
            .collect();
        let mut seen = Vec::new();
        for task in tasks {
            seen.push(task.await.unwrap());
        }
        seen.sort_unstable();
        assert_eq!(seen, (1..=30).collect::<Vec<_>>());
    });
}

#[test]
fn a_count_from_the_future_is_over() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let year = 365 * 86_400;
        assert_eq!(store.hit(ANA, at(year), WINDOW).await.unwrap().hits, 1);
        assert_eq!(store.hit(ANA, at(year), WINDOW).await.unwrap().hits, 2);
        assert_eq!(store.read().await.unwrap().throttle(ANA, at(0), WINDOW).await.unwrap(), None);
        assert_eq!(store.hit(ANA, at(0), WINDOW).await.unwrap(), Throttle { hits: 1, window_started_at: at(0) });
    });
}

#[test]
fn the_counts_of_one_subject_are_cleared_for_all_clients() {
    on_every_engine(async |bench| {
        let store = bench.open().await;
        let elsewhere = ThrottleKey { client: "192.0.2.9", ..ANA };
        let bob = ThrottleKey { subject: "bob@example.org", ..ANA };
        let others = ThrottleKey { name: "confirm", ..ANA };
        for key in [ANA, elsewhere, bob, others] {
            store.hit(key, at(0), WINDOW).await.unwrap();
        }
        let mut write = store.write().await.unwrap();
        assert_eq!(write.clear_throttles(ThrottleKey { client: "", ..ANA }).await.unwrap(), 2);
        write.commit().await.unwrap();
        let mut read = store.read().await.unwrap();
        for (key, is_left) in [(ANA, false), (elsewhere, false), (bob, true), (others, true)] {
            assert_eq!(read.throttle(key, at(1), WINDOW).await.unwrap().is_some(), is_left);
        }
    });
}
