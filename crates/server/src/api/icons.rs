//! `/icons`: pictures beside accounts (compat 1.13).

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::{Value, json};

use vault::bounds::NAME_CHARS;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Error, Forbidden, Result};
use crate::icons::official::{IconSource, preferred_collection};
use crate::icons::packs::Packs;
use crate::icons::{self, Picture, PictureError, official};
use crate::input::{Input, Invalid, Validation};
use crate::messages::Message;
use crate::outside::collections::{COLLECTIONS, Collection, VARIANTS};

/// `POST /icons`: an uploaded picture.
pub async fn upload(State(app): State<App>, caller: Caller, input: Input) -> Result<(StatusCode, Json<Value>)> {
    let mut check = Validation::new(&input);
    let bytes = check.field("icon").required().picture_or_svg().map(|file| file.bytes.clone()).value();
    let bytes = check.finish(|| bytes)?;
    let picture = app
        .pictures
        .run(caller.user.id, move |turn| Picture::new(&bytes, &|| turn.is_over()))
        .await?
        .map_err(refused)?;
    let name = add(&app, &caller, picture).await?;
    Ok((StatusCode::CREATED, Json(json!({ "filename": name }))))
}

/// Keeps a picture that no account has yet; answers its name.
///
/// # Errors
/// When the database or the disk fails.
pub async fn add(app: &App, caller: &Caller, picture: Picture) -> Result<String> {
    let mut write = caller.write(app).await?;
    icons::require_room(app, &mut write).await?;
    let name = icons::add(app, &mut write, picture).await?;
    write.commit().await?;
    Ok(name)
}

fn refused(error: PictureError) -> Error {
    match error {
        PictureError::Unsupported => Invalid::of("icon", Message::Picture).into(),
        PictureError::TooLarge => Invalid::of("icon", Message::PictureTooLarge).into(),
        PictureError::Damaged => Error::UploadFailed,
    }
}

/// `GET /icons/packs`.
pub async fn packs(State(app): State<App>, caller: Caller) -> Result<Json<Value>> {
    let names = pack_names(&app, &caller).await?;
    Ok(Json(names.into_iter().map(|name| json!({ "name": name })).collect()))
}

async fn pack_names(app: &App, caller: &Caller) -> Result<Vec<String>> {
    let packs = Packs::new(&app.config.data_dir);
    Ok(app.pictures.run(caller.user.id, move |_| packs.names()).await?)
}

/// `POST /icons/default`: the icon that a service is known by.
pub async fn official(State(app): State<App>, caller: Caller, mut input: Input) -> Result<Response> {
    input.stringify("service");
    let (service, source) = check_search(&app, &caller, &input).await?;
    let Some(picture) = official::find(&app, caller.user.id, source, &service).await? else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    let name = add(&app, &caller, picture).await?;
    Ok((StatusCode::CREATED, Json(json!({ "filename": name }))).into_response())
}

/// Checks whose icon a request wants, and where it is looked for.
async fn check_search(app: &App, caller: &Caller, input: &Input) -> Result<(String, IconSource)> {
    let packs = if input.has("iconPack") { pack_names(app, caller).await? } else { Vec::new() };
    let mut check = Validation::new(input);
    let service = check.field("service").nullable().string().max_characters(NAME_CHARS).map(without_tags).optional();
    let is_pack = |name: &str| packs.iter().any(|pack| pack == name);
    let pack = check.field("iconPack").sometimes().string().matches(is_pack, Message::IconPack).optional();
    let collection = check.field("iconCollection").sometimes().string().one_of(&COLLECTIONS, Message::In).optional();
    let variant = check.field("variant").sometimes().missing_with("iconPack").string();
    let variant = match collection {
        Some("tfa") => variant.one_of(&VARIANTS[..1], Message::In),
        Some(_) => variant.one_of(&VARIANTS, Message::In),
        None => variant,
    };
    let variant = variant.optional();
    let preferred = preferred_collection(app, &caller.user);
    Ok(check.finish(|| {
        let source = match pack {
            Some(pack) => IconSource::Pack(pack.to_owned()),
            None => IconSource::Collection(Collection {
                name: collection.map_or(preferred.name, str::to_owned),
                variant: variant.unwrap_or("regular").to_owned(),
                strict: preferred.strict,
            }),
        };
        Ok((service.unwrap_or_default(), source))
    })?)
}

/// Text without what stands in angle brackets.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        plain.push_str(before);
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    plain + rest
}

/// `DELETE /icons/{name}`: removes an icon that no other user's account has.
pub async fn delete(State(app): State<App>, caller: Caller, Path(name): Path<String>) -> Result<StatusCode> {
    let mut write = caller.write(&app).await?;
    if !icons::is_name(&name) {
        return Ok(StatusCode::NO_CONTENT);
    }
    if write.icon_in_use_by_others(&name, caller.user.id).await? {
        return Err(Forbidden::IconOfOthers.into());
    }
    let leftovers = icons::remove(&mut write, vec![name]).await?;
    write.commit().await?;
    leftovers.remove(&app);
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    #[test]
    fn tags_are_taken_out() {
        assert_eq!(super::without_tags("<b>Acme</b> & <i class='x'>Co"), "Acme & Co");
        assert_eq!(super::without_tags("a < b"), "a ");
        assert_eq!(super::without_tags("a > b"), "a > b");
    }
}
