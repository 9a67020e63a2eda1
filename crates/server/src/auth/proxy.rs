//! Authentication by a trusted reverse proxy: who is asking, as the headers of one request tell.
//!
//! A request is evaluated alone, from its peer and its headers. There is no second way to be somebody: without exactly
//! one good identity from a peer that is believed, a request is refused, never anonymous.

pub mod advice;
mod assertion;
mod email;
pub mod header;
mod identity;
pub mod keys;
mod refusal;
#[cfg(test)]
pub(crate) mod tests;
mod told;
pub mod value;

use caseless::Caseless;
use http::{HeaderMap, HeaderName, header::CONNECTION};
use jiff::Timestamp;
use unicode_normalization::UnicodeNormalization;
use url::Url;

use self::assertion::Assertions;
use self::header::{Header, shown};
pub use self::identity::{EmailClaim, Identity, Naming};
pub use self::refusal::{Reason, Refusal};
use self::told::{Place, Source, Thing, Told};
use crate::config::auth_proxy::AuthProxyConfig;
use crate::peer::Peer;

/// Tells from a request who is asking.
pub struct AuthProxy {
    config: AuthProxyConfig,
    assertions: Option<Assertions>,
}

impl AuthProxy {
    /// An auth proxy of that configuration. Keys are fetched through `proxy`, if there is one.
    pub fn new(config: AuthProxyConfig, proxy: Option<Url>) -> Self {
        let assertions = config.assertion.clone().map(|config| Assertions::new(config, proxy));
        Self { config, assertions }
    }

    /// Its configuration.
    pub fn config(&self) -> &AuthProxyConfig {
        &self.config
    }

    /// Fetches the keys of signed assertions, if they are to be fetched, so that a fault shows at the start.
    pub async fn load_keys(&self, now: Timestamp) {
        if let Some(assertions) = &self.assertions {
            assertions.load(now).await;
        }
    }

    /// Fetches keys where the assertion of a request may be signed with one that isn't known yet, at most once a minute
    /// for all requests together. A request that can be judged without doesn't wait.
    pub async fn prepare(&self, peer: Option<Peer>, headers: &HeaderMap, now: Timestamp) {
        let Some(assertions) = &self.assertions else { return };
        let may_be_believed = self.check_peer(peer).and_then(|()| self.check_secret(headers));
        if may_be_believed.and_then(|()| self.check_names(headers)).is_ok()
            && let Some(token) = headers.get(&assertions.header().wire)
        {
            assertions.prepare(token.as_bytes(), now).await;
        }
    }

    /// Who is asking: whom the one assertion or the one identity header names, if the peer is trusted and nothing casts
    /// doubt on it. See [`AuthProxy::prepare`], which comes first.
    ///
    /// # Errors
    /// Why the request is nobody's. Headers of an untrusted peer are not even looked at.
    pub fn evaluate(&self, peer: Option<Peer>, headers: &HeaderMap, now: Timestamp) -> Result<Identity, Refusal> {
        self.check_peer(peer)?;
        self.check_secret(headers)?;
        self.check_names(headers)?;
        let Some(assertions) = &self.assertions else { return self.identity(&Source::Headers(headers)) };
        let header = assertions.header();
        let token = headers.get(&header.wire).map_or(&[][..], http::HeaderValue::as_bytes);
        let claims = assertions.verify(token, now).map_err(|fault| {
            Refusal::new(Reason::ProofInvalid, format!("the assertion in {} {fault}", shown(&header.wire)))
        })?;
        let mut identity = self.identity(&Source::Claims(&claims))?;
        self.check_match(&identity, headers)?;
        // A subject is the issuer's alone.
        identity.subject = identity.subject.map(|subject| format!("{} {subject}", assertions.issuer()));
        Ok(identity)
    }

    /// The headers of a request that could be taken for one that decides who is asking.
    pub fn aliases(&self, headers: &HeaderMap) -> Vec<String> {
        let is_alias = |name: &&HeaderName| self.config.guarded_headers().any(|header| header.has_alias(name));
        headers.keys().filter(is_alias).take(64).map(shown).collect()
    }

