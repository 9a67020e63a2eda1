//! Trusted peers: lists of addresses, networks, Unix sockets and certificates.

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

use crate::peer::Peer;

/// The peers whose identity headers are believed.
///
/// Written as a comma-separated list of:
///
/// | Entry | Peers |
/// |---|---|
/// | `192.0.2.7`, `2001:db8::7` | one address |
/// | `10.0.0.0/8` | a network |
/// | `unix:` | every process that can open the Unix socket on which the server listens |
/// | `unix:uid=101`, `unix:gid=101`, `unix:uid=101,gid=101` | processes with these credentials |
/// | `tls:` | peers with the proxy's certificate |
/// | `*` | every peer |
///
/// Names of hosts are refused: trust would depend on the name server.
///
/// ```
/// use authproxy::{Peer, TrustList};
///
/// let trust: TrustList = "192.0.2.7, 10.0.0.0/8, unix:uid=101".parse()?;
/// assert!(trust.contains(Peer::tcp("10.1.2.3:40000".parse()?)));
/// assert!(!trust.contains(Peer::Unix { uid: 0, gid: 0 }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustList {
    everyone: bool,
    networks: Vec<IpNet>,
    processes: Vec<Process>,
    certificate: bool,
}

/// The credentials of a process behind a Unix socket; `None` matches any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    uid: Option<u32>,
    gid: Option<u32>,
}

/// Why an entry of a trust list can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryFault {
    /// It is of none of the forms of an entry.
    #[error("is neither an IP address, a network like 10.0.0.0/8, `unix:`, `tls:` nor `*`")]
    Unknown,
    /// `unix:` is followed by something other than credentials, such as a path.
    #[error("can't be used: after `unix:` come uid=NUMBER, gid=NUMBER or nothing")]
    NotCredentials,
    /// A credential has no number.
    #[error("can't be used: {0} takes a number")]
    NotANumber(String),
    /// A credential is given twice.
    #[error("can't be used: {0} is given twice")]
    GivenTwice(String),
}

/// The entry of a list that can't be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{entry:?} {fault}")]
pub struct TrustListError {
    /// The entry as it was written.
    pub entry: String,
    /// Why it can't be used.
    pub fault: EntryFault,
}

impl TrustList {
    /// Adds one entry. Returns the network that counts if the entry is an address inside of it, such as `10.0.0.0/8` for
    /// `10.1.2.3/8`: one of the two may be a mistake.
    ///
    /// # Errors
    /// Why the entry can't be used.
    pub fn add(&mut self, entry: &str) -> Result<Option<IpNet>, EntryFault> {
        // Laravel also takes `**` for every peer.
        if entry == "*" || entry == "**" {
            self.everyone = true;
            return Ok(None);
        }
        if entry == "tls:" {
            self.certificate = true;
            return Ok(None);
        }
        if let Some(credentials) = entry.strip_prefix("unix:") {
            self.processes.push(Process::parse(credentials)?);
            return Ok(None);
        }
        let network = match entry.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address),
            Err(_) => entry.parse().map_err(|_| EntryFault::Unknown)?,
        };
        let masked = unmapped(network.trunc());
        self.networks.push(masked);
        Ok((network != network.trunc()).then_some(masked))
    }

    /// Splits a comma-separated list into entries, without blanks around them. A comma between the credentials of a
    /// process, as in `unix:uid=101,gid=101`, doesn't end its entry.
    pub fn split(text: &str) -> Vec<String> {
        let mut entries: Vec<String> = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let is_credential = part.starts_with("uid=") || part.starts_with("gid=");
            match entries.last_mut() {
                Some(last) if is_credential && last.starts_with("unix:") => {
                    last.push(',');
                    last.push_str(part);
                }
                _ => entries.push(part.to_owned()),
            }
        }
        entries
    }

    /// Whether the peer is in the list.
    pub fn contains(&self, peer: Peer) -> bool {
        self.everyone
            || match peer {
                Peer::Tcp(address) => self.has_address(address.ip()),
                Peer::Tls { address, is_proxy } => is_proxy && self.certificate || self.has_address(address.ip()),
                Peer::Unix { uid, gid } => self.processes.iter().any(|process| process.matches(uid, gid)),
            }
    }

    /// Returns the entry because of which the peer is in the list, as it would be written.
    pub fn entry_for(&self, peer: Peer) -> Option<String> {
        let networks = self.networks.iter().map(|network| Self { networks: vec![*network], ..Self::default() });
        let processes = self.processes.iter().map(|process| Self { processes: vec![*process], ..Self::default() });
        let certificate = self.certificate.then(|| Self { certificate: true, ..Self::default() });
        let everyone = self.everyone.then(|| Self { everyone: true, ..Self::default() });
        networks
            .chain(processes)
            .chain(certificate)
            .chain(everyone)
            .find(|entry| entry.contains(peer))
            .map(|entry| entry.to_string())
    }

    /// The addresses and networks of the list.
    pub fn networks(&self) -> &[IpNet] {
        &self.networks
    }

    /// Whether the list has every process that can open a Unix socket on which the server listens.
    pub fn has_any_process(&self) -> bool {
        self.processes.iter().any(|process| process.uid.is_none() && process.gid.is_none())
    }

    /// Whether the list has peers with the proxy's certificate.
    pub fn needs_certificate(&self) -> bool {
        self.certificate
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        !self.everyone && self.networks.is_empty() && self.processes.is_empty() && !self.certificate
    }

    /// Whether the list has every address of IPv4 or of IPv6, in one entry or in several together.
    pub fn is_unbounded(&self) -> bool {
        self.everyone || IpNet::aggregate(&self.networks).iter().any(|network| network.prefix_len() == 0)
    }

    fn has_address(&self, ip: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&ip.to_canonical()))
    }
}

