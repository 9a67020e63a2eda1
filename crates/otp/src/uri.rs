//! `otpauth://` URIs, read as 2FAuth reads them, and written. The lenient parser for imports is in `any`.

mod any;
mod query;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::{Algorithm, OtpType, Parameters, Secret};
use query::Query;

/// All characters but the unreserved ones of RFC 3986 section 2.3.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The account in an `otpauth://` URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Otpauth {
    /// The service, or issuer.
    pub service: Option<String>,
    /// The account name. Only [`Otpauth::parse_any`] leaves it empty, if the URI has none.
    pub account: String,
    /// The shared secret, unchecked.
    pub secret: Secret,
    /// The parameters, with the Steam rule applied.
    pub parameters: Parameters,
    /// The URL of an icon for the account. Never written by [`Otpauth::to_uri`].
    pub image: Option<String>,
}

/// The reason why a text is not a usable `otpauth://` URI. Never holds the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// The scheme is another one, or the text is no URI.
    #[error("not an otpauth URI: it must start with otpauth://totp/ or otpauth://hotp/")]
    Scheme,
    /// The kind of one-time password is unknown. Holds its first characters.
    #[error("unknown kind of one-time password {0:?}: totp, hotp and steam are known")]
    Type(String),
    /// The `secret` parameter is missing or empty.
    #[error("the URI holds no secret")]
    Secret,
    /// The label or the account is empty.
    #[error("the URI names no account")]
    Account,
    /// The issuer or the `label` parameter contains a colon, literal or encoded.
    #[error("the issuer and the account must not contain a colon")]
    Colon,
    /// The algorithm is unusable. Holds its first characters.
    #[error("unknown algorithm {0:?}: sha1, sha256 and sha512 are common")]
    Algorithm(String),
    /// `digits` is not a number from 1 to 10.
    #[error("the digits must be a number from 1 to 10")]
    Digits,
    /// `period` is not a number of seconds from 1.
    #[error("the period must be a number of seconds, 1 or more")]
    Period,
    /// `counter` is not a number from 0.
    #[error("the counter must be a number, 0 or more")]
    Counter,
    /// `epoch` is negative.
    #[error("the epoch must be 0 or more")]
    Epoch,
}

impl UriError {
    /// Returns the field of the API's error: `label` for an empty account, else `uri`.
    pub fn field(&self) -> &'static str {
        if *self == UriError::Account { "label" } else { "uri" }
    }
}

/// The reason why an account cannot be written as a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ToUriError {
    /// The service or the account contains a colon, which separates the two in a label.
    #[error("the {0} contains a colon, which an otpauth URI cannot carry: rename it")]
    Colon(&'static str),
    /// The account has no name.
    #[error("an account without a name has no otpauth URI: name it")]
    Account,
    /// There is no secret.
    #[error("an account without a secret has no otpauth URI")]
    Secret,
}

impl Otpauth {
    /// Reads a URI as the API does: `otpauth://totp/` or `otpauth://hotp/`, in lower case.
    ///
    /// - `#` is text, even unencoded; `+` is a space in the query and a plus sign in the label;
    /// - the last of several parameters of one name counts, unknown ones are ignored;
    /// - the `issuer` parameter wins over the label's prefix;
    /// - a service named "steam" makes a Steam account.
    pub fn parse(uri: &str) -> Result<Otpauth, UriError> {
        let uri = uri.replace('#', "%23");
        let rest = uri.strip_prefix("otpauth://").ok_or(UriError::Scheme)?;
        let (kind, rest) = rest.split_once('/').ok_or(UriError::Scheme)?;
        let otp_type = match kind {
            "totp" => OtpType::Totp,
            "hotp" => OtpType::Hotp,
            other => return Err(UriError::Type(shorten(other))),
        };
        let (label, query) = rest.split_once('?').ok_or(UriError::Secret)?;
        let query = Query::decode(query);
        let secret = Secret::from_text(query.value("secret").unwrap_or_default());
        if secret.unpadded().is_empty() {
            return Err(UriError::Secret);
        }
        let (prefix, account) = read_label(label, &query)?;
        let service = read_issuer(prefix, &query)?;
        let parameters = read_parameters(otp_type, &query)?;
        let (service, parameters) = parameters.with_steam_rule(service);
        let image = query.text("image").map(str::to_owned);
        Ok(Otpauth { service, account, secret, parameters, image })
    }

    /// Reads any URI as that of a Steam account, including `otpauth://steam`.
    pub fn parse_as_steam(uri: &str) -> Result<Otpauth, UriError> {
        match uri.strip_prefix("otpauth://steam") {
            Some(rest) => Otpauth::parse(&format!("otpauth://totp{rest}")),
            None => Otpauth::parse(uri),
        }
        .map(Otpauth::into_steam)
    }

    /// Returns the same account as a Steam account.
    #[must_use]
    pub fn into_steam(self) -> Otpauth {
        let (service, parameters) = self.parameters.into_steam().with_steam_rule(self.service);
        Otpauth { service, parameters, ..self }
    }

