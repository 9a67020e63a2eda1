//! `/groups`: the caller's groups of accounts (compat 1.12).

use std::borrow::Cow;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use store::Read;
use vault::access;
use vault::{AccountId, Group, GroupId, SharingPolicy, order};

use super::accounts::bulk::ordered_ids;
use super::accounts::view::View;
use super::accounts::views;
use super::path::Id;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Forbidden, NotFound, Result};
use crate::input::{Input, Invalid, Validation, is_group_name};
use crate::messages::Message;
use crate::settings::Settings;
use crate::visitor::language::Language;

/// Maximum length of a group's name, in characters.
const NAME_LENGTH: u32 = 32;

/// A group as the API shows it.
#[derive(Debug, Serialize)]
pub struct GroupView {
    id: i64,
    name: Value,
    show_in_chips: Option<bool>,
    twofaccounts_count: u64,
}

impl GroupView {
    fn new(group: Group, accounts: u64) -> Self {
        Self {
            id: group.id.0,
            name: group.name.into(),
            show_in_chips: Some(group.show_in_chips),
            twofaccounts_count: accounts,
        }
    }

    /// Returns the group of all accounts, which isn't stored.
    async fn of_all_accounts(
        read: &mut Read,
        caller: &Caller,
        policy: SharingPolicy,
        language: &Language,
    ) -> Result<Self> {
        let counts = read.account_counts(caller.user.id, policy).await?;
        Ok(Self {
            id: 0,
            name: Message::GroupAll.text(language.locale()).into(),
            show_in_chips: None,
            twofaccounts_count: counts.owned + counts.shared,
        })
    }
}

/// `GET /groups`: all accounts first, then the caller's own groups in their order.
pub async fn list(State(app): State<App>, caller: Caller, language: Language) -> Result<Json<Vec<GroupView>>> {
    caller.adopt_orphans(&app).await?;
    let mut read = app.store.read().await?;
    let policy = Settings::load(&mut read).await?.sharing();
    let mut groups = vec![GroupView::of_all_accounts(&mut read, &caller, policy, &language).await?];
    let own = read.counted_groups(caller.user.id, policy).await?;
    groups.extend(own.into_iter().map(|(group, accounts)| GroupView::new(group, accounts)));
    Ok(Json(groups))
}

/// `POST /groups`.
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    language: Language,
    input: Input,
) -> Result<(StatusCode, Json<GroupView>)> {
    let mut write = caller.write(&app).await?;
    let GroupRequest { name, show_in_chips } = check_request(&mut write, &caller, &language, &input, None).await?;
    let count = write.group_count(caller.user.id).await?;
    Invalid::unless_room("name", count, app.config.bounds.groups)?;
    let group = write.create_group(caller.user.id, &name, show_in_chips.unwrap_or(false), app.clock.now()).await?;
    write.commit().await?;
    let view = GroupView::new(group, 0);
    // compat 1.12: this answer has what was sent: a number as a number, and null for what wasn't.
    let name = input.value("name").cloned().unwrap_or(view.name);
    Ok((StatusCode::CREATED, Json(GroupView { name, show_in_chips, ..view })))
}

/// `GET /groups/{id}`; 0 is the group of all accounts.
pub async fn show(State(app): State<App>, caller: Caller, language: Language, Id(id): Id) -> Result<Json<GroupView>> {
    let mut read = app.store.read().await?;
    if id == 0 {
        let policy = Settings::load(&mut read).await?.sharing();
        return Ok(Json(GroupView::of_all_accounts(&mut read, &caller, policy, &language).await?));
    }
    let group = load_group(&mut read, id).await?;
    // compat 1.12: only the list counts the accounts of a group.
    Ok(Json(GroupView::new(require_own(&caller, group)?, 0)))
}

/// `PUT` and `PATCH /groups/{id}`.
pub async fn update(
    State(app): State<App>,
    caller: Caller,
    language: Language,
    Id(id): Id,
    input: Input,
) -> Result<Json<GroupView>> {
    let mut write = caller.write(&app).await?;
    let group = if id == 0 { None } else { Some(load_group(&mut write, id).await?) };
    let request = check_request(&mut write, &caller, &language, &input, Some(GroupId(id))).await?;
    let mut group = require_own(&caller, group.ok_or(Forbidden::NoRight)?)?;
    group.name = request.name.into_owned();
    group.show_in_chips = request.show_in_chips.unwrap_or(group.show_in_chips);
    write.update_group(group.id, &group.name, group.show_in_chips).await?;
    write.commit().await?;
    Ok(Json(GroupView::new(group, 0)))
}

