//! Links by mail that let somebody in again who lost a password or a security key: unpredictable, stored as SHA-256 only,
//! used once, for an hour, and replaced by the next one.
//!
//! Whoever asks for one is answered the same, after the same work, whether anybody has the address or not: what is asked
//! for is written down either way, and only the mail, which nobody waits for, makes the difference.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::{Read, Reset, ResetKind, ThrottleKey, Write};
use subtle::ConstantTimeEq as _;
use url::form_urlencoded;
use vault::User;

use crate::app::App;
use crate::error::Result;
use crate::input::{Input, Invalid, Validation};
use crate::mail::Letter;
use crate::messages::{Locale, Message};
use crate::random::{digest, random_text};
use crate::registration::LENGTH;

/// For how many minutes a link works.
pub const MINUTES: i64 = 60;
/// Nobody is sent a second one sooner.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// An address is sent so many links of a kind in an hour.
const LINKS: u64 = 5;
const HOUR: Duration = Duration::from_hours(1);
/// Letters and digits of a link's token: 43 of 62 are 256 bits.
const TOKEN_LENGTH: usize = 43;

/// Sends a link of this kind to whoever has the address in `email`, which a visitor typed.
///
/// compat: only an address in lower case, as 2FAuth keeps them, finds anybody; recorded exchanges.
///
/// # Errors
/// 422 for what is no address, one that was asked for within the last minute, or too often within an hour.
pub async fn send_link(app: &App, kind: ResetKind, input: &Input, locale: Locale) -> Result<()> {
    let mut check = Validation::new(input);
    let email = check.field("email").required().string().email().max_characters(LENGTH);
    let is_unknown = email.so_far().is_some_and(|email| *email != email.to_lowercase());
    let email = email.refuse_if(is_unknown, unknown(kind)).value();
    let email = check.finish(|| email)?;
    let now = app.clock.now();
    let mut write = app.store.write().await?;
    let latest = write.reset(kind, email).await?;
    if latest.is_some_and(|latest| now.duration_since(latest.created_at) < PAUSE) {
        return Err(Invalid::of("email", Message::RetryLater).into());
    }
    // For every address alike. The last link stays good, so that nobody can keep its owner from it.
    let key = ThrottleKey { name: "recovery links", key: &format!("{kind:?}|{email}") };
    if write.hit(key, now, HOUR).await?.hits > LINKS {
        return Err(Invalid::of("email", Message::RetryLater).into());
    }
    let url = new_link(app, &mut write, kind, email).await?;
    let user = write.user_by_email(email).await?;
    write.commit().await?;
    if let Some(user) = user.filter(|user| user.disabled_at.is_none()) {
        let letter = match kind {
            ResetKind::Password => Letter::password_reset(url, MINUTES.unsigned_abs()),
            ResetKind::Webauthn => Letter::webauthn_recovery(url, MINUTES.unsigned_abs()),
        };
        app.mail.send(&user, locale, letter);
    }
    Ok(())
}

/// Makes a link of this kind for an address, in place of an earlier one; answers where it leads.
///
/// # Errors
/// When the database fails.
pub async fn new_link(app: &App, write: &mut Write, kind: ResetKind, email: &str) -> Result<String> {
    let token = random_text(app.random, TOKEN_LENGTH);
    let reset = Reset { hash: digest(&token), created_at: app.clock.now() };
    write.set_reset(kind, email, &reset).await?;
    let path = match kind {
        ResetKind::Password => "user/password/reset",
        ResetKind::Webauthn => "webauthn/recover",
    };
    let query =
        form_urlencoded::Serializer::new(String::new()).extend_pairs([("token", &*token), ("email", email)]).finish();
    Ok(format!("{}/{path}?{query}", app.config.public_url()))
}

/// Who holds a good link of this kind: whoever has the address, if the token is that of its latest link, and young enough.
/// Forget the link once it was used ([`Write::delete_reset`]), in the transaction that this was asked in.
///
/// # Errors
/// When the database fails.
pub async fn holder(app: &App, read: &mut Read, kind: ResetKind, email: &str, token: &str) -> Result<Option<User>> {
    let email = email.to_lowercase();
    let Some(reset) = read.reset(kind, &email).await? else { return Ok(None) };
    let is_theirs = bool::from(digest(token).ct_eq(&reset.hash));
    if !is_theirs || is_over(reset.created_at, app.clock.now()) {
        return Ok(None);
    }
    Ok(read.user_by_email(&email).await?.filter(|user| user.disabled_at.is_none()))
}

/// Whether a link of then no longer works.
pub fn is_over(created_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(created_at) > SignedDuration::from_mins(MINUTES)
}

/// compat: 2FAuth's words for an address that nobody has depend on the kind.
fn unknown(kind: ResetKind) -> Message {
    match kind {
        ResetKind::Password => Message::EmailUnknown,
        ResetKind::Webauthn => Message::UserUnknown,
    }
}
