//! Serving: listeners accept connections, know the peer, bound what a client may take, and stop gracefully.

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

use self::connection::Origin;
pub use self::limits::Limits;
pub use self::listener::Listener;

/// Running requests may take this long after the program was asked to stop.
const GRACE: Duration = Duration::from_secs(10);
/// A listener without room says so this often at most.
const COMPLAINT: Duration = Duration::from_mins(1);

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
        () = tokio::time::sleep(GRACE) => tracing::warn!("some requests were still running and were cut off"),
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
    let mut room = Room::of(shared.limits.connections);
    loop {
        let accepted = tokio::select! {
            accepted = accept_one(&listener, &mut room, &shared) => accepted,
            () = shared.stop.cancelled() => break,
        };
        if let Err(error) = accepted {
            // Out of file descriptors, say: what is open will end and make room.
            tracing::error!(%error, "a connection can't be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    listener.remove();
}

async fn accept_one(listener: &Listener, room: &mut Room, shared: &Shared) -> io::Result<()> {
    let place = room.place(listener).await?;
    let accepted = listener.accept().await?;
    let (door, app, limits, stop) = (listener.door, shared.app.clone(), shared.limits, shared.stop.clone());
    shared.open.spawn(async move {
        match accepted.ready(limits.head).await {
            Ok((stream, peer)) => connection::serve(stream, Origin { peer, door }, app, limits, stop).await,
            Err(error) => tracing::debug!(%error, "a connection failed before its first request"),
        }
        drop(place);
    });
    Ok(())
}

/// Places for connections.
struct Room {
    places: Arc<Semaphore>,
    complained: Option<Instant>,
}

impl Room {
    fn of(connections: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS))), complained: None }
    }

    /// A place, once there is one.
    async fn place(&mut self, listener: &Listener) -> io::Result<OwnedSemaphorePermit> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(place);
        }
        if self.complained.is_none_or(|complained| complained.elapsed() >= COMPLAINT) {
            self.complained = Some(Instant::now());
            tracing::warn!(
                listener = listener.display(),
                "as many connections are open as may be (LISTEN_MAX_CONNECTIONS): new ones wait"
            );
        }
        Arc::clone(&self.places).acquire_owned().await.map_err(io::Error::other)
    }
}
