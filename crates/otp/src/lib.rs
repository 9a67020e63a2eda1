//! One-time passwords: shared secrets, HOTP (RFC 4226), TOTP (RFC 6238), Steam Guard codes and `otpauth://` URIs.
//!
//! This crate is pure: the time, in Unix seconds, and random bytes are arguments; nothing is read, written or logged.
//!
//! - [`Secret`]: a shared secret as text, and its key;
//! - [`Parameters`]: the parameters of codes, without the secret;
//! - [`time_codes`] and [`counter_code`]: the codes of an account, based on [`hotp`], [`totp`] and [`steam`];
//! - [`Otpauth`]: an `otpauth://` URI, read strictly ([`Otpauth::parse`]) or leniently ([`Otpauth::parse_any`]), and
//!   written ([`Otpauth::to_uri`]);
//! - [`is_invisible`] and [`trim_blank`]: what texts from pages bring along.

mod code;
mod invisible;
mod parameters;
mod secret;
mod uri;

pub use code::{Codes, CounterCode, GenerateError, counter_code, hotp, steam, time_codes, totp};
pub use invisible::{is_invisible, trim_blank};
pub use parameters::{
    Algorithm, InvalidParameters, OtpType, Parameters, STEAM_SERVICE, UnknownAlgorithm, UnknownOtpType,
};
pub use secret::{NotBase32, Secret, SecretError};
pub use uri::{Otpauth, ToUriError, UriError, strip_issuer};
