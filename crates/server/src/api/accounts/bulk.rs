//! `/twofaccounts`: several accounts at once.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde_json::{Value, json};
use vault::access;
use vault::{AccountId, order};

use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{BadRequest, Result};
use crate::icons;
use crate::input::{Checked, Field, Input, Invalid, Validation, is_id_list};
use crate::messages::Message;
use crate::settings::Settings;

/// Number of IDs from which a request has too many.
const TOO_MANY: usize = 100;

/// The ids of the field `ids`: numbers with commas between them. `None` when they aren't there.
///
/// # Errors
/// 422 when they are written wrongly.
pub fn wanted_ids(input: &Input) -> Result<Option<Vec<AccountId>>, Invalid> {
    let mut check = Validation::new(input);
    let ids = id_list(check.field("ids").sometimes()).map(parsed).optional();
    check.finish(|| Ok(ids))
}

/// Checks the ids of a request that changes or hands out what they name; [`limited_ids`] reads them.
pub fn check_ids<'a>(check: &mut Validation<'a>) -> Checked<&'a str> {
    id_list(check.field("ids")).value()
}

/// The ids of a request that has nothing else.
fn named_ids(input: &Input) -> Result<Vec<AccountId>> {
    let mut check = Validation::new(input);
    let ids = check_ids(&mut check);
    limited_ids(check.finish(|| ids)?)
}

/// Reads what [`check_ids`] returned.
///
/// # Errors
/// 400 when the ids are too many.
pub fn limited_ids(ids: &str) -> Result<Vec<AccountId>> {
    if ids.split(',').count() >= TOO_MANY {
        return Err(BadRequest::TooManyIds.into());
    }
    Ok(parsed(ids))
}

fn id_list<'v, 'a>(ids: Field<'v, 'a>) -> Field<'v, 'a, &'a str> {
    ids.required().string().matches(is_id_list, Message::IdList)
}

/// Ids beyond any row's are left out.
fn parsed(ids: &str) -> Vec<AccountId> {
    ids.split(',').filter_map(|id| id.parse().ok()).map(AccountId).collect()
}

/// `DELETE /twofaccounts?ids=`: all of them or none.
pub async fn delete(State(app): State<App>, caller: Caller, input: Input) -> Result<StatusCode> {
    let ids = named_ids(&input)?;
    let mut write = caller.write(&app).await?;
    let seen = write.accounts_among(caller.user.id, &ids).await?;
    let rights =
        seen.iter().map(|seen| access::manage(caller.user.id, seen)).collect::<std::result::Result<Vec<_>, _>>()?;
    for right in &rights {
        write.delete_account(right).await?;
    }
    let leftovers = icons::remove_unused(&mut write, seen.into_iter().filter_map(|seen| seen.account.icon)).await?;
    write.commit().await?;
    leftovers.remove(&app);
    Ok(StatusCode::NO_CONTENT)
}

/// `PATCH /twofaccounts/withdraw?ids=`: takes accounts out of the caller's groups.
pub async fn withdraw(State(app): State<App>, caller: Caller, input: Input) -> Result<Json<Value>> {
    let ids = named_ids(&input)?;
    let mut write = caller.write(&app).await?;
    let policy = Settings::load(&mut write).await?.sharing();
    let seen = write.accounts_among(caller.user.id, &ids).await?;
    for seen in &seen {
        access::view(caller.user.id, seen, policy)?;
    }
    let ids: Vec<AccountId> = seen.iter().map(|seen| seen.account.id).collect();
    write.withdraw(caller.user.id, &ids).await?;
    write.commit().await?;
    Ok(Json(json!({ "message": "accounts withdrawn" })))
}

/// `POST /twofaccounts/reorder`: the given accounts first, the others as they were.
pub async fn reorder(State(app): State<App>, caller: Caller, input: Input) -> Result<Json<Value>> {
    let wanted: Vec<AccountId> = ordered_ids(&input)?.into_iter().map(AccountId).collect();
    let viewer = caller.user.id;
    let mut write = caller.write(&app).await?;
    let policy = Settings::load(&mut write).await?.sharing();
    for seen in &write.accounts_among(viewer, &wanted).await? {
        access::view(viewer, seen, policy)?;
    }
    let visible = write.visible_accounts(viewer, policy, None).await?;
    let present: Vec<AccountId> = visible.iter().map(|seen| seen.account.id).collect();
    let order = order::rearrange(&present, &wanted);
    write.set_positions(viewer, &order).await?;
    write.commit().await?;
    let order: Vec<i64> = order.into_iter().map(|id| id.0).collect();
    Ok(Json(json!({ "message": "order saved", "orderedIds": order })))
}

/// The ids of the field `orderedIds`; what isn't a number is the id of nothing.
///
/// # Errors
/// 422 when it isn't a filled array.
pub fn ordered_ids(input: &Input) -> Result<Vec<i64>, Invalid> {
    let mut check = Validation::new(input);
    let ids = check.field("orderedIds").required().array().value();
    check.finish(|| Ok(ids?.integers().collect()))
}

/// `GET /twofaccounts/count`.
pub async fn count(State(app): State<App>, caller: Caller) -> Result<Json<Value>> {
    let mut read = app.store.read().await?;
    let policy = Settings::load(&mut read).await?.sharing();
    let counts = read.account_counts(caller.user.id, policy).await?;
    Ok(Json(json!({ "owned": counts.owned, "shared": counts.shared, "total": counts.owned + counts.shared })))
}
