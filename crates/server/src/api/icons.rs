//! `/icons`: pictures beside accounts (contract 1.13).

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};

use super::input::{Input, Invalid, Validation};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Error, Result};
use crate::icons::{self, Picture, PictureError};
use crate::messages::Message;

/// `POST /icons`: an uploaded picture.
pub async fn upload(State(app): State<App>, _: Caller, mut input: Input) -> Result<(StatusCode, Json<Value>)> {
    let mut check = Validation::new(&input);
    check.field("icon").required().picture_or_svg();
    check.finish()?;
    let bytes = input.take_file("icon").map(|file| file.bytes).unwrap_or_default();
    let picture = app.pictures.run(move || Picture::new(&bytes)).await?.map_err(refused)?;
    let mut write = app.store.write().await?;
    let name = icons::add(&app, &mut write, picture).await?;
    write.commit().await?;
    Ok((StatusCode::CREATED, Json(json!({ "filename": name }))))
}

fn refused(error: PictureError) -> Error {
    match error {
        PictureError::Unsupported => Invalid::of("icon", Message::Picture).into(),
        PictureError::TooLarge => Invalid::of("icon", Message::PictureTooLarge).into(),
        PictureError::Damaged => Error::UploadFailed,
    }
}

/// `DELETE /icons/{name}`: removes an icon that no other user's account has.
pub async fn delete(State(app): State<App>, caller: Caller, Path(name): Path<String>) -> Result<StatusCode> {
    let mut write = app.store.write().await?;
    if !icons::is_name(&name) {
        return Ok(StatusCode::NO_CONTENT);
    }
    if write.icon_in_use_by_others(&name, caller.user.id).await? {
        return Err(Error::IconOfOthers);
    }
    let leftovers = icons::remove(&mut write, vec![name]).await?;
    write.commit().await?;
    leftovers.remove(&app);
    Ok(StatusCode::NO_CONTENT)
}
