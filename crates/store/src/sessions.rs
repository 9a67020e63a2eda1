//! Sessions of browsers.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;
use vault::{User, UserId};

use crate::damage::Reading;
use crate::engine::Row;
use crate::rows::{columns, insert, update};
use crate::users::{read_user, user_columns};
use crate::{Error, Hash, MayPurge, Read, UserWrite, Write};

/// A browser's session. Its key is the SHA-256 of its cookie's value.
#[derive(Clone, PartialEq)]
pub struct Session {
    /// The user who is signed in.
    pub user: Option<UserId>,
    /// Data kept from one request to the next.
    pub data: Option<Value>,
    /// The network address of the sign-in.
    pub ip: Option<String>,
    /// The client's `User-Agent` at the sign-in.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// The last request that was noted.
    pub last_used_at: Timestamp,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("user", &self.user).finish_non_exhaustive()
    }
}

const TABLE: &str = "sessions";

/// Maximum number of sessions of one user: the `LIMIT` of [`Write::create_session`].
pub const MAX_SESSIONS: usize = 200;

columns! {
    /// Reads a session; damaged data are dropped.
    fn read_session(reading: &Reading<'_>) -> Session from session_columns! {
        user: "sessions.user_id",
        data: "sessions.data" as Result<Option<Value>, Error>,
        ip: "sessions.ip",
        user_agent: "sessions.user_agent",
        created_at: "sessions.created_at",
        last_used_at: "sessions.last_used_at",
    } => {
        let data = reading.value_or((TABLE, &"data"), data, None)?;
        Session { user, data, ip, user_agent, created_at, last_used_at }
    }
}

impl Read {
    /// The session with this cookie; `None` for a damaged one too.
    pub async fn session(&mut self, hash: &Hash) -> Result<Option<Session>, Error> {
        let sql = concat!("SELECT sessions.id, ", session_columns!(), " FROM sessions WHERE id = ?");
        let read = |row: &mut Row<'_>, reading: &Reading<'_>| {
            row.read::<Hash>()?;
            read_session(row, reading)
        };
        self.undamaged(TABLE, sql, &[hash.into()], read).await
    }

    /// The session with this cookie, and the user who is signed in; `None` for a damaged one too.
    pub async fn session_bearer(&mut self, hash: &Hash) -> Result<Option<(Session, Option<User>)>, Error> {
        let sql = concat!(
            "SELECT sessions.id, ",
            session_columns!(),
            ", ",
            user_columns!(),
            " FROM sessions LEFT JOIN users ON users.id = sessions.user_id WHERE sessions.id = ?"
        );
        let read = |row: &mut Row<'_>, reading: &Reading<'_>| {
            row.read::<Hash>()?;
            Ok((read_session(row, reading)?, row.read_joined(|row| read_user(row, reading))?))
        };
        self.undamaged(TABLE, sql, &[hash.into()], read).await
    }

    /// Reads all rows, so that what is damaged is noted.
    pub(crate) async fn examine_sessions(&mut self) -> Result<(), Error> {
        let sql = concat!("SELECT sessions.id, ", session_columns!(), " FROM sessions");
        let read = |row: &mut Row<'_>, reading: &Reading<'_>| {
            row.read::<Hash>()?;
            read_session(row, reading).map(drop)
        };
        self.readable(TABLE, sql, &[], read).await.map(drop)
    }

    /// The user's sessions with the SHA-256 of their cookies, the one used last first.
    pub async fn sessions(&mut self, user: UserId) -> Result<Vec<(Hash, Session)>, Error> {
        let sql = concat!(
            "SELECT sessions.id, ",
            session_columns!(),
            " FROM sessions WHERE user_id = ? ORDER BY last_used_at DESC, created_at DESC, id"
        );
        self.readable(TABLE, sql, &[user.into()], |row, reading| Ok((row.read()?, read_session(row, reading)?))).await
    }
}

impl Write {
    /// Begins a session with this cookie. Ends the user's sessions beyond [`MAX_SESSIONS`], those unused for longest.
    pub async fn create_session(&mut self, hash: &Hash, session: &Session) -> Result<(), Error> {
        let data = session.data.as_ref().map(Value::to_string);
        let (sql, params) = insert!(sessions {
            id: hash,
            user_id: session.user,
            data: data.as_ref(),
            ip: session.ip.as_ref(),
            user_agent: session.user_agent.as_ref(),
            created_at: session.created_at,
            last_used_at: session.last_used_at,
        });
        self.connection.execute(sql, &params).await?;
        let Some(user) = session.user else { return Ok(()) };
        // MySQL reads the table that it deletes from only through another query.
        let sql = "DELETE FROM sessions WHERE user_id = ? AND id <> ? AND id NOT IN (SELECT id FROM \
             (SELECT id FROM sessions WHERE user_id = ? ORDER BY last_used_at DESC, created_at DESC LIMIT 200) kept)";
        self.connection.execute(sql, &[user.into(), hash.into(), user.into()]).await.map(drop)
    }

    /// Replaces the session's data.
    pub async fn set_session_data(&mut self, hash: &Hash, data: Option<&Value>) -> Result<(), Error> {
        let data = data.map(Value::to_string);
        let (sql, params) = update!(sessions { data: data.as_ref() } where id: hash);
        self.change(sql, &params).await
    }

    /// Ends the session, if there is one.
    pub async fn end_session(&mut self, hash: &Hash) -> Result<(), Error> {
        self.connection.execute("DELETE FROM sessions WHERE id = ?", &[hash.into()]).await.map(drop)
    }

    /// Deletes the sessions last used before `unused_since`, and those without a user that began before `guests_since`.
    /// Returns their number.
    pub async fn purge_sessions(
        &mut self,
        _: MayPurge,
        unused_since: Timestamp,
        guests_since: Timestamp,
    ) -> Result<u64, Error> {
        let sql = "DELETE FROM sessions WHERE last_used_at < ? OR (user_id IS NULL AND created_at < ?)";
        self.connection.execute(sql, &[unused_since.into(), guests_since.into()]).await
    }
}

impl UserWrite {
    /// Ends a session of the user. Returns whether there was such a session.
    pub async fn end_user_session(&mut self, user: UserId, hash: &Hash) -> Result<bool, Error> {
        self.require(user)?;
        let sql = "DELETE FROM sessions WHERE user_id = ? AND id = ?";
        Ok(self.connection.execute(sql, &[user.into(), hash.into()]).await? > 0)
    }

    /// Ends all sessions of the user, or all but one. Returns their number.
    pub async fn end_sessions(&mut self, user: UserId, except: Option<&Hash>) -> Result<u64, Error> {
        self.require(user)?;
        let kept = except.unwrap_or(&[0; 32]);
        let sql = "DELETE FROM sessions WHERE user_id = ? AND id <> ?";
        self.connection.execute(sql, &[user.into(), kept.into()]).await
    }
}
