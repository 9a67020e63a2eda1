//! The HTTP server: listeners that accept connections and know the peer, limits for clients, and a graceful stop.

mod body;
mod connection;
mod framing;
mod limits;
mod listener;
mod stall;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::body::Pace;
use self::connection::Origin;
pub use self::limits::Limits;
pub use self::listener::Listener;

/// Maximum time that running requests may take after the program was asked to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Minimum time between two warnings that a listener is at its limit of connections.
const WARNING_INTERVAL: Duration = Duration::from_mins(1);

/// Answers requests on all listeners until `stop` is cancelled and the running requests are done.
pub async fn serve(listeners: Vec<Listener>, app: Router, limits: Limits, stop: CancellationToken) {
    let open = TaskTracker::new();
    let loops = TaskTracker::new();
    for listener in listeners {
        loops.spawn(accept(listener, Shared { app: app.clone(), limits, open: open.clone(), stop: stop.clone() }));
    }
    loops.close();
    loops.wait().await;
    open.close();
    tokio::select! {
        () = open.wait() => {}
        () = tokio::time::sleep(STOP_TIMEOUT) => tracing::warn!("some requests didn't end in time and were cut off"),
    }
}

/// The state that the connections of a listener share.
struct Shared {
    app: Router,
    limits: Limits,
    open: TaskTracker,
    stop: CancellationToken,
}

/// Accepts connections of one listener until asked to stop.
async fn accept(listener: Listener, shared: Shared) {
    let mut slots = Slots::new(shared.limits.connections);
    loop {
        let accepted = tokio::select! {
            accepted = accept_one(&listener, &mut slots, &shared) => accepted,
            () = shared.stop.cancelled() => break,
        };
        if let Err(error) = accepted {
            // For example out of file descriptors: open connections will end and free some.
            tracing::error!(%error, "a connection can't be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    listener.remove();
}

async fn accept_one(listener: &Listener, slots: &mut Slots, shared: &Shared) -> io::Result<()> {
    let slot = slots.acquire(listener).await?;
    let accepted = listener.accept().await?;
    let (door, app, limits, stop) = (listener.door, shared.app.clone(), shared.limits, shared.stop.clone());
    shared.open.spawn(async move {
        match accepted.prepare(limits.head).await {
            Ok((stream, peer)) => connection::serve(stream, Origin { peer, door }, app, limits, stop).await,
            Err(error) => tracing::debug!(%error, "a connection failed before its first request"),
        }
        drop(slot);
    });
    Ok(())
}

/// The slots for connections of one listener.
struct Slots {
    free: Arc<Semaphore>,
    warned_at: Option<Instant>,
}

impl Slots {
    fn new(connections: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS))), warned_at: None }
    }

    /// Takes a slot; waits for one if all are taken, with a warning in the log.
    async fn acquire(&mut self, listener: &Listener) -> io::Result<OwnedSemaphorePermit> {
        if let Ok(slot) = Arc::clone(&self.free).try_acquire_owned() {
            return Ok(slot);
        }
        if self.warned_at.is_none_or(|warned_at| warned_at.elapsed() >= WARNING_INTERVAL) {
            self.warned_at = Some(Instant::now());
            tracing::warn!(
                listener = listener.display(),
                "the maximum number of connections is open (LISTEN_MAX_CONNECTIONS): new ones wait"
            );
        }
        Arc::clone(&self.free).acquire_owned().await.map_err(io::Error::other)
    }
}
