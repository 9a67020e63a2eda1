//! What can be wrong with a key's answer.

use std::fmt;

use webauthn_rs_core::error::WebauthnError;

use crate::messages::{Message, Phrase};

/// So much of a reason is told, in characters.
const REASON_LENGTH: usize = 200;

/// Why a key's answer doesn't count.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It answers no challenge that this browser was given, or one that was answered before, or too late.
    #[error("no such challenge is waiting for an answer")]
    NoChallenge,
    /// It comes from a page of another host.
    #[error("the page is at {page}, the key for {domain}")]
    OtherHost {
        /// Where the page was.
        page: String,
        /// Where it should have been.
        domain: String,
    },
    /// It comes from a page that anybody on the way could have changed.
    #[error("the page was fetched without encryption")]
    InsecurePage,
    /// The key didn't ask for a PIN or a fingerprint.
    #[error("the key didn't verify its user")]
    Unverified,
    /// The key is registered already, perhaps by somebody else.
    #[error("the key is registered already")]
    Registered,
    /// The key counts fewer signatures than it did before: there may be a copy of it.
    #[error("its signature counter went back")]
    CounterBack,
    /// The key, or the key's owner, isn't known or isn't accepted any more.
    #[error("no such key is accepted")]
    NoKey,
    /// The answer is malformed, or wrong in another way.
    #[error("{0}")]
    Unusable(String),
}

impl Refusal {
    /// The answer can't be used, for a reason that may quote it: shortened, and on one line.
    pub(super) fn unusable(reason: &impl fmt::Display) -> Self {
        let printable = reason.to_string().chars().filter(|letter| !letter.is_control()).take(REASON_LENGTH).collect();
        Self::Unusable(printable)
    }

    /// What somebody who wants to register a key is told.
    pub fn phrase(&self) -> Phrase {
        match self {
            Self::NoChallenge => Message::WebauthnChallenge.into(),
            Self::OtherHost { page, domain } => Message::WebauthnHost.with("page", page).with("domain", domain),
            Self::InsecurePage => Message::WebauthnInsecure.into(),
            Self::Unverified => Message::WebauthnUnverified.into(),
            Self::Registered => Message::WebauthnRegistered.into(),
            Self::CounterBack | Self::NoKey | Self::Unusable(_) => {
                Message::WebauthnUnusable.with("reason", self.to_string().trim_end_matches('.'))
            }
        }
    }
}

impl From<WebauthnError> for Refusal {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::UserNotVerified => Self::Unverified,
            WebauthnError::CredentialPossibleCompromise => Self::CounterBack,
            error => Self::unusable(&error),
        }
    }
}
