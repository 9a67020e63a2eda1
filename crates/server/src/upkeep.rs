//! Periodic removal of expired data. Several copies of the program may run it: write transactions run one at a time,
//! and the next one finds nothing left to remove.

use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::auth::session::LIFETIME_DAYS;
use crate::error::Result;
use crate::icons;

const INTERVAL: Duration = Duration::from_hours(1);
/// Days for which a link for a new password is kept, for administrators who check whether one was requested. Not for
/// long: strangers can ask for as many as they find addresses.
const RESET_DAYS: i64 = 1;
/// Days for which an expired token is kept, so that its owner can see why it stopped working.
const TOKEN_DAYS: i64 = 30;
/// Days for which an unused icon is kept. Icons are uploaded or imported before an account has them, and stay behind if
/// the user gives up.
const UNUSED_ICON_DAYS: i64 = 1;

/// Removes expired data at the start and every hour, until `stop` is cancelled.
pub async fn run(app: App, stop: CancellationToken) {
    let mut hours = tokio::time::interval(INTERVAL);
    loop {
        tokio::select! {
            _ = hours.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = remove_expired(&app).await {
            tracing::warn!(%error, "expired data can't be removed; the next try is in an hour");
        }
    }
}

/// Removes sessions, tokens, challenges, links of mails, counts of failures and log entries that have expired, and
/// icons that were not used within a day.
///
/// # Errors
/// When the database or the disk fails. Unused icons are kept then.
pub async fn remove_expired(app: &App) -> Result<()> {
    let now = app.clock.now();
    let days_ago = |days: i64| now - SignedDuration::from_hours(24 * days);
    let retention = &app.config.retention;
    let mut write = app.store.write().await?;
    write.purge_sessions(days_ago(LIFETIME_DAYS), days_ago(1)).await?;
    write.purge_tokens(days_ago(TOKEN_DAYS)).await?;
    write.purge_challenges(now).await?;
    write.purge_throttles(days_ago(1)).await?;
    write.purge_resets(days_ago(RESET_DAYS)).await?;
    write.purge_sign_ins(days_ago(retention.sign_in_days.into())).await?;
    write.purge_otp_logs(days_ago(retention.otp_days.into())).await?;
    write.commit().await?;
    let mut write = app.store.write().await?;
    icons::sweep(app, &mut write, days_ago(UNUSED_ICON_DAYS)).await?;
    Ok(write.commit().await?)
}
