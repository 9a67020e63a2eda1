//! One-time passwords (compat 1.7.2, 7.5).

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use otp::{OtpType, Parameters, Secret, counter_code, time_codes};
use serde::Serialize;
use store::OtpLog;
use vault::{Account, User, access};

use super::accounts::draft::Draft;
use super::accounts::load_seen;
use super::path::Digits;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{BadRequest, Result};
use crate::input::Input;
use crate::settings::Settings;
use crate::visitor::client::Client;

/// A one-time password as the API shows it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Password {
    /// Of a time-based account, with the one that follows.
    Timed {
        /// The code.
        password: String,
        /// `totp` or `steamtotp`.
        otp_type: &'static str,
        /// When it was made, Unix seconds.
        generated_at: u64,
        /// For how many seconds a code is valid.
        period: u32,
        /// The code after this one.
        next_password: String,
    },
    /// Of a counter-based account.
    Counted {
        /// The code.
        password: String,
        /// `hotp`.
        otp_type: &'static str,
        /// compat 1.7.2: the counter of the next code, not of this one.
        counter: u64,
    },
}

/// `GET /twofaccounts/{id}/otp`. A counter moves on before its code is handed out, and each use is logged.
pub async fn by_id(
    State(app): State<App>,
    caller: Caller,
    client: Client,
    Digits(id): Digits,
) -> Result<Json<Password>> {
    let viewer = caller.user.id;
    let mut read = app.store.read().await?;
    let seen = load_seen(&mut read, &caller, id).await?;
    let policy = Settings::load(&mut read).await?.sharing();
    let right = access::generate_otp(viewer, &seen, policy)?;
    let owner = match seen.account.owner {
        Some(owner) if owner != viewer => read.user(owner).await?,
        _ => None,
    };
    drop(read);
    let secret = app.store.open_secret(&seen.account, &right)?;
    let parameters = seen.account.parameters;
    check(&parameters)?;
    let owner = if seen.account.owner == Some(viewer) { Some(caller.user.clone()) } else { owner };
    let log = log_entry(&seen.account, &caller.user, owner.as_ref(), &client, app.clock.now());
    if parameters.otp_type == OtpType::Hotp {
        // Whether a code can be made at all is known before the counter moves.
        counted(&secret, &parameters, parameters.counter.unwrap_or(0))?;
        let counter = app.store.claim_counter(&right, caller.claim(&app), log).await?;
        return Ok(Json(counted(&secret, &parameters, counter)?));
    }
    let password = timed(&secret, &parameters, app.clock.unix_seconds())?;
    match app.store.log_otp(log).await {
        // Nobody should be locked out of everything by a full disk. A counter couldn't move then.
        Err(error) if error.forbids_writing() => {
            tracing::warn!(account = seen.account.id.0, user = viewer.0, %error, "a code is shown without its log entry");
        }
        logged => logged?,
    }
    Ok(Json(password))
}

/// Returns the log entry of a generated code. It has names, which stay when their users are deleted.
fn log_entry(account: &Account, requester: &User, owner: Option<&User>, client: &Client, now: Timestamp) -> OtpLog {
    OtpLog {
        requester: Some(requester.id),
        requester_name: requester.name.clone(),
        requester_email: requester.email.clone(),
        owner: account.owner,
        owner_name: owner.map(|owner| owner.name.clone()).unwrap_or_default(),
        owner_email: owner.map(|owner| owner.email.clone()).unwrap_or_default(),
        account: account.id,
        ip: client.ip_text().unwrap_or_default(),
        otp_type: account.parameters.otp_type,
        counter: None,
        generated_at: now,
    }
}

/// `POST /twofaccounts/otp`: the code of an account that isn't stored.
pub async fn by_parameters(State(app): State<App>, _: Caller, input: Input) -> Result<Json<Password>> {
    if input.has("uri") && !is_uri_alone(&input) {
        return Err(BadRequest::UriNotAlone.into());
    }
    let account = Draft::for_code(&app, &input).await?.account;
    check(&account.parameters)?;
    let password = match account.parameters.otp_type {
        OtpType::Hotp => counted(&account.secret, &account.parameters, account.parameters.counter.unwrap_or(0))?,
        OtpType::Totp | OtpType::SteamTotp => timed(&account.secret, &account.parameters, app.clock.unix_seconds())?,
    };
    Ok(Json(password))
}

/// compat 1.10: next to a URI there may be `custom_otp` and nothing else.
fn is_uri_alone(input: &Input) -> bool {
    match input.len() {
        0 | 1 => true,
        2 => input.has("custom_otp"),
        _ => false,
    }
}

fn check(parameters: &Parameters) -> Result<()> {
    parameters.validate().map_err(|error| BadRequest::OtpParameters(error.to_string()).into())
}

fn timed(secret: &Secret, parameters: &Parameters, now: u64) -> Result<Password> {
    let codes = time_codes(secret, parameters, now, None)?;
    Ok(Password::Timed {
        password: codes.password,
        otp_type: parameters.otp_type.as_str(),
        generated_at: codes.generated_at,
        period: codes.period,
        next_password: codes.next_password,
    })
}

fn counted(secret: &Secret, parameters: &Parameters, counter: u64) -> Result<Password> {
    let code = counter_code(secret, parameters, counter)?;
    Ok(Password::Counted { password: code.password, otp_type: OtpType::Hotp.as_str(), counter: code.next_counter })
}
