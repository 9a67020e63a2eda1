//! Authentication by a trusted reverse proxy: who is asking, as the headers of one request tell.
//!
//! A request is evaluated alone, from its peer and its headers. There is no second way to be somebody: without exactly
//! one good identity from a peer that is believed, a request is refused, never anonymous.

mod admission;
mod email;
pub mod header;
mod identity;
mod refusal;
#[cfg(test)]
mod tests;
pub mod value;

use caseless::Caseless;
use http::{HeaderMap, HeaderName, header::CONNECTION};
use unicode_normalization::UnicodeNormalization;

pub use self::admission::AdmissionError;
pub use self::email::{fallback_email, is_fallback};
use self::header::{Header, shown};
pub use self::identity::{EmailClaim, Identity};
pub use self::refusal::{Reason, Refusal};
use crate::config::auth_proxy::{AdminGroups, AuthProxyConfig};
use crate::edge::peer::Peer;

/// Tells from a request who is asking.
#[derive(Debug, Clone)]
pub struct AuthProxy {
    config: AuthProxyConfig,
}

impl AuthProxy {
    /// An auth proxy of that configuration.
    pub fn new(config: AuthProxyConfig) -> Self {
        Self { config }
    }

    /// Its configuration.
    pub fn config(&self) -> &AuthProxyConfig {
        &self.config
    }

    /// Who is asking: whom the one identity header names, if the peer is trusted and nothing casts doubt on it.
    ///
    /// # Errors
    /// Why the request is nobody's. Headers of an untrusted peer are not even looked at.
    pub fn evaluate(&self, peer: Option<Peer>, headers: &HeaderMap) -> Result<Identity, Refusal> {
        self.check_peer(peer)?;
        self.check_proof(headers)?;
        self.check_names(headers)?;
        let name = self.name(headers)?;
        Ok(Identity {
            is_admin: self.is_admin(&name, headers),
            name,
            subject: self.config.id.as_ref().map(|header| subject(self, header, headers)).transpose()?,
            email: self.email(headers),
            display: self
                .config
                .name
                .as_ref()
                .and_then(|header| self.text(header, headers).ok().filter(|text| value::check(text).is_ok())),
        })
    }

    /// Takes the shared secret out of the headers, under whatever spelling it came, so that nothing behind can show it.
    pub fn conceal_secret(&self, headers: &mut HeaderMap) {
        let Some(secret) = &self.config.secret else { return };
        let names: Vec<HeaderName> =
            headers.keys().filter(|name| secret.header.collides_with(name.as_str())).cloned().collect();
        for name in names {
            headers.remove(name);
        }
    }

    fn check_peer(&self, peer: Option<Peer>) -> Result<(), Refusal> {
        if peer.is_some_and(|peer| self.config.trust.contains(peer)) {
            return Ok(());
        }
        let hint = format!(
            "the peer {} is not trusted ({}); if it is the reverse proxy, add it to TRUSTED_PROXIES",
            peer.map_or("unknown".to_owned(), |peer| peer.to_string()),
            self.config.trust
        );
        Err(Refusal::new(Reason::UntrustedPeer, hint))
    }

    fn check_proof(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(secret) = &self.config.secret else { return Ok(()) };
        let mut values = headers.get_all(&secret.header.wire).iter();
        let fault = match (values.next(), values.next()) {
            (Some(value), None) if secret.is(value.as_bytes()) => return Ok(()),
            (Some(_), None) => "is wrong",
            (Some(_), Some(_)) => "came more than once",
            (None, _) => "is missing",
        };
        let hint = format!("the secret in {} {fault}; compare it with AUTH_PROXY_SECRET", shown(&secret.header.wire));
        Err(Refusal::new(Reason::ProofInvalid, hint))
    }

    /// Checks that each identity header came exactly once, that of groups not more often, and that no other header could
    /// be taken for one of them.
    fn check_names(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let count = |header: &Header| headers.get_all(&header.wire).iter().take(2).count();
        if let Some(header) = self.config.guarded_headers().find(|header| count(header) > 1) {
            return Err(refusal(
                Reason::Duplicate,
                header,
                "came more than once; the proxy must replace what clients send",
            ));
        }
        if !self.config.ignore_aliases
            && let Some((header, alias)) = self.alias(headers)
        {
            return Err(alias_refusal(header, alias, count(header) > 0));
        }
        if let Some(header) = self.config.identity_headers().find(|header| count(header) == 0) {
            return Err(refusal(Reason::Missing, header, &format!("is missing; headers seen: {}", names(headers))));
        }
        if let Some(header) = self.config.guarded_headers().find(|header| is_hop_by_hop(header, headers)) {
            return Err(refusal(
                Reason::HopByHop,
                header,
                "is named by the Connection header; the proxy must drop that header of clients",
            ));
        }
        Ok(())
    }

