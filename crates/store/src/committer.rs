//! The small writes of busy requests. Where only one transaction can write, and each costs a sync of the disk, those that
//! come at the same time share one; elsewhere each is a transaction of its own.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::oneshot;
use vault::UserId;

use crate::engine::{Connection, Engine};
use crate::{Error, Hash, NewSignIn, OtpLog, SignOut, Store};

/// A small write.
pub(crate) enum Job {
    /// Answers the counter to use.
    ClaimCounter(OtpLog),
    LogOtp(OtpLog),
    /// Answers the new row's id.
    LogSignIn(NewSignIn),
    LogSignOut(SignOut),
    TouchUser(UserId, Timestamp),
    TouchSession(Hash, Timestamp),
    TouchToken(Hash, Timestamp),
}

impl Job {
    /// Does it on a connection; answers the one number that there may be to tell.
    async fn apply(&self, connection: &mut Connection) -> Result<u64, Error> {
        match self {
            Job::ClaimCounter(log) => return crate::accounts::claim_counter(connection, log).await,
            Job::LogSignIn(entry) => {
                let id = crate::logs::log_sign_in(connection, entry).await?;
                return u64::try_from(id).map_err(|_| Error::Corrupt("a negative id"));
            }
            Job::LogOtp(log) => crate::logs::log_otp(connection, log, None).await?,
            Job::LogSignOut(entry) => crate::logs::log_sign_out(connection, entry).await?,
            Job::TouchUser(user, now) => {
                let sql = "UPDATE users SET last_seen_at = ? WHERE id = ?";
                connection.execute(sql, &[(*now).into(), (*user).into()]).await?;
            }
            Job::TouchSession(hash, now) => {
                let sql = "UPDATE sessions SET last_used_at = ? WHERE id = ?";
                connection.execute(sql, &[(*now).into(), hash.into()]).await?;
            }
            Job::TouchToken(hash, now) => {
                let sql = "UPDATE tokens SET last_used_at = ? WHERE hash = ?";
                connection.execute(sql, &[(*now).into(), hash.into()]).await?;
            }
        }
        Ok(0)
    }

    /// Whether it takes several statements, which must all happen or none.
    fn needs_transaction(&self) -> bool {
        matches!(self, Job::ClaimCounter(_) | Job::LogSignOut(_))
    }

    /// Does it by itself. Others may be in the way for a moment, in a deadlock for example, which undid it.
    async fn run_alone(&self, engine: &Engine) -> Result<u64, Error> {
        for _ in 1..ATTEMPTS {
            match self.attempt(engine).await {
                Err(Error::Busy(error)) => tracing::debug!(%error, "trying again"),
                outcome => return outcome,
            }
        }
        self.attempt(engine).await
    }

    async fn attempt(&self, engine: &Engine) -> Result<u64, Error> {
        if !self.needs_transaction() {
            return self.apply(&mut engine.reader().await?).await;
        }
        let mut connection = engine.transaction().await?;
        let outcome = self.apply(&mut connection).await?;
        connection.commit().await?;
        Ok(outcome)
    }
}

const ATTEMPTS: usize = 8;

/// A job, and where its outcome is awaited.
struct Waiting {
    job: Job,
    done: oneshot::Sender<Result<u64, Error>>,
}

/// The jobs that wait for a transaction to share.
#[derive(Default)]
pub(crate) struct Queue(Mutex<Vec<Waiting>>);

impl Queue {
    fn push(&self, waiting: Waiting) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(waiting);
    }

    fn take(&self) -> Vec<Waiting> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store {
    /// Does the job; it is durable when this returns.
    pub(crate) async fn run(&self, job: Job) -> Result<u64, Error> {
        if !self.engine.shares_commits() {
            return job.run_alone(&self.engine).await;
        }
        let (done, mut outcome) = oneshot::channel();
        self.queue.push(Waiting { job, done });
        // Whoever gets the write transaction first does everybody's jobs; who comes too late for one waits for the next.
        tokio::select! {
            biased;
            outcome = &mut outcome => return outcome.unwrap_or_else(|_| Err(interrupted())),
            connection = self.engine.writer() => commit_together(connection?, self.queue.take()).await,
        }
        outcome.await.unwrap_or_else(|_| Err(interrupted()))
    }
}

async fn commit_together(mut connection: Connection, jobs: Vec<Waiting>) {
    let mut outcomes = Vec::with_capacity(jobs.len());
    for Waiting { job, done } in jobs {
        // Nobody waits for a job whose request was cancelled.
        if !done.is_closed() {
            outcomes.push((done, apply_apart(&job, &mut connection).await));
        }
    }
    let failure = connection.commit().await.err().map(|error| error.chain());
    for (done, outcome) in outcomes {
        let outcome = match &failure {
            Some(failure) if outcome.is_ok() => Err(Error::database(failure.clone())),
            _ => outcome,
        };
        // The one who waited may have gone meanwhile.
        let _ = done.send(outcome);
    }
}

/// Does a job so that its failure undoes it alone.
async fn apply_apart(job: &Job, connection: &mut Connection) -> Result<u64, Error> {
    connection.savepoint().await?;
    let outcome = job.apply(connection).await;
    connection.end_savepoint(outcome.is_ok()).await?;
    outcome
}

fn interrupted() -> Error {
    Error::database("the shared transaction was interrupted")
}
