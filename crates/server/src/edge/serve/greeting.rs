//! The greeting of the PROXY protocol, which load balancers can be told to send before the first request.
//!
//! Sixpin doesn't believe it: addresses come in `X-Forwarded-For`. The greeting is taken off the connection, so that its
//! first request can be answered with the reason.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Maximum length of a greeting of version 1, in bytes (section 2.1 of the protocol).
const MAX_TEXT: usize = 107;
/// The signature of version 2 (section 2.2).
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// Number of bytes that are read at a time.
const PIECE: usize = 512;

/// A flag that is set once a connection has begun with a greeting.
pub(super) type GreetingFlag = Arc<AtomicBool>;

/// A connection without its greeting.
#[derive(Debug)]
pub(super) struct UngreetedStream<S> {
    stream: S,
    start: Start,
    has_greeting: GreetingFlag,
}

#[derive(Debug)]
enum Start {
    /// What has arrived may be a greeting.
    Undecided(Vec<u8>),
    /// What has arrived after it is yet to be passed on.
    Rest(Vec<u8>),
    Over,
}

/// What the first bytes of a connection are.
#[derive(Debug, PartialEq, Eq)]
enum Beginning {
    Undecided,
    Greeting { length: usize },
    Other,
}

impl Beginning {
    fn of(bytes: &[u8]) -> Self {
        let has_begun = |word: &[u8]| word.starts_with(bytes) || bytes.starts_with(word);
        if [&b"PROXY TCP4 "[..], b"PROXY TCP6 ", b"PROXY UNKNOWN"].iter().any(|word| has_begun(word)) {
            let line = bytes.get(..MAX_TEXT).unwrap_or(bytes);
            match line.windows(2).position(|pair| pair == b"\r\n") {
                Some(at) => Self::Greeting { length: at + 2 },
                None if bytes.len() < MAX_TEXT => Self::Undecided,
                None => Self::Other,
            }
        } else if has_begun(SIGNATURE) {
            match bytes.get(14..16) {
                Some(&[high, low]) => {
                    let length = 16 + usize::from(u16::from_be_bytes([high, low]));
                    if bytes.len() < length { Self::Undecided } else { Self::Greeting { length } }
                }
                _ => Self::Undecided,
            }
        } else {
            Self::Other
        }
    }
}

impl<S> UngreetedStream<S> {
    /// Watches the beginning of a new connection. Returns it with its flag.
    pub(super) fn new(stream: S) -> (Self, GreetingFlag) {
        let flag = GreetingFlag::default();
        (Self { stream, start: Start::Undecided(Vec::new()), has_greeting: Arc::clone(&flag) }, flag)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for UngreetedStream<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            match &mut this.start {
                Start::Over => return Pin::new(&mut this.stream).poll_read(context, buffer),
                Start::Rest(rest) => {
                    let length = rest.len().min(buffer.remaining());
                    buffer.put_slice(rest.get(..length).unwrap_or_default());
                    rest.drain(..length);
                    if rest.is_empty() {
                        this.start = Start::Over;
                    }
                    return Poll::Ready(Ok(()));
                }
                Start::Undecided(first) => {
                    let mut piece = [0; PIECE];
                    let mut piece = ReadBuf::new(&mut piece);
                    ready!(Pin::new(&mut this.stream).poll_read(context, &mut piece))?;
                    first.extend_from_slice(piece.filled());
                    let is_end = piece.filled().is_empty();
                    match Beginning::of(first) {
                        Beginning::Undecided if !is_end => continue,
                        Beginning::Greeting { length } => {
                            this.has_greeting.store(true, Ordering::Relaxed);
                            first.drain(..length);
                        }
                        Beginning::Undecided | Beginning::Other => {}
                    }
                    // An empty read would mean the end of the connection.
                    let rest = std::mem::take(first);
                    this.start = if rest.is_empty() && !is_end { Start::Over } else { Start::Rest(rest) };
                }
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for UngreetedStream<S> {
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const TEXT: &[u8] = b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n";
    const BINARY: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\0\x01\0\x02";
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

    /// What is left of a connection that brings these bytes in pieces of a size, and whether it had a greeting.
    async fn pass(bytes: &[u8], piece: usize) -> (Vec<u8>, bool) {
        let (mut client, server) = duplex(piece);
        let (mut stream, has_greeting) = UngreetedStream::new(server);
        let mut passed = Vec::new();
        let write = async {
            client.write_all(bytes).await.unwrap();
            drop(client);
        };
        let ((), read) = tokio::join!(write, stream.read_to_end(&mut passed));
        read.unwrap();
        (passed, has_greeting.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn greetings_are_taken_off_in_pieces_of_any_size() {
        for piece in [1, 3, 20, 4096] {
            for greeting in [TEXT, BINARY, b"PROXY UNKNOWN\r\n", b"PROXY TCP6 ::1 ::1 1 2\r\n"] {
                assert_eq!(pass(&[greeting, REQUEST].concat(), piece).await, (REQUEST.to_vec(), true));
                assert_eq!(pass(greeting, piece).await, (vec![], true));
            }
            for other in
                [REQUEST, b"PROXY / HTTP/1.1\r\n\r\n", b"\r\n\r\nGET / HTTP/1.1\r\n\r\n", b"P", b"", &BINARY[..15]]
            {
                assert_eq!(pass(other, piece).await, (other.to_vec(), false));
            }
        }
        let endless = [b"PROXY TCP4 ".to_vec(), vec![b'1'; 1000]].concat();
        assert_eq!(pass(&endless, 4096).await, (endless.clone(), false));
    }
}
