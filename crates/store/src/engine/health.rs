//! Whether a database server answers. While it doesn't, requests fail at once instead of each waiting for it by itself.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use sqlx::{Connection as _, Database, Pool};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::Error;

/// Maximum time for a call of a request: for a connection, a statement, a lock or a commit.
pub(super) const PATIENCE: Duration = Duration::from_millis(2500);
/// Time between two attempts to reach a server that is away.
const PAUSE: Duration = Duration::from_millis(500);
/// Minimum time between two outages that are logged.
const QUIET: Duration = Duration::from_mins(1);

/// The state of one server.
pub(super) struct Health<DB: Database> {
    pool: Pool<DB>,
    is_away: watch::Sender<bool>,
    /// When an outage was logged last, and whether the present one was.
    logged: Mutex<(Option<Instant>, bool)>,
}

impl<DB: Database> Health<DB> {
    pub(super) fn new(pool: Pool<DB>) -> Arc<Self> {
        Arc::new(Self { pool, is_away: watch::Sender::new(false), logged: Mutex::new((None, false)) })
    }

    /// Fails if the server is known to be away.
    pub(super) fn check(&self) -> Result<(), Error> {
        if *self.is_away.borrow() { Err(known_to_be_away()) } else { Ok(()) }
    }

    /// Waits for something within this program, at most as long as the server answers.
    pub(super) async fn while_there<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Result<T, Error> {
        self.check()?;
        let mut changes = self.is_away.subscribe();
        tokio::select! {
            done = timeout(limit, work) => done.map_err(|_| Error::busy("another write takes too long")),
            _ = changes.wait_for(|is_away| *is_away) => Err(known_to_be_away()),
        }
    }

    /// Takes notice of a failure: if the server can't be reached, tries until it can.
    pub(super) fn note(self: &Arc<Self>, error: &Error) {
        if matches!(error, Error::Away(_) | Error::OutcomeUnknown(_)) && !self.is_away.send_replace(true) {
            let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
            let is_told = logged.0.is_none_or(|last| last.elapsed() > QUIET);
            if is_told {
                tracing::error!(
                    cause = error.chain(),
                    "the database server doesn't answer; requests fail until it does"
                );
                logged.0 = Some(Instant::now());
            }
            logged.1 = is_told;
            tokio::spawn(wait_until_back(Arc::downgrade(self)));
        }
    }

    async fn answers(&self) -> bool {
        let options = self.pool.connect_options();
        let trial = async {
            let mut connection = DB::Connection::connect_with(&options).await?;
            connection.ping().await?;
            connection.close().await
        };
        matches!(timeout(PATIENCE, trial).await, Ok(Ok(())))
    }
}

async fn wait_until_back<DB: Database>(health: Weak<Health<DB>>) {
    // Without a reference in between, so that this ends with the store.
    while let Some(health) = health.upgrade() {
        if health.answers().await {
            health.is_away.send_replace(false);
            if health.logged.lock().unwrap_or_else(PoisonError::into_inner).1 {
                tracing::info!("the database server answers again");
            }
            return;
        }
        drop(health);
        sleep(PAUSE).await;
    }
}

fn known_to_be_away() -> Error {
    Error::away("the database server doesn't answer")
}
