//! The logs of sign-ins and of generated codes.

use jiff::{SignedDuration, Timestamp};
use otp::OtpType;
use vault::{AccountId, UserId};

use crate::damage::Reading;
use crate::engine::{Connection, Row};
use crate::rows::{columns, insert, update};
use crate::{Error, MayPurge, Read, Write};

/// The clocks of two copies of the program may differ by as much.
const VISIT_SKEW: SignedDuration = SignedDuration::from_mins(15);

/// A generated code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtpLog {
    /// The user who generated it; `None` once they are deleted.
    pub requester: Option<UserId>,
    /// The requester's name at that time.
    pub requester_name: String,
    /// The requester's address at that time.
    pub requester_email: String,
    /// The owner of the account; `None` without an owner, or once they are deleted.
    pub owner: Option<UserId>,
    /// The owner's name at that time.
    pub owner_name: String,
    /// The owner's address at that time.
    pub owner_email: String,
    /// The account.
    pub account: AccountId,
    /// The requester's network address.
    pub ip: String,
    /// The type of the code.
    pub otp_type: OtpType,
    /// The counter after that of the code, for HOTP. [`Store::claim_counter`](crate::Store::claim_counter) sets it.
    pub counter: Option<u64>,
    /// When it was generated.
    pub generated_at: Timestamp,
}

/// The values of a sign-in that is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSignIn {
    /// The user who signed in, or tried to.
    pub user: UserId,
    /// The network address.
    pub ip: Option<String>,
    /// The client's `User-Agent`.
    pub user_agent: Option<String>,
    /// When they signed in.
    pub login_at: Timestamp,
    /// Whether the sign-in succeeded.
    pub successful: bool,
    /// The guard: `web-guard` or `reverse-proxy-guard`.
    pub guard: String,
    /// The method, if it is `password` or `webauthn`.
    pub method: Option<String>,
}

/// The values of a sign-out that is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOut {
    /// The user who signed out.
    pub user: UserId,
    /// The network address.
    pub ip: Option<String>,
    /// The client's `User-Agent`.
    pub user_agent: Option<String>,
    /// The guard.
    pub guard: String,
    /// When they signed out.
    pub logout_at: Timestamp,
}

/// A logged sign-in, or a sign-out without a known sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The ID of its row.
    pub id: i64,
    /// The user.
    pub user: UserId,
    /// The network address.
    pub ip: Option<String>,
    /// The client's `User-Agent`.
    pub user_agent: Option<String>,
    /// When they signed in.
    pub login_at: Option<Timestamp>,
    /// When they signed out.
    pub logout_at: Option<Timestamp>,
    /// Whether the sign-in succeeded.
    pub successful: bool,
    /// The guard.
    pub guard: String,
    /// The method, if it was `password` or `webauthn`.
    pub method: Option<String>,
}

columns! {
    /// Reads a code.
    fn read_otp_log() -> OtpLog from otp_log_columns! {
        requester: "requester_id",
        requester_name: "requester_name",
        requester_email: "requester_email",
        owner: "owner_id",
        owner_name: "owner_name",
        owner_email: "owner_email",
        account: "account_id",
        ip: "ip",
        otp_type: "otp_type",
        counter: "counter",
        generated_at: "generated_at",
    }
}

columns! {
    /// Reads a sign-in.
    fn read_sign_in() -> SignIn from sign_in_columns! {
        id: "id",
        user: "user_id",
        ip: "ip",
        user_agent: "user_agent",
        login_at: "login_at",
        logout_at: "logout_at",
        successful: "successful",
        guard: "guard",
        method: "method",
    }
}