/// `DELETE /groups/{id}`. The accounts stay.
pub async fn delete(State(app): State<App>, caller: Caller, Id(id): Id) -> Result<StatusCode> {
    if id == 0 {
        return Err(Forbidden::NoRight.into());
    }
    let mut write = caller.write(&app).await?;
    let group = load_group(&mut write, id).await?;
    let group = require_own(&caller, group)?;
    write.delete_group(group.id, app.clock.now()).await?;
    write.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /groups/{id}/twofaccounts`.
pub async fn accounts(State(app): State<App>, caller: Caller, Id(id): Id, input: Input) -> Result<Json<Vec<View>>> {
    let mut read = app.store.read().await?;
    let settings = Settings::load(&mut read).await?;
    let policy = settings.sharing();
    let mut seen = if id == 0 {
        read.visible_accounts(caller.user.id, policy, None).await?
    } else {
        let group = load_group(&mut read, id).await?;
        let group = require_own(&caller, group)?;
        read.group_accounts(caller.user.id, group.id, policy).await?
    };
    // compat 1.12: by id, not in the caller's order.
    seen.sort_by_key(|seen| seen.account.id);
    Ok(Json(views(&app, &caller, read, &settings, seen, &input).await?))
}

/// `POST /groups/{id}/assign`: moves accounts into a group.
pub async fn assign(State(app): State<App>, caller: Caller, Id(id): Id, input: Input) -> Result<Json<GroupView>> {
    let mut write = caller.write(&app).await?;
    let group = if id == 0 { None } else { Some(load_group(&mut write, id).await?) };
    let mut check = Validation::new(&input);
    let ids = check.field("ids").required().array().each(|id| id.integer().map(AccountId).value()).value();
    let ids = check.finish(|| ids)?;
    let group = require_own(&caller, group.ok_or(Forbidden::NoRight)?)?;
    let policy = Settings::load(&mut write).await?.sharing();
    let seen = write.accounts_among(caller.user.id, &ids).await?;
    if seen.iter().any(|seen| access::view(caller.user.id, seen, policy).is_err()) {
        return Err(Forbidden::AccountsOfOthers.into());
    }
    let ids: Vec<AccountId> = seen.iter().map(|seen| seen.account.id).collect();
    write.assign(caller.user.id, &ids, group.id).await?;
    let accounts = write.group_account_count(caller.user.id, group.id, policy).await?;
    write.commit().await?;
    Ok(Json(GroupView::new(group, accounts)))
}

/// `POST /groups/reorder`.
pub async fn reorder(State(app): State<App>, caller: Caller, input: Input) -> Result<Json<Value>> {
    let wanted: Vec<GroupId> = ordered_ids(&input)?.into_iter().map(GroupId).collect();
    let mut write = caller.write(&app).await?;
    for id in &wanted {
        if let Some(group) = write.group(*id).await? {
            require_own(&caller, group)?;
        }
    }
    let present: Vec<GroupId> = write.groups(caller.user.id).await?.iter().map(|group| group.id).collect();
    let order = order::rearrange(&present, &wanted);
    write.set_group_positions(&order).await?;
    write.commit().await?;
    let order: Vec<i64> = order.into_iter().map(|id| id.0).collect();
    Ok(Json(json!({ "message": "order saved", "orderedIds": order })))
}

/// Returns the group `id`, whoever owns it: 404 comes before 403.
async fn load_group(read: &mut Read, id: i64) -> Result<Group> {
    read.group(GroupId(id)).await?.ok_or(NotFound::Resource.into())
}

/// Refuses a group of another user.
fn require_own(caller: &Caller, group: Group) -> Result<Group> {
    if group.owner == Some(caller.user.id) { Ok(group) } else { Err(Forbidden::NoRight.into()) }
}

/// The fields of a new or changed group.
struct GroupRequest<'a> {
    name: Cow<'a, str>,
    show_in_chips: Option<bool>,
}

/// Checks a new group, or the changes of `itself`.
async fn check_request<'a>(
    read: &mut Read,
    caller: &Caller,
    language: &Language,
    input: &'a Input,
    itself: Option<GroupId>,
) -> Result<GroupRequest<'a>> {
    let mut check = Validation::new(input);
    let name = check.field("name").required().matches(is_group_name, Message::GroupNameLetters);
    // compat 1.5: a number is a name as well.
    let name = name.max_characters(NAME_LENGTH).printed();
    let is_reserved = name.so_far().is_some_and(|name| *name == Message::GroupAll.text(language.locale()));
    let is_taken = match name.so_far() {
        Some(name) => read.group_name_taken(caller.user.id, name, itself).await?,
        None => false,
    };
    let name = name.refuse_if(is_reserved, Message::GroupNameReserved).refuse_if(is_taken, Message::Unique).value();
    let show_in_chips = check.field("show_in_chips").sometimes().required().boolean().optional();
    Ok(check.finish(|| Ok(GroupRequest { name: name?, show_in_chips }))?)
}
