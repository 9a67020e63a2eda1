//! Entries that hold their parts one by one.

use otp::{Algorithm, OtpType, Parameters, STEAM_SERVICE, Secret, SecretError};
use serde_json::Value;
use vault::AccountDraft;

use crate::json::{NULL, integer};
use crate::reader::Rules;
use crate::{EntryError, ImportedAccount, RawEntry, RejectedEntry};

/// The parts of an entry as written. A missing part is an empty text or null.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) kind: &'a str,
    pub(crate) service: &'a str,
    pub(crate) account: &'a str,
    pub(crate) secret: &'a str,
    pub(crate) algorithm: &'a str,
    pub(crate) digits: &'a Value,
    pub(crate) period: &'a Value,
    pub(crate) counter: &'a Value,
}

impl<'a> Parts<'a> {
    /// Returns the parts of an entry of this kind, without parameters.
    pub(crate) fn new(kind: &'a str, service: &'a str, account: &'a str, secret: &'a str) -> Parts<'a> {
        Parts { kind, service, account, secret, algorithm: "", digits: &NULL, period: &NULL, counter: &NULL }
    }
}

impl Parts<'_> {
    /// Reads the account; `position` counts the entries of the file from 1.
    pub(crate) fn read(&self, position: usize, rules: Rules) -> Result<ImportedAccount, RejectedEntry> {
        self.parse_account(rules).map(ImportedAccount::from).map_err(|reason| self.reject(position, reason))
    }

    pub(crate) fn reject(&self, position: usize, reason: EntryError) -> RejectedEntry {
        let [kind, service, account] = [self.kind, self.service, self.account].map(|text| cut(text).to_owned());
        let raw = RawEntry { kind, service, account };
        RejectedEntry::new(position, raw, reason)
    }

    fn parse_account(&self, rules: Rules) -> Result<AccountDraft, EntryError> {
        let parameters = self.parse_parameters(rules)?;
        let secret = parse_secret(self.secret, rules)?;
        let service = non_empty(self.service);
        let (service, parameters) = match &service {
            Some(name) if name.eq_ignore_ascii_case(STEAM_SERVICE) => parameters.with_steam_rule(service),
            _ => (service, parameters),
        };
        Ok(AccountDraft::new(cut(self.account).trim(), secret, parameters).with_service(service))
    }

    /// Reads the parameters. Those without meaning for the kind of one-time password are ignored.
    fn parse_parameters(&self, rules: Rules) -> Result<Parameters, EntryError> {
        let otp_type = parse_kind(self.kind).ok_or_else(|| EntryError::Kind(shorten(self.kind)))?;
        if otp_type == OtpType::SteamTotp {
            return Ok(Parameters::new(otp_type));
        }
        let digits = match integer(self.digits).map_err(|_| EntryError::Digits)? {
            None => None,
            // compat 5.2: for the API, 0 digits and a period of 0 stand for null.
            Some(0) if rules == Rules::Api => None,
            Some(digits) => Some(u8::try_from(digits).ok().filter(|digits| *digits > 0).ok_or(EntryError::Digits)?),
        };
        let period = match integer(self.period) {
            _ if otp_type == OtpType::Hotp => None,
            Ok(None) => None,
            Ok(Some(0)) if rules == Rules::Api => None,
            Ok(Some(period)) => {
                Some(u32::try_from(period).ok().filter(|period| *period > 0).ok_or(EntryError::Period)?)
            }
            Err(_) => return Err(EntryError::Period),
        };
        let counter = match integer(self.counter) {
            _ if otp_type == OtpType::Totp => None,
            // A greater one can't be stored, and no real counter gets there.
            Ok(counter) if counter.unwrap_or_default() < i64::MAX.unsigned_abs() => counter,
            _ => return Err(EntryError::Counter),
        };
        let parameters = Parameters::with_defaults(otp_type, parse_algorithm(self.algorithm)?, digits, period, counter);
        parameters.validate()?;
        Ok(parameters)
    }
}

/// Reads a secret.
///
/// compat 5.2: the API doesn't check secrets before an account is created.
pub(crate) fn parse_secret(text: &str, rules: Rules) -> Result<Secret, SecretError> {
    match Secret::parse(text) {
        Err(SecretError::Character { .. }) if rules == Rules::Api => Ok(Secret::from_text(text)),
        secret => secret,
    }
}

/// Returns the kind of one-time password that a word stands for.
fn parse_kind(word: &str) -> Option<OtpType> {
    match word.trim().to_ascii_lowercase().as_str() {
        "totp" => Some(OtpType::Totp),
        "hotp" => Some(OtpType::Hotp),
        "steam" | "steamtotp" => Some(OtpType::SteamTotp),
        _ => None,
    }
}

fn parse_algorithm(name: &str) -> Result<Option<Algorithm>, EntryError> {
    match name.trim() {
        "" | "null" => Ok(None),
        name => Algorithm::from_spelling(name).map(Some).map_err(|_| EntryError::Algorithm(shorten(name))),
    }
}

/// Splits `Issuer:account`, where an export has both in one text. The issuer may be missing.
pub(crate) fn split_label(label: &str) -> (&str, &str) {
    match label.split_once(':') {
        Some((issuer, account)) if !account.trim().is_empty() => (issuer.trim(), account.trim()),
        _ => ("", label.trim()),
    }
}

/// Maximum length of a name that is looked at, in bytes: more than an account may have.
const MAX_NAME: usize = 5_000;

/// Returns the beginning of a name. Any number of entries may share a name, such as that of their folder: a copy of a long
/// one for each would cost far more than the file. One that is too long for an account stays so.
pub(crate) fn cut(name: &str) -> &str {
    name.get(..name.floor_char_boundary(MAX_NAME)).unwrap_or(name)
}

/// Returns the trimmed name, or `None` if it is empty.
pub(crate) fn non_empty(name: &str) -> Option<String> {
    let text = cut(name).trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Returns the first characters of a text, for an error message.
pub(crate) fn shorten(text: &str) -> String {
    text.chars().take(20).collect()
}
