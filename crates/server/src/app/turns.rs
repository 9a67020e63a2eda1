//! Heavy work off the async workers, a bounded number at once.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::sync::Semaphore;

/// Turns for heavy work: whoever gets one runs on a thread of its own, the others wait.
#[derive(Clone, Debug)]
pub struct Turns(Arc<Semaphore>);

impl Turns {
    /// So many at once.
    pub fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once)))
    }

    /// Does `work` when it is its turn.
    ///
    /// # Errors
    /// When the runtime fails, or the work panics.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
        let turn = Arc::clone(&self.0).acquire_owned().await.context("waiting for a turn")?;
        let done = tokio::task::spawn_blocking(move || {
            // Held until the work is done, even when nobody waits for it any more.
            let _turn = turn;
            work()
        });
        done.await.context("heavy work")
    }
}
