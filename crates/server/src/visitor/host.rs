//! The hosts to which a request says that it was sent.

use http::request::Parts;
use url::{Host, Url};

/// Domains whose names the public DNS doesn't have: no stranger can let one lead to this machine.
const PRIVATE_DOMAINS: [&str; 6] = ["localhost", "local", "internal", "lan", "svc", "home.arpa"];

/// The hosts to which a request says that it was sent, each with its port if it has one. They are words of the client
/// or of a proxy, and never grant anything by themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SentTo {
    /// That of the request itself: `Host`, or the authority in its first line. Several if `Host` comes twice.
    pub hosts: Vec<String>,
    /// `X-Forwarded-Host`, if a trusted proxy sent one value: the host as its own client wrote it.
    pub forwarded: Option<String>,
}

impl SentTo {
    /// Returns the hosts that the layer `real_ip` has determined; none outside that layer.
    pub fn from_parts(parts: &Parts) -> Self {
        parts.extensions.get().cloned().unwrap_or_default()
    }

    /// Returns the host in the browser's address bar, as far as it is known.
    pub fn public(&self) -> Option<&str> {
        self.forwarded.as_deref().or(self.hosts.first().map(String::as_str))
    }

    /// Returns [`public`](Self::public) as an address with that scheme.
    pub fn url(&self, scheme: &str) -> Option<Url> {
        Url::parse(&format!("{scheme}://{}", self.public()?)).ok()
    }

    /// Returns the first host that is a name of the public DNS and not one of those for which `is_own` holds. Anybody
    /// can let such a name lead here, so that a browser takes this instance for a part of their site (DNS rebinding).
    ///
    /// A name that only this network knows is often what a proxy calls this instance.
    pub fn foreign_host(&self, is_own: impl Fn(&str) -> bool) -> Option<&str> {
        let all = self.hosts.iter().chain(&self.forwarded).map(String::as_str);
        all.into_iter().find(|host| match host_name(host) {
            Some(name) => !is_own(&name) && is_public_name(&name),
            None => true,
        })
    }
}

/// Returns the name or the address in a host, in lower case and without the port; `None` if it is none.
pub fn host_name(host: &str) -> Option<String> {
    let url = Url::parse(&format!("http://{host}")).ok()?;
    let is_bare =
        url.path() == "/" && url.username().is_empty() && url.query().is_none() && !host.contains(['/', '@', '#']);
    url.host_str().filter(|_| is_bare).map(|name| name.trim_end_matches('.').to_owned())
}

/// Whether a name can be one of the public DNS: neither an address, nor a single label, nor in a private domain.
fn is_public_name(name: &str) -> bool {
    match Host::parse(name) {
        Ok(Host::Domain(name)) => {
            let is_private = |domain: &str| name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'));
            name.contains('.') && !PRIVATE_DOMAINS.into_iter().any(is_private)
        }
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) => false,
        Err(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(host: &str, forwarded: Option<&str>) -> bool {
        let sent_to = SentTo { hosts: vec![host.to_owned()], forwarded: forwarded.map(str::to_owned) };
        sent_to.foreign_host(|name| name == "codes.example.org").is_some()
    }

    #[test]
    fn only_public_names_can_be_foreign() {
        for own in ["codes.example.org", "CODES.example.org:8443", "codes.example.org.", "codes.example.org.:80"] {
            assert!(!foreign(own, None), "{own}");
        }
        for inner in
            ["sixpin:8000", "127.0.0.1:8000", "[::1]:8000", "localhost", "sixpin.default.svc", "nas.lan", "x.local"]
        {
            assert!(!foreign(inner, None), "{inner}");
            assert!(!foreign(inner, Some("codes.example.org")), "{inner}");
            assert!(foreign(inner, Some("evil.example")), "{inner}");
        }
        for evil in
            ["evil.example", "evil.example:8000", "codes.example.org.evil.example", "xcodes.example.org", "evillan.com"]
        {
            assert!(foreign(evil, None), "{evil}");
            assert!(foreign(evil, Some("codes.example.org")), "a page can send {evil} and any other header");
        }
        for odd in [
            "",
            " ",
            "a b.example",
            "evil.example/",
            "codes.example.org/@x",
            "x@codes.example.org",
            "[::1",
            "a,b.example",
        ] {
            assert!(foreign(odd, None), "{odd:?}");
        }
    }
}
