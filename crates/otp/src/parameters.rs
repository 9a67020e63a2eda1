//! The parameters of codes, which are not secret.

use std::fmt;
use std::str::FromStr;

/// The name of the service whose accounts are Steam accounts.
pub const STEAM_SERVICE: &str = "Steam";

/// The kinds of one-time passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OtpType {
    /// Time-based (RFC 6238).
    Totp,
    /// Counter-based (RFC 4226).
    Hotp,
    /// Time-based with Steam Guard's alphabet.
    SteamTotp,
}

/// The error for a text that is no [`OtpType`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of one-time password: use totp, hotp or steamtotp")]
pub struct UnknownOtpType;

impl OtpType {
    /// Returns the name on the wire and in storage: `totp`, `hotp` or `steamtotp`.
    pub fn as_str(self) -> &'static str {
        match self {
            OtpType::Totp => "totp",
            OtpType::Hotp => "hotp",
            OtpType::SteamTotp => "steamtotp",
        }
    }
}

impl FromStr for OtpType {
    type Err = UnknownOtpType;

    /// Reads exactly what [`OtpType::as_str`] writes.
    fn from_str(text: &str) -> Result<OtpType, UnknownOtpType> {
        [OtpType::Totp, OtpType::Hotp, OtpType::SteamTotp]
            .into_iter()
            .find(|otp_type| otp_type.as_str() == text)
            .ok_or(UnknownOtpType)
    }
}

impl fmt::Display for OtpType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The hash function of the HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// SHA-1, the default.
    Sha1,
    /// SHA-224, which forms don't offer but URIs and exports contain.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384, which forms don't offer but URIs and exports contain.
    Sha384,
    /// SHA-512.
    Sha512,
    /// MD5: its digest is too short for the truncation of RFC 4226, see [`hotp`](crate::hotp).
    Md5,
}

/// The error for a text that is no [`Algorithm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown algorithm: use sha1, sha256 or sha512")]
pub struct UnknownAlgorithm;

impl Algorithm {
    const ALL: [Algorithm; 6] =
        [Algorithm::Sha1, Algorithm::Sha224, Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512, Algorithm::Md5];

    /// The algorithms that requests may set; URIs and exports may contain the others.
    pub const SELECTABLE: [Algorithm; 4] = [Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512, Algorithm::Md5];

    /// Returns the lower-case name on the wire and in storage, `sha256` for example.
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Sha1 => "sha1",
            Algorithm::Sha224 => "sha224",
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha384 => "sha384",
            Algorithm::Sha512 => "sha512",
            Algorithm::Md5 => "md5",
        }
    }

    /// Parses the spellings of other apps: `SHA1`, `SHA-1`, `HmacSHA1`, `HMAC-SHA-1` and `Algorithm.sha1` are the same.
    pub fn from_spelling(text: &str) -> Result<Algorithm, UnknownAlgorithm> {
        let name: String =
            text.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
        let name = name.strip_prefix("algorithm").unwrap_or(&name);
        name.strip_prefix("hmac").unwrap_or(name).parse()
    }

    /// Whether the digest is long enough for the truncation of RFC 4226, which reads up to its 19th byte.
    pub fn is_truncatable(self) -> bool {
        self != Algorithm::Md5
    }
}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    /// Reads exactly what [`Algorithm::as_str`] writes.
    fn from_str(text: &str) -> Result<Algorithm, UnknownAlgorithm> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str() == text).ok_or(UnknownAlgorithm)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The parameters of the codes of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Parameters {
    /// The kind of one-time password.
    pub otp_type: OtpType,
    /// The hash function.
    pub algorithm: Algorithm,
    /// The number of digits of a code: 5–10 in requests, 1–10 in URIs. Steam codes have 5 letters.
    pub digits: u8,
    /// The validity of a code in seconds, at least 1. For HOTP it has no meaning and is mostly `None`.
    pub period: Option<u32>,
    /// The next counter of HOTP, from 0. For the other types it has no meaning and is mostly `None`.
    pub counter: Option<u64>,
}

