//! Runs the small writes. On SQLite only one transaction can write, and each commit costs a sync of the disk: there, a
//! thread runs all jobs that wait at the same time in one transaction. Elsewhere each job is a transaction of its own.

use std::io;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::Error;
use crate::attempts::{MAX_ATTEMPTS, pause};
use crate::engine::{Connection, Engine, Pace};
use crate::jobs::Job;
use crate::seal::FillRandom;

/// Maximum number of jobs in one transaction.
const MAX_JOBS: usize = 256;

/// Time after which a job isn't tried again.
const RETRYING: Duration = Duration::from_secs(1);

/// A job, and the channel for its outcome.
struct Waiting {
    job: Job,
    done: oneshot::Sender<Result<u64, Error>>,
}

/// The queue of the thread that commits. The thread ends when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Committer(mpsc::UnboundedSender<Waiting>);

impl Committer {
    /// Starts the thread.
    pub(crate) fn start(engine: &Arc<Engine>) -> io::Result<Committer> {
        let (sender, jobs) = mpsc::unbounded_channel();
        // Weak, so that the files are closed with the store and not some time later by this thread.
        let engine = Arc::downgrade(engine);
        let runtime = Handle::current();
        // Not a task: it would hold up a worker for every sync of the disk.
        thread::Builder::new().name("committer".into()).spawn(move || runtime.block_on(commit_all(engine, jobs)))?;
        Ok(Committer(sender))
    }

    /// Runs a job, which is durable when this returns.
    pub(crate) async fn run(&self, job: Job) -> Result<u64, Error> {
        let (done, outcome) = oneshot::channel();
        self.0.send(Waiting { job, done }).map_err(|_| interrupted())?;
        outcome.await.unwrap_or_else(|_| Err(interrupted()))
    }
}

async fn commit_all(engine: Weak<Engine>, mut jobs: mpsc::UnboundedReceiver<Waiting>) {
    let mut batch = Vec::new();
    while jobs.recv_many(&mut batch, MAX_JOBS).await > 0 {
        let Some(engine) = engine.upgrade() else { return };
        match engine.writer(Pace::Request).await {
            Ok(connection) => {
                // The jobs that came while another transaction was held belong to the batch as well.
                while batch.len() < MAX_JOBS
                    && let Ok(waiting) = jobs.try_recv()
                {
                    batch.push(waiting);
                }
                commit_together(connection, batch.drain(..)).await;
            }
            Err(error) => {
                batch.drain(..).for_each(|waiting| answer(waiting.done, Err(error.again())));
            }
        }
    }
}

async fn commit_together(mut connection: Connection, batch: impl Iterator<Item = Waiting>) {
    let mut outcomes = Vec::new();
    for Waiting { job, done } in batch {
        // The request of the job may have been cancelled.
        if !done.is_closed() {
            outcomes.push((done, run_apart(&job, &mut connection).await));
        }
    }
    let failure = connection.commit().await.err().map(|error| {
        // A full disk undoes the whole transaction at the statement that met it; there is nothing to commit then.
        let earlier = outcomes.iter().find_map(|(_, outcome)| outcome.as_ref().err().filter(|e| e.forbids_writing()));
        earlier.map_or(error, Error::again)
    });
    for (done, outcome) in outcomes {
        let outcome = match &failure {
            Some(failure) if outcome.is_ok() || failure.forbids_writing() => Err(failure.again()),
            _ => outcome,
        };
        answer(done, outcome);
    }
}

fn answer(done: oneshot::Sender<Result<u64, Error>>, outcome: Result<u64, Error>) {
    // The request may have been cancelled meanwhile.
    let _ = done.send(outcome);
}

/// Runs a job within the shared transaction, so that its failure undoes it alone.
async fn run_apart(job: &Job, connection: &mut Connection) -> Result<u64, Error> {
    if !job.needs_transaction() {
        return job.run(connection).await;
    }
    connection.savepoint().await?;
    let outcome = job.run(connection).await;
    match connection.end_savepoint(outcome.is_ok()).await {
        Err(error) if outcome.is_ok() => Err(error),
        _ => outcome,
    }
}

fn interrupted() -> Error {
    Error::database("the shared transaction was interrupted")
}

/// Runs a job in a transaction of its own. Another transaction may be in its way for a moment, in a deadlock for
/// example, which undid it: then it is tried again.
pub(crate) async fn run_alone(job: &Job, engine: &Engine, random: FillRandom) -> Result<u64, Error> {
    let start = Instant::now();
    for number in 1..MAX_ATTEMPTS {
        match attempt(job, engine).await {
            Err(Error::Busy(error)) if start.elapsed() < RETRYING => {
                tracing::debug!(%error, "trying again");
                pause(random, number).await;
            }
            outcome => return outcome,
        }
    }
    attempt(job, engine).await
}

async fn attempt(job: &Job, engine: &Engine) -> Result<u64, Error> {
    if !job.needs_transaction() {
        let mut connection = engine.reader().await?;
        let outcome = job.run(&mut connection).await?;
        // There may be a transaction all the same.
        connection.commit().await?;
        return Ok(outcome);
    }
    let mut connection = engine.transaction().await?;
    let outcome = job.run(&mut connection).await?;
    connection.commit().await?;
    Ok(outcome)
}
