//! `/exports`: a user's own accounts with their secrets, in the forms that other programs read.

pub mod writing;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use data_encoding::BASE64;
use http::header;
use serde::Serialize;
use vault::access;
use vault::{AccountId, SharingPolicy};
use zeroize::Zeroizing;

use self::writing::{Encryption, Form, LeftOut, Note, Written, write};
use super::accounts::bulk::wanted_ids;
use super::export::left_out_header;
use crate::app::App;
use crate::audit::Object;
use crate::auth::caller::Caller;
use crate::error::Result;
use crate::input::{Input, Invalid, Validation};
use crate::messages::Message;

/// Maximum length of the password of a file, in characters.
const MAX_PASSWORD: u32 = 1_024;

/// What a request asks for.
struct Request {
    form: Form,
    /// Encrypts the file.
    password: Option<Zeroizing<String>>,
    /// The chosen accounts; `None` for all.
    ids: Option<Vec<AccountId>>,
    /// Whether the answer is the file alone.
    as_file: bool,
}

impl Request {
    fn of(input: &Input) -> Result<Self, Invalid> {
        let ids = wanted_ids(input)?;
        let mut check = Validation::new(input);
        let form = check.field("format").required().choice(&Form::ALL, Form::id, Message::In).value();
        let password = check.field("password").nullable().string().max_characters(MAX_PASSWORD).optional();
        let as_file = check.field("as_file").sometimes().required().boolean().optional();
        let form = check.finish(|| form)?;
        let password = password.filter(|password| !password.is_empty());
        match (form.encryption(), password) {
            (Encryption::Always, None) => Err(Invalid::of("password", Message::Required)),
            (Encryption::Never, Some(_)) => Err(Invalid::of("password", Message::ExportPassword)),
            _ => Ok(Self {
                form,
                password: password.map(|text| text.to_owned().into()),
                ids,
                as_file: as_file == Some(true),
            }),
        }
    }
}

/// A written file.
#[derive(Serialize)]
struct View {
    filename: String,
    media_type: &'static str,
    content: String,
    /// The number of accounts in it.
    accounts: usize,
    left_out: Vec<LeftOut>,
    notes: Vec<Note>,
    /// The QR codes of the file's lines.
    qr_codes: Vec<QrCode>,
}

#[derive(Serialize)]
struct QrCode {
    /// A picture, as a URI of its data.
    picture: String,
    /// The services and names of the accounts in it.
    accounts: Vec<String>,
}

/// `POST /exports`: the caller's own accounts, all or those with these IDs, as a file. One that is another user's is a 403.
pub async fn create(State(app): State<App>, caller: Caller, input: Input) -> Result<Response> {
    let Request { form, password, ids, as_file } = Request::of(&input)?;
    let user = &caller.user;
    let mut read = app.store.read().await?;
    for seen in read.accounts_among(user.id, ids.as_deref().unwrap_or_default()).await? {
        access::read_secret(user.id, &seen)?;
    }
    let mut seen = read.visible_accounts(user.id, SharingPolicy::default(), ids.as_deref()).await?;
    drop(read);
    seen.retain(|seen| seen.account.owner == Some(user.id));
    let rights = seen.iter().map(|seen| access::read_secret(user.id, seen));
    let rights = rights.collect::<std::result::Result<Vec<_>, _>>()?;
    caller.record("account.export", &Object::accounts(seen.iter().map(|seen| seen.account.id)));
    let Written { content, accounts, left_out, notes, codes } =
        write(&app, user, form, password, seen, &rights).await?;
    let filename = form.filename(app.clock.now());
    if as_file {
        let left_out: Vec<AccountId> = left_out.iter().map(|account| AccountId(account.id)).collect();
        let headers = [
            (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{filename}\"")),
        ];
        return Ok((headers, left_out_header(&left_out), content.to_string()).into_response());
    }
    let texts = content.clone();
    let qr_codes = app
        .pictures
        .run(user.id, move |_| codes.into_iter().zip(texts.lines()).map(draw).collect::<anyhow::Result<Vec<_>>>());
    let view = View {
        filename,
        media_type: form.media_type(),
        qr_codes: qr_codes.await??,
        content: content.to_string(),
        accounts,
        left_out,
        notes,
    };
    Ok(Json(view).into_response())
}

/// Draws the QR code of a text, which has these accounts.
fn draw((accounts, text): (Vec<String>, &str)) -> anyhow::Result<QrCode> {
    let svg = Zeroizing::new(qr::svg(text)?);
    Ok(QrCode { picture: format!("data:image/svg+xml;base64,{}", BASE64.encode(svg.as_bytes())), accounts })
}
