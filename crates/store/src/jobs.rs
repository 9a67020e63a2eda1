//! The small writes of the busiest requests, as values that can be run later and together.

use jiff::Timestamp;
use vault::UserId;

use crate::accounts::claim_counter;
use crate::engine::Connection;
use crate::logs::{NewSignIn, OtpLog, SignOut, log_otp, log_sign_in, log_sign_out, log_visit};
use crate::rows::update;
use crate::{Claim, Error, Hash};

/// A small write.
pub(crate) enum Job {
    /// Returns the counter to use.
    ClaimCounter(Claim, OtpLog),
    LogOtp(OtpLog),
    /// Returns the ID of the new row.
    LogSignIn(NewSignIn),
    /// Logs a visit, unless the user was seen since then. Returns 1 if it was logged, otherwise 0.
    LogVisit(NewSignIn, Timestamp),
    LogSignOut(SignOut),
    TouchUser(UserId, Timestamp),
    TouchSession(Hash, Timestamp),
    TouchToken(Hash, Timestamp),
}

impl Job {
    /// Runs the job on a connection. Returns its number, or 0 if it has none.
    pub(crate) async fn run(&self, connection: &mut Connection) -> Result<u64, Error> {
        match self {
            Job::ClaimCounter(by, log) => return claim_counter(connection, by, log).await,
            Job::LogSignIn(entry) => {
                let id = log_sign_in(connection, entry).await?;
                return u64::try_from(id).map_err(|_| Error::Corrupt("a negative ID"));
            }
            Job::LogVisit(entry, since) => return log_visit(connection, entry, *since).await.map(u64::from),
            Job::LogOtp(log) => log_otp(connection, log, None).await?,
            Job::LogSignOut(entry) => log_sign_out(connection, entry).await?,
            Job::TouchUser(user, now) => {
                let (sql, params) = update!(users { last_seen_at: *now } where id: *user);
                connection.execute(sql, &params).await?;
            }
            Job::TouchSession(hash, now) => {
                let (sql, params) = update!(sessions { last_used_at: *now } where id: hash);
                connection.execute(sql, &params).await?;
            }
            Job::TouchToken(hash, now) => {
                let (sql, params) = update!(tokens { last_used_at: *now } where hash: hash);
                connection.execute(sql, &params).await?;
            }
        }
        Ok(0)
    }

    /// Whether the job takes several statements, which must all happen or none.
    pub(crate) fn needs_transaction(&self) -> bool {
        matches!(self, Job::ClaimCounter(..) | Job::LogVisit(..) | Job::LogSignOut(_))
    }
}
