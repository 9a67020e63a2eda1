//! Mails for people who want to know what happens, of sign-ins among others.
//!
//! They are in the person's own language, or the instance's: who made it happen may be somebody else.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::{NewSignIn, ThrottleKey};
use vault::User;
use vault::email::is_fallback;

use crate::app::App;
use crate::error::Result;
use crate::mail::Letter;
use crate::messages::Locale;
use crate::settings::is_true;
use crate::visitor::client::Client;

/// compat 3.12: whoever just came to be knows of their first devices.
const NEWCOMER: SignedDuration = SignedDuration::from_mins(1);
/// Somebody is told of so many refused sign-ins an hour: a flood of tries must not become one of mails.
const REFUSALS: u64 = 5;
const HOUR: Duration = Duration::from_hours(1);

/// Whether a sign-in, not yet logged, is from a device or a network that its person wants to be told of.
///
/// # Errors
/// When the database fails.
pub async fn is_news(app: &App, user: &User, entry: &NewSignIn) -> Result<bool> {
    let is_newcomer = entry.login_at.duration_since(user.created_at) < NEWCOMER;
    if is_newcomer || !wants(app, user, "notifyOnNewAuthDevice") {
        return Ok(false);
    }
    Ok(!app.store.read().await?.has_signed_in(entry).await?)
}

/// Notes in the sign-in log that somebody came through the auth proxy, and that they were seen, unless they were
/// within the last `pause`; tells them, if it is from a new device and they want to know.
///
/// # Errors
/// When the database fails.
pub async fn log_visit(app: &App, user: &User, client: &Client, now: Timestamp, pause: SignedDuration) -> Result<()> {
    let entry = NewSignIn { guard: "reverse-proxy-guard".into(), ..client.sign_in(user.id, now, true, None) };
    let is_news = is_news(app, user, &entry).await?;
    if app.store.log_visit(entry, pause).await? && is_news {
        tell_of_device(app, user, client, now);
    }
    Ok(())
}

/// Sends somebody a letter, if they want such ones by this preference and can have any.
pub fn tell(app: &App, user: &User, preference: &str, letter: impl FnOnce() -> Letter) {
    if wants(app, user, preference) {
        app.mail.send(user, language(app), letter());
    }
}

/// Tells somebody that they signed in from a new device.
pub fn tell_of_device(app: &App, user: &User, client: &Client, at: Timestamp) {
    app.mail.send(user, language(app), Letter::new_device(&app.config.preferences, user, client, at));
}

/// Tells somebody that a sign-in was refused, if they want to know.
///
/// # Errors
/// When the database fails.
pub async fn tell_of_refusal(app: &App, user: &User, client: &Client) -> Result<()> {
    let now = app.clock.now();
    if !wants(app, user, "notifyOnFailedLogin") {
        return Ok(());
    }
    let key = ThrottleKey { name: "refusal mails", key: &user.id.to_string() };
    if app.store.hit(key, now, HOUR).await?.hits <= REFUSALS {
        app.mail.send(user, language(app), Letter::failed_sign_in(&app.config.preferences, user, client, now));
    }
    Ok(())
}

fn wants(app: &App, user: &User, preference: &str) -> bool {
    !is_fallback(&user.email) && app.config.preferences.value(&user.preferences, preference).is_some_and(is_true)
}

fn language(app: &App) -> Locale {
    Locale::choose(None, None, &app.config.app.locale)
}
