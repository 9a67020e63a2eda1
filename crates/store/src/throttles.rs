//! Counts of what may happen only so often, across all copies of the program.

use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::engine::Row;
use crate::{Error, Hash, Read, Store, Write};

/// What is counted, and for whom: `login` and an address, for example. Stored as a hash: of any length, and private.
#[derive(Debug, Clone, Copy)]
pub struct ThrottleKey<'a> {
    /// What is counted.
    pub name: &'a str,
    /// For whom.
    pub key: &'a str,
}

/// A count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// How often since then.
    pub hits: u64,
    /// The first time that counts.
    pub window_started_at: Timestamp,
}

impl ThrottleKey<'_> {
    fn hash(self) -> Hash {
        Sha256::new().chain_update(self.name).chain_update([0]).chain_update(self.key).finalize().into()
    }
}

impl Read {
    /// The count that is running; `None` when its window has passed, or nothing was counted.
    pub async fn throttle(
        &mut self,
        key: ThrottleKey<'_>,
        now: Timestamp,
        window: Duration,
    ) -> Result<Option<Throttle>, Error> {
        let sql = "SELECT hits, window_started_at FROM throttles WHERE id = ? AND window_started_at > ?";
        self.connection.row(sql, &[(&key.hash()).into(), start(now, window).into()], throttle).await
    }
}

fn throttle(row: &mut Row<'_>) -> Result<Throttle, Error> {
    Ok(Throttle { hits: row.count()?, window_started_at: row.time()? })
}

/// A window that began then, or before, has passed.
fn start(now: Timestamp, window: Duration) -> Timestamp {
    now.checked_sub(window).unwrap_or(Timestamp::MIN)
}

impl Store {
    /// Counts one more, and answers the count. The first one, and the first after the window has passed, begins a window.
    pub async fn hit(&self, key: ThrottleKey<'_>, now: Timestamp, window: Duration) -> Result<Throttle, Error> {
        let mut write = self.write().await?;
        let throttle = write.hit(key, now, window).await?;
        write.commit().await?;
        Ok(throttle)
    }
}

impl Write {
    /// As [`Store::hit`], within this transaction.
    pub async fn hit(&mut self, key: ThrottleKey<'_>, now: Timestamp, window: Duration) -> Result<Throttle, Error> {
        let id = key.hash();
        let start = start(now, window);
        // In this order: MySQL computes each value from those already changed.
        let sql = "UPDATE throttles SET hits = CASE WHEN window_started_at > ? THEN hits + 1 ELSE 1 END, \
             window_started_at = CASE WHEN window_started_at > ? THEN window_started_at ELSE ? END WHERE id = ?";
        let params = [start.into(), start.into(), now.into(), (&id).into()];
        if self.connection.execute(sql, &params).await? == 0 {
            let sql = "INSERT INTO throttles (id, hits, window_started_at) VALUES (?, 1, ?)";
            self.connection.execute(sql, &[(&id).into(), now.into()]).await?;
        }
        let sql = "SELECT hits, window_started_at FROM throttles WHERE id = ?";
        self.connection.row(sql, &[(&id).into()], throttle).await?.ok_or(Error::Gone)
    }

    /// Forgets the count.
    pub async fn clear_throttle(&mut self, key: ThrottleKey<'_>) -> Result<(), Error> {
        self.connection.execute("DELETE FROM throttles WHERE id = ?", &[(&key.hash()).into()]).await.map(drop)
    }

    /// Forgets the counts whose window began before.
    pub async fn purge_throttles(&mut self, before: Timestamp) -> Result<u64, Error> {
        self.connection.execute("DELETE FROM throttles WHERE window_started_at < ?", &[before.into()]).await
    }
}
