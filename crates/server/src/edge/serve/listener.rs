//! Where connections come in.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use authproxy::Peer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio_rustls::TlsAcceptor;

use crate::config::{Listen, TlsConfig};
use crate::visitor::door::Door;

/// An open listener.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    /// The use of its connections.
    pub(super) door: Door,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Tls(TcpListener, TlsConfig),
    Unix(UnixListener),
}

/// A connection that was accepted.
pub(super) enum Accepted {
    Open(Box<dyn Stream>, Peer),
    /// It has yet to agree on how to encrypt.
    Tls(TcpStream, SocketAddr, TlsConfig),
}

impl Accepted {
    /// The connection, ready for requests, and who is at its other end.
    ///
    /// # Errors
    /// When TLS can't be agreed on, or not within `patience`.
    pub(super) async fn ready(self, patience: Duration) -> io::Result<(Box<dyn Stream>, Peer)> {
        match self {
            Self::Open(stream, peer) => Ok((stream, peer)),
            Self::Tls(stream, address, tls) => {
                let greeting = TlsAcceptor::from(tls.server).accept(stream);
                let stream = tokio::time::timeout(patience, greeting).await??;
                let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
                let is_proxy = certificate.zip(tls.proxy.as_ref()).is_some_and(|(shown, proxy)| proxy.is(shown));
                Ok((Box::new(stream), Peer::tls(address, is_proxy)))
            }
        }
    }
}

/// Any kind of connection.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Listener {
    /// Opens a listener. A Unix socket left behind by a process that is gone is replaced; its mode becomes 0660.
    ///
    /// # Errors
    /// The system's error, for instance that the address is in use; or that `tls` is needed and missing.
    pub async fn open(listen: &Listen, door: Door, tls: Option<&TlsConfig>) -> io::Result<Self> {
        let socket = match listen {
            Listen::Tcp(address) => Socket::Tcp(TcpListener::bind(address).await?),
            Listen::Tls(address) => {
                let tls = tls.ok_or_else(|| io::Error::other("there is no certificate"))?;
                Socket::Tls(TcpListener::bind(address).await?, tls.clone())
            }
            Listen::Unix(path) => {
                remove_dead_socket(path).await?;
                let listener = UnixListener::bind(path)?;
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
                Socket::Unix(listener)
            }
        };
        Ok(Self { socket, door })
    }

    /// Its address, unless it is a Unix socket.
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.socket {
            Socket::Tcp(listener) | Socket::Tls(listener, _) => listener.local_addr().ok(),
            Socket::Unix(_) => None,
        }
    }

    /// Returns its public form: a URL, or the socket's path.
    pub fn display(&self) -> String {
        match &self.socket {
            Socket::Tcp(_) => format!("http://{}", self.authority()),
            Socket::Tls(..) => format!("https://{}", self.authority()),
            Socket::Unix(listener) => {
                let address = listener.local_addr().ok();
                let path = address.as_ref().and_then(|address| address.as_pathname());
                format!("unix:{}", path.unwrap_or(Path::new("?")).display())
            }
        }
    }

    fn authority(&self) -> String {
        match self.address() {
            Some(address) if address.ip().is_unspecified() => format!("localhost:{}", address.port()),
            Some(address) => address.to_string(),
            None => "?".into(),
        }
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> io::Result<Accepted> {
        match &self.socket {
            Socket::Tcp(listener) => {
                let (stream, address) = accept(listener).await?;
                Ok(Accepted::Open(Box::new(stream), Peer::tcp(address)))
            }
            Socket::Tls(listener, tls) => {
                let (stream, address) = accept(listener).await?;
                Ok(Accepted::Tls(stream, address, tls.clone()))
            }
            Socket::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                let credentials = stream.peer_cred()?;
                Ok(Accepted::Open(Box::new(stream), Peer::Unix { uid: credentials.uid(), gid: credentials.gid() }))
            }
        }
    }

    /// Removes what it leaves in the file system.
    pub(super) fn remove(&self) {
        if let Socket::Unix(listener) = &self.socket
            && let Some(path) = listener.local_addr().ok().as_ref().and_then(|address| address.as_pathname())
            && let Err(error) = std::fs::remove_file(path)
        {
            tracing::warn!(%error, path = %path.display(), "the socket can't be removed");
        }
    }
}

async fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let (stream, address) = listener.accept().await?;
    // An answer is written at once: waiting for more to send only delays it.
    stream.set_nodelay(true)?;
    Ok((stream, address))
}

/// Removes a socket file without a listener.
async fn remove_dead_socket(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt as _;

    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
    if is_socket && tokio::net::UnixStream::connect(path).await.is_err() {
        std::fs::remove_file(path)?;
    }
    Ok(())
}
