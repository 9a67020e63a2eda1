//! `/twofaccounts/{id}/shares`: the users with whom an account is shared (compat 1.11).
//!
//! If sharing is off, that error comes first; only a missing account (404) is reported before it.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use store::{Read, Recipient};
use vault::access;
use vault::{AccountId, Seen, SharingPolicy, UserId};

use super::accounts::load_seen;
use super::notices::Notice;
use super::path::{Id, Ids};
use super::recipients::{self, RecipientView, sharing_policy};
use crate::app::App;
use crate::audit::Object;
use crate::auth::caller::Caller;
use crate::error::{Conflict, Forbidden, NotFound, Result, Unprocessable};
use crate::input::{Input, Validation};

/// The sharing of an account as the API shows it: with everyone, or with these users.
#[derive(Debug, Serialize)]
pub struct Sharing {
    twofaccount_id: i64,
    is_shared_with_all: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    specific_users: Option<Vec<RecipientView>>,
}

impl Sharing {
    fn with_all(account: AccountId) -> Self {
        Self { twofaccount_id: account.0, is_shared_with_all: true, specific_users: None }
    }

    fn with(app: &App, caller: &Caller, account: AccountId, recipients: Vec<Recipient>) -> Self {
        let views = recipients::views(app, caller, recipients);
        Self { twofaccount_id: account.0, is_shared_with_all: false, specific_users: Some(views) }
    }
}

/// `GET …/shares`.
pub async fn show(State(app): State<App>, caller: Caller, Id(id): Id) -> Result<Json<Sharing>> {
    let mut read = app.store.read().await?;
    let seen = load_seen(&mut read, &caller, id).await?;
    let policy = sharing_policy(&mut read).await?;
    let account = access::manage(caller.user.id, &seen)?.account();
    if seen.shares.is_with_all(policy) {
        return Ok(Json(Sharing::with_all(account)));
    }
    let recipients = read.recipients(account).await?;
    drop(read);
    Ok(Json(Sharing::with(&app, &caller, account, recipients)))
}

/// `POST …/shares`: shares with people. 201 when it is new to one of them.
pub async fn share(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id,
    mut input: Input,
) -> Result<(StatusCode, Json<Sharing>)> {
    let mut write = caller.write(&app).await?;
    let seen = load_seen(&mut write, &caller, id).await?;
    let policy = sharing_policy(&mut write).await?;
    let users = wanted_users(&mut write, &mut input).await?;
    let right = access::manage(caller.user.id, &seen)?;
    refuse_if_with_all(&seen, policy)?;
    if users.contains(&right.holder()) {
        return Err(Unprocessable::OwnerAmongRecipients.into());
    }
    let added = write.share_with(&right, &users, app.clock.now()).await?;
    let mut recipients = write.recipients(right.account()).await?;
    recipients.retain(|recipient| users.binary_search(&recipient.user).is_ok());
    let notice = Notice::to(&mut write, &seen.account, &added).await?;
    write.commit().await?;
    let ids: Vec<String> = users.iter().map(ToString::to_string).collect();
    caller.record("account.share", &Object::accounts([right.account()]).named(format!("users {}", ids.join(","))));
    notice.shared(&app, &caller.user);
    let status = if added.is_empty() { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(Sharing::with(&app, &caller, right.account(), recipients))))
}

/// The IDs of the users that a request names, in ascending order.
async fn wanted_users(read: &mut Read, input: &mut Input) -> Result<Vec<UserId>> {
    // compat 1.11: older clients name a single one.
    if !input.has("user_ids") && input.flag("user_id") == Some(true) {
        let user = input.value("user_id").cloned().unwrap_or_default();
        input.set("user_ids", vec![user]);
    }
    let mut check = Validation::new(input);
    let users = check.field("user_ids").required().array().min_items(1);
    let ids: Vec<UserId> = users.so_far().into_iter().flat_map(|ids| ids.integers()).map(UserId).collect();
    let known: Vec<UserId> = read.users_among(&ids).await?.iter().map(|user| user.id).collect();
    let is_known = |id: &UserId| known.binary_search(id).is_ok();
    let users = users.each(|id| id.required().integer().distinct().map(UserId).exists(is_known).value()).value();
    let mut users = check.finish(|| users)?;
    users.sort_unstable();
    Ok(users)
}

fn refuse_if_with_all(seen: &Seen, policy: SharingPolicy) -> Result<()> {
    if seen.shares.is_with_all(policy) { Err(Conflict::SharedWithAll.into()) } else { Ok(()) }
}

/// `POST …/shares/all`: shares with everyone, instead of with people.
pub async fn share_with_all(State(app): State<App>, caller: Caller, Id(id): Id) -> Result<(StatusCode, Json<Sharing>)> {
    let mut write = caller.write(&app).await?;
    let seen = load_seen(&mut write, &caller, id).await?;
    if !sharing_policy(&mut write).await?.all_users {
        return Err(Forbidden::AllUsersSharingOff.into());
    }
    let right = access::manage(caller.user.id, &seen)?;
    let is_new = write.share_with_all(&right, app.clock.now()).await?;
    let notice = Notice::to_all(&mut write, &seen.account).await?;
    write.commit().await?;
    caller.record("account.share", &Object::accounts([right.account()]).named("all users"));
    if is_new {
        notice.shared(&app, &caller.user);
    }
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Sharing::with_all(right.account()))))
}

/// `DELETE …/shares/{user}`: ends the share with one person, if there is one.
pub async fn revoke(State(app): State<App>, caller: Caller, Ids(id, user): Ids) -> Result<StatusCode> {
    let mut write = caller.write(&app).await?;
    let seen = load_seen(&mut write, &caller, id).await?;
    let user = write.user(UserId(user)).await?.ok_or(NotFound::Resource)?;
    let policy = sharing_policy(&mut write).await?;
    let right = access::manage(caller.user.id, &seen)?;
    refuse_if_with_all(&seen, policy)?;
    let is_recipient = write.recipients(right.account()).await?.iter().any(|recipient| recipient.user == user.id);
    write.revoke(&right, user.id).await?;
    let notice = Notice::to(&mut write, &seen.account, &[user.id]).await?;
    write.commit().await?;
    caller.record("account.unshare", &Object::accounts([right.account()]).named(format!("user {}", user.id)));
    if is_recipient {
        notice.unshared(&app, &caller.user);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE …/shares`: ends all shares; a share with everyone only while there can be one.
pub async fn revoke_all(State(app): State<App>, caller: Caller, Id(id): Id) -> Result<StatusCode> {
    let mut write = caller.write(&app).await?;
    let seen = load_seen(&mut write, &caller, id).await?;
    let policy = sharing_policy(&mut write).await?;
    let right = access::manage(caller.user.id, &seen)?;
    let recipients: Vec<UserId> =
        write.recipients(right.account()).await?.iter().map(|recipient| recipient.user).collect();
    let notice = if seen.shares.is_with_all(policy) {
        Notice::to_all(&mut write, &seen.account).await?
    } else {
        Notice::to(&mut write, &seen.account, &recipients).await?
    };
    write.revoke_all(&right, policy.all_users).await?;
    write.commit().await?;
    caller.record("account.unshare", &Object::accounts([right.account()]).named("all users"));
    notice.unshared(&app, &caller.user);
    Ok(StatusCode::NO_CONTENT)
}
