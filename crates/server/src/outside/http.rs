//! The one HTTP client. For URLs that users choose, it reaches the public network only, whatever a name resolves to
//! (server-side request forgery). All its requests are limited in time and size.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use authproxy::{Peer, TrustList};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, StatusCode};
use url::{Host, Url};

use super::address::{is_of_this_machine, is_public};
use super::tls;
use crate::config::outgoing::is_here;
use crate::config::sso::Certificates;
use crate::config::{Config, Listen};

/// Maximum time for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum time for a request, from the connection to the end of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);

const INVALID_URL: &str = "this is not a valid URL";

/// A client for the public network. It resolves a name, checks all its addresses, and connects only to those. It
/// follows no redirects.
///
/// An outgoing proxy resolves names itself, so that a check here can't bind it. The proxy must keep away from its own
/// network; URLs with a literal private address are refused here.
pub struct Http {
    proxy: Option<Url>,
    /// Hosts in the configuration, which may be in any network.
    configured: Vec<Host>,
    /// Whether all other hosts are refused.
    only_configured: bool,
    certificates: Certificates,
    network: Network,
    client: OnceLock<Option<Client>>,
}

/// Resolves names, and decides which addresses may be reached.
#[derive(Clone)]
struct Network {
    lookup: Lookup,
    is_reachable: fn(IpAddr) -> bool,
    own: Arc<OwnAddresses>,
}

/// The addresses of this installation. They are refused, because a reverse proxy or Sixpin itself may trust requests
/// from this machine.
#[derive(Debug, Default)]
struct OwnAddresses {
    /// The hosts of `APP_URL` and of the outgoing proxy.
    hosts: Vec<Host>,
    /// The addresses of the listeners.
    listeners: Vec<IpAddr>,
    /// The trusted proxies: those for the client's address, and those for identities.
    proxies: [TrustList; 2],
}

impl OwnAddresses {
    fn from_config(config: &Config) -> Self {
        let urls = [config.app.url.as_ref(), config.outgoing.proxy.as_ref()];
        let auth_proxies = config.auth_proxy.as_ref().map(|auth_proxy| auth_proxy.settings().trust.clone());
        Self {
            hosts: urls.into_iter().flatten().filter_map(|url| url.host().map(|host| host.to_owned())).collect(),
            listeners: config.listen.iter().chain(config.token_listen()).filter_map(Listen::ip).collect(),
            proxies: [config.trusted_proxies.clone(), auth_proxies.unwrap_or_default()],
        }
    }

    fn has_name(&self, name: &str) -> bool {
        self.hosts.iter().any(|host| matches!(host, Host::Domain(own) if own.trim_end_matches('.') == name))
    }

    fn has_address(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        let is_host = |host: &Host| match host {
            Host::Domain(_) => false,
            Host::Ipv4(own) => IpAddr::from(*own) == ip,
            Host::Ipv6(own) => IpAddr::from(*own).to_canonical() == ip,
        };
        self.listeners.iter().any(|own| own.to_canonical() == ip)
            || self.hosts.iter().any(is_host)
            || self.proxies.iter().any(|list| !list.is_unbounded() && list.contains(Peer::tcp((ip, 0).into())))
    }
}

