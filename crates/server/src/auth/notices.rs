//! Mails to users about sign-ins and shares, if their preferences ask for them, and about new credentials, always.
//!
//! They are in the user's own language or the instance's, never in that of the request, which may be another user's.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use store::{NewSignIn, ThrottleKey};
use vault::User;
use vault::email::is_fallback;

use crate::app::App;
use crate::audit::{self, Object};
use crate::error::Result;
use crate::mail::Letter;
use crate::messages::Locale;
use crate::settings::is_true;
use crate::visitor::client::Client;

/// Time after their creation in which users aren't told of new devices (compat 3.12).
const NEW_USER: SignedDuration = SignedDuration::from_mins(1);
/// Maximum number of mails per hour to one user about failed sign-ins: a flood of tries must not become one of mails.
const REFUSALS: u64 = 5;
const HOUR: Duration = Duration::from_hours(1);

/// Whether a sign-in, not yet logged, is from a new device or network and its user wants to know.
///
/// # Errors
/// When the database fails.
pub async fn is_news(app: &App, user: &User, entry: &NewSignIn) -> Result<bool> {
    let is_new_user = entry.login_at.duration_since(user.created_at).abs() < NEW_USER;
    if is_new_user || !wants(app, user, "notifyOnNewAuthDevice") {
        return Ok(false);
    }
    Ok(!app.store.read().await?.has_signed_in(entry).await?)
}

/// Logs the visit of a user who comes through the auth proxy, unless the last one is less than `pause` ago. Sends a
/// mail if the device is new and the user wants to know.
///
/// # Errors
/// When the database fails.
pub async fn log_visit(app: &App, user: &User, client: &Client, now: Timestamp, pause: SignedDuration) -> Result<()> {
    let entry = NewSignIn { guard: "reverse-proxy-guard".into(), ..client.sign_in_entry(user.id, now, true, None) };
    let is_news = is_news(app, user, &entry).await?;
    match app.store.log_visit(entry, pause).await {
        Ok(true) => {
            audit::record("sign_in", user, "proxy", client, &Object::default());
            if is_news {
                tell_of_device(app, user, client, now);
            }
        }
        // People still get their codes.
        Err(error) if error.forbids_writing() => {}
        logged => drop(logged?),
    }
    Ok(())
}

/// Sends a user a letter if the preference asks for it and the user has a real address.
pub fn tell(app: &App, user: &User, preference: &str, letter: impl FnOnce() -> Letter) {
    if wants(app, user, preference) {
        app.mail.send(user, language(app), letter());
    }
}

/// Tells a user of a sign-in from a new device.
pub fn tell_of_device(app: &App, user: &User, client: &Client, at: Timestamp) {
    app.mail.send(user, language(app), Letter::new_device(&app.config.preferences, user, client, at));
}

/// Tells a user of a failed sign-in, if the user wants to know.
///
/// # Errors
/// When the database fails.
pub async fn tell_of_refusal(app: &App, user: &User, client: &Client) -> Result<()> {
    let now = app.clock.now();
    if !wants(app, user, "notifyOnFailedLogin") {
        return Ok(());
    }
    let key = ThrottleKey { name: "refusal mails", subject: &user.id.to_string(), client: "" };
    if app.store.hit(key, now, HOUR).await?.hits <= REFUSALS {
        app.mail.send(user, language(app), Letter::failed_sign_in(&app.config.preferences, user, client, now));
    }
    Ok(())
}

/// Tells a user that a security key of this name was added to theirs: nobody who took over a session can keep it secret.
pub fn tell_of_key(app: &App, user: &User, client: &Client, name: Option<&str>) {
    let letter = Letter::new_key(&app.config.preferences, user, client, app.clock.now(), name);
    app.mail.send(user, language(app), letter);
}

/// Tells a user that a personal access token of this name was added to theirs.
pub fn tell_of_token(app: &App, user: &User, client: &Client, name: &str) {
    let letter = Letter::new_token(&app.config.preferences, user, client, app.clock.now(), name);
    app.mail.send(user, language(app), letter);
}

fn wants(app: &App, user: &User, preference: &str) -> bool {
    !is_fallback(&user.email) && app.config.preferences.value(&user.preferences, preference).is_some_and(is_true)
}

fn language(app: &App) -> Locale {
    Locale::choose(None, None, &app.config.app.locale)
}
