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
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::body::TimedBody;
use super::framing::WatchedStream;
use super::greeting::UngreetedStream;
use super::limits::{Limits, MAX_FIELDS};
use super::places::Place;
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
    place: Place,
    stop: CancellationToken,
) {
    let (stream, has_greeting) = UngreetedStream::new(WriteTimeout::new(stream, limits.reading));
    let (stream, is_ambiguous) = WatchedStream::new(stream);
    let place = Arc::new(place);
    let service = service_fn(|request: Request<Incoming>| {
        let (app, under_way) = (app.clone(), place.begin_request());
        let is_ambiguous = is_ambiguous.load(Ordering::Relaxed);
        let has_greeting = has_greeting.load(Ordering::Relaxed);
        if has_greeting && place.is_greeting_worth_a_warning() {
            tracing::warn!(peer = %origin.peer, "{GREETING}");
        }
        async move {
            let response = if is_ambiguous {
                refuse(StatusCode::BAD_REQUEST, TWO_LENGTHS)
            } else if has_greeting {
                refuse(StatusCode::BAD_REQUEST, GREETING)
            } else {
                answer(app, request, origin, limits).await
            };
            // Under way until the body has left, not only until it is there.
            Ok::<_, Infallible>(response.map(|body| {
                Body::new(body.map_err(move |error| {
                    let _ = &under_way;
                    error
                }))
            }))
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
        () = place.ended() => return tracing::debug!(?origin, "a connection made room for another one"),
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

/// The answer to all requests on a connection once one of them has two lengths.
const TWO_LENGTHS: &str = "A request can't have both Transfer-Encoding and Content-Length";
/// The answer to the first request after a greeting of the PROXY protocol.
const GREETING: &str = "The connection began with a PROXY protocol header, which isn't read here: turn it off at the \
                        proxy (send-proxy, proxy_protocol), and let it send X-Forwarded-For";

/// Returns an error that closes the connection.
fn refuse(status: StatusCode, message: &str) -> Response<Body> {
    (status, [(header::CONNECTION, CLOSE)], Json(serde_json::json!({ "message": message }))).into_response()
}
