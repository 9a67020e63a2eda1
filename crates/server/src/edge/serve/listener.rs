//! Listeners: TCP, TLS and Unix sockets.

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
    /// The kind of listener.
    pub(super) door: Door,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Tls(TcpListener, TlsConfig),
    Unix(UnixListener),
}

/// An accepted connection.
pub(super) enum Accepted {
    Open(Box<dyn Stream>, Peer),
    /// Its TLS handshake is yet to come.
    Tls(TcpStream, SocketAddr, TlsConfig),
}

impl Accepted {
    /// Returns the peer, as far as it is known before the TLS handshake.
    pub(super) fn peer(&self) -> Peer {
        match self {
            Self::Open(_, peer) => *peer,
            Self::Tls(_, address, _) => Peer::tls(*address, false),
        }
    }

    /// Completes the TLS handshake, if there is one. Returns the connection, ready for requests, and its peer.
    ///
    /// # Errors
    /// When the handshake fails, or takes longer than `timeout`.
    pub(super) async fn prepare(self, timeout: Duration) -> io::Result<(Box<dyn Stream>, Peer)> {
        match self {
            Self::Open(stream, peer) => Ok((stream, peer)),
            Self::Tls(stream, address, tls) => {
                let handshake = TlsAcceptor::from(tls.server).accept(stream);
                let stream = tokio::time::timeout(timeout, handshake).await??;
                let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
                let is_proxy =
                    certificate.zip(tls.proxy.as_ref()).is_some_and(|(presented, proxy)| proxy.is(presented));
                Ok((Box::new(stream), Peer::tls(address, is_proxy)))
            }
        }
    }
}

/// Any kind of connection.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Listener {
    /// Opens a listener. Replaces a Unix socket that an ended process left behind; the mode of the new one is 0660.
    ///
    /// # Errors
    /// The error of the system, for example that the address is in use; or that `tls` is needed and missing.
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

    /// Returns its address; `None` for a Unix socket.
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

    /// Waits for the next connection.
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

    /// Removes the file of a Unix socket.
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
    // An answer is written as a whole: waiting for more data would only delay it.
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
