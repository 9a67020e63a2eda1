//! An amount that many share, of which each may hold a part.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Number of holders from which those that hold nothing are forgotten.
const SWEEP_AT: usize = 256;

/// An amount, of which each holder may have a share: turns for heavy work, bytes of memory. Clones are the same budget.
#[derive(Debug)]
pub struct Budget<K> {
    total: Arc<Semaphore>,
    share: u32,
    holders: Arc<Mutex<HashMap<K, Arc<Semaphore>>>>,
}

impl<K> Clone for Budget<K> {
    fn clone(&self) -> Self {
        Self { total: Arc::clone(&self.total), share: self.share, holders: Arc::clone(&self.holders) }
    }
}

/// A part of a budget, which goes back when it is dropped.
#[derive(Debug)]
pub struct Held {
    _of_share: OwnedSemaphorePermit,
    _of_total: OwnedSemaphorePermit,
}

impl<K: Eq + Hash> Budget<K> {
    /// Divides `total` so that no holder has more than `share` at a time.
    pub fn new(total: u32, share: u32) -> Self {
        let total_permits = usize::try_from(total).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self { total: Arc::new(Semaphore::new(total_permits)), share: share.min(total), holders: Arc::default() }
    }

    /// Waits for `amount`; for a whole share if it is more. A holder who waits for the own share keeps nobody else
    /// waiting.
    ///
    /// # Errors
    /// Never while the budget exists.
    pub async fn acquire(&self, holder: K, amount: u32) -> anyhow::Result<Held> {
        let amount = amount.min(self.share);
        let of_share = self.share_of(holder).acquire_many_owned(amount).await?;
        let of_total = Arc::clone(&self.total).acquire_many_owned(amount).await?;
        Ok(Held { _of_share: of_share, _of_total: of_total })
    }

    /// Returns how much nobody holds.
    pub fn available(&self) -> usize {
        self.total.available_permits()
    }

    fn share_of(&self, holder: K) -> Arc<Semaphore> {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        if holders.len() >= SWEEP_AT {
            // Whoever holds or waits for something has the share as well.
            holders.retain(|_, share| Arc::strong_count(share) > 1);
        }
        let full = usize::try_from(self.share).unwrap_or(Semaphore::MAX_PERMITS);
        Arc::clone(holders.entry(holder).or_insert_with(|| Arc::new(Semaphore::new(full))))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// What is acquired without waiting.
    async fn acquire_now(budget: &Budget<u8>, holder: u8, amount: u32) -> Option<Held> {
        tokio::time::timeout(Duration::ZERO, budget.acquire(holder, amount)).await.ok().map(Result::unwrap)
    }

    #[tokio::test]
    async fn nobody_has_more_than_a_share_and_all_together_no_more_than_there_is() {
        let budget = Budget::new(10, 4);
        let first = acquire_now(&budget, 1, 3).await.unwrap();
        assert!(acquire_now(&budget, 1, 2).await.is_none(), "a share is 4");
        let _second = acquire_now(&budget, 2, 4).await.unwrap();
        assert!(acquire_now(&budget, 3, 4).await.is_none(), "3 are left");
        let _third = acquire_now(&budget, 3, 3).await.unwrap();
        drop(first);
        assert!(acquire_now(&budget, 1, 3).await.is_some(), "what is dropped goes back");
    }

    #[tokio::test]
    async fn more_than_a_share_is_a_whole_share() {
        let budget = Budget::new(10, 4);
        let _whole = acquire_now(&budget, 1, 1000).await.unwrap();
        assert!(acquire_now(&budget, 1, 1).await.is_none());
        assert!(acquire_now(&budget, 2, 4).await.is_some());
    }

    #[tokio::test]
    async fn holders_without_anything_are_forgotten() {
        let budget: Budget<u32> = Budget::new(1000, 1);
        let _kept = budget.acquire(0, 1).await.unwrap();
        for holder in 1..10_000 {
            drop(budget.acquire(holder, 1).await.unwrap());
        }
        assert!(budget.holders.lock().unwrap().len() <= SWEEP_AT);
        let again = tokio::time::timeout(Duration::ZERO, budget.acquire(0, 1)).await;
        assert!(again.is_err(), "one who holds something isn't");
    }
}
