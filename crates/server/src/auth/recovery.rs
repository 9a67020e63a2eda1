//! Links by mail for users who have lost their password or security key: unpredictable, stored as SHA-256 only, valid
//! once and for an hour, and replaced by the next one.
//!
//! A request gets the same answer after the same work, whether or not the address is known: the request is stored in
//! both cases, and only the mail, which is sent in the background, differs.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::{Read, Reset, ResetKind, ThrottleKey, Write};
use subtle::ConstantTimeEq as _;
use url::form_urlencoded;
use vault::{User, UserId};

use super::gate::Gate;
use crate::app::App;
use crate::error::Result;
use crate::input::{Input, Invalid, Validation};
use crate::mail::Letter;
use crate::messages::{Locale, Message};
use crate::random::{digest, random_text};
use crate::registration::LENGTH;

/// Lifetime of a link, in minutes.
pub const MINUTES: i64 = 60;
/// The clocks of two copies of the program may differ by as much.
const SKEW: SignedDuration = SignedDuration::from_mins(1);
/// Minimum time between two links to one address.
const PAUSE: SignedDuration = SignedDuration::from_mins(1);
/// Maximum number of links of one kind to one address per hour.
const LINKS: u64 = 5;
const HOUR: Duration = Duration::from_hours(1);
/// Length of a link's token: 43 letters and digits are 256 bits.
const TOKEN_LENGTH: usize = 43;

/// Sends a link of this kind to the user with the address in the field `email`, if the gate admits the user's password.
///
/// # Errors
/// 422 if the field has no address, or one that was requested within the last minute or too often within the hour.
pub async fn send_link(app: &App, gate: Gate, kind: ResetKind, input: &Input, locale: Locale) -> Result<()> {
    let mut check = Validation::new(input);
    let email = check.field("email").required().string().email().max_characters(LENGTH).value();
    let email = &*check.finish(|| email)?.to_lowercase();
    let now = app.clock.now();
    let mut write = app.store.write().await?;
    let latest = write.reset(kind, email).await?;
    if latest.is_some_and(|latest| now.duration_since(latest.created_at).abs() < PAUSE) {
        return Err(Invalid::of("email", Message::RetryLater).into());
    }
    // Counted for unknown addresses too. The last link stays valid, so that a flood of requests can't lock its owner
    // out.
    let key = ThrottleKey { name: "recovery links", subject: email, client: &format!("{kind:?}") };
    if write.hit(key, now, HOUR).await?.hits > LINKS {
        return Err(Invalid::of("email", Message::RetryLater).into());
    }
    let user = write.user_by_email(email).await?.filter(|user| gate.admits_passwords_of(user));
    let url = new_link(app, &mut write, kind, email, user.as_ref().map(|user| user.id)).await?;
    write.commit().await?;
    if let Some(user) = user {
        let letter = match kind {
            ResetKind::Password => Letter::password_reset(url, MINUTES.unsigned_abs()),
            ResetKind::Webauthn => Letter::webauthn_recovery(url, MINUTES.unsigned_abs()),
        };
        app.mail.send(&user, locale, letter);
    }
    Ok(())
}

/// Creates a link of this kind for a user with this address, in place of an earlier one to the address, and returns its
/// URL. Without a user it opens nothing.
///
/// # Errors
/// When the database fails.
pub async fn new_link(
    app: &App,
    write: &mut Write,
    kind: ResetKind,
    email: &str,
    user: Option<UserId>,
) -> Result<String> {
    let token = random_text(app.random, TOKEN_LENGTH);
    let reset = Reset { hash: digest(&token), user, created_at: app.clock.now() };
    write.set_reset(kind, email, &reset).await?;
    let path = match kind {
        ResetKind::Password => "user/password/reset",
        ResetKind::Webauthn => "webauthn/recover",
    };
    let query =
        form_urlencoded::Serializer::new(String::new()).extend_pairs([("token", &*token), ("email", email)]).finish();
    Ok(format!("{}/{path}?{query}", app.config.public_url()))
}

/// Returns the user of a valid link of this kind: the one for whom it was made, if `token` is that of the latest link to
/// the address, which is still the user's, if it hasn't expired, and if the gate admits the user's password. The caller deletes a used link ([`Write::delete_reset`]) within the same transaction.
///
/// # Errors
/// When the database fails.
pub async fn load_holder(
    app: &App,
    gate: Gate,
    read: &mut Read,
    kind: ResetKind,
    email: &str,
    token: &str,
) -> Result<Option<User>> {
    let email = email.to_lowercase();
    let Some(reset) = read.reset(kind, &email).await? else { return Ok(None) };
    let is_latest = bool::from(digest(token).ct_eq(&reset.hash));
    if !is_latest || has_expired(reset.created_at, app.clock.now()) {
        return Ok(None);
    }
    let user = read.user_by_email(&email).await?;
    Ok(user.filter(|user| reset.user == Some(user.id) && gate.admits_passwords_of(user)))
}

/// Whether a link created then has expired. One from the future has as well: nobody knows when it was made.
pub fn has_expired(created_at: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(created_at);
    age > SignedDuration::from_mins(MINUTES) || age < -SKEW
}
