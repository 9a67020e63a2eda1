//! The one way out to hosts that somebody names: to the public network alone, whatever a name resolves to, and within
//! bounds of time and size.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, StatusCode};
use url::{Host, Url};

use super::address::is_public;
use crate::config::Config;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take, with all of its body.
const WHOLE: Duration = Duration::from_secs(10);

/// Asks hosts of the public network. Names are resolved, all addresses checked, and only those connected to; there is
/// no following of redirects.
pub struct Http {
    proxy: Option<Url>,
    own_host: Option<String>,
    network: Network,
    client: OnceLock<Option<Client>>,
}

/// What a name leads to, and what may be reached.
#[derive(Clone, Copy)]
struct Network {
    lookup: Lookup,
    is_reachable: fn(IpAddr) -> bool,
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
        config.outgoing.is_on.then(|| Self {
            proxy: config.outgoing.proxy.clone(),
            own_host: config.app.url.as_ref().and_then(|url| url.host_str().map(str::to_owned)),
            network: Network { lookup: by_system, is_reachable: is_public },
            client: OnceLock::new(),
        })
    }

    /// What is at an address, if it is at most so many bytes.
    ///
    /// # Errors
    /// Why it can't be had.
    pub async fn fetch(&self, address: &str, longest: usize) -> Result<Vec<u8>, FetchError> {
        let url = Url::parse(address).map_err(|_| FetchError::Refused("this is no address"))?;
        self.check(&url).await?;
        let client = self.client.get_or_init(|| self.client()).as_ref().ok_or(FetchError::Unusable)?;
        let mut answer = client.get(url).send().await.map_err(FetchError::Failed)?;
        if answer.status() != StatusCode::OK {
            return Err(FetchError::Status(answer.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(FetchError::Failed)? {
            if body.len() + chunk.len() > longest {
                return Err(FetchError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// What can be known of an address before it is connected to.
    async fn check(&self, url: &Url) -> Result<(), FetchError> {
        let refused = |reason| Err(FetchError::Refused(reason));
        if !matches!(url.scheme(), "http" | "https") {
            return refused("only http and https are asked");
        }
        let name = match url.host() {
            None => return refused("there is no host"),
            // The resolver is never asked about these.
            Some(Host::Ipv4(ip)) => return self.check_ip(ip.into()),
            Some(Host::Ipv6(ip)) => return self.check_ip(ip.into()),
            Some(Host::Domain(name)) => name.trim_end_matches('.'),
        };
        let is_own = |host: Option<&str>| host.is_some_and(|host| host.eq_ignore_ascii_case(name));
        if is_own(self.own_host.as_deref()) || is_own(self.proxy.as_ref().and_then(Url::host_str)) {
            return refused("this is a host of our own");
        }
        let is_private =
            [".localhost", ".local", ".internal", ".lan", ".home.arpa"].iter().any(|end| name.ends_with(end));
        if is_private || !name.contains('.') {
            return refused("this is a name of a private network");
        }
        // A proxy resolves names itself. Where we can as well, what they lead to is looked at here.
        if self.proxy.is_some()
            && let Ok(addresses) = (self.network.lookup)(name.to_owned()).await
        {
            self.network.checked(&addresses).map_err(FetchError::Refused)?;
        }
        Ok(())
    }

    fn check_ip(&self, ip: IpAddr) -> Result<(), FetchError> {
        self.network.checked(&[ip]).map_err(FetchError::Refused)
    }

    /// Made when it is first needed: reading the system's certificates takes a while.
    fn client(&self) -> Option<Client> {
        // Whoever was first has installed the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("Sixpin/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .dns_resolver(Guard { network: self.network, proxy: self.proxy_host() });
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(Proxy::all(proxy.clone()).ok()?);
        }
        builder.build().inspect_err(|error| tracing::warn!(%error, "no request can leave this machine")).ok()
    }

    fn proxy_host(&self) -> Option<String> {
        self.proxy.as_ref()?.host_str().map(str::to_owned)
    }
}

impl Network {
    /// All of the addresses must be reachable: of two, the second may be what is meant.
    fn checked(self, addresses: &[IpAddr]) -> Result<(), &'static str> {
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
    /// The one host that may be anywhere.
    proxy: Option<String>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let network = self.network;
        let is_proxy = self.proxy.as_deref() == Some(name.as_str());
        Box::pin(async move {
            let addresses = (network.lookup)(name.as_str().to_owned()).await?;
            if !is_proxy {
                network.checked(&addresses)?;
            }
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
