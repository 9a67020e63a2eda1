//! Requests that the program makes itself.

use std::fmt;

use url::{Host, Url};

use super::vars::Vars;

/// Requests that the program makes itself.
#[derive(Clone)]
pub struct OutgoingConfig {
    /// `OUTGOING_REQUESTS`: whether there are any.
    pub is_on: bool,
    /// `PROXY_FOR_OUTGOING_REQUESTS`: a proxy that makes them.
    pub proxy: Option<Url>,
    /// The opposite of `BLOCK_OPTAUTH_IMAGELINK_FETCHING`: whether the pictures that otpauth URIs name are fetched.
    pub image_links: bool,
}

impl OutgoingConfig {
    pub(super) fn read(vars: &mut Vars) -> Self {
        let proxy = vars.secret("PROXY_FOR_OUTGOING_REQUESTS").and_then(|text| match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
            _ => {
                // The text may hold a password.
                vars.problem(
                    "PROXY_FOR_OUTGOING_REQUESTS is not an http or https address such as http://proxy.example.org:3128",
                );
                None
            }
        });
        Self {
            is_on: vars.flag("OUTGOING_REQUESTS", true),
            proxy,
            // compat: the variable's name is 2FAuth's.
            image_links: !vars.flag("BLOCK_OPTAUTH_IMAGELINK_FETCHING", true),
        }
    }
}

/// Without the proxy's password.
impl fmt::Debug for OutgoingConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { is_on, proxy, image_links } = self;
        f.debug_struct("OutgoingConfig")
            .field("is_on", is_on)
            .field("proxy", &proxy.as_ref().and_then(Url::host_str))
            .field("image_links", image_links)
            .finish()
    }
}

/// The effective setting in words, without the password.
impl fmt::Display for OutgoingConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.is_on, self.proxy.as_ref().and_then(Url::host_str)) {
            (false, _) => f.write_str("none"),
            (true, None) => f.write_str("to the public network"),
            (true, Some(host)) => write!(f, "through the proxy {host}"),
        }
    }
}

/// Whether the address is one of this very machine, as it is written: nothing leaves it for there.
pub fn is_here(address: &Url) -> bool {
    match address.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
