//! `/twofaccounts/export`: accounts with their secrets, for their owner (compat 5.8).

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use data_encoding::BASE64;
use otp::Secret;
use serde::Serialize;
use vault::Account;
use vault::access::{self, ReadSecret, Right};

use super::accounts::bulk::{check_ids, limited_ids};
use super::accounts::draft::uri_of;
use crate::ago::iso;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{BadRequest, Error, Result};
use crate::icons;
use crate::input::{Input, Validation};

/// compat: importers know the format by the name of the program that writes it, in the version that this is the
/// format of.
const PROGRAM: &str = "2fauth_v8.0.1";
/// The version of the format.
const SCHEMA: u32 = 1;

/// A file of accounts.
#[derive(Serialize)]
pub struct Export {
    app: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<u32>,
    datetime: String,
    data: Data,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data {
    Accounts(Vec<Exported>),
    Uris(Vec<ExportedUri>),
}

#[derive(Serialize)]
struct Exported {
    otp_type: &'static str,
    account: String,
    service: Option<String>,
    icon: Option<String>,
    icon_mime: Option<&'static str>,
    icon_file: Option<String>,
    secret: String,
    digits: u8,
    algorithm: &'static str,
    period: Option<u32>,
    counter: Option<u64>,
    legacy_uri: String,
}

#[derive(Serialize)]
struct ExportedUri {
    uri: String,
}

/// `GET /twofaccounts/export?ids=`: as objects, or with `otpauth` as URIs. All that are asked for must be the caller's.
pub async fn export(State(app): State<App>, caller: Caller, input: Input) -> Result<Json<Export>> {
    let mut check = Validation::new(&input);
    let as_uris = check.field("otpauth").sometimes().required().boolean().optional();
    let ids = check_ids(&mut check);
    let ids = limited_ids(check.finish(|| ids)?)?;
    let mut read = app.store.read().await?;
    let seen = read.accounts_among(caller.user.id, &ids).await?;
    let rights = seen.iter().map(|seen| access::read_secret(caller.user.id, seen));
    let rights = rights.collect::<std::result::Result<Vec<_>, _>>()?;
    let datetime = iso(app.clock.now());
    if as_uris == Some(true) {
        drop(read);
        let uris = seen.into_iter().zip(&rights).map(|(seen, right)| exported_uri(&app, seen.account, right));
        let data = Data::Uris(readable(uris)?);
        return Ok(Json(Export { app: PROGRAM, schema: None, datetime, data }));
    }
    let icons = icons::load_contents(&app, &mut read, &seen).await?;
    drop(read);
    let accounts = seen.into_iter().zip(&rights).map(|(seen, right)| exported(&app, seen.account, right, &icons));
    let data = Data::Accounts(readable(accounts)?);
    Ok(Json(Export { app: PROGRAM, schema: Some(SCHEMA), datetime, data }))
}

/// Returns the accounts without those that can't be read, so that they don't keep the others from being exported.
///
/// # Errors
/// When none of them can be read.
fn readable<T>(accounts: impl Iterator<Item = Result<T>>) -> Result<Vec<T>> {
    let mut exported = Vec::new();
    let mut unreadable = None;
    for account in accounts {
        match account {
            Err(error @ Error::BadRequest(BadRequest::Undecipherable(_) | BadRequest::DamagedAccount(_))) => {
                unreadable = Some(error);
            }
            account => exported.push(account?),
        }
    }
    match unreadable {
        Some(error) if exported.is_empty() => Err(error),
        _ => Ok(exported),
    }
}

fn secret(app: &App, account: &Account, right: &Right<ReadSecret>) -> Result<Secret> {
    Ok(app.store.open_secret(account, right)?)
}

fn exported(
    app: &App,
    account: Account,
    right: &Right<ReadSecret>,
    icons: &HashMap<String, Vec<u8>>,
) -> Result<Exported> {
    let parameters = account.parameters;
    let picture = account.icon.as_deref().and_then(|name| Some((name, icons.get(name)?)));
    Ok(Exported {
        otp_type: parameters.otp_type.as_str(),
        icon_mime: picture.and_then(|(name, _)| icons::content_type(name)),
        icon_file: picture.map(|(_, content)| BASE64.encode(content)),
        secret: secret(app, &account, right)?.padded().to_owned(),
        digits: parameters.digits,
        algorithm: parameters.algorithm.as_str(),
        period: parameters.period,
        counter: parameters.counter,
        legacy_uri: app.store.open_legacy_uri(&account, right)?.to_string(),
        account: account.name,
        service: account.service,
        icon: account.icon,
    })
}

fn exported_uri(app: &App, account: Account, right: &Right<ReadSecret>) -> Result<ExportedUri> {
    let secret = secret(app, &account, right)?;
    Ok(ExportedUri { uri: uri_of(&account.into_draft(secret))? })
}
