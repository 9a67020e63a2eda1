//! The other end of a connection, as the socket or the TLS layer reports it: never read from a header.

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
        /// Whether it presented the certificate of the proxy.
        is_proxy: bool,
    },
    /// A process at the other end of a Unix socket, by the credentials it had when it connected (`SO_PEERCRED`).
    Unix {
        /// Its user ID.
        uid: u32,
        /// Its group ID.
        gid: u32,
    },
}

impl Peer {
    /// Returns a TCP peer as the socket reports it, with IPv4-mapped IPv6 addresses turned into IPv4.
    pub fn tcp(address: SocketAddr) -> Self {
        Self::Tcp(canonical(address))
    }

    /// Returns a TCP peer over TLS, with its address as the socket reports it.
    pub fn tls(address: SocketAddr, is_proxy: bool) -> Self {
        Self::Tls { address: canonical(address), is_proxy }
    }

    /// Whether the connection is encrypted.
    pub fn is_tls(self) -> bool {
        matches!(self, Self::Tls { .. })
    }

    /// Returns its address; `None` for a Unix socket.
    pub fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Tcp(address) | Self::Tls { address, .. } => Some(address.ip()),
            Self::Unix { .. } => None,
        }
    }
}

/// A dual-stack listener reports an IPv4 client as `::ffff:192.0.2.7`.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self::tcp(address)
    }
}

/// As it would be written in a [trust list](crate::TrustList).
impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tls { address, is_proxy: true } => write!(f, "tls: at {}", address.ip()),
            Self::Tcp(address) | Self::Tls { address, .. } => address.ip().fmt(f),
            Self::Unix { uid, gid } => write!(f, "unix:uid={uid},gid={gid}"),
        }
    }
}
