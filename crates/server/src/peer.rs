//! Who is at the other end of the connection: never read from a header.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// A TCP peer; an IPv4 address is never in its IPv6-mapped form.
    Tcp(SocketAddr),
    /// A TCP peer over TLS.
    Tls {
        /// Its address, as that of any TCP peer.
        address: SocketAddr,
        /// Whether it has the proxy's certificate.
        is_proxy: bool,
    },
    /// A process at the other end of a Unix socket, by the credentials it had when it connected (`SO_PEERCRED`).
    Unix {
        /// Its user id.
        uid: u32,
        /// Its group id.
        gid: u32,
    },
}

impl Peer {
    /// A TCP peer as the socket reports it, with IPv4-mapped IPv6 addresses turned into IPv4.
    pub fn tcp(address: SocketAddr) -> Self {
        Self::Tcp(SocketAddr::new(address.ip().to_canonical(), address.port()))
    }

    /// A TCP peer over TLS, with its address as the socket reports it.
    pub fn tls(address: SocketAddr, is_proxy: bool) -> Self {
        Self::Tls { address: SocketAddr::new(address.ip().to_canonical(), address.port()), is_proxy }
    }

    /// Whether the connection is encrypted.
    pub fn is_tls(self) -> bool {
        matches!(self, Self::Tls { .. })
    }

    /// Its address; `None` for a Unix socket.
    pub fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Tcp(address) | Self::Tls { address, .. } => Some(address.ip()),
            Self::Unix { .. } => None,
        }
    }
}

/// As it would be written in a trust list.
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tls { address, is_proxy: true } => write!(f, "tls: at {}", address.ip()),
            Self::Tcp(address) | Self::Tls { address, .. } => address.ip().fmt(f),
            Self::Unix { uid, gid } => write!(f, "unix:uid={uid},gid={gid}"),
        }
    }
}
