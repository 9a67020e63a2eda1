//! The sign-in log as the API shows it (compat 1.7.7, 1.14).

use axum::Json;
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::SignIn;
use vault::UserId;

use crate::ago::{length, months_before, written_out};
use crate::app::App;
use crate::error::Result;
use crate::messages::Locale;
use crate::visitor::user_agent::UserAgent;

/// Which entries a request asks for.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// Only those of the last months.
    pub months: Option<i64>,
    /// Only the newest of them; the oldest for a negative number.
    pub limit: Option<i64>,
}

/// The entries of one user, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(app: &App, user: UserId, range: Range, zone: Option<&str>, locale: Locale) -> Result<Json<Value>> {
    let now = app.clock.now();
    let oldest = now - SignedDuration::from_hours(24 * i64::from(app.config.retention.sign_in_days));
    let since = range.months.map(|months| months_before(now, months));
    let mut entries = app.store.read().await?.sign_ins(user, since).await?;
    // Reading deletes nothing: the clock may be wrong.
    entries.retain(|entry| ![entry.login_at, entry.logout_at].into_iter().flatten().any(|time| time < oldest));
    if let Some(limit) = range.limit {
        keep(&mut entries, limit);
    }
    Ok(Json(entries.iter().map(|entry| sign_in_view(entry, zone, locale)).collect()))
}

/// The first `limit` entries; the last ones for a negative limit.
fn keep<T>(entries: &mut Vec<T>, limit: i64) {
    let count = usize::try_from(limit.unsigned_abs()).unwrap_or(usize::MAX);
    if limit >= 0 {
        entries.truncate(count);
    } else {
        entries.drain(..entries.len().saturating_sub(count));
    }
}

fn sign_in_view(entry: &SignIn, zone: Option<&str>, locale: Locale) -> Value {
    let agent = UserAgent::parse(entry.user_agent.as_deref().unwrap_or_default());
    let duration = match (entry.login_at, entry.logout_at) {
        (Some(login), Some(logout)) => Some(length((logout.as_second() - login.as_second()).unsigned_abs(), locale)),
        _ => None,
    };
    json!({
        "id": entry.id,
        "ip_address": entry.ip,
        "user_agent": entry.user_agent,
        "browser": agent.browser.map_or(json!(false), |name| json!(name)),
        "platform": agent.platform.map_or(json!(false), |name| json!(name)),
        "device": agent.device,
        "login_at": entry.login_at.map(|at| written_out(at, zone)),
        "logout_at": entry.logout_at.map(|at| written_out(at, zone)),
        "login_successful": entry.successful,
        "duration": duration,
        "login_method": entry.method,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_limit_keeps_the_end() {
        let kept = |limit| {
            let mut entries = vec![1, 2, 3, 4];
            keep(&mut entries, limit);
            entries
        };
        assert_eq!(kept(2), [1, 2]);
        assert_eq!(kept(-1), [4]);
        assert_eq!(kept(0), [0; 0]);
        assert_eq!(kept(i64::MIN), [1, 2, 3, 4]);
    }
}
