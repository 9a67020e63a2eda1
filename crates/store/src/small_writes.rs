//! The writes of the busiest requests, which need no [`Write`](crate::Write).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use vault::UserId;
use vault::access::{GenerateOtp, Right};

use crate::committer::run_alone;
use crate::jobs::Job;
use crate::{Claim, Error, Hash, NewSignIn, OtpLog, SignOut, Store, Throttle, ThrottleKey};

impl Store {
    /// Claims the counter of a HOTP account: stores the next one, and returns the one to use, which no other request
    /// gets.
    /// `log` is written with the next counter.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when the claim of the right's holder isn't valid any more; [`Error::Gone`] when the
    /// account was deleted meanwhile, isn't a HOTP account or has used up all counters.
    pub async fn claim_counter(&self, right: &Right<GenerateOtp>, by: Claim, log: OtpLog) -> Result<u64, Error> {
        if log.account != right.account() || by.user != right.holder() {
            return Err(Error::OtherRight);
        }
        self.run(Job::ClaimCounter(by, log)).await
    }

    /// Logs a code of a time-based account.
    pub async fn log_otp(&self, log: OtpLog) -> Result<(), Error> {
        self.run(Job::LogOtp(log)).await.map(drop)
    }

    /// Logs a sign-in. Returns its ID.
    pub async fn log_sign_in(&self, entry: NewSignIn) -> Result<i64, Error> {
        let id = self.run(Job::LogSignIn(entry)).await?;
        i64::try_from(id).map_err(|_| Error::Corrupt("an ID beyond 63 bits"))
    }

    /// Logs that a user is here again after a pause, and notes that they were seen; does neither if they were seen
    /// within the pause. Of several requests at once, one is the visit. Returns whether this one was.
    pub async fn log_visit(&self, entry: NewSignIn, pause: SignedDuration) -> Result<bool, Error> {
        let since = entry.login_at.checked_sub(pause).unwrap_or(Timestamp::MIN);
        Ok(self.run(Job::LogVisit(entry, since)).await? > 0)
    }

    /// Logs a sign-out: in the user's latest entry with the same address, client and guard, or else in a new one.
    pub async fn log_sign_out(&self, entry: SignOut) -> Result<(), Error> {
        self.run(Job::LogSignOut(entry)).await.map(drop)
    }

    /// Notes that the user did something, if anything can be written at present.
    pub async fn touch_user(&self, id: UserId, now: Timestamp) -> Result<(), Error> {
        if_possible(self.run(Job::TouchUser(id, now)).await)
    }

    /// Notes that the session was used, if anything can be written at present.
    pub async fn touch_session(&self, hash: &Hash, now: Timestamp) -> Result<(), Error> {
        if_possible(self.run(Job::TouchSession(*hash, now)).await)
    }

    /// Notes that the token was used, if anything can be written at present.
    pub async fn touch_token(&self, hash: &Hash, now: Timestamp) -> Result<(), Error> {
        if_possible(self.run(Job::TouchToken(*hash, now)).await)
    }

    /// Counts an event, and returns the count with it. The first event, and the first after the window has passed,
    /// begins a window.
    pub async fn hit(&self, key: ThrottleKey<'_>, now: Timestamp, window: Duration) -> Result<Throttle, Error> {
        let mut write = self.write().await?;
        let throttle = write.hit(key, now, window).await?;
        write.commit().await?;
        Ok(throttle)
    }

    /// Runs a job, which is durable when this returns.
    async fn run(&self, job: Job) -> Result<u64, Error> {
        match &self.committer {
            Some(committer) => committer.run(job).await,
            // On the heap, as its state is larger than that of most requests otherwise.
            None => Box::pin(run_alone(&job, &self.engine, self.random)).await,
        }
    }
}

/// Returns the outcome of a write that nothing depends on: on a full disk, people still get their codes.
fn if_possible(outcome: Result<u64, Error>) -> Result<(), Error> {
    match outcome {
        Err(error) if error.forbids_writing() => Ok(()),
        outcome => outcome.map(drop),
    }
}
