//! `/twofaccounts/migration`: what other applications export, to be looked at before it is added (compat 5).

mod known;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use imports::compat::{self, CompatError};
use imports::{Format, Icon, Import, ImportedAccount, RejectedEntry};
use vault::AccountDraft;

use super::accounts::view::{View, ViewOptions};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{BadRequest, Error, Result};
use crate::icons::{self, Picture};
use crate::input::{Input, Invalid, Noted, Validation};
use crate::messages::{Locale, Message};
use crate::visitor::language::Language;

pub use known::Known;

/// The id of an account that can be added.
const NEW: i64 = 0;
/// The id of an account that the caller has.
const DUPLICATE: i64 = -1;
/// The id of an entry that is no account.
const INVALID: i64 = -2;

/// The icons of an import that are kept at most: each has to be drawn anew.
const MAX_ICONS: usize = 1000;

/// `POST /twofaccounts/migration`: the accounts in an uploaded file or a text. Icons are kept, accounts aren't.
pub async fn read(State(app): State<App>, caller: Caller, language: Language, input: Input) -> Result<Json<Vec<View>>> {
    let file = sent(&input)?;
    // As much work as a picture may be.
    let import = app.pictures.run(caller.user.id, move |_| compat::read(&file)).await?.map_err(refused)?;
    let Import { format, mut entries, .. } = import;
    let icons = keep_icons(&app, &caller, &mut entries).await?;
    let known = Known::of(&app, caller.user.id).await?;
    let options = ViewOptions {
        secret: input.truthy("withSecret"),
        otp_at: None,
        now: app.clock.unix_seconds(),
        among_others: true,
    };
    let views = entries.into_iter().zip(icons).map(|(entry, icon)| match entry {
        Ok(ImportedAccount { account, .. }) => {
            let id = if known.has(&account) { DUPLICATE } else { NEW };
            View::of_import(id, AccountDraft { icon, ..account }, options)
        }
        Err(rejected) => View::of_rejected(INVALID, named(rejected, format, language.locale()), options),
    });
    Ok(Json(views.collect()))
}

/// The file, or the text.
fn sent(input: &Input) -> Result<Bytes> {
    let mut check = Validation::new(input);
    let text = check.field("payload").required_without("file").string();
    let text = text.map(|text| Bytes::from(text.to_owned())).optional();
    let file = check.field("file").required_without("payload").export().map(|file| file.bytes.clone()).optional();
    Ok(check.finish(|| file.or(text).ok_or(Noted))?)
}

fn refused(error: CompatError) -> Error {
    match error {
        CompatError::UnknownFormat => BadRequest::ImportUnknownFormat.into(),
        CompatError::Unusable(format) => BadRequest::ImportUnusable(format).into(),
        CompatError::Encrypted(_) => BadRequest::ImportEncrypted.into(),
        CompatError::Missing(keys) => {
            let mut invalid = Invalid::default();
            for key in keys {
                invalid.push(&key, Message::Present);
            }
            invalid.into()
        }
        CompatError::TooMany => BadRequest::ImportTooManyEntries.into(),
        CompatError::TooLarge => Error::TooLarge,
    }
}

/// Keeps the icons of the entries; answers the name of each, if it is a picture at all.
async fn keep_icons(
    app: &App,
    caller: &Caller,
    entries: &mut [std::result::Result<ImportedAccount, RejectedEntry>],
) -> Result<Vec<Option<String>>> {
    let taken = entries.iter_mut().map(|entry| entry.as_mut().ok().and_then(|imported| imported.icon.take()));
    let mut names = vec![None; taken.len()];
    let mut pictures = Vec::new();
    for (place, Icon { content, .. }) in
        taken.enumerate().filter_map(|(place, icon)| Some((place, icon?))).take(MAX_ICONS)
    {
        // Each in a turn of its own, so that others come to theirs in between.
        if let Ok(picture) =
            app.pictures.run(caller.user.id, move |turn| Picture::new(&content, &|| turn.is_over())).await?
        {
            pictures.push((place, picture));
        }
    }
    if pictures.is_empty() {
        return Ok(names);
    }
    let mut write = caller.write(app).await?;
    let room = icons::count_room(app, &mut write).await?;
    for (place, picture) in pictures.into_iter().take(room) {
        let name = icons::add(app, &mut write, picture).await?;
        if let Some(slot) = names.get_mut(place) {
            *slot = Some(name);
        }
    }
    write.commit().await?;
    Ok(names)
}

/// An entry that isn't an account, with words for names where the format has 2FAuth say nothing else.
fn named(mut rejected: RejectedEntry, format: Format, locale: Locale) -> RejectedEntry {
    if matches!(format, Format::TWOFAUTH | Format::OTPAUTH_LIST) {
        rejected.raw.account = Message::InvalidAccount.text(locale);
        rejected.raw.service = Message::InvalidService.text(locale);
    }
    rejected
}
