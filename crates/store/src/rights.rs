//! The rights with which users write: asked for within the write transaction, where nothing can change before it
//! commits, and not only when the request arrived.
//!
//! A [`Write`] alone has the writes that are nobody's: registration, sign-in, expiry. Those of a user are methods of
//! [`UserWrite`], those of an administrator methods of [`AdminWrite`]. Both exist only after the check, so that a
//! forgotten one doesn't compile.

use std::ops::{Deref, DerefMut};

use jiff::Timestamp;
use vault::access::{Manage, Right};
use vault::{AccountId, UserId};

use crate::engine::Connection;
use crate::{Error, Hash, Write};

/// A user, and the means by which they were authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The user.
    pub user: UserId,
    /// The means.
    pub credential: Credential,
}

/// The means of authentication that must still be valid when its user writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A session, last used no earlier than `used_since`.
    Session {
        /// The SHA-256 of its cookie.
        hash: Hash,
        /// The limit of its age.
        used_since: Timestamp,
    },
    /// A personal access token that expires after `now`.
    Token {
        /// Its public identifier.
        id: String,
        /// The present time.
        now: Timestamp,
    },
    /// None that is stored: an auth proxy states the user in every request, or the caller has checked a link or a
    /// password within this transaction.
    Checked,
}

impl Claim {
    /// Returns the claim of a user whom the caller has authenticated within this transaction, or an auth proxy in this
    /// request.
    pub fn checked(user: UserId) -> Claim {
        Claim { user, credential: Credential::Checked }
    }

    /// Looks the credential up: one read by keys. Returns whether the user is an administrator.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] if the credential isn't valid any more, or the user is disabled or deleted.
    pub(crate) async fn check(&self, connection: &mut Connection) -> Result<bool, Error> {
        let user = self.user.into();
        let is_admin = match &self.credential {
            Credential::Session { hash, used_since } => {
                let sql = "SELECT users.is_admin FROM sessions JOIN users ON users.id = sessions.user_id \
                     WHERE sessions.id = ? AND sessions.last_used_at >= ? AND users.id = ? AND users.disabled_at IS NULL";
                connection.row(sql, &[hash.into(), (*used_since).into(), user], |row| row.read()).await?
            }
            Credential::Token { id, now } => {
                let sql = "SELECT users.is_admin FROM tokens JOIN users ON users.id = tokens.user_id \
                     WHERE tokens.id = ? AND tokens.revoked = 0 AND tokens.expires_at > ? AND users.id = ? \
                     AND users.disabled_at IS NULL";
                connection.row(sql, &[id.into(), (*now).into(), user], |row| row.read()).await?
            }
            Credential::Checked => {
                let sql = "SELECT is_admin FROM users WHERE id = ? AND disabled_at IS NULL";
                connection.row(sql, &[user], |row| row.read()).await?
            }
        };
        is_admin.ok_or(Error::Unauthenticated)
    }
}

/// The write transaction of a user whose credential is valid in it. It writes what is theirs, and what a
/// [`Right`] is for.
pub struct UserWrite {
    write: Write,
    /// The user; `None` for any user's data, within an [`AdminWrite`].
    holder: Option<UserId>,
    is_admin: bool,
}

/// The write transaction of a user who is an administrator in it, or of the operator. It writes any user's data.
pub struct AdminWrite(UserWrite);

impl Write {
    /// Returns the transaction as the user's.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] if the credential isn't valid any more, or the user is disabled or deleted.
    pub async fn by(mut self, claim: &Claim) -> Result<UserWrite, Error> {
        let is_admin = claim.check(&mut self.connection).await?;
        Ok(UserWrite { write: self, holder: Some(claim.user), is_admin })
    }

    /// Returns the transaction as that of the operator: of the command line and the configuration, whose author could
    /// write the database file as well.
    pub fn by_operator(self) -> AdminWrite {
        AdminWrite(UserWrite { write: self, holder: None, is_admin: true })
    }
}

impl UserWrite {
    /// Returns the transaction as an administrator's.
    ///
    /// # Errors
    /// [`Error::NotAdmin`] if the user isn't one any more.
    pub fn admin(self) -> Result<AdminWrite, Error> {
        if self.is_admin { Ok(AdminWrite(UserWrite { holder: None, ..self })) } else { Err(Error::NotAdmin) }
    }

    /// Makes all writes durable.
    pub async fn commit(self) -> Result<(), Error> {
        self.write.commit().await
    }

    /// Returns the user; `None` if any user's data may be written.
    pub(crate) fn holder(&self) -> Option<UserId> {
        self.holder
    }

    /// Refuses another user's data.
    pub(crate) fn require(&self, user: UserId) -> Result<(), Error> {
        if self.holder.is_none_or(|holder| holder == user) { Ok(()) } else { Err(Error::OtherRight) }
    }

    /// Returns the account of a right, which must be the user's own.
    pub(crate) fn account_of(&self, right: &Right<Manage>) -> Result<AccountId, Error> {
        self.require(right.holder())?;
        Ok(right.account())
    }
}

impl AdminWrite {
    /// Makes all writes durable.
    pub async fn commit(self) -> Result<(), Error> {
        self.0.commit().await
    }
}

impl Deref for UserWrite {
    type Target = Write;

    fn deref(&self) -> &Write {
        &self.write
    }
}

impl DerefMut for UserWrite {
    fn deref_mut(&mut self) -> &mut Write {
        &mut self.write
    }
}

impl Deref for AdminWrite {
    type Target = UserWrite;

    fn deref(&self) -> &UserWrite {
        &self.0
    }
}

impl DerefMut for AdminWrite {
    fn deref_mut(&mut self) -> &mut UserWrite {
        &mut self.0
    }
}
