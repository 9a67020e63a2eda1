//! One connection and its requests.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use authproxy::Peer;
use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse as _;
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::body::TimedBody;
use super::framing::WatchedStream;
use super::limits::{Limits, MAX_FIELDS};
use super::stall::WriteTimeout;
use crate::visitor::door::Door;

/// Maximum length of a request's head, in bytes.
const MAX_HEAD: usize = 16 * 1024;
/// Maximum size of what is read ahead of a connection, in bytes. A quarter of that of hyper: every connection may fill
/// it.
const MAX_READ_AHEAD: usize = 64 * 1024;

/// The origin of a connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) peer: Peer,
    pub(super) door: Door,
}

/// Answers the requests of a connection until it ends, or `stop` is cancelled and the running request is done.
pub(super) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    origin: Origin,
    app: Router,
    limits: Limits,
    stop: CancellationToken,
) {
    let (stream, is_ambiguous) = WatchedStream::new(WriteTimeout::new(stream, limits.reading));
    let service = service_fn(move |request: Request<Incoming>| {
        let (app, is_ambiguous) = (app.clone(), is_ambiguous.load(Ordering::Relaxed));
        async move {
            let response = if is_ambiguous { refuse_two_lengths() } else { answer(app, request, origin, limits).await };
            Ok::<_, Infallible>(response)
        }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head);
    http.max_header_size(MAX_HEAD).max_headers(MAX_FIELDS).max_buf_size(MAX_READ_AHEAD);
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
        tracing::debug!(%error, ?origin, "a connection ended early");
    }
}

/// Answers one request.
async fn answer(app: Router, mut request: Request<Incoming>, origin: Origin, limits: Limits) -> Response<Body> {
    // A request to switch protocols gets a plain answer: there is no other protocol.
    request.headers_mut().remove(header::UPGRADE);
    request.extensions_mut().insert(origin.peer);
    request.extensions_mut().insert(origin.door);
    let is_chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    let is_late = Arc::new(AtomicBool::new(false));
    let request = request.map(|body| Body::new(TimedBody::new(body, limits.body, Arc::clone(&is_late))));
    let Ok(mut response) = app.oneshot(request).await;
    if is_late.load(Ordering::Relaxed) {
        // The handler's answer is dropped: it saw a part of the body only.
        return refuse(StatusCode::REQUEST_TIMEOUT, "The request took too long to arrive");
    }
    if is_chunked {
        // Requests after a chunked body aren't checked for two lengths.
        response.headers_mut().insert(header::CONNECTION, CLOSE);
    }
    response
}

const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// Returns the answer to all requests on a connection once one of them has two lengths.
fn refuse_two_lengths() -> Response<Body> {
    refuse(StatusCode::BAD_REQUEST, "A request can't have both Transfer-Encoding and Content-Length")
}

/// Returns an error that closes the connection.
fn refuse(status: StatusCode, message: &str) -> Response<Body> {
    (status, [(header::CONNECTION, CLOSE)], Json(serde_json::json!({ "message": message }))).into_response()
}
