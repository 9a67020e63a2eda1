//! The one client for URLs that users or operators configure: it reaches the public network only, whatever a name
//! resolves to, within limits of time and size.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use authproxy::{Peer, TrustList};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Proxy, StatusCode};
use url::{Host, Url};

use super::address::{is_of_this_machine, is_public};
use crate::config::outgoing::is_here;
use crate::config::sso::Certificates;
use crate::config::{Config, Listen};

/// Maximum time for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Maximum time for an answer, its body included.
const WHOLE: Duration = Duration::from_secs(10);

/// A client for the public network. It resolves a name, checks all its addresses, and connects only to those. It
/// follows no redirects.
///
/// An outgoing proxy resolves names itself, so that a check here can't bind it. The proxy must keep away from its own
/// network; URLs with a literal private address are refused here.
pub struct Http {
    proxy: Option<Url>,
    /// Hosts that the operator configured: they may have any address.
    named: Vec<Host>,
    /// Whether all other hosts are refused.
    only_named: bool,
    certificates: Certificates,
    network: Network,
    client: OnceLock<Option<Client>>,
}

/// The resolution of names, and the addresses that may be reached.
#[derive(Clone)]
struct Network {
    lookup: Lookup,
    is_reachable: fn(IpAddr) -> bool,
    own: Arc<Own>,
}

/// The addresses of this installation. A reverse proxy, or the program itself, could trust a request from here.
#[derive(Debug, Default)]
struct Own {
    /// The host of `APP_URL`, and that of the outgoing proxy.
    hosts: Vec<Host>,
    /// The addresses of the listeners.
    listens: Vec<IpAddr>,
    /// Proxies that are believed.
    proxies: [TrustList; 2],
}

