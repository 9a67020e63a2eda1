//! `otpauth://` URIs, read as 2FAuth reads them, and written. The lenient parser for imports is in `any`.

mod any;
mod query;
mod repair;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use zeroize::Zeroizing;

use crate::{Algorithm, OtpType, Parameters, Secret, is_invisible};
use query::Query;
use repair::stray_separator;

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
    /// The secret contains a character that separates the parts of a URI.
    #[error("the secret contains {0:?}: a separator of the URI is damaged, copy it again")]
    Separator(char),
    /// The label or the account is empty.
    #[error("the URI names no account")]
    Account,
    /// The issuer or the account contains a colon, literal or encoded, besides the one between them.
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

/// The forms in which URIs are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// That of the API.
    Plain,
    /// That of 2FAuth: the colon between service and account is encoded.
    Legacy,
    /// The one that most programs read.
    Portable,
}

/// The reason why an account cannot be written as a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ToUriError {
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
    /// - `#` is text, even unencoded; `+` is a space in the query and a plus sign in the label; separators that were
    ///   damaged on the way are repaired where that is certain;
    /// - the last of several parameters of one name counts, unknown ones are ignored; algorithms may have the spellings
    ///   of other apps;
    /// - the `issuer` parameter wins over the label's prefix, and an account that repeats it loses it;
    /// - a service named "steam" makes a Steam account.
    pub fn parse(uri: &str) -> Result<Otpauth, UriError> {
        let uri = repair::repair(uri);
        let rest = uri.strip_prefix("otpauth://").ok_or(UriError::Scheme)?;
        let (kind, rest) = rest.split_once('/').ok_or(UriError::Scheme)?;
        let otp_type = match kind {
            "totp" => OtpType::Totp,
            "hotp" => OtpType::Hotp,
            other => return Err(UriError::Type(shorten(other))),
        };
        let (label, query) = rest.split_once('?').ok_or(UriError::Secret)?;
        let query = Query::decode(query);
        // compat: the name of the secret is in lower case; recorded exchanges. A name in capitals that was passed over
        // in silence would make wrong codes.
        let secret = read_secret(&query)?;
        let query = query.in_any_case();
        let (prefix, account) = read_label(label, &query)?;
        let service = read_issuer(prefix, &query)?;
        let account = strip_issuer(&account, service.as_deref().unwrap_or_default()).to_owned();
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

    /// Writes the account as a URI that [`Otpauth::parse_any`] reads back to the same, `image` excepted, and
    /// [`Otpauth::parse`] as well, unless a name has a colon of its own.
    ///
    /// Service and account are encoded each by itself, with a literal colon between them, which stands first if an
    /// account with a colon has no service. Parameters are in alphabetical order, and default values are left out. Steam
    /// accounts are written as `totp` with 5 digits.
    pub fn to_uri(&self) -> Result<String, ToUriError> {
        self.write_uri(Form::Plain)
    }

    /// Writes the account as [`Otpauth::to_uri`] does, for programs of any kind: Steam accounts have `encoder=steam`, with
    /// which KeePassXC and pyotp make the right codes, and the algorithm is in capitals, as pyotp wants it.
    ///
    /// # Errors
    /// As for [`Otpauth::to_uri`].
    pub fn to_portable_uri(&self) -> Result<String, ToUriError> {
        self.write_uri(Form::Portable)
    }

    /// Writes the account as [`Otpauth::to_uri`] does, but with an encoded colon between service and account.
    ///
    /// compat 5.8: 2FAuth's form, which its exports have.
    pub fn to_legacy_uri(&self) -> Result<String, ToUriError> {
        self.write_uri(Form::Legacy)
    }

    fn write_uri(&self, form: Form) -> Result<String, ToUriError> {
        if self.secret.unpadded().is_empty() {
            return Err(ToUriError::Secret);
        }
        if self.account.is_empty() {
            return Err(ToUriError::Account);
        }
        let service = self.service.as_deref().filter(|service| !service.is_empty());
        let Parameters { otp_type, algorithm, digits, counter, .. } = self.parameters;
        let (kind, period, counter) = match otp_type {
            OtpType::Hotp => ("hotp", None, Some(counter.unwrap_or(0))),
            OtpType::Totp | OtpType::SteamTotp => ("totp", Some(self.parameters.period_seconds()), None),
        };
        let is_portable = form == Form::Portable;
        let colon = if form == Form::Legacy { "%3A" } else { ":" };
        let algorithm = Some(algorithm).filter(|algorithm| *algorithm != Algorithm::Sha1).map(Algorithm::as_str);
        let encoder = is_portable && otp_type == OtpType::SteamTotp;
        let named: [(&str, Option<String>); 7] = [
            ("algorithm", algorithm.map(|name| if is_portable { name.to_ascii_uppercase() } else { name.to_owned() })),
            ("counter", counter.map(|counter| counter.to_string())),
            ("digits", (digits != Parameters::DIGITS).then(|| digits.to_string())),
            ("encoder", encoder.then(|| "steam".to_owned())),
            ("issuer", service.map(escape)),
            ("period", period.filter(|period| *period != Parameters::PERIOD).map(|period| period.to_string())),
            ("secret", Some(escape(self.secret.unpadded()))),
        ];
        let query: Vec<String> =
            named.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?))).collect();
        let account = escape(&self.account);
        let label = match service {
            Some(service) => format!("{}{colon}{account}", escape(service)),
            None if self.account.contains(':') => format!("{colon}{account}"),
            None => account,
        };
        Ok(format!("otpauth://{kind}/{label}?{}", query.join("&")))
    }
}

/// Removes the `Issuer:` that some apps repeat at the beginning of the account, unless nothing else is left.
pub fn strip_issuer<'a>(account: &'a str, issuer: &str) -> &'a str {
    let mut account = account;
    while let Some((prefix, rest)) = account.split_at_checked(issuer.len()) {
        let bare = rest.trim_start().strip_prefix(':').map(str::trim).unwrap_or_default();
        if issuer.is_empty() || bare.is_empty() || !prefix.eq_ignore_ascii_case(issuer) {
            break;
        }
        account = bare;
    }
    account
}

/// Returns the secret without the invisible characters of a page, otherwise unchecked.
fn read_secret(query: &Query) -> Result<Secret, UriError> {
    let text: Zeroizing<String> =
        Zeroizing::new(query.value("secret").unwrap_or_default().chars().filter(|c| !is_invisible(*c)).collect());
    let secret = Secret::from_text(&text);
    match stray_separator(&text) {
        _ if secret.unpadded().is_empty() => Err(UriError::Secret),
        Some(separator) => Err(UriError::Separator(separator)),
        None => Ok(secret),
    }
}

/// Returns the label's prefix, if it has one, and the account.
///
/// A colon separates the two; a further one would be part of the account, unless the prefix is repeated.
fn read_label(label: &str, query: &Query) -> Result<(Option<String>, String), UriError> {
    let decoded = percent_decode_str(label).decode_utf8_lossy();
    let (prefix, account) = match decoded.split_once(':') {
        Some((prefix, account)) => (Some(prefix), strip_issuer(account, prefix)),
        None => (None, decoded.as_ref()),
    };
    if account.is_empty() {
        return Err(UriError::Account);
    }
    let account = match query.value("label") {
        Some("") => return Err(UriError::Account),
        Some(label) if has_colon(label) => return Err(UriError::Colon),
        Some(label) => label,
        None if account.contains(':') => return Err(UriError::Colon),
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
        Some(name) => match Algorithm::from_spelling(name) {
            Ok(algorithm) if algorithm.is_truncatable() => Some(algorithm),
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
