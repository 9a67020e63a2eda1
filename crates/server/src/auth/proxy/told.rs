//! What a request tells of a person, be it in headers or in claims of a signed assertion.

use std::fmt;

use http::HeaderMap;

use super::assertion::Claims;
use super::header::{Header, shown};
use super::refusal::{Reason, Refusal};
use super::value::{self, Encoding};
use crate::config::auth_proxy::{AuthProxyConfig, Claim, GroupSource};

/// Where a request tells it.
pub(super) enum Source<'a> {
    /// In headers, one for each thing.
    Headers(&'a HeaderMap),
    /// In a believed assertion.
    Claims(&'a Claims),
}

/// One thing of several that can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing {
    User,
    Id,
    Email,
    Name,
}

/// One thing as it was told, and where.
pub(super) struct Told<'a> {
    pub(super) place: Place<'a>,
    /// The text: composed (NFC), without blanks around it, never empty.
    pub(super) text: Result<String, Reason>,
}

/// Where something is told, in words.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    Header(&'a Header),
    Claim(&'a Claim),
}

impl AuthProxyConfig {
    /// The header that is configured for a thing.
    pub(super) fn header_for(&self, thing: Thing) -> Option<&Header> {
        match thing {
            Thing::User => self.user.as_ref(),
            Thing::Id => self.id.as_ref(),
            Thing::Email => self.email.as_ref(),
            Thing::Name => self.name.as_ref(),
        }
    }

    fn claim_for(&self, thing: Thing) -> Option<&Claim> {
        let assertion = self.assertion.as_ref()?;
        match thing {
            Thing::User => Some(&assertion.user),
            Thing::Id => assertion.id.as_ref(),
            Thing::Email => assertion.email.as_ref(),
            Thing::Name => assertion.name.as_ref(),
        }
    }

    /// A thing as the source tells it; `None` when nothing is configured for it.
    pub(super) fn told<'a>(&'a self, source: &Source<'_>, thing: Thing) -> Option<Told<'a>> {
        match source {
            Source::Headers(headers) => {
                let header = self.header_for(thing)?;
                Some(Told { place: Place::Header(header), text: text(header, headers, self.encoding) })
            }
            Source::Claims(claims) => {
                let claim = self.claim_for(thing)?;
                Some(Told { place: Place::Claim(claim), text: claims.text(claim) })
            }
        }
    }

    /// Whether the person is in one of the groups whose members administrate.
    pub(super) fn is_in_admin_group(&self, source: &Source<'_>) -> bool {
        let groups = self.admins.as_ref().and_then(|admins| admins.groups.as_ref());
        let Some(groups) = groups else { return false };
        let told: Vec<String> = match (source, &groups.source) {
            (Source::Headers(headers), GroupSource::Header(header)) => {
                let told = headers.get(&header.wire).map_or(&[][..], http::HeaderValue::as_bytes);
                let told = told.split(|byte| *byte == groups.separator);
                told.filter_map(|group| value::text(group, self.encoding).ok()).collect()
            }
            (Source::Claims(claims), GroupSource::Claim(claim)) => claims.groups(claim, groups.separator),
            _ => Vec::new(),
        };
        told.iter().any(|group| groups.names.contains(group))
    }
}

impl Told<'_> {
    /// The text, if there is one that can be an identity.
    pub(super) fn checked(self) -> Result<String, Refusal> {
        let text = self.text.map_err(|reason| self.place.unusable(reason))?;
        value::check(&text).map_err(|reason| self.place.unusable(reason))?;
        Ok(text)
    }
}

impl Place<'_> {
    /// A refusal because of what is told here.
    pub(super) fn refusal(self, reason: Reason, what: &str) -> Refusal {
        Refusal::new(reason, format!("{self} {what}"))
    }

    /// A refusal because what is told here can't be an identity.
    pub(super) fn unusable(self, reason: Reason) -> Refusal {
        let what = match reason {
            Reason::Missing => "is missing: the proxy has not authenticated anybody",
            Reason::Empty => "is empty: the proxy has not authenticated anybody",
            Reason::TooLong => "has a value of more than 191 characters or 1024 bytes",
            Reason::BadChar => "has control, invisible or unassigned characters",
            Reason::Sentinel => "has a value that stands for nobody, or that AUTH_PROXY_DENY_USERS denies",
            Reason::Prefix => "has a value without the prefix AUTH_PROXY_STRIP_PREFIX",
            _ if matches!(self, Place::Claim(_)) => "is no text",
            _ => "has a value that is not in the encoding AUTH_PROXY_VALUE_ENCODING",
        };
        self.refusal(reason, what)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(header) => write!(f, "the header {} ({})", shown(&header.wire), header.variable),
            Self::Claim(claim) => write!(f, "the claim {} ({})", claim.name, claim.variable),
        }
    }
}

/// The decoded value of a header that must come exactly once.
pub(super) fn text(header: &Header, headers: &HeaderMap, encoding: Encoding) -> Result<String, Reason> {
    let mut values = headers.get_all(&header.wire).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value::text(value.as_bytes(), encoding),
        (None, _) => Err(Reason::Missing),
        (Some(_), Some(_)) => Err(Reason::Duplicate),
    }
}
