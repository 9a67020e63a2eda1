//! The listeners: they accept connections, know the peer, bound what a client may send, and stop gracefully.

use std::convert::Infallible;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse as _;
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::framing::Watched;
use super::peer::Peer;
use crate::config::Listen;

/// A request's head may take this long to arrive.
const HEAD_TIMEOUT: Duration = Duration::from_secs(20);
/// A request's head may be this long, in bytes.
const HEAD_SIZE: usize = 16 * 1024;
/// A request may have this many header fields.
pub(super) const HEAD_FIELDS: usize = 64;
/// Running requests may take this long after the program was asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// An open listener.
#[derive(Debug)]
pub enum Listener {
    /// On a TCP port.
    Tcp(TcpListener),
    /// On a Unix socket.
    Unix(UnixListener),
}

impl Listener {
    /// Opens a listener. A Unix socket left behind by a process that is gone is replaced; its mode becomes 0660.
    ///
    /// # Errors
    /// What the system says, for instance that the address is in use.
    pub async fn open(listen: &Listen) -> io::Result<Self> {
        match listen {
            Listen::Tcp(address) => Ok(Self::Tcp(TcpListener::bind(address).await?)),
            Listen::Unix(path) => {
                remove_dead_socket(path).await?;
                let listener = UnixListener::bind(path)?;
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
                Ok(Self::Unix(listener))
            }
        }
    }

    /// Where people reach it: a URL, or the socket's path.
    pub fn display(&self) -> String {
        match self {
            Self::Tcp(listener) => match listener.local_addr() {
                Ok(address) if address.ip().is_unspecified() => format!("http://localhost:{}", address.port()),
                Ok(address) => format!("http://{address}"),
                Err(_) => "http://?".into(),
            },
            Self::Unix(listener) => {
                let address = listener.local_addr().ok();
                let path = address.as_ref().and_then(|address| address.as_pathname());
                format!("unix:{}", path.unwrap_or(Path::new("?")).display())
            }
        }
    }
}

/// Removes a socket file that nobody listens on.
async fn remove_dead_socket(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt as _;

    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
    if is_socket && tokio::net::UnixStream::connect(path).await.is_err() {
        std::fs::remove_file(path)?;
    }
    Ok(())
}

/// Answers requests on all listeners until `stop` is cancelled and the running requests are done.
pub async fn serve(listeners: Vec<Listener>, app: Router, stop: CancellationToken) {
    let open = TaskTracker::new();
    let loops = TaskTracker::new();
    for listener in listeners {
        loops.spawn(accept(listener, Connections { app: app.clone(), open: open.clone(), stop: stop.clone() }));
    }
    loops.close();
    loops.wait().await;
    open.close();
    tokio::select! {
        () = open.wait() => {}
        () = tokio::time::sleep(GRACE) => tracing::warn!("some requests were still running and were cut off"),
    }
}

/// What the connections of a listener share.
struct Connections {
    app: Router,
    open: TaskTracker,
    stop: CancellationToken,
}

/// Accepts connections of one listener until asked to stop.
async fn accept(listener: Listener, connections: Connections) {
    loop {
        let accepted = tokio::select! {
            accepted = connections.accept_from(&listener) => accepted,
            () = connections.stop.cancelled() => break,
        };
        if let Err(error) = accepted {
            // Out of file descriptors, say: what is open will end and make room.
            tracing::error!(%error, "a connection can't be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    if let Listener::Unix(listener) = &listener
        && let Some(path) = listener.local_addr().ok().as_ref().and_then(|address| address.as_pathname())
        && let Err(error) = std::fs::remove_file(path)
    {
        tracing::warn!(%error, path = %path.display(), "the socket can't be removed");
    }
}

impl Connections {
    async fn accept_from(&self, listener: &Listener) -> io::Result<()> {
        match listener {
            Listener::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // An answer is written at once: waiting for more to send only delays it.
                stream.set_nodelay(true)?;
                self.serve(stream, Peer::tcp(address));
            }
            Listener::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                let credentials = stream.peer_cred()?;
                self.serve(stream, Peer::Unix { uid: credentials.uid(), gid: credentials.gid() });
            }
        }
        Ok(())
    }

    /// Answers the requests of one connection, in a task of its own.
    fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: Peer) {
        let app = self.app.clone();
        let (stream, ambiguous) = Watched::new(stream);
        let service = service_fn(move |request: Request<Incoming>| {
            let (app, is_ambiguous) = (app.clone(), ambiguous.load(Ordering::Relaxed));
            async move { Ok::<_, Infallible>(if is_ambiguous { two_lengths() } else { answer(app, request, peer).await }) }
        });
        let stop = self.stop.clone();
        self.open.spawn(async move {
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
            http.max_header_size(HEAD_SIZE).max_headers(HEAD_FIELDS);
            let connection = http.serve_connection(TokioIo::new(stream), service);
            tokio::pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, ?peer, "a connection ended early");
            }
        });
    }
}

/// Answers one request.
async fn answer(app: Router, mut request: Request<Incoming>, peer: Peer) -> Response<Body> {
    // A request that says how it wants to switch protocols gets a plain answer: there is nothing to switch to.
    request.headers_mut().remove(header::UPGRADE);
    request.extensions_mut().insert(peer);
    let is_chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    let Ok(mut response) = app.oneshot(request.map(Body::new)).await;
    if is_chunked {
        // What follows chunks isn't watched any more.
        response.headers_mut().insert(header::CONNECTION, CLOSE);
    }
    response
}

const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// The answer to whatever comes over a connection with a request that has two lengths.
fn two_lengths() -> Response<Body> {
    let message = "A request can't have both Transfer-Encoding and Content-Length";
    (StatusCode::BAD_REQUEST, [(header::CONNECTION, CLOSE)], Json(serde_json::json!({ "message": message })))
        .into_response()
}
