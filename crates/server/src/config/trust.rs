//! Peers that are believed: lists of addresses, networks and Unix sockets.

use std::fmt;
use std::net::IpAddr;

use http::HeaderName;
use ipnet::{IpNet, Ipv4Net};

use super::vars::Vars;
use crate::auth::proxy::header::{self, Notation};
use crate::peer::Peer;

/// Peers that are believed. Written as a comma-separated list of addresses (`192.0.2.7`, `2001:db8::7`), networks
/// (`10.0.0.0/8`), `unix:` (whoever can open a Unix socket that the server listens on), `unix:uid=101`,
/// `unix:gid=101`, `unix:uid=101,gid=101`, `tls:` (whoever has the proxy's certificate, `AUTH_PROXY_CLIENT_CA`), or `*` for
/// everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustList {
    everybody: bool,
    networks: Vec<IpNet>,
    processes: Vec<Process>,
    certified: bool,
}

/// A process behind a Unix socket, by its credentials; what is `None` may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Process {
    uid: Option<u32>,
    gid: Option<u32>,
}

impl TrustList {
    /// The list in the variable `name`; an entry that can't be understood is a problem, never skipped silently.
    pub fn read(vars: &mut Vars, name: &str) -> Self {
        let mut list = Self::default();
        for entry in entries(vars.list(name)) {
            match list.add(&entry) {
                Ok(None) => {}
                Ok(Some(masked)) => vars.warning(format!(
                    "{name}: {entry} is an address inside the network {masked}; the whole network {masked} is trusted. \
                     Write {masked} if that is meant, or the address alone"
                )),
                Err(problem) => vars.problem(format!("{name}: {entry:?} {problem}")),
            }
        }
        list
    }

    /// Adds an entry. Returns the network that counts if the entry had bits set outside of it.
    fn add(&mut self, entry: &str) -> Result<Option<IpNet>, String> {
        // compat: Laravel also takes `**` for everybody.
        if entry == "*" || entry == "**" {
            self.everybody = true;
            return Ok(None);
        }
        if entry == "tls:" {
            self.certified = true;
            return Ok(None);
        }
        if let Some(credentials) = entry.strip_prefix("unix:") {
            self.processes.push(Process::parse(credentials)?);
            return Ok(None);
        }
        let network = match (entry.parse::<IpAddr>(), entry.parse::<IpNet>()) {
            (Ok(address), _) => IpNet::from(address),
            (_, Ok(network)) => network,
            _ => {
                return Err("is neither an IP address, a network like 10.0.0.0/8, `unix:`, `tls:` nor `*`; names of \
                             hosts can't be used, because whoever answers for the name would be trusted"
                    .to_owned());
            }
        };
        let masked = unmapped(network.trunc());
        self.networks.push(masked);
        Ok((network != network.trunc()).then_some(masked))
    }

    /// Whether the peer is in the list.
    pub fn contains(&self, peer: Peer) -> bool {
        self.everybody
            || match peer {
                Peer::Tcp(address) => self.has_address(address.ip()),
                Peer::Tls { address, is_proxy } => is_proxy && self.certified || self.has_address(address.ip()),
                Peer::Unix { uid, gid } => self.processes.iter().any(|process| process.is(uid, gid)),
            }
    }

    /// The entry because of which the peer is in the list, as it would be written.
    pub fn entry_for(&self, peer: Peer) -> Option<String> {
        let networks = self.networks.iter().map(|network| Self { networks: vec![*network], ..Self::default() });
        let processes = self.processes.iter().map(|process| Self { processes: vec![*process], ..Self::default() });
        let certified = self.certified.then(|| Self { certified: true, ..Self::default() });
        let everybody = self.everybody.then(|| Self { everybody: true, ..Self::default() });
        networks
            .chain(processes)
            .chain(certified)
            .chain(everybody)
            .find(|entry| entry.contains(peer))
            .map(|entry| entry.to_string())
    }

    /// The addresses and networks of the list.
    pub fn networks(&self) -> &[IpNet] {
        &self.networks
    }

    /// Whether any process counts that can open a Unix socket that the server listens on.
    pub fn has_any_process(&self) -> bool {
        self.processes.iter().any(|process| process.uid.is_none() && process.gid.is_none())
    }

