//! The settings of the rules, as plain data.

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;

use crate::assertion::AssertionSettings;
use crate::header::Header;
use crate::name::{NameSet, composed};
use crate::purpose::Purpose;
use crate::secret::SharedSecret;
use crate::trust::TrustList;
use crate::value::Encoding;

/// Which proxies are believed, and how they state the identity of a user.
///
/// ```
/// use authproxy::{AuthProxy, Settings, SharedSecret};
///
/// let proxy = AuthProxy::new(Settings {
///     trust: "192.0.2.7".parse()?,
///     secret: Some(SharedSecret::new("X-Auth-Proxy-Secret".parse()?, ["0123456789abcdef0123456789abcdef"])),
///     user: Some("Remote-User".parse()?),
///     email: Some("Remote-Email".parse()?),
///     ..Settings::default()
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Peers whose identity headers are believed. With [`Settings::assertion`] it may be empty: any peer may then bring
    /// an assertion.
    pub trust: TrustList,
    /// Whether a [`trust`](Settings::trust) list of every address is accepted although there is neither a secret nor an
    /// assertion: every client that reaches the service can then be any user.
    pub allow_any_peer: bool,
    /// The secret that the proxy must send besides.
    pub secret: Option<SharedSecret>,
    /// The signed assertion that states the identity. Headers that are configured besides must state the same.
    pub assertion: Option<AssertionSettings>,
    /// The header with the user's name. Without it the assertion has the name, or else [`Settings::id`] identifies the
    /// user, and the display name or the address is the name.
    pub user: Option<Header>,
    /// The header with an identifier that stays when the name changes.
    pub id: Option<Header>,
    /// The header with the e-mail address.
    pub email: Option<Header>,
    /// The header with a name to show.
    pub display_name: Option<Header>,
    /// The header with the groups of the user, for [`Settings::admins`].
    pub groups: Option<Header>,
    /// The encoding of values.
    pub encoding: Encoding,
    /// The prefix of every name, which is removed; a name without it is refused.
    pub strip_prefix: Option<String>,
    /// The suffix of every name, such as a realm, which is removed; a name without it is refused.
    pub strip_suffix: Option<String>,
    /// Whether names are put into lower case, for proxies that let users type their name in any case.
    pub lower_case_names: bool,
    /// Whether headers that could be taken for identity headers are ignored instead of refused.
    pub ignore_aliases: bool,
    /// Names that are never accepted.
    pub deny_users: NameSet,
    /// Domains, in lower case, whose e-mail addresses are never accepted: those that the service makes up itself.
    pub deny_email_domains: HashSet<String>,
    /// The lists of administrators, if there are any.
    pub admins: Option<Admins>,
}

/// The lists of administrators. They are consulted for every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admins {
    /// Names of administrators, or identifiers where they are the keys of users.
    pub users: HashSet<String>,
    /// Groups whose members are administrators.
    pub groups: HashSet<String>,
    /// The byte between two groups of a user, `,` by default.
    pub separator: u8,
}

/// Why settings can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingsFault {
    /// Neither a header nor an assertion is configured to identify the user.
    NoIdentity,
    /// Every address is trusted, without a secret and without an assertion. See [`Settings::allow_any_peer`].
    AnyPeer,
    /// Two headers could be taken for each other.
    Collision {
        /// What the one is for.
        one: Purpose,
        /// What the other is for.
        other: Purpose,
    },
    /// A header besides an assertion has no claim to be compared with.
    Unsigned(Purpose),
    /// Groups of administrators are configured, and neither a header nor a claim with the groups of a user.
    NoGroups,
}

/// All that is wrong with settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidSettings(pub Vec<SettingsFault>);

impl Admins {
    /// Returns lists with names in the form in which they are compared.
    pub fn new<S: AsRef<str>>(users: impl IntoIterator<Item = S>, groups: impl IntoIterator<Item = S>) -> Self {
        let users = users.into_iter().map(|name| composed(name.as_ref())).collect();
        let groups = groups.into_iter().map(|name| composed(name.as_ref())).collect();
        Self { users, groups, separator: b',' }
    }
}

/// Headers without which there is no identity.
const IDENTITY: &[Purpose] = &[Purpose::User, Purpose::Id, Purpose::Secret, Purpose::Assertion];
/// Headers that decide about the identity and its rights.
const GUARDED: &[Purpose] = &[Purpose::User, Purpose::Id, Purpose::Secret, Purpose::Assertion, Purpose::Groups];
/// All headers, [`GUARDED`] first.
const ALL: &[Purpose] = &[
    Purpose::User,
    Purpose::Id,
    Purpose::Secret,
    Purpose::Assertion,
    Purpose::Groups,
    Purpose::Email,
    Purpose::DisplayName,
];