    /// Writes the account as a URI that [`Otpauth::parse`] reads back to the same, `image` excepted.
    ///
    /// The colon of the label is encoded, parameters are in alphabetical order, and default values are left out. Steam
    /// accounts are written as `totp` with 5 digits.
    pub fn to_uri(&self) -> Result<String, ToUriError> {
        if self.secret.unpadded().is_empty() {
            return Err(ToUriError::Secret);
        }
        if self.account.is_empty() {
            return Err(ToUriError::Account);
        }
        if self.account.contains(':') {
            return Err(ToUriError::Colon("account"));
        }
        let service = self.service.as_deref().filter(|service| !service.is_empty());
        if service.is_some_and(has_colon) {
            return Err(ToUriError::Colon("service"));
        }
        let Parameters { otp_type, algorithm, digits, counter, .. } = self.parameters;
        let (kind, period, counter) = match otp_type {
            OtpType::Hotp => ("hotp", None, Some(counter.unwrap_or(0))),
            OtpType::Totp | OtpType::SteamTotp => ("totp", Some(self.parameters.period_seconds()), None),
        };
        let named: [(&str, Option<String>); 6] = [
            ("algorithm", (algorithm != Algorithm::Sha1).then(|| algorithm.to_string())),
            ("counter", counter.map(|counter| counter.to_string())),
            ("digits", (digits != Parameters::DIGITS).then(|| digits.to_string())),
            ("issuer", service.map(escape)),
            ("period", period.filter(|period| *period != Parameters::PERIOD).map(|period| period.to_string())),
            ("secret", Some(escape(self.secret.unpadded()))),
        ];
        let query: Vec<String> =
            named.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect();
        let label = match service {
            Some(service) => format!("{}%3A{}", escape(service), escape(&self.account)),
            None => escape(&self.account),
        };
        Ok(format!("otpauth://{kind}/{label}?{}", query.join("&")))
    }
}

/// Returns the label's prefix, if it has one, and the account.
fn read_label(label: &str, query: &Query) -> Result<(Option<String>, String), UriError> {
    let label = percent_decode_str(label).decode_utf8_lossy();
    let parts: Vec<&str> = label.split(':').collect();
    // compat: with more than one colon the first part is both service and account.
    let (prefix, account) = match parts.as_slice() {
        [prefix, account] => (Some(*prefix), *account),
        [prefix, _, ..] => (Some(*prefix), *prefix),
        _ => (None, label.as_ref()),
    };
    if account.is_empty() {
        return Err(UriError::Account);
    }
    let account = match query.value("label") {
        Some("") => return Err(UriError::Account),
        Some(label) if has_colon(label) => return Err(UriError::Colon),
        Some(label) => label,
        None => account,
    };
    Ok((prefix.map(str::to_owned), account.to_owned()))
}

/// Returns the service: the `issuer` parameter, else the label's prefix. An empty one counts as none.
fn read_issuer(prefix: Option<String>, query: &Query) -> Result<Option<String>, UriError> {
    match query.text("issuer") {
        Some(issuer) if has_colon(issuer) => Err(UriError::Colon),
        Some(issuer) => Ok(Some(issuer.to_owned())),
        None => Ok(prefix.filter(|prefix| !prefix.is_empty())),
    }
}

/// Reads the parameters of the query, checked as 2FAuth does.
///
/// compat: numbers are read as PHP casts text to an integer, so that text counts as 0; a period of HOTP and a counter
/// of TOTP are kept.
fn read_parameters(otp_type: OtpType, query: &Query) -> Result<Parameters, UriError> {
    let algorithm = match query.value("algorithm") {
        Some(name) => match name.to_lowercase().parse() {
            Ok(algorithm) if Algorithm::is_truncatable(algorithm) => Some(algorithm),
            _ => return Err(UriError::Algorithm(shorten(name))),
        },
        None => None,
    };
    let digits = match query.integer("digits") {
        Some(digits) => Some(valid_digits(digits).ok_or(UriError::Digits)?),
        None => None,
    };
    let period = match query.integer("period") {
        Some(period) => match u32::try_from(period) {
            Ok(period @ 1..) => Some(period),
            _ if otp_type == OtpType::Hotp => None,
            _ => return Err(UriError::Period),
        },
        None => None,
    };
    let counter = match query.integer("counter") {
        Some(counter) => match u64::try_from(counter) {
            Ok(counter) => Some(counter),
            Err(_) if otp_type == OtpType::Totp => None,
            Err(_) => return Err(UriError::Counter),
        },
        None => None,
    };
    if otp_type == OtpType::Totp && query.integer("epoch").is_some_and(i64::is_negative) {
        return Err(UriError::Epoch);
    }
    Ok(Parameters::with_defaults(otp_type, algorithm, digits, period, counter))
}

/// Returns the number of digits if a URI may have it: 1–10.
fn valid_digits(digits: i64) -> Option<u8> {
    u8::try_from(digits).ok().filter(|digits| (1..=Parameters::MAX_DIGITS).contains(digits))
}

/// Whether a text contains a colon, literal or percent-encoded.
fn has_colon(text: &str) -> bool {
    text.contains(':') || text.contains("%3A") || text.contains("%3a")
}

/// Percent-encodes a text.
fn escape(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

/// Returns the first characters of a text, for an error message.
fn shorten(text: &str) -> String {
    text.chars().take(20).collect()
}
