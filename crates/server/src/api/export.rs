//! `/twofaccounts/export`: accounts with their secrets, for their owner (compat 5.8).

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use data_encoding::BASE64;
use http::HeaderName;
use otp::Secret;
use serde::Serialize;
use store::Read;
use vault::access::{self, ReadSecret, Right};
use vault::{Account, AccountId, Seen};

use super::accounts::bulk::{check_ids, limited_ids};
use super::accounts::draft::{legacy_uri_of, uri_of};
use crate::ago::iso;
use crate::app::App;
use crate::audit::Object;
use crate::auth::caller::Caller;
use crate::error::{Error, Result};
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

/// Names the accounts that an export leaves out, by their IDs, because they can't be written.
const LEFT_OUT: HeaderName = HeaderName::from_static("sixpin-left-out");

/// The header with the IDs of the accounts that an export leaves out, if there are any.
pub fn left_out_header(left_out: &[AccountId]) -> Option<[(HeaderName, String); 1]> {
    let ids: Vec<String> = left_out.iter().map(ToString::to_string).collect();
    (!ids.is_empty()).then(|| [(LEFT_OUT, ids.join(","))])
}

/// `GET /twofaccounts/export?ids=`: as objects, or with `otpauth` as URIs. All that are asked for must be the caller's.
///
/// An account that can't be written, since its secret can't be opened or no URI can hold it, is left out and named in the
/// header `Sixpin-Left-Out` and the log. It is an error only if it is the only one.
pub async fn export(State(app): State<App>, caller: Caller, input: Input) -> Result<Response> {
    let mut check = Validation::new(&input);
    let as_uris = check.field("otpauth").sometimes().required().boolean().optional();
    let ids = check_ids(&mut check);
    let ids = limited_ids(check.finish(|| ids)?)?;
    let mut read = app.store.read().await?;
    let seen = read.accounts_among(caller.user.id, &ids).await?;
    let rights = seen.iter().map(|seen| access::read_secret(caller.user.id, seen));
    let rights = rights.collect::<std::result::Result<Vec<_>, _>>()?;
    caller.record("account.export", &Object::accounts(seen.iter().map(|seen| seen.account.id)));
    let (export, left_out) = if as_uris == Some(true) {
        drop(read);
        let (uris, left_out) = write_each(seen, &rights, |account, right| exported_uri(&app, account, right))?;
        let datetime = iso(app.clock.now());
        (Export { app: PROGRAM, schema: None, datetime, data: Data::Uris(uris) }, left_out)
    } else {
        write_accounts(&app, read, seen, &rights).await?
    };
    Ok((left_out_header(&left_out), Json(export)).into_response())
}

/// Writes accounts with their icons; returns the IDs of those that can't be written too.
///
/// # Errors
/// The first error if no account can be written.
pub async fn write_accounts(
    app: &App,
    mut read: Read,
    seen: Vec<Seen>,
    rights: &[Right<ReadSecret>],
) -> Result<(Export, Vec<AccountId>)> {
    let icons = icons::load_contents(app, &mut read, &seen).await?;
    drop(read);
    let (accounts, left_out) = write_each(seen, rights, |account, right| exported(app, account, right, &icons))?;
    let datetime = iso(app.clock.now());
    Ok((Export { app: PROGRAM, schema: Some(SCHEMA), datetime, data: Data::Accounts(accounts) }, left_out))
}

/// Writes each account; returns those that can be written, and the IDs of the others.
///
/// # Errors
/// The first error if no account can be written.
fn write_each<T>(
    seen: Vec<Seen>,
    rights: &[Right<ReadSecret>],
    write: impl Fn(Account, &Right<ReadSecret>) -> Result<T>,
) -> Result<(Vec<T>, Vec<AccountId>)> {
    let mut written = Vec::with_capacity(seen.len());
    let mut left_out = Vec::new();
    let mut failure = None;
    for (seen, right) in seen.into_iter().zip(rights) {
        let id = seen.account.id;
        match write(seen.account, right) {
            Ok(account) => written.push(account),
            Err(error @ Error::BadRequest(_)) => {
                tracing::warn!(account = id.0, %error, "an account is left out of an export");
                left_out.push(id);
                failure.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    match failure {
        Some(error) if written.is_empty() => Err(error),
        _ => Ok((written, left_out)),
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
    let secret = secret(app, &account, right)?;
    let picture = account.icon.as_deref().and_then(|name| Some((name, icons.get(name)?)));
    Ok(Exported {
        otp_type: parameters.otp_type.as_str(),
        icon_mime: picture.and_then(|(name, _)| icons::content_type(name)),
        icon_file: picture.map(|(_, content)| BASE64.encode(content)),
        legacy_uri: legacy_uri(app, &account, &secret, right)?,
        secret: secret.padded().to_owned(),
        digits: parameters.digits,
        algorithm: parameters.algorithm.as_str(),
        period: parameters.period,
        counter: parameters.counter,
        account: account.name,
        service: account.service,
        icon: account.icon,
    })
}

/// Returns the URI that was stored with an account. One with a colon in a name, which 2FAuth doesn't have, gets the URI of
/// its present names, so that its export is known to be whole (compat 5.2).
fn legacy_uri(app: &App, account: &Account, secret: &Secret, right: &Right<ReadSecret>) -> Result<String> {
    if account.name.contains(':') || account.service.as_ref().is_some_and(|service| service.contains(':')) {
        return legacy_uri_of(&account.clone().into_draft(secret.clone()));
    }
    Ok(app.store.open_legacy_uri(account, right)?.to_string())
}

fn exported_uri(app: &App, account: Account, right: &Right<ReadSecret>) -> Result<ExportedUri> {
    let secret = secret(app, &account, right)?;
    Ok(ExportedUri { uri: uri_of(&account.into_draft(secret))? })
}