impl Own {
    fn of(config: &Config) -> Self {
        let urls = [config.app.url.as_ref(), config.outgoing.proxy.as_ref()];
        let identity = config.auth_proxy.as_ref().map(|auth_proxy| auth_proxy.settings().trust.clone());
        Self {
            hosts: urls.into_iter().flatten().filter_map(|url| url.host().map(|host| host.to_owned())).collect(),
            listens: config.listen.iter().chain(config.token_listen()).filter_map(Listen::ip).collect(),
            proxies: [config.trusted_proxies.clone(), identity.unwrap_or_default()],
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
        self.listens.iter().any(|own| own.to_canonical() == ip)
            || self.hosts.iter().any(is_host)
            || self.proxies.iter().any(|list| !list.is_unbounded() && list.contains(Peer::tcp((ip, 0).into())))
    }
}

type Lookup = fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// It isn't an address that may be asked.
    #[error("{0}")]
    Refused(&'static str),
    /// It was asked, and says that it has no such thing.
    #[error("the answer is {0}")]
    Status(StatusCode),
    /// It has more to say than was wanted.
    #[error("the answer is too long")]
    TooLong,
    /// It can't be reached.
    #[error("the request failed")]
    Failed(#[source] reqwest::Error),
    /// Nothing can be asked on this machine.
    #[error("no request can be made")]
    Unusable,
}

impl Http {
    /// The way out of this instance; `None` when it has none.
    pub fn of(config: &Config) -> Option<Self> {
        config.outgoing.is_on.then(|| Self::to_provider(config, Vec::new(), &Certificates::System))
    }

    /// The way to hosts that the operator named, wherever they are, and to what they refer to in the public network.
    pub fn to_provider(config: &Config, named: Vec<Host>, certificates: &Certificates) -> Self {
        Self {
            proxy: config.outgoing.proxy.clone(),
            named,
            only_named: false,
            certificates: certificates.clone(),
            network: Network {
                lookup: by_system,
                is_reachable: |ip| is_public(ip) && !is_of_this_machine(ip),
                own: Arc::new(Own::of(config)),
            },
            client: OnceLock::new(),
        }
    }

    /// The way to the host of an address that the operator set, which may be on their own network, and to no other.
    /// `proxy` makes the requests, if there is one, except those to this very machine.
    pub fn to_host_of(address: &Url, proxy: Option<Url>) -> Self {
        Self {
            proxy: proxy.filter(|_| !is_here(address)),
            named: address.host().map(|host| host.to_owned()).into_iter().collect(),
            only_named: true,
            certificates: Certificates::System,
            network: Network { lookup: by_system, is_reachable: |_| true, own: Arc::default() },
            client: OnceLock::new(),
        }
    }

    /// Returns the body at a URL, unless it is longer than the limit.
    ///
    /// # Errors
    /// Why it can't be had.
    pub async fn fetch(&self, address: &str, longest: usize) -> Result<Vec<u8>, FetchError> {
        let url = Url::parse(address).map_err(|_| FetchError::Refused("this is no address"))?;
        let request = http::Request::get(url.as_str()).body(Vec::new());
        let request = request.map_err(|_| FetchError::Refused("this is no address"))?;
        let answer = self.send(request, longest).await?;
        match answer.status() {
            StatusCode::OK => Ok(answer.into_body()),
            status => Err(FetchError::Status(status)),
        }
    }

    /// Returns the answer to a request, unless its body is longer than the limit.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn send(
        &self,
        request: http::Request<Vec<u8>>,
        longest: usize,
    ) -> Result<http::Response<Vec<u8>>, FetchError> {
        let request = reqwest::Request::try_from(request).map_err(|_| FetchError::Refused("this is no address"))?;
        self.check(request.url())?;
        let client = self.client.get_or_init(|| self.client()).as_ref().ok_or(FetchError::Unusable)?;
        let mut answer = client.execute(request).await.map_err(FetchError::Failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(FetchError::Failed)? {
            if body.len() + chunk.len() > longest {
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
        let refused = |reason| Err(FetchError::Refused(reason));
        if !matches!(url.scheme(), "http" | "https") {
            return refused("only http and https are asked");
        }
        if url.host().is_some_and(|host| self.named.contains(&host.to_owned())) {
            return Ok(());
        }
        if self.only_named {
            return refused("this host is not to be asked");
        }
        let name = match url.host() {
            None => return refused("there is no host"),
            // The resolver is never asked about these.
            Some(Host::Ipv4(ip)) => return self.check_ip(ip.into()),
            Some(Host::Ipv6(ip)) => return self.check_ip(ip.into()),
            Some(Host::Domain(name)) => name.trim_end_matches('.'),
        };
        if self.network.own.has_name(name) {
            return refused("this is a host of our own");
        }
        let is_private =
            [".localhost", ".local", ".internal", ".lan", ".home.arpa"].iter().any(|end| name.ends_with(end));
        if is_private || !name.contains('.') {
            return refused("this is a name of a private network");
        }
        Ok(())
    }

    fn check_ip(&self, ip: IpAddr) -> Result<(), FetchError> {
        self.network.checked(&[ip]).map_err(FetchError::Refused)
    }

    /// Made when it is first needed: reading the system's certificates takes a while.
    fn client(&self) -> Option<Client> {
        // An earlier call has installed the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("Sixpin/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .dns_resolver(Guard { network: self.network.clone(), free: self.free() });
        builder = match &self.certificates {
            Certificates::System => builder,
            Certificates::Any => builder.tls_danger_accept_invalid_certs(true),
            Certificates::AlsoFrom(path) => builder.tls_certs_merge(certificates(path)?),
        };
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(Proxy::all(proxy.clone()).ok()?);
        }
        builder.build().inspect_err(|error| tracing::warn!(%error, "no request can leave this machine")).ok()
    }

    /// The hosts that may be anywhere.
    fn free(&self) -> Vec<String> {
        let proxy = self.proxy.as_ref().and_then(Url::host_str).map(str::to_owned);
        self.named.iter().map(Host::to_string).chain(proxy).collect()
    }
}

/// The certificates of a file of PEM.
fn certificates(path: &Path) -> Option<Vec<Certificate>> {
    let unusable = |error: &dyn std::fmt::Display| {
        tracing::error!(path = %path.display(), %error, "the certificates can't be used");
    };
    let pem = std::fs::read(path).inspect_err(|error| unusable(error)).ok()?;
    Certificate::from_pem_bundle(&pem).inspect_err(|error| unusable(error)).ok()
}

impl Network {
    /// All of the addresses must be reachable: of two, the second may be what is meant.
    fn checked(&self, addresses: &[IpAddr]) -> Result<(), &'static str> {
        if addresses.iter().any(|address| self.own.has_address(*address)) {
            return Err("this is an address of our own");
        }
        let allowed = !addresses.is_empty() && addresses.iter().all(|address| (self.is_reachable)(*address));
        if allowed { Ok(()) } else { Err("the address is not of the public network") }
    }
}

fn by_system(name: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
    Box::pin(async move {
        let addresses = tokio::net::lookup_host((name, 0)).await?;
        Ok(addresses.map(|address| address.ip()).collect())
    })
}

/// Resolves names, and answers nothing that may not be connected to.
struct Guard {
    network: Network,
    /// The hosts that may be anywhere.
    free: Vec<String>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let network = self.network.clone();
        let is_free = self.free.iter().any(|free| free == name.as_str());
        Box::pin(async move {
            let addresses = (network.lookup)(name.as_str().to_owned()).await?;
            if !is_free {
                network.checked(&addresses)?;
            }
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