    /// Takes the proofs, the shared secret and the assertion, out of the headers, under whatever spelling they came, so
    /// that nothing behind can show them.
    pub fn conceal_proofs(&self, headers: &mut HeaderMap) {
        let secret = self.config.secret.iter().map(|secret| &secret.header);
        let proofs: Vec<&Header> = secret.chain(self.assertions.iter().map(Assertions::header)).collect();
        let is_proof = |name: &&HeaderName| proofs.iter().any(|header| header.collides_with(name.as_str()));
        let names: Vec<HeaderName> = headers.keys().filter(is_proof).cloned().collect();
        for name in names {
            headers.remove(name);
        }
    }

    fn check_peer(&self, peer: Option<Peer>) -> Result<(), Refusal> {
        let is_free = self.assertions.is_some() && self.config.trust.is_empty();
        if is_free { Ok(()) } else { self.check_listed(peer) }
    }

    /// Refuses a peer that isn't on the list, whatever else it might show.
    ///
    /// # Errors
    /// [`Reason::UntrustedPeer`].
    pub fn check_listed(&self, peer: Option<Peer>) -> Result<(), Refusal> {
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

    fn check_secret(&self, headers: &HeaderMap) -> Result<(), Refusal> {
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
            let what = "came more than once; the proxy must replace what clients send";
            return Err(Place::Header(header).refusal(Reason::Duplicate, what));
        }
        if !self.config.ignore_aliases
            && let Some((header, alias)) = self.alias(headers)
        {
            return Err(alias_refusal(header, alias, count(header) > 0));
        }
        if let Some(header) = self.config.identity_headers().find(|header| count(header) == 0) {
            let what = format!("is missing; headers seen: {}", header::names(headers).join(", "));
            return Err(Place::Header(header).refusal(Reason::Missing, &what));
        }
        if let Some(header) = self.config.guarded_headers().find(|header| is_hop_by_hop(header, headers)) {
            let what = "is named by the Connection header; the proxy must drop that header of clients";
            return Err(Place::Header(header).refusal(Reason::HopByHop, what));
        }
        Ok(())
    }

