//! QR codes: pictures to text, accounts to pictures.

use axum::Json;
use axum::extract::State;
use data_encoding::BASE64;
use qr::DecodeError;
use serde_json::{Value, json};
use vault::{AccountDraft, access};

use super::accounts::draft::uri_of;
use super::accounts::seen;
use super::input::{Input, Validation};
use super::path::Id;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{Error, Result};
use crate::messages::Message;

/// `POST /qrcode/decode`: the text of the QR code in an uploaded picture.
pub async fn decode(State(app): State<App>, _: Caller, input: Input) -> Result<Json<Value>> {
    let mut check = Validation::new(&input);
    check.field("qrcode").required().picture();
    check.finish()?;
    let picture = input.file("qrcode").map(|file| file.bytes.clone()).unwrap_or_default();
    let texts = app.pictures.run(move || qr::decode(&picture)).await?;
    let text = texts.map_err(refused)?.into_iter().next().unwrap_or_default();
    Ok(Json(json!({ "data": text })))
}

/// What is wrong with the picture, in 2FAuth's four sentences.
fn refused(error: DecodeError) -> Error {
    let message = match error {
        DecodeError::NothingFound => Message::QrNotDetected,
        DecodeError::Unreadable => Message::QrNotDecoded,
        DecodeError::Checksum => Message::QrChecksum,
        _ => Message::QrUnreadable,
    };
    Error::BadRequest(message.into())
}

/// `GET /twofaccounts/{id}/qrcode`: the account's otpauth URI as a picture, for its owner.
pub async fn of_account(State(app): State<App>, caller: Caller, Id(id): Id) -> Result<Json<Value>> {
    let seen = seen(&mut app.store.read().await?, &caller, id).await?;
    let right = access::read_secret(caller.user.id, &seen)?;
    let secret = app.store.open_secret(&seen.account, &right)?;
    let account = AccountDraft {
        service: seen.account.service,
        name: seen.account.name,
        icon: None,
        parameters: seen.account.parameters,
        secret,
    };
    let svg = qr::svg(&uri_of(&account)?).map_err(|error| Error::OtpParameters(error.to_string()))?;
    let picture = format!("data:image/svg+xml;base64,{}", BASE64.encode(svg.as_bytes()));
    Ok(Json(json!({ "qrcode": picture })))
}