pub(crate) async fn log_otp(connection: &mut Connection, log: &OtpLog, counter: Option<u64>) -> Result<(), Error> {
    let counter = counter.or(log.counter).map(i64::try_from).transpose();
    let (sql, params) = insert!(otp_logs {
        requester_id: log.requester,
        requester_name: &log.requester_name,
        requester_email: &log.requester_email,
        owner_id: log.owner,
        owner_name: &log.owner_name,
        owner_email: &log.owner_email,
        account_id: log.account,
        ip: &log.ip,
        otp_type: log.otp_type,
        counter: counter.map_err(|_| Error::Unstorable("the counter is too large"))?,
        generated_at: log.generated_at,
    });
    connection.insert(sql, &params).await.map(drop)
}

pub(crate) async fn log_sign_in(connection: &mut Connection, entry: &NewSignIn) -> Result<i64, Error> {
    let (sql, params) = insert!(sign_ins {
        user_id: entry.user,
        ip: entry.ip.as_ref(),
        user_agent: entry.user_agent.as_ref(),
        login_at: entry.login_at,
        successful: entry.successful,
        guard: &entry.guard,
        method: entry.method.as_ref(),
    });
    connection.insert(sql, &params).await
}

pub(crate) async fn log_visit(connection: &mut Connection, entry: &NewSignIn, since: Timestamp) -> Result<bool, Error> {
    // The request that changes the row has the visit; the others wait for it, and find the row changed.
    // A time in the future, by a clock that was ahead, is set right.
    let sql = "UPDATE users SET last_seen_at = ? \
         WHERE id = ? AND (last_seen_at IS NULL OR last_seen_at < ? OR last_seen_at > ?)";
    let latest = entry.login_at + VISIT_SKEW;
    let params = [entry.login_at.into(), entry.user.into(), since.into(), latest.into()];
    let is_visit = connection.execute(sql, &params).await? > 0;
    if is_visit {
        log_sign_in(connection, entry).await?;
    }
    Ok(is_visit)
}

pub(crate) async fn log_sign_out(connection: &mut Connection, entry: &SignOut) -> Result<(), Error> {
    let latest = "SELECT id FROM sign_ins WHERE user_id = ? AND COALESCE(ip, '') = ? AND COALESCE(user_agent, '') = ? \
         AND guard = ? ORDER BY id DESC LIMIT 1";
    let (ip, user_agent) = (entry.ip.as_deref(), entry.user_agent.as_deref());
    let params = [
        entry.user.into(),
        ip.unwrap_or_default().into(),
        user_agent.unwrap_or_default().into(),
        (&entry.guard).into(),
    ];
    if let Some(id) = connection.row(latest, &params, |row| row.read::<i64>()).await? {
        let (sql, params) = update!(sign_ins { logout_at: entry.logout_at } where id: id);
        return connection.execute(sql, &params).await.map(drop);
    }
    let (sql, params) = insert!(sign_ins {
        user_id: entry.user,
        ip: ip,
        user_agent: user_agent,
        logout_at: entry.logout_at,
        successful: false,
        guard: &entry.guard,
    });
    connection.insert(sql, &params).await.map(drop)
}

impl Read {
    /// The user's sign-ins and sign-outs, the latest first, at most 10,000; with `since`, those with either at that time or later.
    pub async fn sign_ins(&mut self, user: UserId, since: Option<Timestamp>) -> Result<Vec<SignIn>, Error> {
        let sql = concat!(
            "SELECT ",
            sign_in_columns!(),
            " FROM sign_ins WHERE user_id = ? AND (0 = ? OR login_at >= ? OR logout_at >= ?) ORDER BY id DESC LIMIT 10000"
        );
        let params = [user.into(), since.is_some().into(), since.into(), since.into()];
        self.readable("sign_ins", sql, &params, |row, _| read_sign_in(row)).await
    }

    /// Whether the user ever signed in as in this entry: with the same network address, client and guard.
    pub async fn has_signed_in(&mut self, entry: &NewSignIn) -> Result<bool, Error> {
        let sql = "SELECT COUNT(*) FROM (SELECT id FROM sign_ins WHERE user_id = ? AND successful = 1 \
             AND COALESCE(ip, '') = ? AND COALESCE(user_agent, '') = ? AND guard = ? LIMIT 1) AS known";
        let params = [
            entry.user.into(),
            entry.ip.as_deref().unwrap_or_default().into(),
            entry.user_agent.as_deref().unwrap_or_default().into(),
            (&entry.guard).into(),
        ];
        Ok(self.number(sql, &params).await? > 0)
    }

