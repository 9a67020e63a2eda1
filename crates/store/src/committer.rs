//! The small writes of busy requests. Where only one transaction can write, and each costs a sync of the disk, a thread
//! of its own does them, and those that come at the same time share one; elsewhere each is a transaction of its own.

use std::io;
use std::sync::{Arc, Weak};
use std::thread;

use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use vault::UserId;

use crate::engine::{Connection, Engine};
use crate::rows::update;
use crate::{Error, Hash, NewSignIn, OtpLog, SignOut, Store};

/// A small write.
pub(crate) enum Job {
    /// Answers the counter to use.
    ClaimCounter(OtpLog),
    LogOtp(OtpLog),
    /// Answers the new row's id.
    LogSignIn(NewSignIn),
    /// A visit, unless the user was seen since then. Answers 1 if it was logged.
    LogVisit(NewSignIn, Timestamp),
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
            Job::LogVisit(entry, since) => {
                return crate::logs::log_visit(connection, entry, *since).await.map(u64::from);
            }
            Job::LogOtp(log) => crate::logs::log_otp(connection, log, None).await?,
            Job::LogSignOut(entry) => crate::logs::log_sign_out(connection, entry).await?,
            Job::TouchUser(user, now) => {
                let (sql, params) = update!(users { last_seen_at: *now } where id: *user);
                connection.execute(sql, &params).await?;
            }
            Job::TouchSession(hash, now) => {
                let (sql, params) = update!(sessions { last_used_at: *now } where id: hash);
                connection.execute(sql, &params).await?;
            }
            Job::TouchToken(hash, now) => {
                let (sql, params) = update!(tokens { last_used_at: *now } where hash: hash);
                connection.execute(sql, &params).await?;
            }
        }
        Ok(0)
    }

    /// Whether it takes several statements, which must all happen or none.
    fn needs_transaction(&self) -> bool {
        matches!(self, Job::ClaimCounter(_) | Job::LogVisit(..) | Job::LogSignOut(_))
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

/// The way to the thread that commits, which ends when nobody can reach it any more.
#[derive(Clone)]
pub(crate) struct Committer(mpsc::UnboundedSender<Waiting>);

impl Committer {
    pub(crate) fn start(engine: &Arc<Engine>) -> io::Result<Committer> {
        let (sender, jobs) = mpsc::unbounded_channel();
        // The files are closed with the store, not when this thread gets round to it.
        let engine = Arc::downgrade(engine);
        let runtime = Handle::current();
        // Not a task: it would hold up a worker for every sync of the disk.
        thread::Builder::new().name("committer".into()).spawn(move || runtime.block_on(commit_all(engine, jobs)))?;
        Ok(Committer(sender))
    }

    async fn run(&self, job: Job) -> Result<u64, Error> {
        let (done, outcome) = oneshot::channel();
        self.0.send(Waiting { job, done }).map_err(|_| interrupted())?;
        outcome.await.unwrap_or_else(|_| Err(interrupted()))
    }
}

impl Store {
    /// Does the job; it is durable when this returns.
    pub(crate) async fn run(&self, job: Job) -> Result<u64, Error> {
        match &self.committer {
            Some(committer) => committer.run(job).await,
            // On the heap, as its state is larger than that of most requests otherwise.
            None => Box::pin(job.run_alone(&self.engine)).await,
        }
    }
}

/// The most jobs that share a transaction.
const SHARING: usize = 256;

async fn commit_all(engine: Weak<Engine>, mut jobs: mpsc::UnboundedReceiver<Waiting>) {
    let mut sharing = Vec::new();
    while jobs.recv_many(&mut sharing, SHARING).await > 0 {
        let Some(engine) = engine.upgrade() else { return };
        match engine.writer().await {
            Ok(connection) => {
                // Whoever came while others wrote shares as well.
                while sharing.len() < SHARING
                    && let Ok(waiting) = jobs.try_recv()
                {
                    sharing.push(waiting);
                }
                commit_together(connection, sharing.drain(..)).await;
            }
            Err(error) => {
                let failure = error.chain();
                sharing.drain(..).for_each(|waiting| answer(waiting.done, Err(Error::busy(failure.clone()))));
            }
        }
    }
}

async fn commit_together(mut connection: Connection, sharing: impl Iterator<Item = Waiting>) {
    let mut outcomes = Vec::new();
    for Waiting { job, done } in sharing {
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
        answer(done, outcome);
    }
}

fn answer(done: oneshot::Sender<Result<u64, Error>>, outcome: Result<u64, Error>) {
    // The one who waited may have gone meanwhile.
    let _ = done.send(outcome);
}

/// Does a job so that its failure undoes it alone.
async fn apply_apart(job: &Job, connection: &mut Connection) -> Result<u64, Error> {
    if !job.needs_transaction() {
        return job.apply(connection).await;
    }
    connection.savepoint().await?;
    let outcome = job.apply(connection).await;
    connection.end_savepoint(outcome.is_ok()).await?;
    outcome
}

fn interrupted() -> Error {
    Error::database("the shared transaction was interrupted")
}