/// The reason why no code can be generated with some [`Parameters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidParameters {
    /// The digest is too short for RFC 4226.
    #[error("{0} has too short a digest for one-time passwords: use sha1, sha256 or sha512")]
    ShortDigest(Algorithm),
    /// The number of digits is outside 1–10.
    #[error("{0} digits: a one-time password has from 1 to 10")]
    Digits(u8),
    /// The period is 0 seconds.
    #[error("the period must be at least 1 second")]
    Period,
}

impl Parameters {
    /// The default number of digits.
    pub const DIGITS: u8 = 6;
    /// Maximum number of digits.
    pub const MAX_DIGITS: u8 = 10;
    /// The numbers of digits that requests may set; URIs and exports may have fewer digits.
    pub const SELECTABLE_DIGITS: std::ops::RangeInclusive<u8> = 5..=Parameters::MAX_DIGITS;
    /// The default period, in seconds.
    pub const PERIOD: u32 = 30;

    /// Returns the default parameters of a type.
    pub fn new(otp_type: OtpType) -> Parameters {
        Parameters::with_defaults(otp_type, None, None, None, None)
    }

    /// Fills in the defaults: `sha1`, 6 digits, 30 seconds for TOTP, counter 0 for HOTP.
    ///
    /// 0 digits and a period of 0 count as absent. Values without meaning for the type (a counter of TOTP, a period of
    /// HOTP) are kept. Steam accounts get Steam's parameters.
    pub fn with_defaults(
        otp_type: OtpType,
        algorithm: Option<Algorithm>,
        digits: Option<u8>,
        period: Option<u32>,
        counter: Option<u64>,
    ) -> Parameters {
        let period = period.filter(|period| *period > 0);
        let parameters = Parameters {
            otp_type,
            algorithm: algorithm.unwrap_or(Algorithm::Sha1),
            digits: digits.filter(|digits| *digits > 0).unwrap_or(Parameters::DIGITS),
            period: if otp_type == OtpType::Totp { period.or(Some(Parameters::PERIOD)) } else { period },
            counter: if otp_type == OtpType::Hotp { counter.or(Some(0)) } else { counter },
        };
        if otp_type == OtpType::SteamTotp { parameters.into_steam() } else { parameters }
    }

    /// Returns the parameters of Steam: 5 letters, SHA-1, 30 seconds. The counter is kept.
    #[must_use]
    pub fn into_steam(self) -> Parameters {
        Parameters {
            otp_type: OtpType::SteamTotp,
            algorithm: Algorithm::Sha1,
            digits: 5,
            period: Some(Parameters::PERIOD),
            counter: self.counter,
        }
    }

    /// Applies the Steam rule to a service and its parameters.
    ///
    /// compat: an account whose service is "steam", in any case, becomes a Steam account, and every Steam account has
    /// the service [`STEAM_SERVICE`].
    #[must_use]
    pub fn with_steam_rule(self, service: Option<String>) -> (Option<String>, Parameters) {
        let named_steam = service.as_ref().is_some_and(|service| service.eq_ignore_ascii_case(STEAM_SERVICE));
        if named_steam || self.otp_type == OtpType::SteamTotp {
            (Some(STEAM_SERVICE.to_owned()), self.into_steam())
        } else {
            (service, self)
        }
    }

    /// Returns the period in seconds; the default if there is none or it is 0.
    pub fn period_seconds(&self) -> u32 {
        self.period.filter(|period| *period > 0).unwrap_or(Parameters::PERIOD)
    }

    /// Refuses parameters that no code can be generated with.
    ///
    /// compat: 2FAuth's error is then "invalid OTP parameters", mostly because of MD5.
    pub fn validate(&self) -> Result<(), InvalidParameters> {
        if !self.algorithm.is_truncatable() {
            return Err(InvalidParameters::ShortDigest(self.algorithm));
        }
        if !(1..=Parameters::MAX_DIGITS).contains(&self.digits) {
            return Err(InvalidParameters::Digits(self.digits));
        }
        if self.otp_type == OtpType::Totp && self.period == Some(0) {
            return Err(InvalidParameters::Period);
        }
        Ok(())
    }
}
