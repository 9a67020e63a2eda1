//! The lenient parser of URIs, for imports.

use percent_encoding::percent_decode_str;

use super::query::Query;
use super::repair::{repair, stray_separator};
use super::{Otpauth, UriError, shorten, strip_issuer, valid_digits};
use crate::{Algorithm, OtpType, Parameters, Secret, trim_blank};

impl Otpauth {
    /// Reads a URI from another app's export, in any of the known spellings.
    ///
    /// Beyond [`Otpauth::parse`]:
    /// - scheme, type, algorithm and names of parameters in any case and spelling, MD5 included;
    /// - `steam://SECRET`, `otpauth://steam/…`, and the `steam` and `encoder=steam` parameters of other apps;
    /// - a secret with spaces and hyphens; one that is not base32 is kept unchanged;
    /// - a colon in the issuer, and further colons in the account; the label is split at its first literal colon, else
    ///   at its first encoded one, and trimmed;
    /// - no account at all (`otpauth://totp?secret=…`): the account is then empty, and the caller must fill it in;
    /// - empty or zero `digits` and `period` count as absent.
    pub fn parse_any(text: &str) -> Result<Otpauth, UriError> {
        let text = repair(trim_blank(text));
        let (scheme, rest) = text.split_once("://").ok_or(UriError::Scheme)?;
        if scheme.eq_ignore_ascii_case("steam") {
            return read_bare_steam(rest);
        }
        if !scheme.eq_ignore_ascii_case("otpauth") {
            return Err(UriError::Scheme);
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (kind, label) = path.split_once('/').unwrap_or((path, ""));
        let (otp_type, is_steam) = match kind.to_ascii_lowercase().as_str() {
            "totp" => (OtpType::Totp, false),
            "hotp" => (OtpType::Hotp, false),
            "steam" => (OtpType::Totp, true),
            _ => return Err(UriError::Type(shorten(kind))),
        };
        let query = Query::decode(query).in_any_case();
        let is_steam = is_steam || query.value("steam").is_some() || query.value("encoder") == Some("steam");
        let secret = read_secret(query.value("secret").unwrap_or_default())?;
        let (prefix, account) = read_label(label, query.text("issuer"));
        let service = read_issuer(prefix, &query);
        let account = strip_issuer(&account, service.as_deref().unwrap_or_default()).to_owned();
        let parameters = read_parameters(otp_type, &query)?;
        let (service, parameters) = match service {
            // Some apps have other names for the service.
            Some(service) if is_steam => (Some(service), parameters.into_steam()),
            service => if is_steam { parameters.into_steam() } else { parameters }.with_steam_rule(service),
        };
        let image = query.text("image").map(str::to_owned);
        Ok(Otpauth { service, account, secret, parameters, image })
    }
}

/// Reads `steam://SECRET`, which password managers write.
fn read_bare_steam(rest: &str) -> Result<Otpauth, UriError> {
    let text = rest.split(['?', '/']).next().unwrap_or_default();
    let secret = read_secret(&percent_decode_str(text).decode_utf8_lossy())?;
    let (service, parameters) = Parameters::new(OtpType::SteamTotp).with_steam_rule(None);
    Ok(Otpauth { service, account: String::new(), secret, parameters, image: None })
}

/// Returns the secret, tidied if it is base32 but for spaces and hyphens, else unchanged.
fn read_secret(text: &str) -> Result<Secret, UriError> {
    let secret = Secret::parse(text).unwrap_or_else(|_| Secret::from_text(text.trim()));
    match stray_separator(secret.unpadded()) {
        _ if secret.unpadded().is_empty() => Err(UriError::Secret),
        Some(separator) => Err(UriError::Separator(separator)),
        None => Ok(secret),
    }
}

/// Returns the label's prefix, unless it is empty, and the account. An issuer that the label begins with is the prefix,
/// even if it has a colon of its own.
fn read_label(label: &str, issuer: Option<&str>) -> (Option<String>, String) {
    let label = label.trim_start_matches('/');
    let whole = percent_decode_str(label).decode_utf8_lossy();
    if let Some((issuer, account)) =
        issuer.and_then(|issuer| Some((issuer, whole.strip_prefix(issuer)?.strip_prefix(':')?)))
    {
        return (Some(issuer.to_owned()), trim_blank(account).to_owned());
    }
    let parts = label.split_once(':').or_else(|| label.split_once("%3A")).or_else(|| label.split_once("%3a"));
    let decoded = |text: &str| trim_blank(&percent_decode_str(text).decode_utf8_lossy()).to_owned();
    match parts {
        Some((prefix, account)) => (Some(decoded(prefix)).filter(|prefix| !prefix.is_empty()), decoded(account)),
        None => (None, decoded(label)),
    }
}

/// Returns the service: the `issuer` parameter, else the label's prefix.
fn read_issuer(prefix: Option<String>, query: &Query) -> Option<String> {
    let issuer = query.text("issuer").map(trim_blank).filter(|issuer| !issuer.is_empty());
    match (issuer, prefix) {
        // 2FAuth exports URIs unescaped, so that the issuer of `AT&T` ends at the ampersand; the label still has it.
        (Some(issuer), Some(prefix))
            if prefix.strip_prefix(issuer).is_some_and(|cut| cut.trim_start().starts_with('&')) =>
        {
            Some(prefix)
        }
        (Some(issuer), _) => Some(issuer.to_owned()),
        (None, prefix) => prefix,
    }
}

fn read_parameters(otp_type: OtpType, query: &Query) -> Result<Parameters, UriError> {
    let algorithm = match value(query, "algorithm") {
        Some(name) => Some(Algorithm::from_spelling(name).map_err(|_| UriError::Algorithm(shorten(name)))?),
        None => None,
    };
    let digits = match parse_number(query, "digits", UriError::Digits)? {
        None | Some(0) => None,
        Some(digits) => Some(valid_digits(digits).ok_or(UriError::Digits)?),
    };
    let period = match parse_number(query, "period", UriError::Period)? {
        Some(period) if otp_type == OtpType::Totp => Some(u32::try_from(period).map_err(|_| UriError::Period)?),
        _ => None,
    };
    let counter = match parse_number(query, "counter", UriError::Counter)? {
        Some(counter) if otp_type == OtpType::Hotp => Some(u64::try_from(counter).map_err(|_| UriError::Counter)?),
        _ => None,
    };
    Ok(Parameters::with_defaults(otp_type, algorithm, digits, period, counter))
}

/// Returns the value of a parameter, unless it is empty or `null`, which some apps write.
fn value<'a>(query: &'a Query, name: &str) -> Option<&'a str> {
    query.text(name).map(str::trim).filter(|value| !value.is_empty() && !value.eq_ignore_ascii_case("null"))
}

fn parse_number(query: &Query, name: &str, error: UriError) -> Result<Option<i64>, UriError> {
    value(query, name).map(|value| value.parse().map_err(|_| error)).transpose()
}
