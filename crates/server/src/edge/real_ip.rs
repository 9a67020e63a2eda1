//! The client at the far end: what a trusted proxy tells about it, or the peer itself.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, HeaderName, header};
use jiff::{SignedDuration, Timestamp};
use store::{NewSignIn, SignOut};
use vault::{User, UserId};

use super::peer::Peer;
use crate::app::App;
use crate::auth::notices;
use crate::config::Config;
use crate::error::Result;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// A longer user agent is cut in the logs, in characters.
const AGENT_LENGTH: usize = 512;

/// The client of a request. Only for logs and limits: nothing is ever allowed because of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its address; `None` over a Unix socket whose proxy names none.
    pub ip: Option<IpAddr>,
    /// Whether it came by https.
    pub is_https: bool,
    /// What it calls itself.
    pub user_agent: Option<Arc<str>>,
}

/// Finds out once for all who the client of a request is.
pub async fn identify(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let client = Client::told(&app.config, &parts);
    parts.extensions.insert(client);
    next.run(Request::from_parts(parts, body)).await
}

impl Client {
    /// The client of a request.
    pub fn of(app: &App, parts: &Parts) -> Self {
        parts.extensions.get().cloned().unwrap_or_else(|| Self::told(&app.config, parts))
    }

    fn told(config: &Config, parts: &Parts) -> Self {
        let peer = parts.extensions.get::<Peer>().copied();
        let is_proxied = peer.is_some_and(|peer| config.trusted_proxies.contains(peer));
        let peer_ip = peer.and_then(Peer::ip);
        let told = if is_proxied { told_ip(config, &parts.headers) } else { None };
        let proto = is_proxied.then(|| last(&parts.headers, &FORWARDED_PROTO)).flatten();
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Self {
            ip: told.or(peer_ip),
            is_https: proto.map_or(peer.is_some_and(Peer::is_tls), |proto| proto.eq_ignore_ascii_case("https")),
            user_agent: agent.filter(|agent| !agent.is_empty()).map(shortened),
        }
    }

    /// What it calls itself, for the log.
    pub fn agent(&self) -> Option<String> {
        self.user_agent.as_deref().map(str::to_owned)
    }

    /// What limits count: the address, or the /64 of an IPv6 one, of which one customer has all.
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

    /// Notes in the sign-in log that somebody came through the auth proxy, and that they were seen, unless they were
    /// within the last `pause`; tells them, if it is from a new device and they want to know.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn log_visit(&self, app: &App, user: &User, now: Timestamp, pause: SignedDuration) -> Result<()> {
        let entry = NewSignIn { guard: "reverse-proxy-guard".into(), ..self.sign_in(user.id, now, true, None) };
        let is_news = notices::is_news(app, user, &entry).await?;
        if app.store.log_visit(entry, pause).await? && is_news {
            notices::tell_of_device(app, user, self, now);
        }
        Ok(())
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

impl FromRequestParts<App> for Client {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> std::result::Result<Self, Self::Rejection> {
        Ok(Self::of(app, parts))
    }
}

fn shortened(agent: &str) -> Arc<str> {
    match agent.char_indices().nth(AGENT_LENGTH) {
        Some((end, _)) => agent[..end].into(),
        None => agent.into(),
    }
}

/// The address that a trusted proxy names: in the configured header, else the right-most address of `X-Forwarded-For`
/// that isn't itself a trusted proxy. What stands further left was written by whoever came before.
fn told_ip(config: &Config, headers: &HeaderMap) -> Option<IpAddr> {
    if let Some(name) = &config.client_ip_header {
        return address(headers.get(name)?.to_str().ok()?);
    }
    let values = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = values.flat_map(|value| value.split(',')).collect();
    let mut hops = hops.into_iter().rev().map(address).take_while(Option::is_some).flatten().peekable();
    let nearest = hops.peek().copied();
    hops.find(|ip| !config.trusted_proxies.contains(Peer::tcp((*ip, 0).into()))).or(nearest)
}

/// An address, with or without a port, in brackets or not.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let ip = bare.parse().ok().or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))?;
    Some(IpAddr::to_canonical(&ip))
}

fn last<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get_all(name).iter().next_back()?.to_str().ok()?.rsplit(',').next().map(str::trim)
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
