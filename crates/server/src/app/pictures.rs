//! Heavy work for users off the async workers, with a turn for each user, that ends when it is given up.

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use vault::UserId;

use crate::budget::Budget;
use crate::clock::Clock;

/// Maximum number of jobs at a time. Each may take 150 MB and a third of a second.
const AT_ONCE: u32 = 2;
/// Maximum time of work that can be interrupted.
const LONGEST: SignedDuration = SignedDuration::from_secs(10);

/// Turns for work on pictures and uploaded files. A job with a turn runs on a thread of its own, the others wait. Each
/// user has one turn at a time, so that nobody keeps the others waiting.
#[derive(Clone, Debug)]
pub struct Pictures {
    turns: Budget<UserId>,
    clock: Clock,
}

/// A turn at heavy work.
#[derive(Debug)]
pub struct Turn {
    clock: Clock,
    ends: Timestamp,
    given_up: CancellationToken,
}

impl Turn {
    /// Whether the work should end: its time is over, or its request is gone. Cheap enough to ask in a loop.
    pub fn is_over(&self) -> bool {
        self.given_up.is_cancelled() || self.clock.now() >= self.ends
    }
}

impl Pictures {
    /// Measures the time of turns by `clock`.
    pub fn new(clock: Clock) -> Self {
        Self { turns: Budget::new(AT_ONCE, 1), clock }
    }

    /// Runs `work` when the user has a turn, and returns its result. If the request is dropped, the turn is over.
    ///
    /// # Errors
    /// When the runtime fails, or the work panics.
    pub async fn run<T: Send + 'static>(
        &self,
        user: UserId,
        work: impl FnOnce(&Turn) -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let held = self.turns.acquire(user, 1).await?;
        let given_up = CancellationToken::new();
        let _gives_up = given_up.clone().drop_guard();
        let now = self.clock.now();
        let turn = Turn { clock: self.clock.clone(), ends: now.checked_add(LONGEST).unwrap_or(now), given_up };
        let done = tokio::task::spawn_blocking(move || {
            // Held until the work is done, even if its request was dropped.
            let _held = held;
            work(&turn)
        });
        done.await.context("heavy work")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    fn pictures() -> Pictures {
        Pictures::new(Clock::new(|| Timestamp::UNIX_EPOCH))
    }

    #[tokio::test]
    async fn work_ends_when_its_request_is_gone_and_gives_its_turn_back() {
        let pictures = pictures();
        let (started, has_started) = mpsc::channel();
        let endless = pictures.run(UserId(1), move |turn| {
            started.send(()).unwrap();
            while !turn.is_over() {
                std::thread::yield_now();
            }
        });
        tokio::select! {
            _ = endless => unreachable!("it has no end of its own"),
            () = async { tokio::task::spawn_blocking(move || has_started.recv().unwrap()).await.unwrap() } => {}
        }
        assert_eq!(pictures.run(UserId(1), |_| 5).await.unwrap(), 5);
    }

    #[tokio::test]
    async fn a_user_has_one_turn_at_a_time() {
        let pictures = pictures();
        let (finish, is_finished) = mpsc::channel::<()>();
        let first = tokio::spawn({
            let pictures = pictures.clone();
            async move { pictures.run(UserId(1), move |_| is_finished.recv().unwrap()).await }
        });
        while pictures.turns.available() == 2 {
            tokio::task::yield_now().await;
        }
        let second = pictures.run(UserId(1), |_| ());
        assert!(tokio::time::timeout(Duration::ZERO, second).await.is_err());
        assert_eq!(pictures.run(UserId(2), |_| 7).await.unwrap(), 7, "others have theirs");
        finish.send(()).unwrap();
        first.await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_turn_ends_with_its_time() {
        let seconds = std::sync::atomic::AtomicI64::new(0);
        let clock = Clock::new(move || {
            Timestamp::from_second(seconds.fetch_add(4, std::sync::atomic::Ordering::Relaxed)).unwrap()
        });
        let pictures = Pictures::new(clock);
        let asked = pictures.run(UserId(1), |turn| (0..100).take_while(|_| !turn.is_over()).count());
        assert_eq!(asked.await.unwrap(), 2);
    }
}