    fn has_address(&self, ip: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&ip.to_canonical()))
    }

    /// Whether the proxy is known by its certificate.
    pub fn needs_certificate(&self) -> bool {
        self.certified
    }

    /// Whether nobody is in the list.
    pub fn is_empty(&self) -> bool {
        !self.everybody && self.networks.is_empty() && self.processes.is_empty() && !self.certified
    }

    /// Whether every address of IPv4 or of IPv6 is in the list, in one entry or in several together.
    pub fn is_unbounded(&self) -> bool {
        self.everybody || IpNet::aggregate(&self.networks).iter().any(|network| network.prefix_len() == 0)
    }
}

impl fmt::Display for TrustList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        let everybody = self.everybody.then(|| "*".to_owned());
        let certified = self.certified.then(|| "tls:".to_owned());
        let networks = self.networks.iter().map(|network| {
            if network.prefix_len() == network.max_prefix_len() {
                network.addr().to_string()
            } else {
                network.to_string()
            }
        });
        let entries: Vec<String> = everybody
            .into_iter()
            .chain(networks)
            .chain(self.processes.iter().map(Process::to_string))
            .chain(certified)
            .collect();
        f.write_str(&entries.join(","))
    }
}

impl Process {
    /// Parses `uid=N,gid=N`, either of them, or nothing.
    fn parse(credentials: &str) -> Result<Self, String> {
        let mut process = Self { uid: None, gid: None };
        for part in credentials.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (key, number) = part.split_once('=').unwrap_or((part, ""));
            let slot = match key.trim() {
                "uid" => &mut process.uid,
                "gid" => &mut process.gid,
                _ => {
                    return Err("can't be used: after `unix:` come uid=NUMBER, gid=NUMBER or nothing; the path of \
                                 the socket belongs into LISTEN"
                        .to_owned());
                }
            };
            let number = number.trim().parse().map_err(|_| format!("can't be used: {key} takes a number"))?;
            if slot.replace(number).is_some() {
                return Err(format!("can't be used: {key} is given twice"));
            }
        }
        Ok(process)
    }

    fn is(self, uid: u32, gid: u32) -> bool {
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

/// Puts `unix:uid=101` and `gid=101`, which the comma between them has parted, together again.
fn entries(parts: Vec<String>) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for part in parts {
        let continues = part.starts_with("uid=") || part.starts_with("gid=");
        match entries.last_mut().filter(|last| continues && last.starts_with("unix:")) {
            Some(last) => {
                last.push(',');
                last.push_str(&part);
            }
            None => entries.push(part),
        }
    }
    entries
}

/// An IPv4 network that was written in its IPv6-mapped form as what it is: peers are never in the mapped form.
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

