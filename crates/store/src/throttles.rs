//! Counts of events that are limited in number, across all copies of the program.

use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::rows::{columns, insert};
use crate::{Error, Hash, Read, Write};

/// The event that is counted and the client that causes it: `login` and an address, for example. Stored as a hash, so
/// that it may have any length and stays private.
#[derive(Debug, Clone, Copy)]
pub struct ThrottleKey<'a> {
    /// The event.
    pub name: &'a str,
    /// The client.
    pub key: &'a str,
}

/// A count within a window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// The number of events in the window.
    pub hits: u64,
    /// The time of the first one, with which the window began.
    pub window_started_at: Timestamp,
}

impl ThrottleKey<'_> {
    fn hash(self) -> Hash {
        Sha256::new().chain_update(self.name).chain_update([0]).chain_update(self.key).finalize().into()
    }
}

columns! {
    /// Reads a count.
    fn read_throttle() -> Throttle from throttle_columns! {
        hits: "hits",
        window_started_at: "window_started_at",
    }
}

impl Read {
    /// The present count; `None` if its window has passed, or nothing was counted.
    pub async fn throttle(
        &mut self,
        key: ThrottleKey<'_>,
        now: Timestamp,
        window: Duration,
    ) -> Result<Option<Throttle>, Error> {
        let sql = concat!("SELECT ", throttle_columns!(), " FROM throttles WHERE id = ? AND window_started_at > ?");
        let id = key.hash();
        let params = [(&id).into(), earliest_start(now, window).into()];
        self.connection.row(sql, &params, read_throttle).await
    }
}

/// Returns the time at, or before, which a window that has passed began.
fn earliest_start(now: Timestamp, window: Duration) -> Timestamp {
    now.checked_sub(window).unwrap_or(Timestamp::MIN)
}

impl Write {
    /// Does the same as [`Store::hit`](crate::Store::hit), within this transaction.
    pub async fn hit(&mut self, key: ThrottleKey<'_>, now: Timestamp, window: Duration) -> Result<Throttle, Error> {
        let id = key.hash();
        let start = earliest_start(now, window);
        // In this order: MySQL computes each value from those already changed.
        let sql = "UPDATE throttles SET hits = CASE WHEN window_started_at > ? THEN hits + 1 ELSE 1 END, \
             window_started_at = CASE WHEN window_started_at > ? THEN window_started_at ELSE ? END WHERE id = ?";
        let params = [start.into(), start.into(), now.into(), (&id).into()];
        if self.connection.execute(sql, &params).await? == 0 {
            let (sql, params) = insert!(throttles { id: &id, hits: 1_i64, window_started_at: now });
            self.connection.execute(sql, &params).await?;
        }
        let sql = concat!("SELECT ", throttle_columns!(), " FROM throttles WHERE id = ?");
        self.connection.row(sql, &[(&id).into()], read_throttle).await?.ok_or(Error::Gone)
    }

    /// Deletes the count.
    pub async fn clear_throttle(&mut self, key: ThrottleKey<'_>) -> Result<(), Error> {
        self.connection.execute("DELETE FROM throttles WHERE id = ?", &[(&key.hash()).into()]).await.map(drop)
    }

    /// Deletes the counts whose window began before. Returns their number.
    pub async fn purge_throttles(&mut self, before: Timestamp) -> Result<u64, Error> {
        self.connection.execute("DELETE FROM throttles WHERE window_started_at < ?", &[before.into()]).await
    }
}