impl Settings {
    /// Whether the proxy proves each identity, by a secret or an assertion, so that a request that it let pass without a
    /// sign-in can't state one.
    pub fn has_proof(&self) -> bool {
        self.secret.is_some() || self.assertion.is_some()
    }

    /// Returns the header for a purpose, if one is configured.
    pub fn header(&self, purpose: Purpose) -> Option<&Header> {
        match purpose {
            Purpose::User => self.user.as_ref(),
            Purpose::Id => self.id.as_ref(),
            Purpose::Email => self.email.as_ref(),
            Purpose::DisplayName => self.display_name.as_ref(),
            Purpose::Groups => self.groups.as_ref(),
            Purpose::Secret => self.secret.as_ref().map(|secret| &secret.header),
            Purpose::Assertion => self.assertion.as_ref().map(|assertion| &assertion.header),
        }
    }

    /// Returns the headers that the proxy sends, those that can't be left out first.
    pub fn headers(&self) -> impl Iterator<Item = (Purpose, &Header)> {
        self.headers_for(ALL)
    }

    /// Returns the headers that decide about the identity and its rights: none may come twice or in another spelling.
    pub fn guarded_headers(&self) -> impl Iterator<Item = (Purpose, &Header)> {
        self.headers_for(GUARDED)
    }

    /// Returns the headers without which a request has no identity.
    pub fn identity_headers(&self) -> impl Iterator<Item = (Purpose, &Header)> {
        self.headers_for(IDENTITY)
    }

    /// Returns the header that names the user: that of the signed assertion, of the name, or of the identifier.
    pub fn naming_header(&self) -> Option<(Purpose, &Header)> {
        self.headers_for(&[Purpose::Assertion, Purpose::User, Purpose::Id]).next()
    }

    fn has_groups(&self) -> bool {
        match &self.assertion {
            Some(assertion) => assertion.claims.groups.is_some(),
            None => self.groups.is_some(),
        }
    }

    fn headers_for(&self, purposes: &'static [Purpose]) -> impl Iterator<Item = (Purpose, &Header)> {
        purposes.iter().filter_map(|purpose| Some((*purpose, self.header(*purpose)?)))
    }

    /// Returns all that is wrong with the settings. An empty trust list isn't: every request is then refused, unless it
    /// has an assertion.
    pub fn faults(&self) -> Vec<SettingsFault> {
        let mut faults = Vec::new();
        if self.naming_header().is_none() {
            faults.push(SettingsFault::NoIdentity);
        }
        if self.trust.is_unbounded() && !self.has_proof() && !self.allow_any_peer {
            faults.push(SettingsFault::AnyPeer);
        }
        let headers: Vec<(Purpose, &Header)> = self.headers().collect();
        for (index, (other, header)) in headers.iter().enumerate() {
            for (one, earlier) in &headers[..index] {
                // One header may have several attributes: some proxies name users by their address.
                let is_shared = header.name() == earlier.name() && one.is_attribute() && other.is_attribute();
                if header.collides_with(earlier.name().as_str()) && !is_shared {
                    faults.push(SettingsFault::Collision { one: *one, other: *other });
                }
            }
        }
        if let Some(assertion) = &self.assertion {
            for purpose in [Purpose::Id, Purpose::Email, Purpose::DisplayName, Purpose::Groups] {
                // Groups are taken from the assertion or not at all.
                let is_compared = purpose != Purpose::Groups && assertion.claims.name(purpose).is_some();
                if self.header(purpose).is_some() && !is_compared {
                    faults.push(SettingsFault::Unsigned(purpose));
                }
            }
        }
        if self.admins.as_ref().is_some_and(|admins| !admins.groups.is_empty()) && !self.has_groups() {
            faults.push(SettingsFault::NoGroups);
        }
        faults
    }
}

impl fmt::Display for SettingsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoIdentity => f.write_str("neither a header nor an assertion is configured to identify the user"),
            Self::AnyPeer => f.write_str(
                "every address is trusted, without a secret and without an assertion: every client could be any user",
            ),
            Self::Collision { one, other } => {
                write!(f, "the headers for {one} and {other} could be taken for each other")
            }
            Self::Unsigned(purpose) => {
                write!(f, "the header for {purpose} has no claim of the assertion to be compared with")
            }
            Self::NoGroups => f.write_str("no header and no claim has the groups that make a user an administrator"),
        }
    }
}

impl fmt::Display for InvalidSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&faults.join("; "))
    }
}

impl std::error::Error for InvalidSettings {}
