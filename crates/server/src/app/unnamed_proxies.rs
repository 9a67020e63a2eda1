//! Peers that look like reverse proxies but aren't named in `TRUSTED_PROXIES`.
//!
//! All clients behind such a proxy count as one for rate limits, and one of them can use up the sign-ins of all others.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Maximum number of kept peers.
const LENGTH: usize = 16;

/// The peers, in memory since the start.
#[derive(Debug, Default)]
pub struct UnnamedProxies(Mutex<BTreeSet<IpAddr>>);

impl UnnamedProxies {
    /// Stores a peer that isn't trusted but sends the address of a client. Returns whether it is a new one that an
    /// administrator should know of: one in a private network. Any client on the Internet can send such a header.
    pub fn note(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        if !is_private(peer) {
            return false;
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.len() < LENGTH && kept.insert(peer)
    }

    /// Returns the peers, sorted.
    pub fn all(&self) -> Vec<IpAddr> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }
}

/// Whether an address is one of this machine, of a private network, or of one that a provider's customers share
/// (RFC 6598).
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || matches!(ip.octets(), [100, 64..=127, ..])
        }
        IpAddr::V6(ip) => ip == Ipv6Addr::LOCALHOST || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_peers_are_noted_once_and_not_without_end() {
        let peers = UnnamedProxies::default();
        let note = |peer: &str| peers.note(peer.parse().unwrap());
        assert!(note("172.18.0.2") && note("::1") && note("fd00::1") && note("100.64.0.1"));
        assert!(!note("172.18.0.2") && !note("::ffff:172.18.0.2"), "once");
        assert!(!note("192.0.2.1") && !note("2001:db8::1"), "anybody may send the header");
        let noted = (0..=255).filter(|last| note(&format!("10.0.0.{last}"))).count();
        assert_eq!((noted, peers.all().len()), (LENGTH - 4, LENGTH));
    }
}
