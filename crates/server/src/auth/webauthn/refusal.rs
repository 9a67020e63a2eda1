//! The reasons to refuse a key's answer.

use std::fmt;

use crate::messages::{Message, Phrase};

/// Maximum length of a quoted reason, in characters.
const REASON_LENGTH: usize = 200;

/// Why a key's answer is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It answers no challenge that this browser was given, or one that was answered before, or too late.
    #[error("no such challenge is waiting for an answer")]
    NoChallenge,
    /// It comes from a page of another host.
    #[error("the page is at {page}, the key for {domain}")]
    OtherHost {
        /// The host of the page.
        page: String,
        /// The domain of the key.
        domain: String,
    },
    /// It comes from a page that was fetched without encryption, so that an attacker could have changed it.
    #[error("the page was fetched without encryption")]
    InsecurePage,
    /// The key didn't ask for a PIN or a fingerprint.
    #[error("the key didn't verify its user")]
    Unverified,
    /// The key is already registered, perhaps by another user.
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

    /// Returns the message for a user who registers a key.
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
