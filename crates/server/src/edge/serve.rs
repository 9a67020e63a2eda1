//! The HTTP server: listeners that accept connections and know the peer, limits for clients, and a graceful stop.

mod body;
mod connection;
mod framing;
mod greeting;
mod limits;
mod listener;
mod places;
mod stall;
#[cfg(test)]
mod tests;

use std::io;
use std::time::Duration;

use axum::Router;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use self::body::Pace;
use self::connection::Origin;
pub use self::limits::Limits;
pub use self::listener::Listener;
use self::places::Places;
pub use self::places::Proxies;

/// Maximum time that running requests may take after the program was asked to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Answers requests on all listeners until `stop` is cancelled and the running requests are done.
pub async fn serve(listeners: Vec<Listener>, app: Router, limits: Limits, proxies: Proxies, stop: CancellationToken) {
    let open = TaskTracker::new();
    let loops = TaskTracker::new();
    for listener in listeners {
        let places = Places::new(limits.connections, proxies.clone());
        let (app, open, stop) = (app.clone(), open.clone(), stop.clone());
        loops.spawn(accept(listener, Shared { app, limits, places, open, stop }));
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
    places: Places,
    open: TaskTracker,
    stop: CancellationToken,
}

/// Accepts connections of one listener until asked to stop.
async fn accept(listener: Listener, shared: Shared) {
    loop {
        let accepted = tokio::select! {
            accepted = accept_one(&listener, &shared) => accepted,
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

async fn accept_one(listener: &Listener, shared: &Shared) -> io::Result<()> {
    let accepted = listener.accept().await?;
    let Some(place) = shared.places.take(accepted.peer()).await else { return Ok(()) };
    let (door, app, limits, stop) = (listener.door, shared.app.clone(), shared.limits, shared.stop.clone());
    shared.open.spawn(async move {
        let prepared = tokio::select! {
            prepared = accepted.prepare(limits.head) => prepared,
            () = place.ended() => return,
        };
        match prepared {
            Ok((stream, peer)) => {
                place.recognise(peer);
                connection::serve(stream, Origin { peer, door }, app, limits, place, stop).await;
            }
            Err(error) => tracing::debug!(%error, "a connection failed before its first request"),
        }
    });
    Ok(())
}
