//! Heavy work off the async workers, a bounded number at once.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::Semaphore;

/// A bounded number of turns for heavy work. A job with a turn runs on a thread of its own, the others wait.
#[derive(Clone, Debug)]
pub struct Turns(Arc<Semaphore>);

impl Turns {
    /// Allows `at_once` jobs at a time.
    pub fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once)))
    }

    /// Runs `work` when it has a turn, and returns its result.
    ///
    /// # Errors
    /// When the runtime fails, or the work panics.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
        let turn = Arc::clone(&self.0).acquire_owned().await.context("waiting for a turn")?;
        let done = tokio::task::spawn_blocking(move || {
            // Held until the work is done, even if its request was dropped.
            let _turn = turn;
            work()
        });
        done.await.context("heavy work")
    }
}
