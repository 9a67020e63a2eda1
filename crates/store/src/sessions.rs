//! Sessions of browsers.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;
use vault::{User, UserId};

use crate::damage::Reading;
use crate::engine::Row;
use crate::rows::{columns, insert, update};
use crate::users::{read_user, user_columns};
use crate::{AdminWrite, Error, Hash, MayPurge, Read, UserWrite, Write};

/// The credential of a sign-in. A session ends with the credential that it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// The user's password.
    Password,
    /// The security key with this ID.
    SecurityKey(i64),
    /// The identity at the single-sign-on provider of this name.
    Provider(String),
}

impl Basis {
    fn text(&self) -> String {
        match self {
            Self::Password => "password".into(),
            Self::SecurityKey(id) => format!("key {id}"),
            Self::Provider(name) => format!("provider {name}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text.split_once(' ') {
            None => (text == "password").then_some(Self::Password),
            Some(("key", id)) => id.parse().ok().map(Self::SecurityKey),
            Some(("provider", name)) => Some(Self::Provider(name.to_owned())),
            Some(_) => None,
        }
    }
}

/// A browser's session. Its key is the SHA-256 of its cookie's value.
#[derive(Clone, PartialEq)]
pub struct Session {
    /// The user who is signed in.
    pub user: Option<UserId>,
    /// The credential of the sign-in; `None` for sessions without a user, and for those of former versions.
    pub basis: Option<Basis>,
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
        basis: "sessions.basis" as Option<String>,
        data: "sessions.data" as Result<Option<Value>, Error>,
        ip: "sessions.ip",
        user_agent: "sessions.user_agent",
        created_at: "sessions.created_at",
        last_used_at: "sessions.last_used_at",
    } => {
        let basis = basis.as_deref().and_then(Basis::parse);
        let data = reading.value_or((TABLE, &"data"), data, None)?;
        Session { user, basis, data, ip, user_agent, created_at, last_used_at }
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
        let basis = session.basis.as_ref().map(Basis::text);
        let (sql, params) = insert!(sessions {
            id: hash,
            user_id: session.user,
            basis: basis.as_ref(),
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

    /// Ends the sessions that stand on a security key, or all but one of them.
    pub(crate) async fn end_key_sessions(&mut self, key: i64, except: Option<&Hash>) -> Result<(), Error> {
        let (kept, basis) = (except.unwrap_or(&[0; 32]), Basis::SecurityKey(key).text());
        let sql = "DELETE FROM sessions WHERE basis = ? AND id <> ?";
        self.connection.execute(sql, &[(&basis).into(), kept.into()]).await.map(drop)
    }

    /// Deletes the sessions last used before `unused_since`, those that began before `begun_since`, and those without a
    /// user that began before `guests_since`. Returns their number.
    pub async fn purge_sessions(
        &mut self,
        _: MayPurge,
        unused_since: Timestamp,
        begun_since: Timestamp,
        guests_since: Timestamp,
    ) -> Result<u64, Error> {
        let sql = "DELETE FROM sessions WHERE last_used_at < ? OR created_at < ? \
             OR (user_id IS NULL AND created_at < ?)";
        self.connection.execute(sql, &[unused_since.into(), begun_since.into(), guests_since.into()]).await
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

    /// Ends the sessions of the user that stand on a single-sign-on provider, or all but one of them.
    pub async fn end_provider_sessions(&mut self, user: UserId, except: Option<&Hash>) -> Result<(), Error> {
        self.require(user)?;
        let kept = except.unwrap_or(&[0; 32]);
        let sql = "DELETE FROM sessions WHERE user_id = ? AND basis LIKE 'provider %' AND id <> ?";
        self.connection.execute(sql, &[user.into(), kept.into()]).await.map(drop)
    }
}

impl AdminWrite {
    /// Ends the sessions of all users that stand on a single-sign-on provider.
    pub async fn end_all_provider_sessions(&mut self) -> Result<(), Error> {
        self.connection.execute("DELETE FROM sessions WHERE basis LIKE 'provider %'", &[]).await.map(drop)
    }
}