    /// The network addresses from which the user signed in at last, as they were logged: `limit` at most.
    pub async fn sign_in_addresses(&mut self, user: UserId, limit: u32) -> Result<Vec<String>, Error> {
        let sql = "SELECT ip FROM sign_ins WHERE user_id = ? AND successful = 1 AND ip IS NOT NULL \
             GROUP BY ip ORDER BY MAX(id) DESC LIMIT ?";
        self.connection.rows(sql, &[user.into(), limit.into()], |row| row.read()).await
    }

    /// The codes that were generated with the account, the latest last; with `since`, those of that time or later; with
    /// `limit`, only the first of them. Of all, the latest 10,000 count.
    pub async fn otp_logs(
        &mut self,
        account: AccountId,
        since: Option<Timestamp>,
        limit: Option<u64>,
    ) -> Result<Vec<OtpLog>, Error> {
        let sql = concat!(
            "SELECT id, ",
            otp_log_columns!(),
            " FROM otp_logs WHERE account_id = ? AND (0 = ? OR generated_at >= ?) AND id >= COALESCE((SELECT MIN(id) \
             FROM (SELECT id FROM otp_logs WHERE account_id = ? ORDER BY id DESC LIMIT 10000) latest), 0) \
             ORDER BY id LIMIT ?"
        );
        let limit = limit.and_then(|limit| i64::try_from(limit).ok()).unwrap_or(i64::MAX);
        let params = [account.into(), since.is_some().into(), since.into(), account.into(), limit.into()];
        let read = |row: &mut Row<'_>, _: &Reading<'_>| {
            row.read::<i64>()?;
            read_otp_log(row)
        };
        self.readable("otp_logs", sql, &params, read).await
    }
}

impl Read {
    /// Reads both logs, so that what is damaged is noted.
    pub(crate) async fn examine_logs(&mut self) -> Result<(), Error> {
        let sql = concat!("SELECT ", sign_in_columns!(), " FROM sign_ins");
        self.readable("sign_ins", sql, &[], |row, _| read_sign_in(row).map(drop)).await?;
        let sql = concat!("SELECT id, ", otp_log_columns!(), " FROM otp_logs");
        let read = |row: &mut Row<'_>, _: &Reading<'_>| {
            row.read::<i64>()?;
            read_otp_log(row).map(drop)
        };
        self.readable("otp_logs", sql, &[], read).await.map(drop)
    }
}

impl Write {
    /// Does the same as [`Store::log_sign_in`](crate::Store::log_sign_in), within this transaction.
    pub async fn log_sign_in(&mut self, entry: &NewSignIn) -> Result<i64, Error> {
        log_sign_in(&mut self.connection, entry).await
    }

    /// Does the same as [`Store::log_sign_out`](crate::Store::log_sign_out), within this transaction.
    pub async fn log_sign_out(&mut self, entry: &SignOut) -> Result<(), Error> {
        log_sign_out(&mut self.connection, entry).await
    }

    /// Deletes all sign-ins and sign-outs of before. Returns their number.
    pub async fn purge_sign_ins(&mut self, _: MayPurge, before: Timestamp) -> Result<u64, Error> {
        let sql = "DELETE FROM sign_ins WHERE login_at < ? OR logout_at < ?";
        self.connection.execute(sql, &[before.into(), before.into()]).await
    }

    /// Deletes the log of all codes that were generated before. Returns their number.
    pub async fn purge_otp_logs(&mut self, _: MayPurge, before: Timestamp) -> Result<u64, Error> {
        self.connection.execute("DELETE FROM otp_logs WHERE generated_at < ?", &[before.into()]).await
    }
}
