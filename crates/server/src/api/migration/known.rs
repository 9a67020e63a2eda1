//! The accounts that a user has already.

use std::collections::HashMap;

use otp::{Algorithm, OtpType, Secret};
use vault::access;
use vault::{AccountDraft, SharingPolicy, UserId};

use crate::app::App;
use crate::error::Result;

/// The properties that are equal in duplicates, besides the secret. No service equals an empty one.
#[derive(PartialEq, Eq, Hash)]
struct Traits {
    service: String,
    account: String,
    otp_type: OtpType,
    digits: u8,
    algorithm: Algorithm,
}

/// A person's own accounts, to find duplicates of them.
#[derive(Default)]
pub struct Known(HashMap<Traits, Vec<Secret>>);

impl Known {
    /// The accounts of `owner`. One whose secret can't be opened is like no other.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(app: &App, owner: UserId) -> Result<Self> {
        // compat 1.10: accounts that others share don't count.
        let seen = app.store.read().await?.visible_accounts(owner, SharingPolicy::default(), None).await?;
        let mut known = Self::default();
        for seen in seen {
            let opened = access::read_secret(owner, &seen).ok();
            if let Some(secret) = opened.and_then(|right| app.store.open_secret(&seen.account, &right).ok()) {
                known.add(&seen.account.into_draft(secret));
            }
        }
        Ok(known)
    }

    /// Whether this account is one of them.
    pub fn has(&self, account: &AccountDraft) -> bool {
        self.0.get(&traits(account)).is_some_and(|secrets| secrets.contains(&account.secret))
    }

    /// Adds an account.
    pub fn add(&mut self, account: &AccountDraft) {
        self.0.entry(traits(account)).or_default().push(account.secret.clone());
    }
}

fn traits(account: &AccountDraft) -> Traits {
    Traits {
        service: account.service.clone().unwrap_or_default(),
        account: account.name.clone(),
        otp_type: account.parameters.otp_type,
        digits: account.parameters.digits,
        algorithm: account.parameters.algorithm,
    }
}
