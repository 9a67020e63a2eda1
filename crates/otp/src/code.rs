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

/// The code of a time-based account and the next one.
#[derive(Clone, PartialEq, Eq)]
pub struct Codes {
    /// The code.
    pub password: String,
    /// The code that follows.
    pub next_password: String,
    /// The time that the code was requested for, in Unix seconds.
    pub generated_at: u64,
    /// The validity of a code, in seconds.
    pub period: u32,
}

impl fmt::Debug for Codes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Codes").field("generated_at", &self.generated_at).finish_non_exhaustive()
    }
}

/// The code of a counter-based account.
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

/// The reason why no code can be generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// The secret holds no key.
    #[error(transparent)]
    NotBase32(#[from] NotBase32),
    /// A time-based code was requested for a HOTP account.
    #[error("this account makes codes by counter, not by time")]
    NotTimeBased,
    /// A counter-based code was requested for a TOTP or Steam account.
    #[error("this account makes codes by time, not by counter")]
    NotCounterBased,
    /// The incremented counter can't be stored.
    #[error("the counter has reached its end: set up the account anew at the service")]
    CounterExhausted,
}

/// Generates the code of a TOTP or Steam account, and the next one.
///
/// `now` is the real time and `at` the requested time, both in Unix seconds.
///
/// compat: the next code is that of `generated_at` + the rest of the period *at the real time* + 2 seconds; and Steam
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

/// Generates the code of a HOTP account for a counter, and returns the counter to store.
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

/// Generates a HOTP code (RFC 4226 section 5.3), zero-padded on the left to `digits`.
///
/// The truncated value has 31 bits, so codes of more than 10 digits start with zeros.
///
/// MD5's digest of 16 bytes is too short for the truncation in 3 cases of 16. No standard covers these; here the
/// missing bytes are zero, as in implementations that mask a byte read past the end (JavaScript's). Others refuse MD5,
/// and so does [`Parameters::validate`].
pub fn hotp(key: &[u8], algorithm: Algorithm, digits: u8, counter: u64) -> String {
    let value = u64::from(truncate_hmac(key, algorithm, counter));
    let value = 10_u64.checked_pow(digits.into()).map_or(value, |modulus| value % modulus);
    format!("{value:0width$}", width = usize::from(digits))
}

/// Generates a TOTP code (RFC 6238 section 4, counted from the Unix epoch). A period of 0 counts as 1.
pub fn totp(key: &[u8], algorithm: Algorithm, digits: u8, period: u32, unix_seconds: u64) -> String {
    hotp(key, algorithm, digits, unix_seconds / u64::from(period.max(1)))
}

/// Generates a Steam Guard code: the HMAC-SHA-1 value of the 30-second step, as five letters in base 26, the lowest
/// first.
pub fn steam(key: &[u8], unix_seconds: u64) -> String {
    let mut value = truncate_hmac(key, Algorithm::Sha1, unix_seconds / u64::from(Parameters::PERIOD));
    let mut code = String::with_capacity(5);
    for _ in 0..5 {
        code.push(char::from(STEAM_ALPHABET[(value % 26) as usize]));
        value /= 26;
    }
    code
}

/// Computes the 31-bit number that RFC 4226 takes from the HMAC of a counter.
fn truncate_hmac(key: &[u8], algorithm: Algorithm, counter: u64) -> u32 {
    match algorithm {
        Algorithm::Sha1 => truncate::<Hmac<Sha1>>(key, counter),
        Algorithm::Sha224 => truncate::<Hmac<Sha224>>(key, counter),
        Algorithm::Sha256 => truncate::<Hmac<Sha256>>(key, counter),
        Algorithm::Sha384 => truncate::<Hmac<Sha384>>(key, counter),
        Algorithm::Sha512 => truncate::<Hmac<Sha512>>(key, counter),
        Algorithm::Md5 => truncate::<Hmac<Md5>>(key, counter),
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of every length (RFC 2104)")]
fn truncate<M: Mac + KeyInit>(key: &[u8], counter: u64) -> u32 {
    let mut mac = <M as KeyInit>::new_from_slice(key).expect("a key of any length");
    mac.update(&counter.to_be_bytes());
    truncate_dynamically(&mac.finalize().into_bytes())
}

/// Returns four bytes at the offset in the last half-byte, without the top bit (RFC 4226 section 5.3).
fn truncate_dynamically(digest: &[u8]) -> u32 {
    let offset = digest.last().map_or(0, |last| usize::from(last & 0xf));
    let bytes = [0, 1, 2, 3].map(|index| digest.get(offset + index).copied().unwrap_or(0));
    u32::from_be_bytes(bytes) & 0x7fff_ffff
}
