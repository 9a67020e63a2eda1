//! The parts of an entry that names them one by one.

use otp::{Algorithm, OtpType, Parameters, STEAM_SERVICE, Secret};
use serde_json::Value;
use vault::AccountDraft;

use crate::json::whole;
use crate::{Draft, Reason, Rejected, Written};

/// The parts of an entry as they are written; empty texts and null for what isn't there.
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

impl Parts<'_> {
    /// The draft of the entry, or why there is none; `position` counts the entries of the file from 1.
    pub(crate) fn draft(&self, position: usize) -> Result<Draft, Rejected> {
        self.account().map(Draft::of).map_err(|reason| self.rejected(position, reason))
    }

    pub(crate) fn rejected(&self, position: usize, reason: Reason) -> Rejected {
        let written =
            Written { kind: self.kind.to_owned(), service: self.service.to_owned(), account: self.account.to_owned() };
        Rejected::new(position, written, reason)
    }

    fn account(&self) -> Result<AccountDraft, Reason> {
        let parameters = self.parameters()?;
        let secret = Secret::parse(self.secret)?;
        let service = named(self.service);
        let (service, parameters) = match &service {
            Some(name) if name.eq_ignore_ascii_case(STEAM_SERVICE) => parameters.with_steam_rule(service),
            _ => (service, parameters),
        };
        Ok(AccountDraft::new(self.account.trim(), secret, parameters).with_service(service))
    }

    /// How codes are made. What has no meaning for the kind of password isn't looked at.
    pub(crate) fn parameters(&self) -> Result<Parameters, Reason> {
        let otp_type = kind(self.kind).ok_or_else(|| Reason::Kind(shortened(self.kind)))?;
        if otp_type == OtpType::SteamTotp {
            return Ok(Parameters::new(otp_type));
        }
        let digits = match whole(self.digits).map_err(|_| Reason::Digits)? {
            None => None,
            Some(digits) => Some(u8::try_from(digits).ok().filter(|digits| *digits > 0).ok_or(Reason::Digits)?),
        };
        let period = match whole(self.period) {
            _ if otp_type == OtpType::Hotp => None,
            Ok(None) => None,
            Ok(Some(period)) => Some(u32::try_from(period).ok().filter(|period| *period > 0).ok_or(Reason::Period)?),
            Err(_) => return Err(Reason::Period),
        };
        let counter = match whole(self.counter) {
            _ if otp_type == OtpType::Totp => None,
            // One beyond this can't be stored, and is no counter that anybody has reached.
            Ok(counter) if counter.unwrap_or_default() < i64::MAX.unsigned_abs() => counter,
            _ => return Err(Reason::Counter),
        };
        let parameters = Parameters::with_defaults(otp_type, algorithm(self.algorithm)?, digits, period, counter);
        parameters.validate()?;
        Ok(parameters)
    }
}

/// The kind of one-time password that a word means.
fn kind(word: &str) -> Option<OtpType> {
    match word.trim().to_ascii_lowercase().as_str() {
        "totp" => Some(OtpType::Totp),
        "hotp" => Some(OtpType::Hotp),
        "steam" | "steamtotp" => Some(OtpType::SteamTotp),
        _ => None,
    }
}

fn algorithm(name: &str) -> Result<Option<Algorithm>, Reason> {
    match name.trim() {
        "" | "null" => Ok(None),
        name => Algorithm::from_spelling(name).map(Some).map_err(|_| Reason::Algorithm(shortened(name))),
    }
}

/// A name that says something.
pub(crate) fn named(name: &str) -> Option<String> {
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The account without the `Issuer:` that some applications repeat in it.
pub(crate) fn without_issuer<'a>(account: &'a str, issuer: &str) -> &'a str {
    let bare = account.strip_prefix(issuer).and_then(|rest| rest.strip_prefix(':')).map(str::trim);
    bare.filter(|bare| !bare.is_empty() && !issuer.is_empty()).unwrap_or(account)
}

/// The first characters of a text, to be quoted in an error.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().take(20).collect()
}
