//! The client of a request, at the far end of any trusted proxies.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use jiff::Timestamp;
use store::{NewSignIn, SignOut};
use vault::UserId;

/// The client of a request. Only for logs and limits: it never grants access.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// Its address; `None` over a Unix socket if the proxy reports none.
    pub ip: Option<IpAddr>,
    /// Whether it uses HTTPS, as it always does where the public address (`APP_URL`) is https.
    pub is_https: bool,
    /// Its `User-Agent`.
    pub user_agent: Option<Arc<str>>,
}

impl Client {
    /// Returns the client that the layer `real_ip` has determined; an unknown one outside that layer.
    pub fn from_parts(parts: &Parts) -> Self {
        parts.extensions.get().cloned().unwrap_or_default()
    }

    /// Returns its `User-Agent`, for the log.
    pub fn user_agent_text(&self) -> Option<String> {
        self.user_agent.as_deref().map(str::to_owned)
    }

    /// Returns the key of rate limits.
    pub fn network(&self) -> Option<IpAddr> {
        self.ip.map(network_of)
    }

    /// Returns the key of rate limits for all networks of an IPv6 /48, the most that a site commonly has. Its last bits
    /// are set, so that it is never the key of a single network.
    pub fn wide_network(&self) -> Option<IpAddr> {
        match self.ip?.to_canonical() {
            IpAddr::V4(_) => None,
            IpAddr::V6(ip) => Some(Ipv6Addr::from_bits(ip.to_bits() | (u128::MAX >> 48)).into()),
        }
    }

    /// Returns the address as text.
    pub fn ip_text(&self) -> Option<String> {
        self.ip.map(|ip| ip.to_string())
    }

    /// Returns the entry of the sign-in log for a sign-in, or a failed one, of this client.
    pub fn sign_in_entry(&self, user: UserId, now: Timestamp, successful: bool, method: Option<&str>) -> NewSignIn {
        NewSignIn {
            user,
            ip: self.ip_text(),
            user_agent: self.user_agent_text(),
            login_at: now,
            successful,
            guard: "web-guard".into(),
            method: method.map(str::to_owned),
        }
    }

    /// Returns the entry of the sign-in log for the end of a session.
    pub fn sign_out_entry(&self, user: UserId, now: Timestamp) -> SignOut {
        SignOut {
            user,
            ip: self.ip_text(),
            user_agent: self.user_agent_text(),
            guard: "web-guard".into(),
            logout_at: now,
        }
    }
}

/// Returns the network that counts as one client: an IPv4 address, or the /64 network of an IPv6 address, since one
/// customer has all of it.
pub fn network_of(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::from_parts(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_counts_as_one_client() {
        let network = |ip: &str| {
            let client = Client { ip: Some(ip.parse().unwrap()), is_https: false, user_agent: None };
            client.network().unwrap().to_string()
        };
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:2:ffff::1"), "2001:db8:1:2::");
        let wide = |ip: &str| Client { ip: Some(ip.parse().unwrap()), ..Client::default() }.wide_network();
        assert_eq!(wide("2001:db8:1:2::3"), wide("2001:db8:1:ffff::"));
        assert_ne!(wide("2001:db8:1:2::3"), wide("2001:db8:2:2::3"));
        assert_eq!(wide("192.0.2.7"), None);
    }
}
