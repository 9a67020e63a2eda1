//! `/twofaccounts`: one account at a time, and the list.

pub mod bulk;
pub mod draft;
pub mod view;

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use store::{Read, UserWrite};
use vault::access;
use vault::{AccountId, GroupId, Seen, SharingPolicy};

use super::path::Id;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{BadRequest, Conflict, Forbidden, NotFound, Result};
use crate::icons::{self, Picture, PresentIcons, official};
use crate::input::{Input, Invalid};
use crate::settings::Settings;
use crate::visitor::browser::is_import_page;
use draft::{Colons, Draft, GroupChoice};
use view::{View, ViewOptions};

/// Returns the account `id` as the caller sees it. Whether they may see it isn't checked yet.
///
/// # Errors
/// [`NotFound::Resource`] when there is none; [`BadRequest::DamagedAccount`] when a value of it can't be read, unless it
/// is none of the caller's business.
pub async fn load_seen(read: &mut Read, caller: &Caller, id: i64) -> Result<Seen> {
    let seen = load_even_damaged(read, caller, id).await?;
    let everything = SharingPolicy { enabled: true, all_users: true };
    if seen.account.is_damaged && access::view(caller.user.id, &seen, everything).is_ok() {
        return Err(BadRequest::DamagedAccount(seen.account.id).into());
    }
    Ok(seen)
}

async fn load_even_damaged(read: &mut Read, caller: &Caller, id: i64) -> Result<Seen> {
    read.account(caller.user.id, AccountId(id)).await?.ok_or(NotFound::Resource.into())
}

/// `GET /twofaccounts`.
pub async fn list(State(app): State<App>, caller: Caller, input: Input) -> Result<Json<Vec<View>>> {
    let ids = bulk::wanted_ids(&input)?;
    caller.adopt_orphans(&app).await?;
    let mut read = app.store.read().await?;
    let settings = Settings::load(&mut read).await?;
    let seen = read.visible_accounts(caller.user.id, settings.sharing(), ids.as_deref()).await?;
    Ok(Json(views(&app, &caller, read, &settings, seen, &input).await?))
}

/// A collection as the API shows it: secrets on request, and codes for one common moment. A secret that can't be
/// deciphered is left out, and its code: asking for that account alone says why.
///
/// # Errors
/// When a secret isn't base32 and codes are requested.
pub async fn views(
    app: &App,
    caller: &Caller,
    mut read: Read,
    settings: &Settings,
    seen: Vec<Seen>,
    input: &Input,
) -> Result<Vec<View>> {
    refuse_secrets(caller, input)?;
    let icons = PresentIcons::load(app, &mut read, settings, &seen).await?;
    drop(read);
    let policy = settings.sharing();
    let options = ViewOptions {
        secret: input.truthy("withSecret"),
        // compat 1.7.1: any value asks for codes, even `0`.
        otp_at: input.has("withOtp").then(|| app.clock.unix_seconds()),
        now: app.clock.unix_seconds(),
        among_others: true,
    };
    seen.into_iter().map(|seen| View::of_seen(app, caller, policy, &icons, seen, options)).collect()
}

/// `GET /twofaccounts/{id}`.
pub async fn show(State(app): State<App>, caller: Caller, Id(id): Id, input: Input) -> Result<Json<View>> {
    refuse_secrets(&caller, &input)?;
    let mut read = app.store.read().await?;
    let seen = load_seen(&mut read, &caller, id).await?;
    let settings = Settings::load(&mut read).await?;
    let policy = settings.sharing();
    access::view(caller.user.id, &seen, policy)?;
    let icons = PresentIcons::load(&app, &mut read, &settings, std::slice::from_ref(&seen)).await?;
    drop(read);
    Ok(Json(View::of_seen(&app, &caller, policy, &icons, seen, single_view_options(&app, &input)?)?))
}

/// Refuses a request for secrets by a caller who may not see them.
fn refuse_secrets(caller: &Caller, input: &Input) -> Result<()> {
    if input.truthy("withSecret") && !caller.sees_secrets() { Err(Forbidden::NoRight.into()) } else { Ok(()) }
}

/// Returns the parts of a single account to show: its secret unless the request declines it.
fn single_view_options(app: &App, input: &Input) -> Result<ViewOptions> {
    let now = app.clock.unix_seconds();
    let at = draft::moment(input, "at")?;
    Ok(ViewOptions {
        secret: !input.has("withSecret") || input.truthy("withSecret"),
        otp_at: input.has("withOtp").then(|| at.unwrap_or(now)),
        now,
        among_others: false,
    })
}

