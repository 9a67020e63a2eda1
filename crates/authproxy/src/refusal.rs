//! Why a request is refused, as data.

use std::fmt;

use http::HeaderName;

use crate::header::title_case;
use crate::peer::Peer;
use crate::purpose::Purpose;

/// A refused request.
///
/// What the client is told, and by which status, is the service's to decide: [`Reason::code`] is a word for programs.
/// `Display` writes a line for the log, with names of headers but never with their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why it is refused.
    pub reason: Reason,
    /// The header or the claim that the reason is about; `None` if it is about the connection.
    pub source: Option<Source>,
}

/// A header or a claim, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A header of the request.
    Header(Purpose, HeaderName),
    /// A claim of the signed assertion.
    Claim(Purpose, String),
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The peer is not trusted, or unknown.
    UntrustedPeer(Option<Peer>),
    /// The shared secret proves nothing.
    Secret(SecretFault),
    /// The signed assertion proves nothing.
    Assertion(AssertionFault),
    /// An identity header differs from the signed assertion.
    Mismatch,
    /// Another header could be taken for an identity header.
    Alias {
        /// The other header.
        alias: HeaderName,
        /// Whether the identity header is there as well.
        is_beside: bool,
    },
    /// The `Connection` header asks for an identity header to be dropped.
    HopByHop,
    /// An identity header is missing, or a claim.
    Missing {
        /// The headers of the request, 64 at most; empty for a claim.
        seen: Vec<HeaderName>,
    },
    /// An identity header came more than once.
    Duplicate,
    /// The value is not in the configured encoding, or no text.
    Undecodable,
    /// The value is empty.
    Empty,
    /// The value has more than 191 characters or 1024 bytes.
    TooLong,
    /// The value has control, invisible or unassigned characters.
    BadChar,
    /// The value is one that proxies send when there is no identity, such as `(null)`.
    Sentinel,
    /// The name is denied by the settings.
    Denied,
    /// The value lacks the configured prefix.
    Prefix,
    /// The value lacks the configured suffix.
    Suffix,
}

/// Why a shared secret proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretFault {
    /// There is none.
    #[error("is missing")]
    Missing,
    /// It is another one.
    #[error("is wrong")]
    Wrong,
    /// It came more than once.
    #[error("came more than once")]
    Duplicate,
}

/// Why a signed assertion proves nothing. It has nothing of the assertion in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssertionFault {
    /// It is not in the compact form (RFC 7515 section 7.1).
    #[error("is not a signed JSON Web Token in compact form, three parts with dots between them")]
    NotCompact,
    /// Its header can't be read.
    #[error("has a header that is no JSON object with `alg`, and `kid` as a text")]
    Header,
    /// Its header demands extensions (`crit`), of which none is known.
    #[error("demands extensions (crit) that are not known")]
    Critical,
    /// Its algorithm is not allowed.
    #[error("has an algorithm that is not allowed")]
    Algorithm,
    /// There are no keys.
    #[error("can't be checked without keys")]
    NoKeys,
    /// It names a key that is not there, or none.
    #[error("names a key (kid) that is not known, or none")]
    UnknownKey,
    /// The key that it names doesn't confirm the signature, or is of another algorithm.
    #[error("has a signature that the key it names doesn't confirm, or an algorithm that isn't that key's")]
    Signature,
    /// Its claims can't be read.
    #[error("has claims that are not a JSON object")]
    Claims,
    /// It is by another issuer (`iss`).
    #[error("is not by the configured issuer (iss)")]
    Issuer,
    /// It is for another audience (`aud`).
    #[error("is not for the configured audience (aud)")]
    Audience,
    /// It has no end (`exp`).
    #[error("has no end (exp)")]
    NoEnd,
    /// It has ended (`exp`).
    #[error("has ended (exp); if it is fresh, compare the clocks")]
    Ended,
    /// It is not valid yet (`nbf`).
    #[error("is not good yet (nbf); compare the clocks")]
    NotYetValid,
    /// It was issued in the future (`iat`).
    #[error("was issued in the future (iat); compare the clocks")]
    IssuedInFuture,
    /// It is valid for longer than is allowed.
    #[error("is good for too long; let the proxy sign for a shorter time")]
    TooLong,
    /// The time in this claim can't be read.
    #[error("has a time ({0}) that is no number")]
    Time(&'static str),
    /// It names the user by an address that is not verified (`email_verified`).
    #[error("names the user by an address that is not verified (email_verified)")]
    UnverifiedEmail,
}

impl Reason {
    /// Returns the word for programs and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UntrustedPeer(_) => "untrusted_peer",
            Self::Secret(_) | Self::Assertion(_) => "proof_invalid",
            Self::Mismatch => "proof_mismatch",
            Self::Alias { .. } => "header_alias",
            Self::HopByHop => "header_hop_by_hop",
            Self::Missing { .. } => "header_missing",
            Self::Duplicate => "header_duplicate",
            Self::Undecodable => "header_undecodable",
            Self::Empty => "header_empty",
            Self::TooLong => "header_too_long",
            Self::BadChar => "header_bad_char",
            Self::Sentinel | Self::Denied => "header_sentinel",
            Self::Prefix => "header_prefix",
            Self::Suffix => "header_suffix",
        }
    }
}

/// A predicate, to follow the header or the claim.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UntrustedPeer(Some(peer)) => write!(f, "the peer {peer} is not trusted"),
            Self::UntrustedPeer(None) => f.write_str("the peer is unknown, so it is not trusted"),
            Self::Secret(fault) => fault.fmt(f),
            Self::Assertion(fault) => fault.fmt(f),
            Self::Mismatch => f.write_str("differs from the signed assertion"),
            Self::Alias { alias, is_beside } => {
                let beside = if *is_beside { "came together with" } else { "didn't come, but" };
                write!(f, "{beside} {}, which could be taken for it", title_case(alias))
            }
            Self::HopByHop => f.write_str("is named by the Connection header"),
            Self::Missing { .. } => f.write_str("is missing"),
            Self::Duplicate => f.write_str("came more than once"),
            Self::Undecodable => f.write_str("has a value that can't be decoded"),
            Self::Empty => f.write_str("is empty"),
            Self::TooLong => f.write_str("has a value of more than 191 characters or 1024 bytes"),
            Self::BadChar => f.write_str("has control, invisible or unassigned characters"),
            Self::Sentinel => f.write_str("has a value that proxies send when there is no identity"),
            Self::Denied => f.write_str("has a name that is denied"),
            Self::Prefix => f.write_str("has a value without the configured prefix"),
            Self::Suffix => f.write_str("has a value without the configured suffix"),
        }
    }
}

impl Refusal {
    pub(crate) fn of_peer(peer: Option<Peer>) -> Self {
        Self { reason: Reason::UntrustedPeer(peer), source: None }
    }

    pub(crate) fn of_header(purpose: Purpose, name: &HeaderName, reason: Reason) -> Self {
        Self { reason, source: Some(Source::Header(purpose, name.clone())) }
    }

    /// Returns the word for programs and logs.
    pub fn code(&self) -> &'static str {
        self.reason.code()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.code())?;
        match &self.source {
            Some(source) => write!(f, "{source} {}", self.reason),
            None => self.reason.fmt(f),
        }
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(purpose, name) => write!(f, "the header {} ({purpose})", title_case(name)),
            Self::Claim(purpose, name) => write!(f, "the claim {name} ({purpose})"),
        }
    }
}