    /// An identity header and a header that could be taken for it.
    fn alias<'a>(&'a self, headers: &'a HeaderMap) -> Option<(&'a Header, &'a HeaderName)> {
        headers.keys().find_map(|name| {
            self.config.guarded_headers().find(|header| header.has_alias(name)).map(|header| (header, name))
        })
    }

    fn name(&self, headers: &HeaderMap) -> Result<String, Refusal> {
        let header = &self.config.user;
        let mut name = self.text(header, headers).map_err(|reason| unusable(reason, header))?;
        if let Some(prefix) = &self.config.strip_prefix {
            let rest = name.strip_prefix(prefix.as_str()).ok_or_else(|| unusable(Reason::Prefix, header))?;
            name = value::composed(rest);
        }
        if self.config.lower_case_names {
            name = value::composed(&name.to_lowercase());
        }
        value::check(&name).map_err(|reason| unusable(reason, header))?;
        if self.config.deny_users.contains(&name_key(&name)) {
            return Err(unusable(Reason::Sentinel, header));
        }
        Ok(name)
    }

    /// Whether lists make the person of that name an administrator; `None` where no list says so.
    fn is_admin(&self, name: &str, headers: &HeaderMap) -> Option<bool> {
        let admins = self.config.admins.as_ref()?;
        let is_member = |groups: &AdminGroups| {
            let told = headers.get(&groups.header.wire).map_or(&[][..], http::HeaderValue::as_bytes);
            let told = told.split(|byte| *byte == groups.separator);
            told.filter_map(|group| value::text(group, self.config.encoding).ok())
                .any(|group| groups.names.contains(&group))
        };
        Some(admins.users.contains(name) || admins.groups.as_ref().is_some_and(is_member))
    }

    fn email(&self, headers: &HeaderMap) -> EmailClaim {
        let Some(header) = &self.config.email else { return EmailClaim::NotConfigured };
        match self.text(header, headers) {
            Ok(text) => {
                let prefix = self.config.strip_prefix.as_deref().unwrap_or_default();
                let email = text.strip_prefix(prefix).unwrap_or(&text).to_lowercase();
                if email::is_usable(&email) {
                    EmailClaim::Given(email)
                } else {
                    EmailClaim::Unusable("not an e-mail address")
                }
            }
            Err(Reason::Missing) if headers.keys().any(|name| header.has_alias(name)) => {
                EmailClaim::Unusable(Reason::Alias.as_str())
            }
            Err(reason) => EmailClaim::Unusable(reason.as_str()),
        }
    }

    /// The decoded value of a header that must come exactly once.
    fn text(&self, header: &Header, headers: &HeaderMap) -> Result<String, Reason> {
        let mut values = headers.get_all(&header.wire).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value::text(value.as_bytes(), self.config.encoding),
            (None, _) => Err(Reason::Missing),
            (Some(_), Some(_)) => Err(Reason::Duplicate),
        }
    }
}

/// The key under which names that look alike meet: compatible forms and cases are one (Unicode's NFKC and full case
/// folding). A few characters grow when folded, so it is cut to the 191 characters that the database takes.
pub fn name_key(name: &str) -> String {
    name.nfd().default_case_fold().nfkc().default_case_fold().nfkc().take(value::MAX_CHARS).collect()
}

fn subject(proxy: &AuthProxy, header: &Header, headers: &HeaderMap) -> Result<String, Refusal> {
    let subject = proxy.text(header, headers).map_err(|reason| unusable(reason, header))?;
    value::check(&subject).map_err(|reason| unusable(reason, header))?;
    Ok(subject)
}

fn is_hop_by_hop(header: &Header, headers: &HeaderMap) -> bool {
    headers.get_all(CONNECTION).iter().any(|value| {
        value
            .as_bytes()
            .split(|byte| *byte == b',')
            .any(|token| std::str::from_utf8(token.trim_ascii()).is_ok_and(|token| header.collides_with(token)))
    })
}

fn refusal(reason: Reason, header: &Header, what: &str) -> Refusal {
    Refusal::new(reason, format!("the header {} ({}) {what}", shown(&header.wire), header.variable))
}

fn unusable(reason: Reason, header: &Header) -> Refusal {
    let what = match reason {
        Reason::Empty => "is empty: the proxy has not authenticated anybody",
        Reason::TooLong => "has a value of more than 191 characters or 1024 bytes",
        Reason::BadChar => "has control, invisible or unassigned characters",
        Reason::Sentinel => "has a value that stands for nobody, or that AUTH_PROXY_DENY_USERS denies",
        Reason::Prefix => "has a value without the prefix AUTH_PROXY_STRIP_PREFIX",
        _ => "has a value that is not in the encoding AUTH_PROXY_VALUE_ENCODING",
    };
    refusal(reason, header, what)
}

fn alias_refusal(header: &Header, alias: &HeaderName, is_present: bool) -> Refusal {
    let (got, configured, variable) = (shown(alias), &header.configured, header.variable);
    let is_configurable = !alias.as_str().contains(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    let way_out = if is_present {
        "both came; the proxy must drop the former, which clients can send".to_owned()
    } else if is_configurable {
        format!("if the proxy sends it, set {variable}={got}; if clients can, the proxy must drop it")
    } else {
        "the proxy must drop it, because clients can send it".to_owned()
    };
    Refusal::new(Reason::Alias, format!("got `{got}`, configured `{configured}` ({variable}); {way_out}"))
}

/// The names of a request's headers, as far as they fit into a line.
fn names(headers: &HeaderMap) -> String {
    let names: Vec<String> = headers.keys().take(64).map(|name| shown(name).chars().take(64).collect()).collect();
    names.join(", ")
}
