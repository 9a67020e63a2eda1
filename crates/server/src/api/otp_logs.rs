//! `/twofaccounts/{id}/otp-logs`: who generated codes with an account, for its owner (compat 1.7.8).

use axum::Json;
use axum::extract::State;
use jiff::SignedDuration;
use serde::Serialize;
use store::OtpLog;
use vault::access;

use super::accounts::load_seen;
use super::path::Id;
use crate::ago::{iso, months_before, whole};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::Result;
use crate::input::{Input, Validation};

/// A generated code as the API shows it. Names and addresses are those of that moment.
#[derive(Debug, Serialize)]
pub struct Entry {
    requester_name: String,
    requester_email: String,
    owner_name: String,
    owner_email: String,
    ip_address: String,
    generated_at: String,
    otp_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    counter: Option<u64>,
}

impl From<OtpLog> for Entry {
    fn from(log: OtpLog) -> Self {
        Self {
            requester_name: log.requester_name,
            requester_email: log.requester_email,
            owner_name: log.owner_name,
            owner_email: log.owner_email,
            ip_address: log.ip,
            generated_at: iso(log.generated_at),
            otp_type: log.otp_type.as_str(),
            counter: log.counter,
        }
    }
}

/// `GET /twofaccounts/{id}/otp-logs`: the oldest first, of the last `period` months, at most `limit`, and no
/// expired ones.
pub async fn list(State(app): State<App>, caller: Caller, Id(id): Id, input: Input) -> Result<Json<Vec<Entry>>> {
    let seen = load_seen(&mut app.store.read().await?, &caller, id).await?;
    let mut check = Validation::new(&input);
    let months = check.field("period").sometimes().numeric().map(whole).optional();
    // compat 1.10: a negative limit is none.
    let limit = check.field("limit").sometimes().numeric().map(|limit| u64::try_from(whole(limit)).ok()).optional();
    let (months, limit) = check.finish(|| Ok((months, limit.flatten())))?;
    access::manage(caller.user.id, &seen)?;
    let now = app.clock.now();
    // Reading deletes nothing: the clock may be wrong.
    let oldest = now - SignedDuration::from_hours(24 * i64::from(app.config.retention.otp_days));
    let since = months.map_or(oldest, |months| months_before(now, months).max(oldest));
    let logs = app.store.read().await?.otp_logs(seen.account.id, Some(since), limit).await?;
    Ok(Json(logs.into_iter().map(Entry::from).collect()))
}
