//! One-time passwords.

use std::fmt;

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use crate::{Algorithm, NotBase32, OtpType, Parameters, Secret};

/// The characters of Steam Guard codes.
const STEAM_ALPHABET: &[u8; 26] = b"23456789BCDFGHJKMNPQRTVWXY";

/// One code of a time-based account and the next one.
#[derive(Clone, PartialEq, Eq)]
pub struct Codes {
    /// The code.
    pub password: String,
    /// The code that follows.
    pub next_password: String,
    /// Unix seconds for which the code was asked.
    pub generated_at: u64,
    /// Seconds that a code lives.
    pub period: u32,
}

impl fmt::Debug for Codes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Codes").field("generated_at", &self.generated_at).finish_non_exhaustive()
    }
}

/// One code of a counter-based account.
#[derive(Clone, PartialEq, Eq)]
pub struct CounterCode {
    /// The code.
    pub password: String,
    /// The counter of the code that follows: one more than the counter used.
    pub next_counter: u64,
}

impl fmt::Debug for CounterCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CounterCode").field("next_counter", &self.next_counter).finish_non_exhaustive()
    }
}

/// Why no code could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// There is no key in the secret.
    #[error(transparent)]
    NotBase32(#[from] NotBase32),
    /// Codes by time were asked of a HOTP account.
    #[error("this account makes codes by counter, not by time")]
    NotTimeBased,
    /// A code by counter was asked of a TOTP or Steam account.
    #[error("this account makes codes by time, not by counter")]
    NotCounterBased,
    /// The counter can't be stored once incremented.
    #[error("the counter has reached its end: set up the account anew at the service")]
    CounterExhausted,
}

/// The code of a TOTP or Steam account, and the next.
///
/// `now` is the real time and `at` the time asked for, both in Unix seconds.
///
/// compat: the next code is that of `generated_at` + what remains of the period *at the real time* + 2 seconds; and Steam
/// codes are always those of the real time, `at` only sets `generated_at`.
pub fn time_codes(secret: &Secret, parameters: &Parameters, now: u64, at: Option<u64>) -> Result<Codes, GenerateError> {
    let generated_at = at.unwrap_or(now);
    let moment = match parameters.otp_type {
        OtpType::Totp => generated_at,
        OtpType::SteamTotp => now,
        OtpType::Hotp => return Err(GenerateError::NotTimeBased),
    };
    let key = secret.key()?;
    let period = parameters.period_seconds();
    let expires_in = u64::from(period) - now % u64::from(period);
    let code = |moment| match parameters.otp_type {
        OtpType::SteamTotp => steam(&key, moment),
        _ => totp(&key, parameters.algorithm, parameters.digits, period, moment),
    };
    let (password, next_password) = (code(moment), code(moment.saturating_add(expires_in + 2)));
    Ok(Codes { password, next_password, generated_at, period })
}

/// The code of a HOTP account for a counter, and the counter to store.
///
/// Counters end at `i64::MAX`, the largest that a database holds.
pub fn counter_code(secret: &Secret, parameters: &Parameters, counter: u64) -> Result<CounterCode, GenerateError> {
    if parameters.otp_type != OtpType::Hotp {
        return Err(GenerateError::NotCounterBased);
    }
    let key = secret.key()?;
    if counter >= i64::MAX.unsigned_abs() {
        return Err(GenerateError::CounterExhausted);
    }
    let password = hotp(&key, parameters.algorithm, parameters.digits, counter);
    Ok(CounterCode { password, next_counter: counter + 1 })
}

/// A HOTP code (RFC 4226 section 5.3), zero-padded on the left to `digits`.
///
/// The truncated value has 31 bits, so codes of more than 10 digits start with zeros.
///
/// MD5's digest of 16 bytes is too short for the truncation in 3 cases of 16. No standard says what then counts; here
/// the missing bytes are zero, as in implementations that mask a byte read past the end (JavaScript's). Others refuse
/// MD5, and so does [`Parameters::validate`].
pub fn hotp(key: &[u8], algorithm: Algorithm, digits: u8, counter: u64) -> String {
    let value = u64::from(truncated_hmac(key, algorithm, counter));
    let value = 10_u64.checked_pow(digits.into()).map_or(value, |modulus| value % modulus);
    format!("{value:0width$}", width = usize::from(digits))
}

/// A TOTP code (RFC 6238 section 4, counted from the Unix epoch). A period of 0 counts as 1.
pub fn totp(key: &[u8], algorithm: Algorithm, digits: u8, period: u32, unix_seconds: u64) -> String {
    hotp(key, algorithm, digits, unix_seconds / u64::from(period.max(1)))
}

/// A Steam Guard code: the HMAC-SHA-1 value of the 30-second step, as five letters to the base 26, the lowest first.
pub fn steam(key: &[u8], unix_seconds: u64) -> String {
    let mut value = truncated_hmac(key, Algorithm::Sha1, unix_seconds / u64::from(Parameters::PERIOD));
    let mut code = String::with_capacity(5);
    for _ in 0..5 {
        code.push(char::from(STEAM_ALPHABET[(value % 26) as usize]));
        value /= 26;
    }
    code
}

/// The 31-bit number that RFC 4226 takes from the HMAC of a counter.
fn truncated_hmac(key: &[u8], algorithm: Algorithm, counter: u64) -> u32 {
    match algorithm {
        Algorithm::Sha1 => truncated::<Hmac<Sha1>>(key, counter),
        Algorithm::Sha224 => truncated::<Hmac<Sha224>>(key, counter),
        Algorithm::Sha256 => truncated::<Hmac<Sha256>>(key, counter),
        Algorithm::Sha384 => truncated::<Hmac<Sha384>>(key, counter),
        Algorithm::Sha512 => truncated::<Hmac<Sha512>>(key, counter),
        Algorithm::Md5 => truncated::<Hmac<Md5>>(key, counter),
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104)")]
fn truncated<M: Mac + KeyInit>(key: &[u8], counter: u64) -> u32 {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("a key of any length");
    mac.update(&counter.to_be_bytes());
    dynamic_truncation(&mac.finalize().into_bytes())
}

/// RFC 4226 section 5.3: four bytes at the offset that the last half-byte names, without the top bit.
fn dynamic_truncation(digest: &[u8]) -> u32 {
    let offset = digest.last().map_or(0, |last| usize::from(last & 0xf));
    let bytes = [0, 1, 2, 3].map(|index| digest.get(offset + index).copied().unwrap_or(0));
    u32::from_be_bytes(bytes) & 0x7fff_ffff
}
