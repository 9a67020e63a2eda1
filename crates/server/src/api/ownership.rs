//! `/twofaccounts/{id}/owner`: giving an account away (compat 1.11, 3.10).

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use store::ThrottleKey;
use vault::{Seen, UserId, access};

use super::accounts::load_seen;
use super::notices::Notice;
use super::path::Id;
use super::recipients::sharing_policy;
use crate::app::App;
use crate::app::limits::Allowance;
use crate::app::passwords::Verdict;
use crate::audit::Object;
use crate::auth::caller::Caller;
use crate::error::{Conflict, Error, Result, Unauthorized};
use crate::input::{Input, Invalid, Validation};
use crate::messages::Message;

/// Maximum number of attempted transfers per user and minute.
const TRANSFERS: u32 = 6;
/// Length of a user's window.
const MINUTE: Duration = Duration::from_mins(1);

/// The new owner of an account.
#[derive(Debug, Serialize)]
struct Ownership {
    twofaccount_id: i64,
    owner_id: i64,
}

/// `PATCH /twofaccounts/{id}/owner`, with the owner's password. Every attempt counts against a limit, even a
/// refused one.
pub async fn transfer(State(app): State<App>, caller: Caller, Id(id): Id, input: Input) -> Result<Response> {
    let mut read = app.store.read().await?;
    let seen = load_seen(&mut read, &caller, id).await?;
    sharing_policy(&mut read).await?;
    drop(read);
    let allowance = count_attempt(&app, caller.user.id).await?;
    Ok(allowance.stated_on(give(&app, &caller, &seen, &input).await.into_response()))
}

/// Counts a user's attempt to give an account away. Counts are in the database, so that all copies of the program share
/// them.
///
/// # Errors
/// 429 for one too many.
async fn count_attempt(app: &App, user: UserId) -> Result<Allowance> {
    let now = app.clock.now();
    let key = ThrottleKey { name: "transfer", subject: &user.to_string(), client: "" };
    let count = app.store.hit(key, now, MINUTE).await?;
    let tried = u32::try_from(count.hits).unwrap_or(u32::MAX);
    Allowance::after(tried, TRANSFERS).ok_or_else(|| {
        let ends = count.window_started_at.as_second().saturating_add(60);
        let reset = u64::try_from(ends).unwrap_or(0);
        let retry_after = reset.saturating_sub(app.clock.unix_seconds());
        Error::Throttled { retry_after, reset, limit: TRANSFERS }
    })
}

async fn give(app: &App, caller: &Caller, before: &Seen, input: &Input) -> Result<Json<Ownership>> {
    let Transfer { to, password } = check_transfer(app, before, input).await?;
    let account = access::manage(caller.user.id, before)?.account();
    let hash = app.store.read().await?.password_hash(caller.user.id).await?.unwrap_or_default();
    if app.passwords.verify(password, &hash).await? == Verdict::Wrong {
        return Err(Unauthorized::WrongCredentials.into());
    }
    let mut write = caller.write(app).await?;
    // Asked again: comparing passwords takes its time.
    let now = load_seen(&mut write, caller, account.0).await?;
    let right = access::manage(caller.user.id, &now)?;
    write.user(to).await?.ok_or(Conflict::Changed)?;
    let owned = write.owned_account_count(to).await?;
    Invalid::unless_room("new_owner_id", owned, app.config.bounds.accounts)?;
    write.transfer_ownership(&right, to, app.clock.now()).await?;
    let notice = Notice::to(&mut write, &now.account, &[to]).await?;
    write.commit().await?;
    caller.record("account.transfer", &Object::accounts([account]).named(format!("user {to}")));
    notice.given(app, &caller.user);
    Ok(Json(Ownership { twofaccount_id: account.0, owner_id: to.0 }))
}

/// The fields of a transfer.
struct Transfer<'a> {
    to: UserId,
    password: &'a str,
}

/// Checks that the new owner exists, and isn't the present one.
async fn check_transfer<'a>(app: &App, seen: &Seen, input: &'a Input) -> Result<Transfer<'a>> {
    let mut check = Validation::new(input);
    let to = check.field("new_owner_id").required().integer().map(UserId);
    let user = match to.so_far() {
        Some(id) => app.store.read().await?.user(*id).await?,
        None => None,
    };
    let is_owner = to.so_far().is_some_and(|to| Some(*to) == seen.account.owner);
    let to = to.exists(|_| user.is_some()).refuse_if(is_owner, Message::SameOwner).value();
    let password = check.field("confirm_password").required().string().value();
    Ok(check.finish(|| Ok(Transfer { to: to?, password: password? }))?)
}
