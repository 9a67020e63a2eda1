//! Entries as a user reviews them.

use imports::ImportedAccount;
use otp::{OtpType, time_codes};
use serde::Serialize;
use vault::AccountDraft;

use super::reading::{Contents, Entry, ReadFile};
use super::saving::fill_in;
use crate::api::migration::Known;

/// Number of codes of an entry, and of those in a review with many entries.
const CODES: (usize, usize) = (10, 2);
/// Number of entries from which a review has many.
const MANY: usize = 1000;

/// The contents of files before they are imported.
#[derive(Serialize)]
pub struct Review {
    files: Vec<ReadFile>,
    entries: Vec<ReviewedEntry>,
    /// The server's time, Unix seconds.
    now: u64,
}

/// The answer if a file to be imported can't be read.
#[derive(Serialize)]
pub(super) struct Unreadable {
    message: String,
    files: Vec<ReadFile>,
}

impl Unreadable {
    /// Names the first problem, and has all of them with their files.
    pub(super) fn new(files: Vec<ReadFile>) -> Self {
        let first = files.iter().find_map(|file| Some((file.names.join(", "), file.error.as_ref()?)));
        let message = first.map(|(names, error)| format!("{names}: {}", error.text)).unwrap_or_default();
        Self { message, files }
    }
}

#[derive(Serialize)]
struct ReviewedEntry {
    /// The position of the entry's file.
    file: usize,
    state: State,
    /// The position or name of an entry that can't be imported.
    name: Option<String>,
    reason: Option<Reason>,
    account: Option<ReviewedAccount>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    New,
    /// The user has the account already, or an earlier entry is the same.
    Duplicate,
    Rejected,
}

#[derive(Serialize)]
struct Reason {
    code: &'static str,
    text: String,
}

/// An account, without its secret.
#[derive(Serialize)]
struct ReviewedAccount {
    otp_type: &'static str,
    service: Option<String>,
    account: String,
    algorithm: &'static str,
    digits: u8,
    period: Option<u32>,
    counter: Option<u64>,
    group: Option<String>,
    has_icon: bool,
    /// None for counter-based accounts.
    codes: Option<Codes>,
}

/// Codes of an account, to be compared with those that the other app shows.
#[derive(Serialize)]
struct Codes {
    /// When the first of them begins to be valid, Unix seconds.
    since: u64,
    period: u32,
    list: Vec<String>,
}

impl Review {
    /// Compares the entries with the accounts that the user has, and generates their codes from `now` on.
    pub fn new(contents: Contents, mut known: Known, now: u64) -> Self {
        let codes = if contents.entries.len() < MANY { CODES.0 } else { CODES.1 };
        let entries = contents.entries.into_iter().map(|Entry { file, outcome }| match outcome.map(fill_in) {
            Ok(imported) => {
                let is_known = known.has(&imported.account);
                known.add(&imported.account);
                let state = if is_known { State::Duplicate } else { State::New };
                let account = Some(ReviewedAccount::new(imported, now, codes));
                ReviewedEntry { file, state, name: None, reason: None, account }
            }
            Err(rejected) => {
                let reason = Some(Reason { code: rejected.reason.code(), text: rejected.reason.to_string() });
                ReviewedEntry { file, state: State::Rejected, name: Some(rejected.name), reason, account: None }
            }
        });
        Self { entries: entries.collect(), files: contents.files, now }
    }
}

impl ReviewedAccount {
    fn new(imported: ImportedAccount, now: u64, codes: usize) -> Self {
        let codes = Codes::of(&imported.account, now, codes);
        let ImportedAccount { account, icon, group, .. } = imported;
        let parameters = account.parameters;
        Self {
            otp_type: parameters.otp_type.as_str(),
            service: account.service,
            account: account.name,
            algorithm: parameters.algorithm.as_str(),
            digits: parameters.digits,
            period: parameters.period,
            counter: parameters.counter,
            group,
            has_icon: icon.is_some(),
            codes,
        }
    }
}

impl Codes {
    /// Returns the next codes of a time-based account; `None` if it is none, or its secret makes no codes.
    fn of(account: &AccountDraft, now: u64, count: usize) -> Option<Self> {
        if account.parameters.otp_type == OtpType::Hotp {
            return None;
        }
        let period = account.parameters.period_seconds();
        let since = now - now % u64::from(period);
        let mut list = Vec::with_capacity(count);
        // Each call makes two.
        let moments = std::iter::successors(Some(since), |at| at.checked_add(2 * u64::from(period)));
        for at in moments.take(count / 2) {
            let codes = time_codes(&account.secret, &account.parameters, at, None).ok()?;
            list.extend([codes.password, codes.next_password]);
        }
        Some(Self { since, period, list })
    }
}