impl FromStr for TrustList {
    type Err = TrustListError;

    fn from_str(text: &str) -> Result<Self, TrustListError> {
        let mut list = Self::default();
        for entry in Self::split(text) {
            list.add(&entry).map_err(|fault| TrustListError { entry, fault })?;
        }
        Ok(list)
    }
}

/// As it is written, or `none`.
impl fmt::Display for TrustList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        let everyone = self.everyone.then(|| "*".to_owned());
        let networks = self.networks.iter().map(|network| {
            if network.prefix_len() == network.max_prefix_len() {
                network.addr().to_string()
            } else {
                network.to_string()
            }
        });
        let processes = self.processes.iter().map(Process::to_string);
        let certificate = self.certificate.then(|| "tls:".to_owned());
        let entries: Vec<String> = everyone.into_iter().chain(networks).chain(processes).chain(certificate).collect();
        f.write_str(&entries.join(","))
    }
}

impl Process {
    /// Parses `uid=N,gid=N`, one of the two, or nothing.
    fn parse(credentials: &str) -> Result<Self, EntryFault> {
        let mut process = Self { uid: None, gid: None };
        for part in credentials.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, number) = part.split_once('=').unwrap_or((part, ""));
            let slot = match key.trim() {
                "uid" => &mut process.uid,
                "gid" => &mut process.gid,
                _ => return Err(EntryFault::NotCredentials),
            };
            let number = number.trim().parse().map_err(|_| EntryFault::NotANumber(key.to_owned()))?;
            if slot.replace(number).is_some() {
                return Err(EntryFault::GivenTwice(key.to_owned()));
            }
        }
        Ok(process)
    }

    fn matches(self, uid: u32, gid: u32) -> bool {
        self.uid.is_none_or(|wanted| wanted == uid) && self.gid.is_none_or(|wanted| wanted == gid)
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unix:")?;
        match (self.uid, self.gid) {
            (None, None) => Ok(()),
            (Some(uid), None) => write!(f, "uid={uid}"),
            (None, Some(gid)) => write!(f, "gid={gid}"),
            (Some(uid), Some(gid)) => write!(f, "uid={uid},gid={gid}"),
        }
    }
}

/// Turns an IPv4 network in its IPv6-mapped form into what it stands for: peers are never in the mapped form.
fn unmapped(network: IpNet) -> IpNet {
    if let IpNet::V6(v6) = network
        && let Some(address) = v6.addr().to_ipv4_mapped()
        && let Some(prefix) = v6.prefix_len().checked_sub(96)
        && let Ok(v4) = Ipv4Net::new(address, prefix)
    {
        return IpNet::V4(v4);
    }
    network
}
