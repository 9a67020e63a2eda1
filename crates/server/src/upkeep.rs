//! Periodic removal of expired data. Several copies of the program may run it: write transactions run one at a time,
//! and the next one finds nothing left to remove.
//!
//! Nothing is removed by a clock that may be wrong, see [`store::MayPurge`]; nor soon after the start, when a wrong
//! clock is often set right.

use std::time::Duration;

use jiff::SignedDuration;
use store::{ClockVerdict, Database};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::auth::session::LIFETIME_DAYS;
use crate::error::Result;
use crate::icons;

const INTERVAL: Duration = Duration::from_hours(1);
/// Running time before the first removal.
const START: Duration = Duration::from_mins(10);
/// Time between two checks of a SQLite file.
const CHECK_INTERVAL: Duration = Duration::from_hours(7 * 24);
/// Days for which a link for a new password is kept, for administrators who check whether one was requested. Not for
/// long: strangers can ask for as many as they find addresses.
const RESET_DAYS: i64 = 1;
/// Days for which an expired token is kept, so that its owner can see why it stopped working.
const TOKEN_DAYS: i64 = 30;
/// Days for which an import can be taken back as one.
const IMPORT_DAYS: i64 = 30;
/// Days for which an unused icon is kept. Icons are uploaded or imported before an account has them, and stay behind if
/// the user gives up.
const UNUSED_ICON_DAYS: i64 = 1;

/// Looks at the clock at once, and removes expired data every hour, until `stop` is cancelled. A SQLite file is checked
/// once a week.
pub async fn run(app: App, stop: CancellationToken) {
    let mut looked = Instant::now();
    if let Err(error) = watch_clock(&app, Duration::ZERO).await {
        tracing::warn!(%error, "the clock can't be compared with the latest time in the database");
    }
    let mut hours = tokio::time::interval_at(looked + START, INTERVAL);
    let mut checks = tokio::time::interval_at(looked + CHECK_INTERVAL, CHECK_INTERVAL);
    loop {
        tokio::select! {
            now = hours.tick() => {
                let ran = now.duration_since(std::mem::replace(&mut looked, now));
                if let Err(error) = remove_expired(&app, ran).await {
                    tracing::warn!(%error, "expired data can't be removed; the next try is in an hour");
                }
            }
            _ = checks.tick() => check_file(&app).await,
            () = stop.cancelled() => return,
        }
    }
}

/// Removes sessions, tokens, challenges, links of mails, counts of failures, log entries and records of imports that
/// have expired, and icons that were not used within a day; nothing while the clock is doubted. `ran` is the running time
/// since the last call.
///
/// # Errors
/// When the database or the disk fails. Unused icons are kept then.
pub async fn remove_expired(app: &App, ran: Duration) -> Result<()> {
    let ClockVerdict::Believed(may) = watch_clock(app, ran).await? else { return Ok(()) };
    let now = app.clock.now();
    let days_ago = |days: i64| now - SignedDuration::from_hours(24 * days);
    let retention = &app.config.retention;
    let mut write = app.store.write_long().await?;
    let max_days = app.config.session.max_days.into();
    write.purge_sessions(may, days_ago(LIFETIME_DAYS), days_ago(max_days), days_ago(1)).await?;
    write.purge_tokens(may, days_ago(TOKEN_DAYS)).await?;
    write.purge_challenges(may, now).await?;
    write.purge_throttles(may, days_ago(1)).await?;
    write.purge_resets(may, days_ago(RESET_DAYS)).await?;
    write.purge_imports(may, days_ago(IMPORT_DAYS)).await?;
    write.purge_sign_ins(may, days_ago(retention.sign_in_days.into())).await?;
    write.purge_otp_logs(may, days_ago(retention.otp_days.into())).await?;
    write.commit().await?;
    let mut write = app.store.write_long().await?;
    icons::sweep(app, &mut write, may, days_ago(UNUSED_ICON_DAYS)).await?;
    Ok(write.commit().await?)
}

/// Compares the clock with the latest time that was believed, and says loudly if it is far from it.
async fn watch_clock(app: &App, ran: Duration) -> Result<ClockVerdict> {
    let now = app.clock.now();
    let mut write = app.store.write_long().await?;
    let verdict = write.watch_clock(now, ran).await?;
    write.commit().await?;
    if let ClockVerdict::Doubted { latest, remaining } = verdict {
        tracing::error!(
            %now,
            %latest,
            "the clock is far from the latest time that Sixpin saw: is it wrong? Codes depend on it, and sessions and \
             tokens may count as expired. If Sixpin wasn't running in between, all is well. Nothing that is past its \
             time is deleted until the clock has gone on like this for {} more hours",
            remaining.as_secs().div_ceil(3600)
        );
    }
    Ok(verdict)
}

/// Checks a SQLite file for damage, and logs what it finds.
pub async fn check_file(app: &App) {
    if !matches!(app.config.database, Database::Sqlite { .. }) {
        return;
    }
    match app.store.check_file().await {
        Ok(faults) if faults.is_empty() => tracing::info!("the database file was checked and is whole"),
        Ok(faults) => tracing::error!(
            faults = faults.join("; "),
            "the database file is damaged: stop Sixpin, keep a copy of the file, and restore a backup, or save what is \
             left with `sqlite3 FILE .recover`"
        ),
        Err(error) => tracing::warn!(%error, "the database file can't be checked"),
    }
}
