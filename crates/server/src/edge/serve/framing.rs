//! Requests that say in two ways where they end.
//!
//! With both `Transfer-Encoding` and `Content-Length`, a proxy and the server behind it may disagree on where the next
//! request begins, which is how one is smuggled past the proxy (RFC 9112 section 6.1). hyper obeys the former, drops
//! the latter without a trace and closes the connection afterwards, so the heads of requests are watched as they
//! arrive.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::limits::HEAD_FIELDS;

/// Set once a connection has brought a request of two lengths.
pub(super) type Ambiguous = Arc<AtomicBool>;

/// A connection whose requests are watched as they are read.
#[derive(Debug)]
pub(super) struct Watched<S> {
    stream: S,
    watch: Watch,
    ambiguous: Ambiguous,
}

impl<S> Watched<S> {
    /// Watches a new connection, and the flag that tells what was seen.
    pub(super) fn new(stream: S) -> (Self, Ambiguous) {
        let ambiguous = Ambiguous::default();
        (Self { stream, watch: Watch::Head(Vec::new()), ambiguous: ambiguous.clone() }, ambiguous)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(context, buffer))?;
        if this.watch.sees_two_lengths(&buffer.filled()[before..]) {
            this.ambiguous.store(true, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
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
enum Watch {
    /// In a head, of which these bytes came before.
    Head(Vec<u8>),
    /// In a body, with the number of bytes to come.
    Body(u64),
    /// In a body without a length, or in what no server understands. Nothing follows: such a connection is closed.
    End,
}

/// The way in which a request marks the end of its body.
enum Framing {
    Length(u64),
    Chunks,
    Both,
    Unclear,
}

impl Watch {
    /// Whether a request with two lengths is among the next bytes.
    fn sees_two_lengths(&mut self, mut bytes: &[u8]) -> bool {
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
                Self::Head(begun) => {
                    let before = begun.len();
                    begun.extend_from_slice(bytes);
                    let Some((length, framing)) = framing(begun) else { return false };
                    *self = match framing {
                        Framing::Both => {
                            *self = Self::End;
                            return true;
                        }
                        Framing::Length(0) => Self::Head(Vec::new()),
                        Framing::Length(length) => Self::Body(length),
                        Framing::Chunks | Framing::Unclear => Self::End,
                    };
                    length.saturating_sub(before)
                }
            };
            bytes = bytes.get(taken..).unwrap_or_default();
        }
        false
    }
}

/// The length of a head and what it says about its body; `None` while it isn't complete. The parser is hyper's.
fn framing(bytes: &[u8]) -> Option<(usize, Framing)> {
    let mut fields = [httparse::EMPTY_HEADER; HEAD_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return None,
        Err(_) => return Some((bytes.len(), Framing::Unclear)),
    };
    let value = |name: &str| request.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name));
    let framing = match (value("transfer-encoding"), value("content-length")) {
        (Some(_), Some(_)) => Framing::Both,
        (Some(_), None) => Framing::Chunks,
        (None, None) => Framing::Length(0),
        (None, Some(field)) => {
            let digits = std::str::from_utf8(field.value).ok().and_then(|text| text.parse().ok());
            digits.map_or(Framing::Unclear, Framing::Length)
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

    /// Returns the result if the bytes arrive in pieces of that size.
    fn seen(text: &str, piece: usize) -> bool {
        let mut watch = Watch::Head(Vec::new());
        text.as_bytes().chunks(piece).any(|bytes| watch.sees_two_lengths(bytes))
    }

    #[test]
    fn two_lengths_are_seen_in_any_request_and_however_it_arrives() {
        let body = format!("{BOTH:<90}");
        assert_eq!(body.len(), 90);
        for piece in [1, 2, 7, 64, 4096] {
            assert!(seen(BOTH, piece));
            assert!(seen(&format!("{GET}{GET}\r\n{BOTH}"), piece), "after others, in pieces of {piece}");
            assert!(seen(&format!("{SIZED}{body}{BOTH}"), piece), "after a body, in pieces of {piece}");
            assert!(!seen(&format!("{SIZED}{body}{GET}"), piece), "a body is not a head, in pieces of {piece}");
            assert!(!seen(&format!("{GET}{SIZED}"), piece));
        }
    }

    #[test]
    fn nothing_is_looked_for_where_nothing_may_follow() {
        let chunks = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        for end in [chunks, "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "\0\r\n\r\n"] {
            let mut watch = Watch::Head(Vec::new());
            assert!(!watch.sees_two_lengths(end.as_bytes()));
            assert_eq!(watch, Watch::End);
            assert!(!watch.sees_two_lengths(BOTH.as_bytes()));
        }
    }
}
