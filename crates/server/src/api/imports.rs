//! `/imports`: what other apps exported, reviewed first and then added in one go, which can be taken back in one go.
//!
//! Both steps get the same files: nothing is kept in between, and no secret goes to the client.

pub mod reading;
mod review;
pub mod saving;

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};
use vault::{GroupId, ImportId};

use self::reading::{Contents, SentFiles, read_files};
use self::review::{Review, Unreadable};
use self::saving::{Additions, Target, draw_icons, fill_in, save};
use super::migration::Known;
use super::path::Id;
use crate::ago::iso;
use crate::app::App;
use crate::audit::Object;
use crate::auth::caller::Caller;
use crate::error::{NotFound, Result};
use crate::input::{Input, Invalid, Validation, is_id_list};
use crate::messages::Message;

/// `POST /imports/preview`: the accounts in files, pictures and texts, each with its state and its codes. Adds nothing.
pub async fn preview(State(app): State<App>, caller: Caller, input: Input) -> Result<Json<Review>> {
    let contents = read_contents(&app, &caller, SentFiles::of(&input)?).await?;
    let known = Known::of(&app, caller.user.id).await?;
    Ok(Json(Review::new(contents, known, app.clock.unix_seconds())))
}

async fn read_contents(app: &App, caller: &Caller, files: SentFiles) -> Result<Contents> {
    Ok(app.pictures.run(caller.user.id, move |_| read_files(files)).await?)
}

/// What a request to import asks for besides its files.
struct Request {
    /// The positions of the chosen entries; `None` for all.
    chosen: Option<HashSet<usize>>,
    target: Target,
}

impl Request {
    fn of(input: &Input) -> Result<Self, Invalid> {
        let mut check = Validation::new(input);
        let chosen = check.field("entries").nullable().string().matches(is_id_list, Message::IdList);
        let chosen = chosen.map(|list| list.split(',').filter_map(|position| position.parse().ok()).collect());
        let chosen = chosen.optional();
        let target = match check.field("group_id").nullable().integer().optional() {
            None => Target::OwnGroups,
            Some(0) => Target::NoGroup,
            Some(group) => Target::Group(GroupId(group)),
        };
        check.finish(|| Ok(Self { chosen, target }))
    }
}

/// The number of entries by what became of them.
#[derive(Debug, Serialize)]
struct Counts {
    added: usize,
    duplicates: usize,
    rejected: usize,
    not_chosen: usize,
}

/// `POST /imports`: adds the chosen entries of the same files that were reviewed, all of them or none.
pub async fn create(State(app): State<App>, caller: Caller, input: Input) -> Result<Response> {
    let request = Request::of(&input)?;
    let contents = read_contents(&app, &caller, SentFiles::of(&input)?).await?;
    if contents.files.iter().any(|file| file.error.is_some()) {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(Unreadable::new(contents.files))).into_response());
    }
    let source = contents.source();
    let mut known = Known::of(&app, caller.user.id).await?;
    let mut counts = Counts { added: 0, duplicates: 0, rejected: 0, not_chosen: 0 };
    let mut drafts = Vec::new();
    for (position, entry) in contents.entries.into_iter().enumerate() {
        let Ok(draft) = entry.outcome.map(fill_in) else {
            counts.rejected += 1;
            continue;
        };
        if known.has(&draft.account) {
            counts.duplicates += 1;
        } else if request.chosen.as_ref().is_some_and(|chosen| !chosen.contains(&position)) {
            counts.not_chosen += 1;
        } else {
            known.add(&draft.account);
            drafts.push(draft);
        }
    }
    counts.added = drafts.len();
    let accounts = draw_icons(&app, caller.user.id, drafts).await?;
    let additions = Additions { accounts, groups: contents.groups, source };
    let (import, ids) = add(&app, &caller, additions, request.target).await?;
    let body = json!({ "id": import.map(|id| id.0), "counts": counts, "accounts": ids });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// Adds accounts in one transaction; returns the import, if there was anything to add, and the IDs of the accounts.
async fn add(app: &App, caller: &Caller, additions: Additions, target: Target) -> Result<(Option<ImportId>, Vec<i64>)> {
    let mut write = caller.write(app).await?;
    if let Target::Group(group) = target
        && !write.groups(caller.user.id).await?.iter().any(|own| own.id == group)
    {
        return Err(Invalid::of("group_id", Message::Exists).into());
    }
    let saved = save(app, &mut write, caller.user.id, additions, target).await?;
    write.commit().await?;
    caller.record("account.import", &Object::accounts(saved.accounts.iter().copied()));
    Ok((saved.import, saved.accounts.into_iter().map(|id| id.0).collect()))
}

/// `GET /imports`: the caller's imports of the last 30 days, the latest first.
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Vec<Value>>> {
    let imports = app.store.read().await?.imports(caller.user.id).await?;
    let views = imports.into_iter().map(|import| {
        json!({
            "id": import.id.0,
            "source": import.source,
            "created_at": iso(import.created_at),
            "accounts": import.accounts,
        })
    });
    Ok(Json(views.collect()))
}

/// `DELETE /imports/{id}`: deletes the accounts of an import that the caller still owns.
pub async fn undo(State(app): State<App>, caller: Caller, Id(id): Id) -> Result<Json<Value>> {
    let mut write = caller.write(&app).await?;
    let undone = write.undo_import(caller.user.id, ImportId(id), app.clock.now()).await?;
    let undone = undone.ok_or(NotFound::Resource)?;
    write.commit().await?;
    caller.record("account.import_undone", &Object::accounts(undone.accounts.iter().copied()));
    Ok(Json(json!({ "accounts": undone.accounts.len(), "groups": undone.groups.len() })))
}
