//! Attempts at what other transactions were in the way of.

use std::time::Duration;

use crate::seal::FillRandom;

/// Maximum number of attempts while other transactions are in the way.
pub(crate) const MAX_ATTEMPTS: u32 = 8;

/// Waits before another attempt: up to 10 ms, and twice as long after each, at random, so that two transactions that
/// were in each other's way don't meet again.
pub(crate) async fn pause(random: FillRandom, attempt: u32) {
    let mut bytes = [0; 2];
    random(&mut bytes);
    let most = 10_u64 << attempt.min(6);
    tokio::time::sleep(Duration::from_millis(u64::from(u16::from_ne_bytes(bytes)) % most)).await;
}
