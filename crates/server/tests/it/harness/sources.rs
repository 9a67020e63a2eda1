//! Time and randomness of the tests: the same in every run.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use sixpin::clock::Clock;

/// When every test begins: 2023-11-14T22:13:20Z.
pub(crate) const BEGINNING: i64 = 1_700_000_000;

/// A clock that stands still until it is told to go on.
#[derive(Clone)]
pub(super) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(BEGINNING * 1000)))
    }

    pub(super) fn clock(&self) -> Clock {
        let millis = Arc::clone(&self.0);
        Clock::new(move || Timestamp::from_millisecond(millis.load(Ordering::Relaxed)).unwrap())
    }

    pub(super) fn advance(&self, duration: SignedDuration) {
        let millis = i64::try_from(duration.as_millis()).unwrap();
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

thread_local! {
    /// How many blocks this thread has handed out. Each thread begins far from the others.
    static BLOCKS: Cell<u64> = Cell::new(THREADS.fetch_add(1, Ordering::Relaxed) << 32);
}

static THREADS: AtomicU64 = AtomicU64::new(1);

/// Begins anew in this thread: what a test draws doesn't depend on the tests before it.
pub(super) fn begin() {
    BLOCKS.set(0);
}

/// Fills a buffer with what nobody would guess, but the same in every run.
pub(super) fn random(buffer: &mut [u8]) {
    for chunk in buffer.chunks_mut(32) {
        let block = BLOCKS.replace(BLOCKS.get() + 1);
        let digest = Sha256::digest(block.to_be_bytes());
        chunk.copy_from_slice(&digest[..chunk.len()]);
    }
}
