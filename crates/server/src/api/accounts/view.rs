//! An account as the API shows it (compat 1.7.1).

use std::borrow::Cow;

use imports::RejectedEntry;
use serde::Serialize;
use vault::access::{self, Role};
use vault::{AccountDraft, Seen, SharingPolicy};

use crate::app::App;
use crate::auth::caller::Caller;
use crate::error::{BadRequest, Error, Result};
use crate::icons::PresentIcons;
use otp::{OtpType, Parameters, Secret, time_codes};

/// The optional parts of an account to show.
#[derive(Debug, Clone, Copy)]
pub struct ViewOptions {
    /// The secret, to its owner.
    pub secret: bool,
    /// The codes of this moment (Unix seconds), for time-based accounts.
    pub otp_at: Option<u64>,
    /// The present moment, Unix seconds.
    pub now: u64,
    /// Whether it is one of several.
    pub among_others: bool,
}

/// An account as the API shows it. A key whose value is `None` is left out where the contract says so.
#[expect(clippy::option_option, reason = "a key that is there with null differs from one that isn't")]
#[derive(Debug, Serialize)]
pub struct View {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_id: Option<Option<i64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_borrowed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    borrowed_by: Option<Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_shared: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_shared_with_all: Option<bool>,
    otp_type: Cow<'static, str>,
    account: String,
    service: Option<String>,
    icon: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    digits: u8,
    algorithm: &'static str,
    period: Option<u32>,
    counter: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    otp: Option<Otp>,
}

/// The codes that go with an account.
#[derive(Debug, Serialize)]
struct Otp {
    password: String,
    generated_at: u64,
    next_password: String,
}

impl View {
    /// Returns an account as the caller sees it. The secret is opened only to be shown or to compute a code, and shown
    /// only to the owner, and to no token behind an auth proxy.
    ///
    /// # Errors
    /// When the secret is wanted and can't be deciphered, or a code is wanted and the secret can't make one.
    pub fn of_seen(
        app: &App,
        caller: &Caller,
        policy: SharingPolicy,
        icons: &PresentIcons,
        seen: Seen,
        options: ViewOptions,
    ) -> Result<Self> {
        let viewer = caller.user.id;
        let is_borrowed = access::view(viewer, &seen, policy) == Ok(Role::Recipient);
        let secret = match access::read_secret(viewer, &seen) {
            Ok(right) if options.secret && caller.sees_secrets() => {
                keep_readable(app.store.open_secret(&seen.account, &right), options)?
            }
            _ => None,
        };
        let otp = match options.otp_at {
            Some(at) if seen.account.parameters.otp_type != OtpType::Hotp => {
                let right = access::generate_otp(viewer, &seen, policy)?;
                let secret = keep_readable(app.store.open_secret(&seen.account, &right), options)?;
                let otp = secret.map(|secret| compute_otp(&secret, &seen.account.parameters, options.now, at));
                match otp.transpose() {
                    // No code can have these parameters, which doesn't concern the other accounts.
                    Err(Error::BadRequest(BadRequest::OtpParameters(_))) if options.among_others => None,
                    otp => otp?,
                }
            }
            _ => None,
        };
        Ok(Self {
            id: Some(seen.account.id.0),
            group_id: Some(seen.group.map(|group| group.0)),
            is_borrowed: is_borrowed.then_some(true),
            borrowed_by: is_borrowed.then_some(seen.owner_name),
            is_shared: seen.shares.is_shared_by_viewer(policy).then_some(true),
            is_shared_with_all: seen.shares.is_shared_with_all_by(viewer, policy).then_some(true),
            secret: secret.map(|secret| secret.padded().to_owned()),
            otp,
            ..Self::plain(
                seen.account.name,
                seen.account.service,
                seen.account.icon.filter(|icon| icons.has(icon)),
                seen.account.parameters,
            )
        })
    }

    /// Returns the view of an account that isn't stored, without the keys that only stored ones have.
    pub fn of_draft(draft: AccountDraft, options: ViewOptions) -> Self {
        let secret = options.secret.then(|| draft.secret.padded().to_owned());
        Self { secret, ..Self::plain(draft.name, draft.service, draft.icon, draft.parameters) }
    }

    /// Returns the view of an imported account, which isn't stored: its ID is the result.
    pub fn of_import(id: i64, draft: AccountDraft, options: ViewOptions) -> Self {
        Self { id: Some(id), group_id: Some(None), ..Self::of_draft(draft, options) }
    }

    /// Returns the view of a rejected entry of an import, in the form of an account.
    ///
    /// compat 5.1: the reason stands in the place of the secret, in its form.
    pub fn of_rejected(id: i64, rejected: RejectedEntry, options: ViewOptions) -> Self {
        let RejectedEntry { reason, raw, .. } = rejected;
        let parameters = Parameters { period: None, ..Parameters::new(OtpType::Totp) };
        let secret = options.secret.then(|| Secret::from_text(&reason.to_string()).padded().to_owned());
        Self {
            id: Some(id),
            group_id: Some(None),
            otp_type: raw.kind.into(),
            secret,
            ..Self::plain(raw.account, Some(raw.service), None, parameters)
        }
    }

    fn plain(account: String, service: Option<String>, icon: Option<String>, parameters: Parameters) -> Self {
        Self {
            id: None,
            group_id: None,
            is_borrowed: None,
            borrowed_by: None,
            is_shared: None,
            is_shared_with_all: None,
            otp_type: parameters.otp_type.as_str().into(),
            account,
            service,
            icon,
            secret: None,
            digits: parameters.digits,
            algorithm: parameters.algorithm.as_str(),
            period: parameters.period,
            counter: parameters.counter,
            otp: None,
        }
    }
}

/// Returns an opened secret. Among several accounts, one that can't be deciphered is left out, so that it doesn't hide
/// the others.
fn keep_readable(secret: std::result::Result<Secret, store::Error>, options: ViewOptions) -> Result<Option<Secret>> {
    match secret.map_err(Error::from) {
        Err(Error::BadRequest(BadRequest::Undecipherable(_) | BadRequest::DamagedAccount(_)))
            if options.among_others =>
        {
            Ok(None)
        }
        secret => secret.map(Some),
    }
}

fn compute_otp(secret: &Secret, parameters: &Parameters, now: u64, at: u64) -> Result<Otp> {
    let codes = time_codes(secret, parameters, now, Some(at))?;
    Ok(Otp { password: codes.password, generated_at: codes.generated_at, next_password: codes.next_password })
}
