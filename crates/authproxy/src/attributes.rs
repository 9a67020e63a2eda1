//! The attributes of a user in a request, be they in headers or in the claims of a signed assertion.

use http::{HeaderMap, HeaderName};

use crate::assertion::{AssertionSettings, Claims};
use crate::header::Header;
use crate::purpose::Purpose;
use crate::refusal::{Reason, Refusal, Source};
use crate::settings::{Admins, Settings};
use crate::value::{self, Encoding};

/// The attributes of a user in a request.
#[derive(Clone, Copy)]
pub(crate) enum Attributes<'a> {
    /// Each in a header of its own.
    Headers(&'a Settings, &'a HeaderMap),
    /// In a verified assertion.
    Claims(&'a AssertionSettings, &'a Claims),
}

impl<'a> Attributes<'a> {
    /// Returns the text of an attribute: composed (NFC), without blanks around it, never empty; `None` when neither a
    /// header nor a claim is configured for it.
    pub(crate) fn text(&self, purpose: Purpose) -> Option<Result<String, Reason>> {
        match self {
            Self::Headers(settings, headers) => {
                let header = settings.header(purpose)?;
                Some(header_text(header, headers, settings.encoding))
            }
            Self::Claims(assertion, claims) => assertion.claims.name(purpose).map(|name| claims.text(name)),
        }
    }

    /// Returns the text of an attribute that identifies a user; `None` when none is configured.
    ///
    /// # Errors
    /// Why the text can't be an identity.
    pub(crate) fn checked_text(&self, purpose: Purpose) -> Option<Result<String, Refusal>> {
        let text = self.text(purpose)?;
        let checked = text.and_then(|text| value::check(&text).map(|()| text));
        Some(checked.map_err(|reason| self.refusal(purpose, reason)))
    }

    /// Returns a refusal because of an attribute.
    pub(crate) fn refusal(&self, purpose: Purpose, reason: Reason) -> Refusal {
        let source = match self {
            Self::Headers(settings, _) => {
                settings.header(purpose).map(|header| Source::Header(purpose, header.name().clone()))
            }
            Self::Claims(assertion, _) => {
                assertion.claims.name(purpose).map(|name| Source::Claim(purpose, name.to_owned()))
            }
        };
        Refusal { reason, source }
    }

    /// Returns a header that could be taken for that of an attribute.
    pub(crate) fn find_alias(&self, purpose: Purpose) -> Option<&'a HeaderName> {
        match self {
            Self::Headers(settings, headers) => {
                let header = settings.header(purpose)?;
                headers.keys().find(|name| header.has_alias(name))
            }
            Self::Claims(..) => None,
        }
    }

    /// Whether the user is in one of the groups of administrators.
    pub(crate) fn has_group_of(&self, admins: &Admins) -> bool {
        if admins.groups.is_empty() {
            return false;
        }
        let (groups, encoding) = match self {
            Self::Headers(settings, headers) => {
                let value = settings.groups.as_ref().and_then(|header| headers.get(header.name()));
                let bytes = value.map_or(&[][..], http::HeaderValue::as_bytes);
                (bytes.split(|byte| *byte == admins.separator).collect(), settings.encoding)
            }
            Self::Claims(assertion, claims) => {
                let name = assertion.claims.groups.as_deref();
                (name.map_or_else(Vec::new, |name| claims.groups(name, admins.separator)), Encoding::Utf8)
            }
        };
        groups
            .into_iter()
            .filter_map(|group| value::decode(group, encoding).ok())
            .any(|group| admins.groups.contains(&group) && !value::is_hollow(&group))
    }
}

/// Returns the text of a header that must come exactly once.
fn header_text(header: &Header, headers: &HeaderMap, encoding: Encoding) -> Result<String, Reason> {
    let mut values = headers.get_all(header.name()).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value::decode(value.as_bytes(), encoding),
        (None, _) => Err(Reason::Missing { seen: Vec::new() }),
        (Some(_), Some(_)) => Err(Reason::Duplicate),
    }
}
