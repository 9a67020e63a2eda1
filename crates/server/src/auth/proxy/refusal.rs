//! Why a request behind an auth proxy is nobody's.

use std::fmt;

use http::StatusCode;
use serde_json::{Value, json};

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The peer is not in the trust list.
    UntrustedPeer,
    /// The shared secret is missing, wrong or given twice, or the signed assertion is not to be believed.
    ProofInvalid,
    /// An identity header says something else than the signed assertion.
    ProofMismatch,
    /// A header that could be taken for an identity header.
    Alias,
    /// The `Connection` header asks for an identity header to be dropped.
    HopByHop,
    /// No identity header.
    Missing,
    /// An identity header more than once.
    Duplicate,
    /// The value is not in the configured encoding.
    Undecodable,
    /// The value is empty.
    Empty,
    /// The value is too long.
    TooLong,
    /// The value has characters that can't be part of a name.
    BadChar,
    /// The value stands for a missing identity, or is on the list of denied names.
    Sentinel,
    /// The value lacks the configured prefix.
    Prefix,
    /// The name belongs to another subject.
    IdentityConflict,
    /// The name looks like that of another account.
    NameCollision,
    /// An administrator has deleted the account of that name.
    Tombstoned,
    /// No account has that name, and none is to be made.
    UnknownUser,
    /// An administrator has disabled the account.
    AccountDisabled,
}

impl Reason {
    /// The word for programs, as the answer and the log give it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UntrustedPeer => "untrusted_peer",
            Self::ProofInvalid => "proof_invalid",
            Self::ProofMismatch => "proof_mismatch",
            Self::Alias => "header_alias",
            Self::HopByHop => "header_hop_by_hop",
            Self::Missing => "header_missing",
            Self::Duplicate => "header_duplicate",
            Self::Undecodable => "header_undecodable",
            Self::Empty => "header_empty",
            Self::TooLong => "header_too_long",
            Self::BadChar => "header_bad_char",
            Self::Sentinel => "header_sentinel",
            Self::Prefix => "header_prefix",
            Self::IdentityConflict => "identity_conflict",
            Self::NameCollision => "name_collision",
            Self::Tombstoned => "tombstoned",
            Self::UnknownUser => "unknown_user",
            Self::AccountDisabled => "account_disabled",
        }
    }

    /// 403 where the request is not to be believed or the person not let in, 407 where the proxy named nobody.
    pub fn status(self) -> StatusCode {
        match self {
            Self::UntrustedPeer
            | Self::ProofInvalid
            | Self::IdentityConflict
            | Self::NameCollision
            | Self::Tombstoned
            | Self::UnknownUser
            | Self::AccountDisabled => StatusCode::FORBIDDEN,
            Self::Alias
            | Self::HopByHop
            | Self::Missing
            | Self::Duplicate
            | Self::Undecodable
            | Self::Empty
            | Self::TooLong
            | Self::BadChar
            | Self::Sentinel
            | Self::Prefix
            | Self::ProofMismatch => StatusCode::PROXY_AUTHENTICATION_REQUIRED,
        }
    }

    /// The sentence for the client.
    pub fn message(self) -> &'static str {
        match self {
            // compat: 2FAuth's words.
            Self::UntrustedPeer | Self::ProofInvalid => "Request does not come from a trusted proxy",
            Self::IdentityConflict => "This name belongs to an account with another identity",
            Self::NameCollision => "This name differs only in its writing from that of another account",
            Self::Tombstoned => "The account of this name was deleted by an administrator",
            Self::UnknownUser => "No account has this name",
            Self::AccountDisabled => "This account is disabled",
            _ => "Unauthenticated.",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A refused request. Shows itself as a line for the log, with names of headers but never with their values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {hint}")]
pub struct Refusal {
    reason: Reason,
    hint: String,
}

impl Refusal {
    /// A refusal for a reason, with a hint for the operator.
    pub fn new(reason: Reason, hint: impl Into<String>) -> Self {
        Self { reason, hint: hint.into() }
    }

    /// Why.
    pub fn kind(&self) -> Reason {
        self.reason
    }

    /// See [`Reason::as_str`].
    pub fn reason(&self) -> &'static str {
        self.reason.as_str()
    }

    /// What the operator can look at, for the log only.
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// See [`Reason::status`].
    pub fn status(&self) -> StatusCode {
        self.reason.status()
    }

    /// See [`Reason::message`].
    pub fn message(&self) -> &'static str {
        self.reason.message()
    }

    /// The answer: the message, and the reason unless 2FAuth gives the same answer without one.
    pub fn body(&self) -> Value {
        match self.reason {
            // compat 1.4: clients of 2FAuth know these two answers to the letter.
            Reason::UntrustedPeer | Reason::Missing => json!({ "message": self.message() }),
            _ => json!({ "message": self.message(), "reason": self.reason() }),
        }
    }
}
