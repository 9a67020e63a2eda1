//! Sessions of browsers.

use jiff::Timestamp;
use serde_json::Value;
use vault::{User, UserId};

use crate::committer::Job;
use crate::engine::Row;
use crate::users::{columns, opt_user};
use crate::{Error, Hash, Read, Store, Write};

/// A browser's session. It is known by the SHA-256 of its cookie's value.
#[derive(Clone, PartialEq)]
pub struct Session {
    /// Who is signed in.
    pub user: Option<UserId>,
    /// What is remembered between two requests.
    pub data: Option<Value>,
    /// The network address of the sign-in.
    pub ip: Option<String>,
    /// The client's `User-Agent` at the sign-in.
    pub user_agent: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// The last request that was noted.
    pub last_used_at: Timestamp,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("user", &self.user).finish_non_exhaustive()
    }
}

macro_rules! session_columns {
    () => {
        "sessions.user_id, sessions.data, sessions.ip, sessions.user_agent, sessions.created_at, \
         sessions.last_used_at"
    };
}

impl Read {
    /// The session with this cookie.
    pub async fn session(&mut self, hash: &Hash) -> Result<Option<Session>, Error> {
        let sql = concat!("SELECT ", session_columns!(), " FROM sessions WHERE id = ?");
        self.connection.row(sql, &[hash.into()], session).await
    }

    /// The session with this cookie, and who is signed in.
    pub async fn session_bearer(&mut self, hash: &Hash) -> Result<Option<(Session, Option<User>)>, Error> {
        let sql = concat!(
            "SELECT ",
            session_columns!(),
            ", ",
            columns!(),
            " FROM sessions LEFT JOIN users ON users.id = sessions.user_id WHERE sessions.id = ?"
        );
        self.connection.row(sql, &[hash.into()], |row| Ok((session(row)?, opt_user(row)?))).await
    }

    /// The user's sessions with the SHA-256 of their cookies, the latest used first.
    pub async fn sessions_of(&mut self, user: UserId) -> Result<Vec<(Hash, Session)>, Error> {
        let sql = concat!(
            "SELECT ",
            session_columns!(),
            ", sessions.id FROM sessions WHERE user_id = ? ORDER BY last_used_at DESC, created_at DESC, id"
        );
        let read = |row: &mut Row<'_>| {
            let session = session(row)?;
            let hash = row.blob()?.try_into().map_err(|_| Error::Corrupt("a hash of another length"))?;
            Ok((hash, session))
        };
        self.connection.rows(sql, &[user.into()], read).await
    }
}

fn session(row: &mut Row<'_>) -> Result<Session, Error> {
    let json = |text: String| serde_json::from_str(&text).map_err(|_| Error::Corrupt("a session that is not JSON"));
    Ok(Session {
        user: row.opt_int()?.map(UserId),
        data: row.opt_text()?.map(json).transpose()?,
        ip: row.opt_text()?,
        user_agent: row.opt_text()?,
        created_at: row.time()?,
        last_used_at: row.time()?,
    })
}

impl Store {
    /// Notes that the session was used.
    pub async fn touch_session(&self, hash: &Hash, now: Timestamp) -> Result<(), Error> {
        self.run(Job::TouchSession(*hash, now)).await.map(drop)
    }
}

impl Write {
    /// Begins a session with this cookie.
    pub async fn create_session(&mut self, hash: &Hash, session: &Session) -> Result<(), Error> {
        let data = session.data.as_ref().map(Value::to_string);
        let sql = "INSERT INTO sessions (id, user_id, data, ip, user_agent, created_at, last_used_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?)";
        let params = [
            hash.into(),
            session.user.into(),
            data.as_deref().into(),
            session.ip.as_deref().into(),
            session.user_agent.as_deref().into(),
            session.created_at.into(),
            session.last_used_at.into(),
        ];
        self.connection.execute(sql, &params).await.map(drop)
    }

    /// Replaces what the session remembers.
    pub async fn set_session_data(&mut self, hash: &Hash, data: Option<&Value>) -> Result<(), Error> {
        let data = data.map(Value::to_string);
        self.change("UPDATE sessions SET data = ? WHERE id = ?", &[data.as_deref().into(), hash.into()]).await
    }

    /// Ends the session, if it is there.
    pub async fn end_session(&mut self, hash: &Hash) -> Result<(), Error> {
        self.connection.execute("DELETE FROM sessions WHERE id = ?", &[hash.into()]).await.map(drop)
    }

    /// Ends this session if it is one of the user's; answers whether it was.
    pub async fn end_session_of(&mut self, user: UserId, hash: &Hash) -> Result<bool, Error> {
        let sql = "DELETE FROM sessions WHERE user_id = ? AND id = ?";
        Ok(self.connection.execute(sql, &[user.into(), hash.into()]).await? > 0)
    }

    /// Ends all sessions of the user but one.
    pub async fn end_sessions_of(&mut self, user: UserId, except: Option<&Hash>) -> Result<u64, Error> {
        let kept = except.unwrap_or(&[0; 32]);
        let sql = "DELETE FROM sessions WHERE user_id = ? AND id <> ?";
        self.connection.execute(sql, &[user.into(), kept.into()]).await
    }

    /// Ends the sessions that weren't used since, and those of nobody that began before another time.
    pub async fn purge_sessions(&mut self, unused_since: Timestamp, guests_since: Timestamp) -> Result<u64, Error> {
        let sql = "DELETE FROM sessions WHERE last_used_at < ? OR (user_id IS NULL AND created_at < ?)";
        self.connection.execute(sql, &[unused_since.into(), guests_since.into()]).await
    }
}
