//! Where to listen: `LISTEN`, and for how many connections: `LISTEN_MAX_CONNECTIONS`.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::vars::Vars;

/// A place to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// A TCP address and port.
    Tcp(SocketAddr),
    /// The same with TLS.
    Tls(SocketAddr),
    /// A Unix socket's path.
    Unix(PathBuf),
}

impl Listen {
    /// Its address, if it is a single one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Tcp(address) | Self::Tls(address) => Some(address.ip()).filter(|ip| !ip.is_unspecified()),
            Self::Unix(_) => None,
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Tls(address) => write!(f, "tls:{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

pub(super) fn read(vars: &mut Vars) -> Vec<Listen> {
    let mut listens = places(vars, "LISTEN");
    if listens.is_empty() {
        listens.push(Listen::Tcp(SocketAddr::from(([127, 0, 0, 1], 8000))));
    }
    listens
}

/// The places in the variable `name`.
pub(super) fn places(vars: &mut Vars, name: &str) -> Vec<Listen> {
    let mut listens = Vec::new();
    for part in vars.list(name) {
        match parse(&part) {
            Some(listen) => listens.push(listen),
            None => vars.problem(format!(
                "{name}: {part:?} is neither ADDRESS:PORT (such as 127.0.0.1:8000 or [::]:8000), nor tls:ADDRESS:PORT, nor unix:PATH"
            )),
        }
    }
    listens
}

/// Maximum number of open connections of a listener. More could exceed the 1024 open files that many systems allow a
/// process.
const CONNECTIONS: usize = 512;

pub(super) fn connections(vars: &mut Vars) -> usize {
    let connections = vars.parsed("LISTEN_MAX_CONNECTIONS", CONNECTIONS);
    if connections == 0 {
        vars.problem("LISTEN_MAX_CONNECTIONS: with 0 no client could connect");
    }
    connections
}

fn parse(part: &str) -> Option<Listen> {
    if let Some(path) = part.strip_prefix("unix:") {
        return (!path.is_empty()).then(|| Listen::Unix(PathBuf::from(path)));
    }
    if let Some(address) = part.strip_prefix("tls:") {
        return address.parse().ok().map(Listen::Tls);
    }
    if let Some(port) = part.strip_prefix("localhost:") {
        return Some(Listen::Tcp(SocketAddr::new(IpAddr::from([127, 0, 0, 1]), port.parse().ok()?)));
    }
    part.parse().ok().map(Listen::Tcp)
}

#[cfg(test)]
mod tests {
    use super::{Listen, parse};

    #[test]
    fn addresses_and_sockets() {
        assert_eq!(parse("127.0.0.1:80"), Some(Listen::Tcp(([127, 0, 0, 1], 80).into())));
        assert_eq!(parse("localhost:81"), Some(Listen::Tcp(([127, 0, 0, 1], 81).into())));
        assert!(matches!(parse("[::]:80"), Some(Listen::Tcp(address)) if address.is_ipv6()));
        assert_eq!(parse("unix:/run/sixpin.sock"), Some(Listen::Unix("/run/sixpin.sock".into())));
        assert_eq!(parse("tls:0.0.0.0:8443"), Some(Listen::Tls(([0, 0, 0, 0], 8443).into())));
        for wrong in ["", "tls:", "tls:8443", "8000", "unix:", "127.0.0.1", "example.org:80", "localhost:x"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
