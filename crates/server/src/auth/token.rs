//! Personal access tokens: random, shown once, stored as SHA-256 only.

use http::{HeaderMap, header};
use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::error::{Result, Unauthorized};
use crate::random::{FillRandom, digest, random_text};

/// The beginning of every token, by which secret scanners recognise one.
const PREFIX: &str = "sixpin_";
/// Characters after the prefix: 40 of 62 are 238 bits.
const RANDOM_LENGTH: usize = 40;

/// Returns a new token.
pub fn generate(random: FillRandom) -> String {
    format!("{PREFIX}{}", random_text(random, RANDOM_LENGTH))
}

/// Returns a new token's ID: 80 hexadecimal digits, as 2FAuth's clients know it.
pub fn generate_id(random: FillRandom) -> String {
    let mut bytes = [0; 40];
    random(&mut bytes);
    data_encoding::HEXLOWER.encode(&bytes)
}

/// Returns the bearer token of a request. An empty one is returned too, and is invalid.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Returns the owner and the ID of a token.
///
/// # Errors
/// [`Unauthorized::Unauthenticated`] for an unknown, revoked or expired token, or one of a disabled user: all alike.
pub async fn authenticate(app: &App, token: &str) -> Result<(vault::User, String)> {
    let now = app.clock.now();
    let hash = digest(token);
    let bearer = app.store.read().await?.token_bearer(&hash).await?;
    let (token, user) = bearer.ok_or(Unauthorized::Unauthenticated)?;
    if !token.is_valid(now) || user.disabled_at.is_some() {
        return Err(Unauthorized::Unauthenticated.into());
    }
    if is_stale(token.last_used_at, now) {
        app.store.touch_token(&hash, now).await?;
    }
    Ok((user, token.id))
}

/// The last use is written down once an hour at most.
pub(super) fn is_stale(last_used_at: Option<Timestamp>, now: Timestamp) -> bool {
    last_used_at.is_none_or(|last| now.duration_since(last).abs() >= SignedDuration::from_hours(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_their_prefix_and_length() {
        let token = generate(|bytes| bytes.fill(61));
        assert_eq!(token, format!("sixpin_{}", "9".repeat(40)));
        assert_eq!(generate_id(|bytes| bytes.fill(255)), "ff".repeat(40));
    }

    #[test]
    fn the_scheme_is_bearer_in_any_case() {
        let header = |value: &str| HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
        assert_eq!(bearer(&header("Bearer abc")), Some("abc"));
        assert_eq!(bearer(&header("bearer  abc ")), Some("abc"));
        assert_eq!(bearer(&header("Bearer ")), Some(""));
        assert_eq!(bearer(&header("Basic abc")), None);
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