    /// An identity header and a header that could be taken for it.
    fn alias<'a>(&'a self, headers: &'a HeaderMap) -> Option<(&'a Header, &'a HeaderName)> {
        headers.keys().find_map(|name| {
            self.config.guarded_headers().find(|header| header.has_alias(name)).map(|header| (header, name))
        })
    }

    fn identity(&self, source: &Source<'_>) -> Result<Identity, Refusal> {
        let subject = self.config.told(source, Thing::Id).map(Told::checked).transpose()?;
        let email = self.email(source);
        let display = self.config.told(source, Thing::Name).and_then(|told| told.checked().ok());
        let display = display.filter(|name| !self.is_denied(name));
        let prefix = self.config.strip_prefix.as_deref().filter(|_| matches!(source, Source::Headers(_)));
        let (name, naming) = match (self.config.told(source, Thing::User), &subject) {
            (Some(told), _) => (self.name(told, prefix)?, Naming::Unique),
            (None, Some(subject)) => (self.name_to_show(subject, display.as_ref(), &email)?, Naming::Shown),
            // The configuration always has one of them.
            (None, None) => return Err(Refusal::new(Reason::Missing, "no header is configured to name the person")),
        };
        let key = subject.as_ref().filter(|_| naming == Naming::Shown).unwrap_or(&name);
        let is_admin = self.config.admins.as_ref();
        let is_admin = is_admin.map(|admins| admins.users.contains(key) || self.config.is_in_admin_group(source));
        Ok(Identity { name, naming, subject, email, is_admin, display })
    }

    fn name(&self, told: Told<'_>, prefix: Option<&str>) -> Result<String, Refusal> {
        let place = told.place;
        let mut name = told.text.map_err(|reason| place.unusable(reason))?;
        if let Some(prefix) = prefix {
            let rest = name.strip_prefix(prefix).ok_or_else(|| place.unusable(Reason::Prefix))?;
            name = value::composed(rest);
        }
        if self.config.lower_case_names {
            name = value::composed(&name.to_lowercase());
        }
        value::check(&name).map_err(|reason| place.unusable(reason))?;
        if self.is_denied(&name) {
            return Err(place.unusable(Reason::Sentinel));
        }
        Ok(name)
    }

    /// What to call a person whom only an identifier tells from others: the name to show, else the address, else the
    /// identifier.
    fn name_to_show(&self, subject: &str, display: Option<&String>, email: &EmailClaim) -> Result<String, Refusal> {
        if self.is_denied(subject) {
            let what = "the identifier is one that AUTH_PROXY_DENY_USERS denies";
            return Err(Refusal::new(Reason::Sentinel, what));
        }
        let address = match email {
            EmailClaim::Given(email) => Some(email).filter(|email| value::check(email).is_ok()),
            EmailClaim::NotConfigured | EmailClaim::Unusable(_) => None,
        };
        Ok(display.or(address).map_or_else(|| subject.to_owned(), Clone::clone))
    }

    fn is_denied(&self, name: &str) -> bool {
        self.config.deny_users.contains(&name_key(name))
    }

    fn email(&self, source: &Source<'_>) -> EmailClaim {
        let Some(told) = self.config.told(source, Thing::Email) else { return EmailClaim::NotConfigured };
        match told.text {
            Ok(text) => self.address(&text),
            Err(Reason::Missing) => match (source, told.place) {
                (Source::Headers(headers), Place::Header(header))
                    if headers.keys().any(|name| header.has_alias(name)) =>
                {
                    EmailClaim::Unusable(Reason::Alias.as_str())
                }
                _ => EmailClaim::Unusable(Reason::Missing.as_str()),
            },
            Err(reason) => EmailClaim::Unusable(reason.as_str()),
        }
    }

    fn address(&self, text: &str) -> EmailClaim {
        let prefix = self.config.strip_prefix.as_deref().unwrap_or_default();
        let email = text.strip_prefix(prefix).unwrap_or(text).to_lowercase();
        if email::is_usable(&email) { EmailClaim::Given(email) } else { EmailClaim::Unusable("not an e-mail address") }
    }

    /// Checks that headers which are configured besides say the same as the assertion does.
    fn check_match(&self, identity: &Identity, headers: &HeaderMap) -> Result<(), Refusal> {
        let source = Source::Headers(headers);
        for thing in [Thing::User, Thing::Id, Thing::Email, Thing::Name] {
            let Some(told) = self.config.told(&source, thing) else { continue };
            let place = told.place;
            let is_same = match (thing, told.text) {
                // The headers that can't be left out were counted before.
                (_, Err(Reason::Missing)) => true,
                (Thing::User, text) => {
                    self.name(Told { place, text }, self.config.strip_prefix.as_deref())? == identity.name
                }
                (Thing::Id, text) => text.ok() == identity.subject,
                (Thing::Email, text) => text.is_ok_and(|text| self.address(&text) == identity.email),
                (Thing::Name, text) => text.ok() == identity.display,
            };
            if !is_same {
                let what = "says something else than the signed assertion; the proxy must replace what clients send";
                return Err(place.refusal(Reason::ProofMismatch, what));
            }
        }
        Ok(())
    }
}

/// The key under which names that look alike meet: compatible forms and cases are one (Unicode's NFKC and full case
/// folding). A few characters grow when folded, so it is cut to the 191 characters that the database takes.
pub fn name_key(name: &str) -> String {
    name.nfd().default_case_fold().nfkc().default_case_fold().nfkc().take(value::MAX_CHARS).collect()
}

fn is_hop_by_hop(header: &Header, headers: &HeaderMap) -> bool {
    headers.get_all(CONNECTION).iter().any(|value| {
        value
            .as_bytes()
            .split(|byte| *byte == b',')
            .any(|token| std::str::from_utf8(token.trim_ascii()).is_ok_and(|token| header.collides_with(token)))
    })
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