/// `POST /twofaccounts`.
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    mut input: Input,
) -> Result<(StatusCode, Json<View>)> {
    let colons = if is_import_page(&headers) { Colons::Imported } else { Colons::Refused };
    let draft = Draft::for_creation(&app, &mut input, colons).await?;
    let picture = missing_picture(&app, &caller, &draft).await?;
    let Draft { mut account, legacy_uri, group, .. } = draft;
    let owner = caller.user.id;
    let mut write = caller.write(&app).await?;
    let count = write.owned_account_count(owner).await?;
    Invalid::unless_room(if input.has("uri") { "uri" } else { "account" }, count, app.config.bounds.accounts)?;
    if let Some(picture) = picture {
        account.icon = Some(icons::add(&app, &mut write, picture).await?);
    }
    let id = write.create_account(owner, &account, &legacy_uri, app.clock.now()).await?;
    if let Some(group) = group_for_new(&mut write, &caller, group).await? {
        write.assign(owner, &[id], group).await?;
    }
    let seen = write.account(owner, id).await?.ok_or(Conflict::Changed)?;
    let settings = Settings::load(&mut write).await?;
    let icons = PresentIcons::load(&app, &mut write, &settings, std::slice::from_ref(&seen)).await?;
    write.commit().await?;
    let view =
        View::of_seen(&app, &caller, SharingPolicy::default(), &icons, seen, single_view_options(&app, &input)?)?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// A picture for an account that has none: the one that came with it, or the one that its service is known by, if its
/// owner wants that and it can be had.
async fn missing_picture(app: &App, caller: &Caller, draft: &Draft) -> Result<Option<Picture>> {
    if draft.account.icon.is_some() {
        return Ok(None);
    }
    if let Some(address) = &draft.image
        && let Some(picture) = official::fetch_linked(app, caller.user.id, address).await?
    {
        return Ok(Some(picture));
    }
    official::find_preferred(app, &caller.user, draft.account.service.as_deref()).await
}

/// The group of a new account: the one asked for if it is the caller's, else their default group.
async fn group_for_new(write: &mut UserWrite, caller: &Caller, choice: GroupChoice) -> Result<Option<GroupId>> {
    let preferences = &caller.user.preferences;
    let wanted = match choice {
        GroupChoice::None => return Ok(None),
        GroupChoice::Some(group) => group.0,
        GroupChoice::Default => match preferences.integer("defaultGroup").unwrap_or(0) {
            // The preference names the group that is open.
            -1 => preferences.integer("activeGroup").unwrap_or(0),
            group => group,
        },
    };
    if wanted <= 0 {
        return Ok(None);
    }
    own_group(write, caller, GroupId(wanted)).await
}

/// `group` if it exists and is the caller's.
async fn own_group(read: &mut Read, caller: &Caller, group: GroupId) -> Result<Option<GroupId>> {
    let found = read.group(group).await?;
    Ok(found.filter(|group| group.owner == Some(caller.user.id)).map(|group| group.id))
}

/// `PUT` and `PATCH /twofaccounts/{id}`: replaces the whole account.
pub async fn update(State(app): State<App>, caller: Caller, Id(id): Id, mut input: Input) -> Result<Json<View>> {
    let before = load_seen(&mut app.store.read().await?, &caller, id).await?;
    let owner = caller.user.id;
    // Only the owner may learn whether a name is the present one.
    let may_manage = access::manage(owner, &before);
    let colons = if may_manage.is_ok() { Colons::Unchanged(&before.account) } else { Colons::Refused };
    let draft = Draft::for_update(&app, &mut input, colons).await?;
    may_manage?;
    let picture = match before.account.icon {
        // Taken away on purpose.
        Some(_) => None,
        None => missing_picture(&app, &caller, &draft).await?,
    };
    let Draft { mut account, group, .. } = draft;
    let mut write = caller.write(&app).await?;
    let right = access::manage(owner, &load_seen(&mut write, &caller, id).await?)?;
    if let Some(picture) = picture {
        account.icon = Some(icons::add(&app, &mut write, picture).await?);
    }
    write.update_account(&right, &account, app.clock.now()).await?;
    match group {
        GroupChoice::Some(group) => match own_group(&mut write, &caller, group).await? {
            Some(group) => write.assign(owner, &[right.account()], group).await?,
            None => write.withdraw(owner, &[right.account()]).await?,
        },
        GroupChoice::None | GroupChoice::Default => write.withdraw(owner, &[right.account()]).await?,
    }
    let after = load_seen(&mut write, &caller, id).await?;
    let settings = Settings::load(&mut write).await?;
    let icons = PresentIcons::load(&app, &mut write, &settings, std::slice::from_ref(&after)).await?;
    write.commit().await?;
    Ok(Json(View::of_seen(&app, &caller, settings.sharing(), &icons, after, single_view_options(&app, &input)?)?))
}

/// `DELETE /twofaccounts/{id}`.
pub async fn delete(State(app): State<App>, caller: Caller, Id(id): Id) -> Result<StatusCode> {
    let mut write = caller.write(&app).await?;
    let seen = load_even_damaged(&mut write, &caller, id).await?;
    let right = access::manage(caller.user.id, &seen)?;
    write.delete_account(&right).await?;
    let leftovers = icons::remove_unused(&mut write, seen.account.icon).await?;
    write.commit().await?;
    leftovers.remove(&app);
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /twofaccounts/preview`: what an otpauth URI holds. Nothing is stored but an icon.
pub async fn preview(State(app): State<App>, caller: Caller, mut input: Input) -> Result<Json<View>> {
    input.lowercase("custom_otp");
    let mut draft = Draft::for_preview(&input)?;
    if let Some(picture) = missing_picture(&app, &caller, &draft).await? {
        draft.account.icon = Some(super::icons::add(&app, &caller, picture).await?);
    }
    Ok(Json(View::of_draft(draft.account, single_view_options(&app, &input)?)))
}
