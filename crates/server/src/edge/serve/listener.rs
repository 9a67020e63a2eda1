//! Where connections come in.

use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};

use crate::config::Listen;
use crate::edge::peer::{Door, Peer};

/// An open listener.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    /// What its connections may be used for.
    pub(super) door: Door,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// Any kind of connection.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Listener {
    /// Opens a listener. A Unix socket left behind by a process that is gone is replaced; its mode becomes 0660.
    ///
    /// # Errors
    /// What the system says, for instance that the address is in use.
    pub async fn open(listen: &Listen, door: Door) -> io::Result<Self> {
        let socket = match listen {
            Listen::Tcp(address) => Socket::Tcp(TcpListener::bind(address).await?),
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
            Socket::Tcp(listener) => listener.local_addr().ok(),
            Socket::Unix(_) => None,
        }
    }

    /// Where people reach it: a URL, or the socket's path.
    pub fn display(&self) -> String {
        match &self.socket {
            Socket::Tcp(_) => match self.address() {
                Some(address) if address.ip().is_unspecified() => format!("http://localhost:{}", address.port()),
                Some(address) => format!("http://{address}"),
                None => "http://?".into(),
            },
            Socket::Unix(listener) => {
                let address = listener.local_addr().ok();
                let path = address.as_ref().and_then(|address| address.as_pathname());
                format!("unix:{}", path.unwrap_or(Path::new("?")).display())
            }
        }
    }

    /// The next connection, and who is at its other end.
    pub(super) async fn accept(&self) -> io::Result<(Box<dyn Stream>, Peer)> {
        match &self.socket {
            Socket::Tcp(listener) => {
                let (stream, address) = listener.accept().await?;
                // An answer is written at once: waiting for more to send only delays it.
                stream.set_nodelay(true)?;
                Ok((Box::new(stream), Peer::tcp(address)))
            }
            Socket::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                let credentials = stream.peer_cred()?;
                Ok((Box::new(stream), Peer::Unix { uid: credentials.uid(), gid: credentials.gid() }))
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

/// Removes a socket file that nobody listens on.
async fn remove_dead_socket(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::FileTypeExt as _;

    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
    if is_socket && tokio::net::UnixStream::connect(path).await.is_err() {
        std::fs::remove_file(path)?;
    }
    Ok(())
}
