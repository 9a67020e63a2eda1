//! One-time passwords: shared secrets, HOTP (RFC 4226), TOTP (RFC 6238), Steam Guard codes and `otpauth://` URIs.
//!
//! Everything here is a function of its arguments: the time is a number of Unix seconds, random bytes are handed in,
//! and nothing is read, written or logged.
//!
//! - [`Secret`]: a shared secret as text, and the key that it stands for;
//! - [`Parameters`]: how codes are made, without the secret;
//! - [`time_codes`] and [`counter_code`]: the codes of an account; [`hotp`], [`totp`] and [`steam`] below them;
//! - [`Otpauth`]: an `otpauth://` URI, read strictly ([`Otpauth::parse`]) or leniently ([`Otpauth::parse_any`]), and
//!   written ([`Otpauth::to_uri`]).

mod code;
mod parameters;
mod secret;
mod uri;

pub use code::{Codes, CounterCode, GenerateError, counter_code, hotp, steam, time_codes, totp};
pub use parameters::{
    Algorithm, InvalidParameters, OtpType, Parameters, STEAM_SERVICE, UnknownAlgorithm, UnknownOtpType,
};
pub use secret::{NotBase32, Secret, SecretError};
pub use uri::{Otpauth, ToUriError, UriError};
