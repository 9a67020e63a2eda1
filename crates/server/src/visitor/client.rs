//! The client at the far end, as it is known once a request has come in.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;
use jiff::Timestamp;
use store::{NewSignIn, SignOut};
use vault::UserId;

/// The client of a request. Only for logs and limits: nothing is ever allowed because of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// Its address; `None` over a Unix socket whose proxy names none.
    pub ip: Option<IpAddr>,
    /// Whether it came by https.
    pub is_https: bool,
    /// Its `User-Agent`.
    pub user_agent: Option<Arc<str>>,
}

impl Client {
    /// The client of a request, as the layer `real_ip` found it out; unknown without it.
    pub fn of(parts: &Parts) -> Self {
        parts.extensions.get().cloned().unwrap_or_default()
    }

    /// Returns its `User-Agent`, for the log.
    pub fn agent(&self) -> Option<String> {
        self.user_agent.as_deref().map(str::to_owned)
    }

    /// Returns the key of rate limits: the address, or the /64 network of an IPv6 one, all of which one customer has.
    pub fn network(&self) -> Option<IpAddr> {
        self.ip.map(|ip| match ip {
            IpAddr::V4(_) => ip,
            IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
        })
    }

    /// The address as text.
    pub fn ip_text(&self) -> Option<String> {
        self.ip.map(|ip| ip.to_string())
    }

    /// An entry of the sign-in log about this client.
    pub fn sign_in(&self, user: UserId, now: Timestamp, successful: bool, method: Option<&str>) -> NewSignIn {
        NewSignIn {
            user,
            ip: self.ip_text(),
            user_agent: self.agent(),
            login_at: now,
            successful,
            guard: "web-guard".into(),
            method: method.map(str::to_owned),
        }
    }

    /// The end of a session, for the sign-in log.
    pub fn sign_out(&self, user: UserId, now: Timestamp) -> SignOut {
        SignOut { user, ip: self.ip_text(), user_agent: self.agent(), guard: "web-guard".into(), logout_at: now }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_count_a_network_of_ipv6_as_one() {
        let network = |ip: &str| {
            let client = Client { ip: Some(ip.parse().unwrap()), is_https: false, user_agent: None };
            client.network().unwrap().to_string()
        };
        assert_eq!(network("192.0.2.7"), "192.0.2.7");
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:2:ffff::1"), "2001:db8:1:2::");
    }
}
