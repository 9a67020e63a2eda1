//! A delivery by SMTP (RFC 5321), over a connection of our own: the library's can't be told which certificates to believe.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use lettre::Message as Email;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::extension::ClientId;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::config::mail::{Encryption, SmtpConfig};
use crate::config::sso::Certificates;
use crate::outside::tls;

/// Maximum time to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum length of a reply before STARTTLS, in bytes.
const REPLY_LENGTH: usize = 8 * 1024;

/// The reason why a mail server hasn't taken a mail.
#[derive(Debug, thiserror::Error)]
pub(super) enum SmtpError {
    /// The server refused, or its replies make no sense.
    #[error("{0}")]
    Refused(#[from] lettre::transport::smtp::Error),
    /// The connection can't be made, or broke.
    #[error("the connection failed: {0}")]
    Connection(#[from] io::Error),
    /// There is no TLS that could be trusted.
    #[error("{0}")]
    Tls(String),
    /// A reply before STARTTLS isn't the expected one.
    #[error("unexpected reply: {0}")]
    Reply(String),
}

impl SmtpError {
    /// Whether a retry may succeed.
    pub(super) fn is_transient(&self) -> bool {
        match self {
            Self::Refused(error) => !error.is_permanent() && !error.is_client(),
            Self::Connection(_) | Self::Reply(_) => true,
            Self::Tls(_) => false,
        }
    }
}

/// Hands a mail to a mail server.
pub(super) async fn send(config: &SmtpConfig, mail: &Email) -> Result<(), SmtpError> {
    let hello = config.hello.clone().map_or_else(ClientId::default, ClientId::Domain);
    let stream = connect(config, &hello).await?;
    let mut connection = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &hello).await?;
    if let Some((user, password)) = &config.credentials {
        let credentials = Credentials::new(user.clone(), password.clone());
        connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
    }
    connection.send(mail.envelope(), &mail.formatted()).await?;
    // The mail is taken; the server need not answer.
    let _ = connection.quit().await;
    Ok(())
}

/// Connects, and encrypts the connection as the settings say.
async fn connect(config: &SmtpConfig, hello: &ClientId) -> Result<Stream, SmtpError> {
    let connected = TcpStream::connect((config.host.as_str(), config.port));
    let mut tcp = tokio::time::timeout(CONNECT_TIMEOUT, connected).await.map_err(io::Error::from)??;
    let peer = tcp.peer_addr()?;
    let (greeting, connection): (&[u8], _) = match config.encryption {
        Encryption::Never => (b"", Connection::Plain(tcp)),
        Encryption::FromStart => (b"", encrypt(config, tcp).await?),
        Encryption::StartTls | Encryption::IfOffered => {
            let connection = if start_tls(&mut tcp, hello).await? {
                encrypt(config, tcp).await?
            } else if config.encryption == Encryption::IfOffered {
                Connection::Plain(tcp)
            } else {
                return Err(SmtpError::Tls("the server doesn't offer STARTTLS, so nothing is sent".into()));
            };
            // The library waits for a greeting, which has been read.
            (b"220 ready\r\n", connection)
        }
    };
    Ok(Stream { greeting, connection, peer })
}

/// Asks the server for TLS. Returns whether it offers that. Nothing behind its reply is read: what a man in the middle has
/// put there would be taken for a part of the encrypted connection.
async fn start_tls(tcp: &mut TcpStream, hello: &ClientId) -> Result<bool, SmtpError> {
    expect(&read_reply(tcp).await?, "220")?;
    tcp.write_all(format!("EHLO {hello}\r\n").as_bytes()).await?;
    let offers = read_reply(tcp).await?;
    if !offers.lines().any(|line| line.get(4..).is_some_and(|word| word.trim().eq_ignore_ascii_case("STARTTLS"))) {
        return Ok(false);
    }
    tcp.write_all(b"STARTTLS\r\n").await?;
    expect(&read_reply(tcp).await?, "220").map(|()| true)
}

fn expect(reply: &str, code: &str) -> Result<(), SmtpError> {
    if reply.starts_with(code) { Ok(()) } else { Err(SmtpError::Reply(reply.trim().to_owned())) }
}

/// Reads a reply of one or more lines (RFC 5321 §4.2), byte by byte.
async fn read_reply(tcp: &mut TcpStream) -> Result<String, SmtpError> {
    let (mut reply, mut line) = (String::new(), Vec::new());
    while reply.len() + line.len() < REPLY_LENGTH {
        line.push(tcp.read_u8().await?);
        if line.ends_with(b"\n") {
            reply.push_str(&String::from_utf8_lossy(&line));
            if line.get(3) != Some(&b'-') {
                return Ok(reply);
            }
            line.clear();
        }
    }
    Err(SmtpError::Reply("it is too long".into()))
}

async fn encrypt(config: &SmtpConfig, tcp: TcpStream) -> Result<Connection, SmtpError> {
    let certificates = if config.verifies { Certificates::System } else { Certificates::Any };
    let settings = tls::client_config(&certificates).map_err(SmtpError::Tls)?;
    let name = ServerName::try_from(config.host.clone());
    let name = name.map_err(|_| SmtpError::Tls(format!("{:?} is no name of a host", config.host)))?;
    let stream = TlsConnector::from(Arc::new(settings)).connect(name, tcp).await.map_err(|error| {
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
        match cause.map(|cause| (cause, tls::advice(cause))) {
            Some((cause, None)) => SmtpError::Tls(cause.to_string()),
            Some((cause, Some(advice))) => SmtpError::Tls(format!("{cause}: {advice}")),
            None => SmtpError::Connection(error),
        }
    })?;
    Ok(Connection::Tls(Box::new(stream)))
}

/// A connection to a mail server, which begins with a greeting of ours.
#[derive(Debug)]
struct Stream {
    greeting: &'static [u8],
    connection: Connection,
    peer: SocketAddr,
}

enum Connection {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Tls(_)) { "Tls" } else { "Plain" })
    }
}

impl AsyncTokioStream for Stream {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.peer)
    }
}

/// Runs an operation on the stream of either kind.
macro_rules! on_stream {
    ($this:ident, $stream:ident => $operation:expr) => {
        match &mut $this.get_mut().connection {
            Connection::Plain(stream) => {
                let $stream = Pin::new(stream);
                $operation
            }
            Connection::Tls(stream) => {
                let $stream = Pin::new(stream);
                $operation
            }
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.greeting.is_empty() {
            let (now, later) = self.greeting.split_at(self.greeting.len().min(buffer.remaining()));
            buffer.put_slice(now);
            self.greeting = later;
            return Poll::Ready(Ok(()));
        }
        on_stream!(self, stream => stream.poll_read(cx, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        on_stream!(self, stream => stream.poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(self, stream => stream.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(self, stream => stream.poll_shutdown(cx))
    }
}
