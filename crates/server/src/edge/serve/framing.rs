//! Detection of requests with two lengths.
//!
//! If a request has both `Transfer-Encoding` and `Content-Length`, a proxy and the server behind it may disagree on
//! where the next request begins: request smuggling (RFC 9112 section 6.1). hyper obeys the former, drops the latter
//! without a trace and closes the connection afterwards, so the heads of requests are watched as they arrive.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::limits::MAX_FIELDS;

/// A flag that is set once a request with two lengths has arrived on the connection.
pub(super) type AmbiguityFlag = Arc<AtomicBool>;

/// A connection whose requests are watched as they are read.
#[derive(Debug)]
pub(super) struct WatchedStream<S> {
    stream: S,
    position: Position,
    is_ambiguous: AmbiguityFlag,
}

impl<S> WatchedStream<S> {
    /// Watches a new connection. Returns it with its flag.
    pub(super) fn new(stream: S) -> (Self, AmbiguityFlag) {
        let flag = AmbiguityFlag::default();
        (Self { stream, position: Position::Head(Vec::new()), is_ambiguous: flag.clone() }, flag)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WatchedStream<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        if this.position.advance(&buffer.filled()[before..]) {
            this.is_ambiguous.store(true, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WatchedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// The position of a connection in its stream of requests.
#[derive(Debug, PartialEq, Eq)]
enum Position {
    /// In a head, with the bytes that have arrived.
    Head(Vec<u8>),
    /// In a body, with the number of bytes that are missing.
    Body(u64),
    /// In a chunked body or an invalid request. No request follows: such a connection is closed.
    End,
}

/// How a request marks the end of its body.
enum Framing {
    Length(u64),
    Chunked,
    Both,
    Invalid,
}

impl Position {
    /// Moves past the next bytes. Returns whether they complete the head of a request with two lengths.
    fn advance(&mut self, mut bytes: &[u8]) -> bool {
        while !bytes.is_empty() {
            let taken = match self {
                Self::End => return false,
                Self::Body(left) => {
                    let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    *left -= taken as u64;
                    if *left == 0 {
                        *self = Self::Head(Vec::new());
                    }
                    taken
                }
                Self::Head(head) => {
                    let before = head.len();
                    head.extend_from_slice(bytes);
                    let Some((length, framing)) = parse_framing(head) else { return false };
                    *self = match framing {
                        Framing::Both => {
                            *self = Self::End;
                            return true;
                        }
                        Framing::Length(0) => Self::Head(Vec::new()),
                        Framing::Length(length) => Self::Body(length),
                        Framing::Chunked | Framing::Invalid => Self::End,
                    };
                    length.saturating_sub(before)
                }
            };
            bytes = bytes.get(taken..).unwrap_or_default();
        }
        false
    }
}

/// Returns the length of a head, and the framing of its body; `None` while the head isn't complete. The parser is the
/// one that hyper uses.
fn parse_framing(bytes: &[u8]) -> Option<(usize, Framing)> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return None,
        Err(_) => return Some((bytes.len(), Framing::Invalid)),
    };
    let field = |name: &str| request.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    let framing = match (field("transfer-encoding"), field("content-length")) {
        (Some(_), Some(_)) => Framing::Both,
        (Some(_), None) => Framing::Chunked,
        (None, None) => Framing::Length(0),
        (None, Some(field)) => {
            let digits = std::str::from_utf8(field.value).ok().and_then(|text| text.parse().ok());
            digits.map_or(Framing::Invalid, Framing::Length)
        }
    };
    Some((length, framing))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: &str = "POST / HTTP/1.1\r\nHost: x\r\ncontent-length: 5\r\nTransfer-Encoding: chunked\r\n\r\n";
    const SIZED: &str = "POST / HTTP/1.1\r\nContent-Length: 90\r\n\r\n";
    const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    /// Whether two lengths are found if the text arrives in pieces of this size.
    fn is_found(text: &str, piece: usize) -> bool {
        let mut position = Position::Head(Vec::new());
        text.as_bytes().chunks(piece).any(|bytes| position.advance(bytes))
    }

    #[test]
    fn two_lengths_are_found_in_any_request_and_in_pieces_of_any_size() {
        let body = format!("{BOTH:<90}");
        assert_eq!(body.len(), 90);
        for piece in [1, 2, 7, 64, 4096] {
            assert!(is_found(BOTH, piece));
            assert!(is_found(&format!("{GET}{GET}\r\n{BOTH}"), piece), "after others, in pieces of {piece}");
            assert!(is_found(&format!("{SIZED}{body}{BOTH}"), piece), "after a body, in pieces of {piece}");
            assert!(!is_found(&format!("{SIZED}{body}{GET}"), piece), "a body is not a head, in pieces of {piece}");
            assert!(!is_found(&format!("{GET}{SIZED}"), piece));
        }
    }

    #[test]
    fn nothing_is_read_after_a_request_that_ends_the_connection() {
        let chunks = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        for end in [chunks, "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "\0\r\n\r\n"] {
            let mut position = Position::Head(Vec::new());
            assert!(!position.advance(end.as_bytes()));
            assert_eq!(position, Position::End);
            assert!(!position.advance(BOTH.as_bytes()));
        }
    }
}
