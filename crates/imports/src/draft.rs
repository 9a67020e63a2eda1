//! What becomes of an entry.

use otp::{InvalidParameters, SecretError, UriError};
use vault::AccountDraft;

use crate::Icon;

/// An account as an export describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The account, without icon. Its name is empty when the export has none, and names may have colons.
    pub account: AccountDraft,
    /// Its icon.
    pub icon: Option<Icon>,
    /// The group, folder or the like in which it was; the first of several.
    pub group: Option<String>,
}

impl Draft {
    /// The account alone.
    pub(crate) fn of(account: AccountDraft) -> Draft {
        Draft { account, icon: None, group: None }
    }
}

/// An entry that can't be taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Which entry: its service, else its account, else its place in the file. Never its secret.
    pub entry: String,
    /// Why.
    pub reason: Reason,
    /// What the entry says about itself.
    pub written: Box<Written>,
}

/// What an entry says about itself, in its own words; empty where it says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// The kind of one-time password.
    pub kind: String,
    /// The service.
    pub service: String,
    /// The account.
    pub account: String,
}

impl Rejected {
    /// The `position`th entry (from 1) of a list.
    pub(crate) fn new(position: usize, written: Written, reason: Reason) -> Rejected {
        let candidates = [written.service.trim(), written.account.trim()];
        let name = candidates.into_iter().find(|text| !text.is_empty());
        let entry = name.map_or_else(|| format!("entry {position}"), str::to_owned);
        Rejected { entry, reason, written: Box::new(written) }
    }
}

/// Why an entry can't be taken over. Never holds its secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// A part that every entry has isn't there.
    #[error("it lacks {0:?}")]
    Missing(&'static str),
    /// Another kind of one-time password; its first characters.
    #[error("codes of the kind {0:?} can't be made: totp, hotp and steam are known")]
    Kind(String),
    /// The secret can't be one.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Another algorithm; its first characters.
    #[error("unknown algorithm {0:?}: sha1, sha256 and sha512 are common")]
    Algorithm(String),
    /// The digits aren't a number from 1 to 10.
    #[error("the digits must be a number from 1 to 10")]
    Digits,
    /// The period isn't a number of seconds from 1.
    #[error("the period must be a number of seconds, 1 or more")]
    Period,
    /// The counter isn't a number from 0 that can be counted up.
    #[error("the counter must be a number, 0 or more")]
    Counter,
    /// No code can be made with these parameters.
    #[error(transparent)]
    Parameters(#[from] InvalidParameters),
    /// The URI can't be read.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// A QR code of Google Authenticator whose data can't be decoded.
    #[error("the data of this otpauth-migration URI can't be decoded: scan the QR code again")]
    MigrationData,
    /// The API allows no colon in names.
    #[error("the service and the account must not contain a colon: rename it and export again")]
    Colon,
    /// Neither service nor account.
    #[error("it has no name: name it and export again")]
    Nameless,
    /// The entry had been deleted.
    #[error("it is in the trash: restore it and export again, if it is wanted")]
    Trashed,
}