type Lookup = fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Why a request has no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The URL isn't allowed, with the reason.
    #[error("{0}")]
    Refused(&'static str),
    /// The status isn't 200.
    #[error("the answer is {0}")]
    Status(StatusCode),
    /// The body is longer than the limit.
    #[error("the answer is too long")]
    TooLong,
    /// The host can't be reached, or its certificate or an address of it isn't accepted.
    #[error("the request failed")]
    Failed(#[source] reqwest::Error),
    /// The client can't be built on this machine.
    #[error("no request can be made")]
    Unusable,
}

impl Http {
    /// Creates the client for hosts that users name; `None` if outgoing requests are switched off.
    pub fn to_public_network(config: &Config) -> Option<Self> {
        config.outgoing.is_on.then(|| Self::to_provider(config, Vec::new(), &Certificates::System))
    }

    /// Creates the client for configured hosts in any network, and for hosts of the public network that they refer to.
    pub fn to_provider(config: &Config, configured: Vec<Host>, certificates: &Certificates) -> Self {
        Self {
            proxy: config.outgoing.proxy.clone(),
            configured,
            only_configured: false,
            certificates: certificates.clone(),
            network: Network {
                lookup: system_lookup,
                is_reachable: |ip| is_public(ip) && !is_of_this_machine(ip),
                own: Arc::new(OwnAddresses::from_config(config)),
            },
            client: OnceLock::new(),
        }
    }

    /// Creates the client for the host of a configured URL, which may be in any network, and for no other host. The
    /// requests go through `proxy`, if there is one, except those to this machine.
    pub fn to_host_of(address: &Url, proxy: Option<Url>) -> Self {
        Self {
            proxy: proxy.filter(|_| !is_here(address)),
            configured: address.host().map(|host| host.to_owned()).into_iter().collect(),
            only_configured: true,
            certificates: Certificates::System,
            network: Network { lookup: system_lookup, is_reachable: |_| true, own: Arc::default() },
            client: OnceLock::new(),
        }
    }

    /// Fetches the body at a URL, of `max_length` bytes at most.
    ///
    /// # Errors
    /// The reason why there is none.
    pub async fn fetch(&self, url: &str, max_length: usize) -> Result<Vec<u8>, FetchError> {
        let url = Url::parse(url).map_err(|_| FetchError::Refused(INVALID_URL))?;
        let request = http::Request::get(url.as_str()).body(Vec::new());
        let request = request.map_err(|_| FetchError::Refused(INVALID_URL))?;
        let answer = self.send(request, max_length).await?;
        match answer.status() {
            StatusCode::OK => Ok(answer.into_body()),
            status => Err(FetchError::Status(status)),
        }
    }

    /// Sends a request and returns the answer, of any status, with a body of `max_length` bytes at most.
    ///
    /// # Errors
    /// The reason why there is none.
    pub async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        max_length: usize,
    ) -> Result<http::Response<Vec<u8>>, FetchError> {
        let request = reqwest::Request::try_from(request).map_err(|_| FetchError::Refused(INVALID_URL))?;
        self.check(request.url())?;
        let client = self.client.get_or_init(|| self.build_client()).as_ref().ok_or(FetchError::Unusable)?;
        let mut answer = client.execute(request).await.map_err(FetchError::Failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(FetchError::Failed)? {
            if body.len() + chunk.len() > max_length {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = http::Response::new(body);
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }

    /// Checks a URL before a connection is made.
    fn check(&self, url: &Url) -> Result<(), FetchError> {
        let refuse = |reason| Err(FetchError::Refused(reason));
        if !matches!(url.scheme(), "http" | "https") {
            return refuse("only http and https are supported");
        }
        if url.host().is_some_and(|host| self.configured.contains(&host.to_owned())) {
            return Ok(());
        }
        if self.only_configured {
            return refuse("requests to this host aren't allowed");
        }
        let name = match url.host() {
            None => return refuse("there is no host"),
            // The resolver doesn't see these.
            Some(Host::Ipv4(ip)) => return self.check_ip(ip.into()),
            Some(Host::Ipv6(ip)) => return self.check_ip(ip.into()),
            Some(Host::Domain(name)) => name.trim_end_matches('.'),
        };
        if self.network.own.has_name(name) {
            return refuse("this is a host of the installation itself");
        }
        let is_private =
            [".localhost", ".local", ".internal", ".lan", ".home.arpa"].iter().any(|end| name.ends_with(end));
        if is_private || !name.contains('.') {
            return refuse("this is a name of a private network");
        }
        Ok(())
    }

    fn check_ip(&self, ip: IpAddr) -> Result<(), FetchError> {
        self.network.check(&[ip]).map_err(FetchError::Refused)
    }

    /// Builds the client when it is first needed: reading the system's certificates takes a while.
    fn build_client(&self) -> Option<Client> {
        let log_error = |error: String| tracing::error!(error, "the client for outgoing requests can't be built");
        let settings = tls::client_config(&self.certificates).map_err(log_error).ok()?;
        let mut builder = Client::builder()
            .user_agent(concat!("Sixpin/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .tls_backend_preconfigured(settings)
            .dns_resolver(CheckingResolver { network: self.network.clone(), unchecked: self.unchecked_names() });
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(Proxy::all(proxy.clone()).ok()?);
        }
        builder
            .build()
            .inspect_err(|error| tracing::warn!(%error, "the client for outgoing requests can't be built"))
            .ok()
    }

    /// Returns the names of hosts that may be in any network.
    fn unchecked_names(&self) -> Vec<String> {
        let proxy = self.proxy.as_ref().and_then(Url::host_str).map(str::to_owned);
        self.configured.iter().map(Host::to_string).chain(proxy).collect()
    }
}

impl Network {
    /// Refuses the addresses of a name unless all of them may be reached: the connection may go to any of them.
    fn check(&self, addresses: &[IpAddr]) -> Result<(), &'static str> {
        if addresses.iter().any(|address| self.own.has_address(*address)) {
            return Err("this is an address of the installation itself");
        }
        let allowed = !addresses.is_empty() && addresses.iter().all(|address| (self.is_reachable)(*address));
        if allowed { Ok(()) } else { Err("the address isn't in the public network") }
    }
}

/// Resolves a name as the system does.
fn system_lookup(name: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
    Box::pin(async move {
        let addresses = tokio::net::lookup_host((name, 0)).await?;
        Ok(addresses.map(|address| address.ip()).collect())
    })
}

/// A resolver that refuses names with an address that may not be reached.
struct CheckingResolver {
    network: Network,
    /// Names of hosts that may be in any network.
    unchecked: Vec<String>,
}

impl Resolve for CheckingResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let network = self.network.clone();
        let is_checked = self.unchecked.iter().all(|unchecked| unchecked != name.as_str());
        Box::pin(async move {
            let addresses = (network.lookup)(name.as_str().to_owned()).await?;
            if is_checked {
                network.check(&addresses)?;
            }
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
