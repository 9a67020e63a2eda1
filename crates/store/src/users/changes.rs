//! Changes of users: by themselves, and by administrators.

use jiff::Timestamp;
use vault::{EmailSource, Preferences, SsoIdentity, UserId};

use super::CreateUserError;
use crate::hash::sha256;
use crate::rows::update;
use crate::{AdminWrite, Error, Hash, UserWrite};

impl UserWrite {
    /// Deletes a user with everything they own. With a `tombstone`, an auth proxy can create neither a user of that
    /// name nor one with the subject to which the user was bound.
    ///
    /// Returns the names of the icons that no account uses any more.
    pub async fn delete_user(&mut self, id: UserId, tombstone: bool, now: Timestamp) -> Result<Vec<String>, Error> {
        self.require(id)?;
        let Some(user) = self.user(id).await? else { return Ok(Vec::new()) };
        let orphaned = "SELECT DISTINCT icon FROM accounts WHERE user_id = ? AND icon IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM accounts others WHERE others.icon = accounts.icon \
             AND (others.user_id IS NULL OR others.user_id <> ?))";
        let icons = self.readable("accounts", orphaned, &[id.into(), id.into()], |row, _| row.read()).await?;
        if tombstone {
            self.add_tombstones(id, now).await?;
        }
        let links = "DELETE FROM resets WHERE email = ? OR user_id = ?";
        self.connection.execute(links, &[(&user.email).into(), id.into()]).await?;
        // The accounts first, in the order in which a claimed counter and its log take their locks.
        self.connection.execute("DELETE FROM accounts WHERE user_id = ?", &[id.into()]).await?;
        self.connection.execute("DELETE FROM users WHERE id = ?", &[id.into()]).await?;
        Ok(icons)
    }

    /// Replaces the user's name and address; either may be the present one.
    pub async fn set_name_and_email(
        &mut self,
        id: UserId,
        name: &str,
        name_key: &str,
        email: &str,
        source: EmailSource,
        now: Timestamp,
    ) -> Result<(), CreateUserError> {
        self.require(id)?;
        self.write_name_and_email(id, name, name_key, email, source, now).await
    }

    /// Replaces the hash of the user's password; `None` removes the password.
    pub async fn set_password(&mut self, id: UserId, hash: Option<&str>, now: Timestamp) -> Result<(), Error> {
        self.require(id)?;
        let (sql, params) = update!(users { password: hash, updated_at: now } where id: id);
        self.change(sql, &params).await
    }

    /// Replaces the user's own preference values.
    pub async fn set_preferences(
        &mut self,
        id: UserId,
        preferences: &Preferences,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.require(id)?;
        self.write_preferences(id, preferences, now).await
    }

    pub(crate) async fn write_preferences(
        &mut self,
        id: UserId,
        preferences: &Preferences,
        now: Timestamp,
    ) -> Result<(), Error> {
        let text = serde_json::to_string(&preferences.0).map_err(Error::database)?;
        let (sql, params) = update!(users { preferences: &text, updated_at: now } where id: id);
        self.change(sql, &params).await
    }

    /// Replaces the user's identity at a single-sign-on provider; `None` removes it.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when it is another user's.
    pub async fn set_sso(&mut self, id: UserId, sso: Option<&SsoIdentity>, now: Timestamp) -> Result<(), Error> {
        self.require(id)?;
        let (sql, params) = update!(users {
            sso_provider: sso.map(|sso| &sso.provider),
            sso_subject: sso.map(|sso| &sso.subject),
            updated_at: now,
        } where id: id);
        self.change(sql, &params).await
    }
}

impl AdminWrite {
    /// Makes the user an administrator, or no longer one.
    pub async fn set_admin(&mut self, id: UserId, is_admin: bool, now: Timestamp) -> Result<(), Error> {
        let (sql, params) = update!(users { is_admin: is_admin, updated_at: now } where id: id);
        self.change(sql, &params).await
    }

    /// Disables the user, whose sessions end, or enables them again with `None`.
    pub async fn set_disabled(&mut self, id: UserId, since: Option<Timestamp>, now: Timestamp) -> Result<(), Error> {
        let (sql, params) = update!(users { disabled_at: since, updated_at: now } where id: id);
        self.change(sql, &params).await?;
        if since.is_some() {
            self.end_sessions(id, None).await?;
        }
        Ok(())
    }

    /// Binds the user to a subject of the auth proxy, see [`NewUser::proxy_subject`].
    ///
    /// # Errors
    /// [`Error::Duplicate`] when another user is bound to it.
    pub async fn set_proxy_subject(&mut self, id: UserId, subject: &str, now: Timestamp) -> Result<(), Error> {
        let hash = sha256(subject);
        let (sql, params) = update!(users { proxy_subject: &hash, updated_at: now } where id: id);
        self.change(sql, &params).await
    }

    /// Removes the user's subject of the auth proxy, so that the next one with the user's name can be bound.
    pub async fn clear_proxy_subject(&mut self, id: UserId, now: Timestamp) -> Result<(), Error> {
        let (sql, params) = update!(users { proxy_subject: None::<&Hash>, updated_at: now } where id: id);
        self.change(sql, &params).await
    }
}
