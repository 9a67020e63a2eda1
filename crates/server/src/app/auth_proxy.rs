//! Sign-in by an auth proxy: its rules, and the keys that confirm its assertions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use authproxy::{Identity, KeySet, Peer, Refusal};
use http::HeaderMap;
use jiff::Timestamp;
use url::Url;

use crate::config::AuthProxyConfig;
use crate::config::auth_proxy::{KeySource, NameCase};
use crate::error::ProxyRefusal;
use crate::outside::jwks::Jwks;

/// Evaluates requests behind an auth proxy.
pub struct AuthProxy {
    config: AuthProxyConfig,
    keys: Keys,
    /// Whether the log has a line about the separator of groups.
    has_told_separator: AtomicBool,
}

/// The keys that confirm assertions.
enum Keys {
    /// Those of a file; none without assertions.
    Read(Arc<KeySet>),
    /// Those at an address.
    Fetched(Jwks),
}

impl AuthProxy {
    /// Returns an auth proxy of that configuration. Keys are fetched through `proxy`, if there is one.
    pub fn new(config: AuthProxyConfig, proxy: Option<Url>) -> Self {
        let keys = match &config.keys {
            None => Keys::Read(Arc::new(KeySet::EMPTY)),
            Some(KeySource::File { keys, .. }) => Keys::Read(Arc::new(keys.clone())),
            Some(KeySource::Url(url)) => Keys::Fetched(Jwks::new(url.clone(), proxy)),
        };
        Self { config, keys, has_told_separator: AtomicBool::new(false) }
    }

    /// Its configuration.
    pub fn config(&self) -> &AuthProxyConfig {
        &self.config
    }

    /// Fetches keys that have an address, so that a fault shows at the start.
    pub async fn load_keys(&self, now: Timestamp) {
        if let Keys::Fetched(keys) = &self.keys {
            keys.look_for(None, now).await;
        }
    }

    /// Returns the identity of a request. Before, it fetches keys if the request's assertion may be signed with one that
    /// isn't known yet, at most once a minute for all requests together. A request that can be evaluated without doesn't
    /// wait.
    ///
    /// # Errors
    /// Why the request has no identity.
    pub async fn evaluate(&self, peer: Option<Peer>, headers: &HeaderMap, now: Timestamp) -> Result<Identity, Refusal> {
        let rules = &self.config.rules;
        let keys = match &self.keys {
            Keys::Read(keys) => Arc::clone(keys),
            Keys::Fetched(keys) => {
                if let Some(token) = rules.unverified_token(peer, headers) {
                    keys.look_for(token.key_id(), now).await;
                }
                keys.current(now)
            }
        };
        let identity = rules.evaluate(peer, headers, &keys, now)?;
        self.tell_separator(headers);
        Ok(identity)
    }

    /// Logs once that groups seem to be separated otherwise than configured, so that no administrator is found in them.
    fn tell_separator(&self, headers: &HeaderMap) {
        if let Some(other) = self.config.rules.other_separator(headers)
            && !self.has_told_separator.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                "the header of AUTH_PROXY_HEADER_FOR_GROUPS has `{other}`, and not the separator in use: if it separates \
                 groups, set AUTH_PROXY_GROUPS_SEPARATOR=\"{other}\""
            );
        }
    }

    /// Returns a hint for the operator: why a request is refused, and the variables to look at.
    pub fn hint(&self, refusal: &ProxyRefusal) -> String {
        match refusal {
            ProxyRefusal::Rules(refusal) => self.config.hint(refusal, &self.keys_fault()),
            ProxyRefusal::Denied(denial) => denial.hint(self.config.admission.case == NameCase::Ignored),
        }
    }

    fn keys_fault(&self) -> String {
        match &self.keys {
            Keys::Read(_) => String::new(),
            Keys::Fetched(keys) => keys.fault(),
        }
    }
}
