//! The rules: from the peer and the headers of a request to an identity, or to a refusal.
//!
//! A request is evaluated by itself. There is no second way to be signed in: without exactly one good identity from a
//! trusted peer a request is refused, never anonymous.

#[cfg(test)]
mod tests;

use http::{HeaderMap, HeaderName, HeaderValue, header::CONNECTION};
use jiff::Timestamp;

use crate::assertion::{AssertionSettings, Token};
use crate::attributes::Attributes;
use crate::email;
use crate::header::{Header, title_case};
use crate::identity::{Email, Identity, Naming};
use crate::keys::KeySet;
use crate::name::composed;
use crate::peer::Peer;
use crate::purpose::Purpose;
use crate::refusal::{Reason, Refusal};
use crate::settings::{Admins, InvalidSettings, Settings};
use crate::value;

/// Maximum number of headers in a refusal or a list.
const MAX_HEADERS: usize = 64;

/// The rules by which a request is evaluated.
#[derive(Debug, Clone)]
pub struct AuthProxy {
    settings: Settings,
}

impl AuthProxy {
    /// Returns the rules of these settings.
    ///
    /// # Errors
    /// All that is wrong with the settings.
    pub fn new(settings: Settings) -> Result<Self, InvalidSettings> {
        let faults = settings.faults();
        if faults.is_empty() { Ok(Self { settings }) } else { Err(InvalidSettings(faults)) }
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the identity of a request: that of the one assertion or of the one identity header, if the peer is trusted
    /// and nothing casts doubt on it. `keys` confirm assertions; without [`Settings::assertion`] they may be
    /// [empty](KeySet::EMPTY).
    ///
    /// # Errors
    /// Why the request has no identity. The headers of an untrusted peer are not even looked at.
    pub fn evaluate(
        &self,
        peer: Option<Peer>,
        headers: &HeaderMap,
        keys: &KeySet,
        now: Timestamp,
    ) -> Result<Identity, Refusal> {
        self.check_request(peer, headers)?;
        let from_headers = Attributes::Headers(&self.settings, headers);
        let Some(assertion) = &self.settings.assertion else { return self.identify(from_headers) };
        let claims = assertion.verify(token_text(assertion, headers), keys, now).map_err(|fault| {
            Refusal::of_header(Purpose::Assertion, assertion.header.name(), Reason::Assertion(fault))
        })?;
        let mut identity = self.identify(Attributes::Claims(assertion, &claims))?;
        self.check_match(&identity, from_headers)?;
        // A subject is unique within its issuer.
        identity.subject = identity.subject.map(|subject| format!("{} {subject}", assertion.issuer));
        Ok(identity)
    }

    /// Returns the assertion of a request that passes every check but those of the assertion itself, so that keys can be
    /// fetched for it. `None` for a request that can be evaluated without.
    pub fn unverified_token<'a>(&self, peer: Option<Peer>, headers: &'a HeaderMap) -> Option<Token<'a>> {
        let assertion = self.settings.assertion.as_ref()?;
        self.check_request(peer, headers).ok()?;
        assertion.parse(token_text(assertion, headers)).ok()
    }

    /// Checks that the peer is in the trust list, without regard to proofs.
    ///
    /// # Errors
    /// [`Reason::UntrustedPeer`].
    pub fn check_listed(&self, peer: Option<Peer>) -> Result<(), Refusal> {
        let is_trusted = peer.is_some_and(|peer| self.settings.trust.contains(peer));
        if is_trusted { Ok(()) } else { Err(Refusal::of_peer(peer)) }
    }

    /// Returns the headers of a request that could be taken for one that decides about the identity, in title case, 64 at
    /// most.
    pub fn aliases(&self, headers: &HeaderMap) -> Vec<String> {
        let aliases = headers.keys().filter(|name| self.find_alias(name).is_some());
        aliases.take(MAX_HEADERS).map(title_case).collect()
    }

    /// Returns a character that seems to separate the groups of a user, where the configured separator isn't in the header
    /// and groups matter.
    pub fn other_separator(&self, headers: &HeaderMap) -> Option<char> {
        let separator = self.settings.admins.as_ref().filter(|admins| !admins.groups.is_empty())?.separator;
        let bytes = headers.get(self.settings.groups.as_ref()?.name())?.as_bytes();
        let other = [b';', b'|', b','].into_iter().find(|other| bytes.contains(other))?;
        (!bytes.contains(&separator)).then_some(char::from(other))
    }

    /// Removes the proofs, the shared secret and the assertion, from the headers, under whatever spelling they came, so
    /// that no handler can reveal them.
    pub fn remove_proofs(&self, headers: &mut HeaderMap) {
        let proofs = [Purpose::Secret, Purpose::Assertion].map(|purpose| self.settings.header(purpose));
        for proof in proofs.into_iter().flatten() {
            let names: Vec<HeaderName> =
                headers.keys().filter(|name| proof.collides_with(name.as_str())).cloned().collect();
            for name in names {
                headers.remove(name);
            }
        }
    }

    /// Checks everything that needs no keys and no value of an attribute.
    fn check_request(&self, peer: Option<Peer>, headers: &HeaderMap) -> Result<(), Refusal> {
        let needs_peer = self.settings.assertion.is_none() || !self.settings.trust.is_empty();
        if needs_peer {
            self.check_listed(peer)?;
        }
        if let Some(secret) = &self.settings.secret {
            secret
                .check(headers)
                .map_err(|fault| Refusal::of_header(Purpose::Secret, secret.header.name(), Reason::Secret(fault)))?;
        }
        self.check_names(headers)
    }

    /// Checks that each identity header came exactly once, that of groups not more often, and that no other header could
    /// be taken for one of them.
    fn check_names(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let count = |header: &Header| headers.get_all(header.name()).iter().take(2).count();
        let refuse = |purpose, header: &Header, reason| Err(Refusal::of_header(purpose, header.name(), reason));
        if let Some((purpose, header)) = self.settings.guarded_headers().find(|(_, header)| count(header) > 1) {
            return refuse(purpose, header, Reason::Duplicate);
        }
        if !self.settings.ignore_aliases {
            let alias = headers.keys().find_map(|name| self.find_alias(name).map(|found| (found, name)));
            if let Some(((purpose, header), alias)) = alias {
                let is_beside = count(header) > 0;
                return refuse(purpose, header, Reason::Alias { alias: alias.clone(), is_beside });
            }
        }
        if let Some((purpose, header)) = self.settings.identity_headers().find(|(_, header)| count(header) == 0) {
            let seen = headers.keys().take(MAX_HEADERS).cloned().collect();
            return refuse(purpose, header, Reason::Missing { seen });
        }
        let dropped = self.settings.guarded_headers().find(|(_, header)| is_hop_by_hop(header, headers));
        if let Some((purpose, header)) = dropped {
            return refuse(purpose, header, Reason::HopByHop);
        }
        Ok(())
    }

    /// Returns the guarded header that `name` could be taken for.
    fn find_alias(&self, name: &HeaderName) -> Option<(Purpose, &Header)> {
        self.settings.guarded_headers().find(|(_, header)| header.has_alias(name))
    }

    /// Puts the attributes of a user together.
    fn identify(&self, attributes: Attributes<'_>) -> Result<Identity, Refusal> {
        let subject = attributes.checked_text(Purpose::Id).transpose()?;
        let email = self.read_email(attributes);
        let display_name = self.read_display_name(attributes);
        let name = self.read_name(attributes)?;
        let (name, naming) = match (name, &subject) {
            (Some(name), _) => (name, Naming::Unique),
            (None, Some(subject)) if self.settings.deny_users.contains(subject) => {
                return Err(attributes.refusal(Purpose::Id, Reason::Denied));
            }
            (None, Some(subject)) => (choose_name(subject, display_name.as_deref(), &email), Naming::Display),
            // `AuthProxy::new` refuses such settings.
            (None, None) => return Err(attributes.refusal(Purpose::User, Reason::Missing { seen: Vec::new() })),
        };
        let key = subject.as_ref().filter(|_| naming == Naming::Display).unwrap_or(&name);
        let is_admin = self
            .settings
            .admins
            .as_ref()
            .map(|admins| self.is_listed(admins, key, naming) || attributes.has_group_of(admins));
        Ok(Identity { name, naming, subject, email, is_admin, display_name })
    }

    /// Whether a user is on the list of administrators. Where names are put into lower case, those of the list are too.
    fn is_listed(&self, admins: &Admins, key: &str, naming: Naming) -> bool {
        let ignores_case = self.settings.lower_case_names && naming == Naming::Unique;
        let is_key = |listed: &String| composed(&listed.to_lowercase()) == key;
        admins.users.contains(key) || (ignores_case && admins.users.iter().any(is_key))
    }

    /// Returns the name that identifies the user; `None` when none is configured.
    fn read_name(&self, attributes: Attributes<'_>) -> Result<Option<String>, Refusal> {
        let Some(text) = attributes.text(Purpose::User) else { return Ok(None) };
        // Only headers have a prefix and a suffix.
        let bare = |text: String| match attributes {
            Attributes::Headers(..) => self.strip(text),
            Attributes::Claims(..) => Ok(text),
        };
        let name = text.and_then(bare).and_then(|text| self.normalize_name(text));
        name.map(Some).map_err(|reason| attributes.refusal(Purpose::User, reason))
    }

    /// Removes the prefix and the suffix.
    fn strip(&self, text: String) -> Result<String, Reason> {
        let (prefix, suffix) = (&self.settings.strip_prefix, &self.settings.strip_suffix);
        if prefix.is_none() && suffix.is_none() {
            return Ok(text);
        }
        let name = text.strip_prefix(prefix.as_deref().unwrap_or_default()).ok_or(Reason::Prefix)?;
        let name = name.strip_suffix(suffix.as_deref().unwrap_or_default()).ok_or(Reason::Suffix)?;
        Ok(composed(name))
    }

    fn normalize_name(&self, mut name: String) -> Result<String, Reason> {
        value::check(&name)?;
        if self.settings.lower_case_names {
            name = composed(&name.to_lowercase());
            value::check(&name)?;
        }
        if self.settings.deny_users.contains(&name) { Err(Reason::Denied) } else { Ok(name) }
    }

    fn read_display_name(&self, attributes: Attributes<'_>) -> Option<String> {
        let text = attributes.checked_text(Purpose::DisplayName)?;
        text.ok().filter(|name| !self.settings.deny_users.contains(name))
    }

    fn read_email(&self, attributes: Attributes<'_>) -> Email {
        match attributes.text(Purpose::Email) {
            None => Email::NotConfigured,
            Some(Ok(text)) => self.check_email(&text),
            Some(Err(Reason::Missing { seen })) => match attributes.find_alias(Purpose::Email) {
                Some(alias) => Email::Unreadable(Reason::Alias { alias: alias.clone(), is_beside: false }),
                None => Email::Unreadable(Reason::Missing { seen }),
            },
            Some(Err(reason)) => Email::Unreadable(reason),
        }
    }

    fn check_email(&self, text: &str) -> Email {
        // The suffix may be the domain.
        let prefix = self.settings.strip_prefix.as_deref().unwrap_or_default();
        let email = text.strip_prefix(prefix).unwrap_or(text).to_lowercase();
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        if email::is_usable(&email) && !value::is_hollow(text) && !self.settings.deny_email_domains.contains(domain) {
            Email::Valid(email)
        } else {
            Email::Invalid
        }
    }

    /// Checks that headers which are configured besides an assertion state the same.
    fn check_match(&self, identity: &Identity, headers: Attributes<'_>) -> Result<(), Refusal> {
        for purpose in [Purpose::User, Purpose::Id, Purpose::Email, Purpose::DisplayName] {
            let Some(text) = headers.text(purpose) else { continue };
            let is_same = match (purpose, text) {
                // The headers that can't be left out were counted before.
                (_, Err(Reason::Missing { .. })) => true,
                (Purpose::User, _) => self.read_name(headers)?.as_ref() == Some(&identity.name),
                (Purpose::Email, text) => text.is_ok_and(|text| self.check_email(&text) == identity.email),
                (Purpose::DisplayName, text) => text.ok() == identity.display_name,
                (_, text) => text.ok() == identity.subject,
            };
            if !is_same {
                return Err(headers.refusal(purpose, Reason::Mismatch));
            }
        }
        Ok(())
    }
}

/// Returns the name of a user whom only an identifier distinguishes: the display name, else the address, else the
/// identifier.
fn choose_name(subject: &str, display_name: Option<&str>, email: &Email) -> String {
    let address = match email {
        Email::Valid(address) => Some(address.as_str()).filter(|address| value::check(address).is_ok()),
        Email::NotConfigured | Email::Unreadable(_) | Email::Invalid => None,
    };
    display_name.or(address).unwrap_or(subject).to_owned()
}

fn token_text<'a>(assertion: &AssertionSettings, headers: &'a HeaderMap) -> &'a [u8] {
    headers.get(assertion.header.name()).map_or(&[][..], HeaderValue::as_bytes)
}

/// Whether a client asks proxies to drop a header (RFC 9110 section 7.6.1): some drop it after they have set it.
fn is_hop_by_hop(header: &Header, headers: &HeaderMap) -> bool {
    headers.get_all(CONNECTION).iter().any(|value| {
        let mut tokens = value.as_bytes().split(|byte| *byte == b',');
        tokens.any(|token| std::str::from_utf8(token.trim_ascii()).is_ok_and(|token| header.collides_with(token)))
    })
}
