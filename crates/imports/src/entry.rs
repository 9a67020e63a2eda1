//! The entries of a file, imported or rejected.

use otp::{InvalidParameters, SecretError, UriError, strip_issuer, trim_blank};
use vault::AccountDraft;
use vault::bounds::{NAME_CHARS, TooLong};

use crate::Icon;

/// An account as an export describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedAccount {
    /// The account, without icon. Its name is empty if the export has none, and names may contain colons.
    pub account: AccountDraft,
    /// The icon.
    pub icon: Option<Icon>,
    /// The name of its group or folder; the first of several.
    pub group: Option<String>,
}

impl ImportedAccount {
    /// Fills in what a stored account needs: the name of the service if the account has none, and the service "Steam"
    /// if the codes are Steam's. The name stays empty if there is no service either.
    #[must_use]
    pub fn with_fallbacks(self) -> ImportedAccount {
        let mut account = self.account;
        if account.name.is_empty() {
            account.name = account.service.clone().unwrap_or_default();
        }
        (account.service, account.parameters) = account.parameters.with_steam_rule(account.service);
        ImportedAccount { account, ..self }
    }

    /// Returns the names of the account, for messages.
    pub(crate) fn title(&self) -> String {
        let names = [self.account.service.as_deref().unwrap_or_default(), &self.account.name];
        names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// Removes blanks around the names, and an issuer that the account repeats.
    pub(crate) fn with_tidy_names(self) -> ImportedAccount {
        let mut account = self.account;
        let service = account.service.as_deref().map(trim_blank).filter(|service| !service.is_empty());
        account.service = service.map(str::to_owned);
        let issuer = account.service.as_deref().unwrap_or_default();
        account.name = strip_issuer(trim_blank(&account.name), issuer).to_owned();
        ImportedAccount { account, ..self }
    }
}

/// The account alone.
impl From<AccountDraft> for ImportedAccount {
    fn from(account: AccountDraft) -> ImportedAccount {
        ImportedAccount { account, icon: None, group: None }
    }
}

/// An entry that can't be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedEntry {
    /// The entry's service, else its account, else its position in the file. Never its secret.
    pub name: String,
    /// The reason.
    pub reason: EntryError,
    /// The entry as written.
    pub raw: Box<RawEntry>,
}

/// The parts of an entry as written, without its secret. Missing parts are empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawEntry {
    /// The kind of one-time password.
    pub kind: String,
    /// The service.
    pub service: String,
    /// The account.
    pub account: String,
}

impl RawEntry {
    /// Cuts the names to the length that accounts may have, since they are shown.
    fn cut(mut self) -> RawEntry {
        let room = usize::try_from(NAME_CHARS).unwrap_or(usize::MAX);
        for text in [&mut self.kind, &mut self.service, &mut self.account] {
            if let Some((end, _)) = text.char_indices().nth(room) {
                text.truncate(end);
                text.shrink_to_fit();
            }
        }
        self
    }
}

impl RejectedEntry {
    /// Rejects the entry at a position, counted from 1.
    pub(crate) fn new(position: usize, raw: RawEntry, reason: EntryError) -> RejectedEntry {
        let raw = raw.cut();
        let candidates = [raw.service.trim(), raw.account.trim()];
        let name = candidates.into_iter().find(|text| !text.is_empty());
        let name = name.map_or_else(|| format!("entry {position}"), str::to_owned);
        RejectedEntry { name, reason, raw: Box::new(raw) }
    }
}

/// The reason why an entry can't be imported. Never holds its secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A part that every entry must have is missing.
    #[error("it lacks {0:?}")]
    Missing(&'static str),
    /// The kind of one-time password is unknown. Holds its first characters.
    #[error("codes of the kind {0:?} can't be made: totp, hotp and steam are known")]
    Kind(String),
    /// The secret is invalid.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The algorithm is unknown. Holds its first characters.
    #[error("unknown algorithm {0:?}: sha1, sha256 and sha512 are common")]
    Algorithm(String),
    /// The digits aren't a number from 1 to 10.
    #[error("the digits must be a number from 1 to 10")]
    Digits,
    /// The period isn't a number of seconds from 1.
    #[error("the period must be a number of seconds, 1 or more")]
    Period,
    /// The counter isn't a non-negative number that can be incremented.
    #[error("the counter must be a number, 0 or more")]
    Counter,
    /// No code can be generated with these parameters.
    #[error(transparent)]
    Parameters(#[from] InvalidParameters),
    /// The URI can't be read.
    #[error(transparent)]
    Uri(#[from] UriError),
    /// A QR code of Google Authenticator whose data can't be decoded.
    #[error("the data of this otpauth-migration URI can't be decoded: scan the QR code again")]
    MigrationData,
    /// A name contains a colon, which 2FAuth's names never do, and the entry's URI has other names.
    #[error("a name contains a colon, and the URI of the entry has other names: rename it and export again")]
    Colon,
    /// A name or the secret is longer than an account may have it.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The entry has neither service nor account.
    #[error("it has no name: name it and export again")]
    Nameless,
    /// The entry is in the trash.
    #[error("it is in the trash: restore it and export again, if it is wanted")]
    Trashed,
}

impl EntryError {
    /// Returns the short name for programs, such as `digits`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            EntryError::Missing(_) => "missing",
            EntryError::Kind(_) => "kind",
            EntryError::Secret(_) => "secret",
            EntryError::Algorithm(_) => "algorithm",
            EntryError::Digits => "digits",
            EntryError::Period => "period",
            EntryError::Counter => "counter",
            EntryError::Parameters(_) => "parameters",
            EntryError::Uri(_) => "uri",
            EntryError::MigrationData => "migration_data",
            EntryError::Colon => "colon",
            EntryError::TooLong(_) => "too_long",
            EntryError::Nameless => "nameless",
            EntryError::Trashed => "trashed",
        }
    }
}
