//! A database server that freezes, and comes back: requests fail in bounded time meanwhile, and hold nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use store::{Database, Error, Store};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::bench::{Bench, add_user, keys, on_every_engine, random};

/// The time in which every call fails, with a margin for a busy machine.
const BOUND: Duration = Duration::from_secs(4);

/// A way to a server that can be closed: nothing gets through then, as with a frozen server or a cut cable.
struct Way {
    is_open: watch::Sender<bool>,
    database: Database,
}

impl Way {
    /// A way to the database of a bench; `None` for SQLite.
    async fn to(bench: &Bench) -> Option<Way> {
        let url = match &bench.database {
            Database::Postgres { url } | Database::Mysql { url } => url,
            Database::Sqlite { .. } => return None,
        };
        let (before, rest) = url.split_once('@').unwrap();
        let (server, name) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{before}@{}/{name}", listener.local_addr().unwrap());
        let (is_open, watched) = watch::channel(true);
        let server: Arc<str> = server.into();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, watched) = (Arc::clone(&server), watched.clone());
                tokio::spawn(async move {
                    let (from_client, to_client) = client.into_split();
                    let (from_server, to_server) = TcpStream::connect(&*server).await.unwrap().into_split();
                    tokio::join!(
                        forward(from_client, to_server, watched.clone()),
                        forward(from_server, to_client, watched)
                    );
                });
            }
        });
        let database = match bench.database {
            Database::Postgres { .. } => Database::Postgres { url },
            _ => Database::Mysql { url },
        };
        Some(Way { is_open, database })
    }
}

async fn forward(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut is_open: watch::Receiver<bool>,
) {
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if is_open.wait_for(|is_open| *is_open).await.is_err() || to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// Whether an error says that the server is away, and came in time.
fn is_away<T>(outcome: &Result<T, Error>, start: Instant) -> bool {
    assert!(start.elapsed() < BOUND, "{:?}", start.elapsed());
    matches!(outcome, Err(Error::Away(_)))
}

#[test]
fn a_frozen_server_costs_no_request_more_than_seconds_and_all_goes_on_afterwards() {
    on_every_engine(async |bench| {
        let Some(way) = Way::to(bench).await else { return };
        let store = Store::open(&way.database, &keys(0), random).await.unwrap();
        let ana = add_user(&store, "ana").await;
        // One transaction is in the middle, others wait for their turn, and readers come.
        let mut write = store.write().await.unwrap();
        way.is_open.send_replace(false);
        let start = Instant::now();
        let waiting: Vec<_> = (0..5)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move { is_away(&store.write().await, Instant::now()) })
            })
            .collect();
        assert!(is_away(&write.user(ana.id).await, start));
        drop(write);
        for waiting in waiting {
            assert!(waiting.await.unwrap());
        }
        assert!(start.elapsed() < BOUND, "they don't wait one after the other: {:?}", start.elapsed());
        // From now on, the server is known to be away.
        let start = Instant::now();
        assert!(is_away(&store.read().await, start) && is_away(&store.write().await, start));
        assert!(is_away(&store.touch_user(ana.id, crate::bench::at(5)).await, start));
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        way.is_open.send_replace(true);
        let start = Instant::now();
        while store.read().await.is_err() {
            assert!(start.elapsed() < Duration::from_secs(10), "it is found again");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        add_user(&store, "bob").await;
    });
}

#[test]
fn a_commit_without_an_answer_has_an_unknown_outcome() {
    on_every_engine(async |bench| {
        let Some(way) = Way::to(bench).await else { return };
        let store = Store::open(&way.database, &keys(0), random).await.unwrap();
        let ana = add_user(&store, "ana").await;
        let mut write = store.write().await.unwrap();
        write.touch_user(ana.id, crate::bench::at(5)).await.unwrap();
        way.is_open.send_replace(false);
        let start = Instant::now();
        assert!(matches!(write.commit().await, Err(Error::OutcomeUnknown(_))));
        assert!(start.elapsed() < BOUND, "{:?}", start.elapsed());
        way.is_open.send_replace(true);
    });
}

#[test]
fn a_server_that_is_not_there_or_refuses_says_why() {
    crate::bench::runtime().block_on(async {
        // Nothing listens on a port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        for database in [
            Database::Postgres { url: format!("postgres://a:b@127.0.0.1:{port}/c") },
            Database::Mysql { url: format!("mysql://a:b@127.0.0.1:{port}/c") },
        ] {
            let error = Store::open(&database, &keys(0), random).await.unwrap_err();
            assert!(error.may_pass());
            let cause = std::error::Error::source(&error).unwrap().to_string();
            assert!(cause.contains("refused"), "{cause}");
        }
        let several = Database::Postgres { url: "postgres://a:b@one:5432,two:5432/c".into() };
        let error = Store::open(&several, &keys(0), random).await.unwrap_err();
        assert!(!error.may_pass() && error.to_string().contains("several hosts"), "{error}");
    });
    on_every_engine(async |bench| {
        let url = match &bench.database {
            Database::Postgres { url } | Database::Mysql { url } => url.replace(":sixpin@", ":wrong@"),
            Database::Sqlite { .. } => return,
        };
        let database = match bench.database {
            Database::Postgres { .. } => Database::Postgres { url },
            _ => Database::Mysql { url },
        };
        let error = Store::open(&database, &keys(0), random).await.unwrap_err();
        assert!(!error.may_pass(), "waiting doesn't help against a wrong password: {error}");
    });
}

#[test]
fn a_file_that_was_deleted_takes_no_more_writes() {
    crate::bench::on_sqlite(async |bench| {
        let store = bench.open().await;
        add_user(&store, "ana").await;
        let write = store.write().await.unwrap();
        std::fs::remove_file(bench.folder.path().join("sixpin.sqlite")).unwrap();
        assert!(matches!(write.commit().await, Err(Error::Away(_))));
        assert!(matches!(store.read().await, Err(Error::Away(_))));
        assert!(matches!(store.write().await, Err(Error::Away(_))));
    });
}
