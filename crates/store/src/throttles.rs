//! Counts of events that are limited in number, across all copies of the program.

use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::damage::Reading;
use crate::engine::Row;
use crate::rows::{columns, insert};
use crate::{Error, Hash, MayPurge, Read, Write};

/// The event that is counted, whom it concerns and the client that causes it. Stored as two halves of hashes, so that
/// they may have any length and stay private, and so that the counts of one subject can be found.
#[derive(Debug, Clone, Copy)]
pub struct ThrottleKey<'a> {
    /// The event: `login`, for example.
    pub name: &'a str,
    /// Whom it concerns: an address, for example.
    pub subject: &'a str,
    /// The client; empty where all clients are counted together.
    pub client: &'a str,
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
        let mut hash = self.first();
        hash[HALF..].copy_from_slice(&Sha256::digest(self.client)[..HALF]);
        hash
    }

    /// The first hash of the subject, in order.
    fn first(self) -> Hash {
        let subject = Sha256::new().chain_update(self.name).chain_update([0]).chain_update(self.subject).finalize();
        let mut hash = [0; 2 * HALF];
        hash[..HALF].copy_from_slice(&subject[..HALF]);
        hash
    }

    /// The last hash of the subject, in order.
    fn last(self) -> Hash {
        let mut hash = self.first();
        hash[HALF..].fill(u8::MAX);
        hash
    }
}

/// Bytes of a hash that are kept of the subject, and of the client.
const HALF: usize = 16;

columns! {
    /// Reads a count.
    fn read_throttle() -> Throttle from throttle_columns! {
        hits: "hits",
        window_started_at: "window_started_at",
    }
}

impl Read {
    /// The present count; `None` if nothing was counted, or its window has passed. One that began in the future, by a
    /// clock that was ahead, has passed as well.
    pub async fn throttle(
        &mut self,
        key: ThrottleKey<'_>,
        now: Timestamp,
        window: Duration,
    ) -> Result<Option<Throttle>, Error> {
        let sql = concat!(
            "SELECT id, ",
            throttle_columns!(),
            " FROM throttles WHERE id = ? AND window_started_at > ? AND window_started_at <= ?"
        );
        let id = key.hash();
        let params = [(&id).into(), earliest_start(now, window).into(), now.into()];
        let read = |row: &mut Row<'_>, _: &Reading<'_>| {
            row.read::<Hash>()?;
            read_throttle(row)
        };
        self.undamaged("throttles", sql, &params, read).await
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
        let sql = "UPDATE throttles SET \
             hits = CASE WHEN window_started_at > ? AND window_started_at <= ? AND hits > 0 THEN hits + 1 ELSE 1 END, \
             window_started_at = CASE WHEN window_started_at > ? AND window_started_at <= ? THEN window_started_at \
             ELSE ? END WHERE id = ?";
        let params = [start.into(), now.into(), start.into(), now.into(), now.into(), (&id).into()];
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

    /// Deletes the counts of the subject by all clients. Returns their number.
    pub async fn clear_throttles(&mut self, key: ThrottleKey<'_>) -> Result<u64, Error> {
        let sql = "DELETE FROM throttles WHERE id >= ? AND id <= ?";
        self.connection.execute(sql, &[(&key.first()).into(), (&key.last()).into()]).await
    }

    /// Deletes the counts whose window began before. Returns their number.
    pub async fn purge_throttles(&mut self, _: MayPurge, before: Timestamp) -> Result<u64, Error> {
        self.connection.execute("DELETE FROM throttles WHERE window_started_at < ?", &[before.into()]).await
    }
}