/// The header in which a trusted proxy tells the client's address (`PROXY_HEADER_FOR_IP`), for logs alone: never a
/// reason to trust anybody.
pub fn client_ip_header(vars: &mut Vars) -> Option<HeaderName> {
    const NAME: &str = "PROXY_HEADER_FOR_IP";
    let configured = vars.text(NAME)?;
    header::wire(NAME, &configured, Notation::Auto).map_err(|problem| vars.problem(problem)).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(text: &str) -> (TrustList, Vec<String>, Vec<String>) {
        let mut vars = Vars::new(BTreeMap::from([("TRUSTED_PROXIES".to_owned(), text.to_owned())]));
        let list = TrustList::read(&mut vars, "TRUSTED_PROXIES");
        let (problems, warnings) = vars.into_findings();
        (list, problems, warnings)
    }

    #[track_caller]
    fn check(text: &str, trusted: &[&str], untrusted: &[&str]) {
        let (list, problems, _) = read(text);
        assert_eq!(problems, [""; 0]);
        for address in trusted {
            assert!(list.contains(Peer::tcp(format!("{address}:80").parse().unwrap())), "{text} trusts {address}");
        }
        for address in untrusted {
            assert!(!list.contains(Peer::tcp(format!("{address}:80").parse().unwrap())), "{text} distrusts {address}");
        }
    }

    #[test]
    fn t_01_a_network() {
        check("127.0.0.0/30", &["127.0.0.2"], &["127.0.0.9"]);
    }

    #[test]
    fn t_02_blanks_around_entries() {
        check(" 10.0.0.1 , 127.0.0.2 ", &["127.0.0.2", "10.0.0.1"], &["10.0.0.2"]);
    }

    #[test]
    fn t_03_an_entry_that_cannot_be_understood_is_named() {
        for bad in [
            "nonsense",
            "proxy.example.com",
            "127.0.0.1/33",
            "1.2.3",
            "unix:/run/x",
            "unix:uid=x",
            "gid=5",
            "10.0.0.1:80",
        ] {
            let (_, problems, _) = read(&format!("127.0.0.2,{bad}"));
            assert_eq!(problems.len(), 1, "{bad}");
            assert!(problems[0].starts_with(&format!("TRUSTED_PROXIES: {bad:?} ")), "{}", problems[0]);
        }
    }

    #[test]
    fn t_04_t_05_mapped_addresses_are_what_they_map() {
        check("127.0.0.2", &["127.0.0.2", "[::ffff:127.0.0.2]"], &["[::2]"]);
        check("::ffff:127.0.0.2", &["127.0.0.2", "[::ffff:127.0.0.2]"], &["[::2]", "127.0.0.3"]);
        check("::ffff:10.0.0.0/104", &["10.9.9.9"], &["11.0.0.1"]);
    }

    #[test]
    fn t_06_a_bare_ipv6_address_is_one_address() {
        check("::2", &["[::2]"], &["[::1]"]);
    }

    #[test]
    fn t_07_families_do_not_cross() {
        check("127.0.0.0/8", &[], &["[::1]", "[::7f00:1]"]);
        check("::/0", &["[::1]"], &["127.0.0.1"]);
        check("0.0.0.0/0", &["127.0.0.1"], &["[::1]"]);
    }

    #[test]
    fn t_13_unbounded_lists_are_recognised() {
        for text in ["*", "**", "0.0.0.0/0", "::/0", "0.0.0.0/1,128.0.0.0/1", "10.0.0.1,::/1,8000::/1"] {
            assert!(read(text).0.is_unbounded(), "{text}");
        }
        for text in ["", "10.0.0.0/8", "unix:", "0.0.0.0/1"] {
            assert!(!read(text).0.is_unbounded(), "{text}");
        }
    }

    #[test]
    fn t_17_t_18_t_19_unix_sockets() {
        let process = Peer::Unix { uid: 101, gid: 7 };
        for text in ["unix:", "unix:uid=101", "unix:gid=7", "unix:uid=101,gid=7", "10.0.0.1, unix:gid=7 , uid=101", "*"]
        {
            let (list, problems, _) = read(text);
            assert_eq!(problems, [""; 0]);
            assert!(list.contains(process), "{text}");
        }
        for text in ["", "127.0.0.1,::1", "0.0.0.0/0,::/0", "unix:uid=102", "unix:uid=101,gid=8", "unix:uid=0"] {
            assert!(!read(text).0.contains(process), "{text}");
        }
        assert!(!read("unix:").0.contains(Peer::tcp("127.0.0.1:80".parse().unwrap())));
    }

    #[test]
    fn the_entry_that_counts_is_told() {
        let list = read("10.0.0.0/8, 10.1.2.3, unix:uid=101").0;
        let tcp = |address: &str| Peer::tcp(format!("{address}:80").parse().unwrap());
        assert_eq!(list.entry_for(tcp("10.1.2.3")).as_deref(), Some("10.0.0.0/8"));
        assert_eq!(list.entry_for(Peer::Unix { uid: 101, gid: 5 }).as_deref(), Some("unix:uid=101"));
        assert_eq!(list.entry_for(tcp("192.0.2.1")), None);
        assert_eq!(read("*").0.entry_for(tcp("192.0.2.1")).as_deref(), Some("*"));
        assert!(read("unix:").0.has_any_process() && !list.has_any_process());
    }

    #[test]
    fn bits_outside_of_the_network_are_masked_with_a_warning() {
        let (list, problems, warnings) = read("10.1.2.3/8");
        assert_eq!((problems.len(), warnings.len()), (0, 1));
        assert!(warnings[0].contains("10.0.0.0/8"), "{}", warnings[0]);
        assert_eq!(list.to_string(), "10.0.0.0/8");
    }

    #[test]
    fn the_header_for_addresses_is_named_like_in_php_or_on_the_wire() {
        for (configured, expected) in [
            ("", None),
            ("null", None),
            ("CF-Connecting-IP", Some("cf-connecting-ip")),
            ("HTTP_X_REAL_IP", Some("x-real-ip")),
        ] {
            let mut vars = Vars::new(BTreeMap::from([("PROXY_HEADER_FOR_IP".to_owned(), configured.to_owned())]));
            let name = client_ip_header(&mut vars);
            assert_eq!(name.as_ref().map(HeaderName::as_str), expected);
        }
    }

    #[test]
    fn shows_itself_as_it_is_written() {
        let text = "192.0.2.7,10.0.0.0/8,2001:db8::7,unix:uid=101,gid=7";
        assert_eq!(read(text).0.to_string(), text);
        assert_eq!(read("").0.to_string(), "none");
        assert!(read("").0.is_empty());
        assert!(!read("unix:").0.is_empty());
    }
}
