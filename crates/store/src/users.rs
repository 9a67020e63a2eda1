//! Users.

use jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use vault::{EmailSource, Preferences, SsoIdentity, User, UserId};

use crate::committer::Job;
use crate::engine::{BATCH, Param, Row, batches, is_storable, repeated};
use crate::{Error, Hash, Read, Store, Write};

/// The columns that [`user`] reads.
macro_rules! columns {
    () => {
        "users.id, users.name, users.email, users.email_source, users.is_admin, users.disabled_at, \
         users.sso_provider, users.sso_subject, users.preferences, users.last_seen_at, users.created_at"
    };
}
pub(crate) use columns;

/// Reads the columns of [`columns`].
pub(crate) fn user(row: &mut Row<'_>) -> Result<User, Error> {
    opt_user(row)?.ok_or(Error::Corrupt("a user without an id"))
}

/// Reads the columns of [`columns`] where an outer join may have left them null.
pub(crate) fn opt_user(row: &mut Row<'_>) -> Result<Option<User>, Error> {
    let Some(id) = row.opt_int()? else { return Ok(None) };
    Ok(Some(User {
        id: UserId(id),
        name: row.text()?,
        email: row.text()?,
        email_source: EmailSource::from_name(&row.text()?),
        is_admin: row.flag()?,
        disabled_at: row.opt_time()?,
        sso: match (row.opt_text()?, row.opt_text()?) {
            (Some(provider), Some(subject)) => Some(SsoIdentity { provider, subject }),
            _ => None,
        },
        preferences: preferences(row.opt_text()?)?,
        last_seen_at: row.opt_time()?,
        created_at: row.time()?,
    }))
}

pub(crate) fn preferences(text: Option<String>) -> Result<Preferences, Error> {
    let Some(text) = text else { return Ok(Preferences::default()) };
    let map: Map<String, Value> =
        serde_json::from_str(&text).map_err(|_| Error::Corrupt("preferences that are not a JSON object"))?;
    Ok(Preferences(map))
}

impl Read {
    /// The user with this id.
    pub async fn user(&mut self, id: UserId) -> Result<Option<User>, Error> {
        let sql = concat!("SELECT ", columns!(), " FROM users WHERE id = ?");
        self.connection.row(sql, &[id.into()], user).await
    }

    /// The user with exactly this name.
    pub async fn user_by_name(&mut self, name: &str) -> Result<Option<User>, Error> {
        let sql = concat!("SELECT ", columns!(), " FROM users WHERE name = ?");
        self.connection.row(sql, &[name.into()], user).await
    }

    /// The user with this address, in lower case.
    pub async fn user_by_email(&mut self, email: &str) -> Result<Option<User>, Error> {
        if !is_storable(email) {
            return Ok(None);
        }
        let sql = concat!("SELECT ", columns!(), " FROM users WHERE email = ?");
        self.connection.row(sql, &[email.into()], user).await
    }

    /// The user whom an auth proxy knows by this stable subject, see [`NewUser::proxy_subject`].
    pub async fn user_by_proxy_subject(&mut self, subject: &str) -> Result<Option<User>, Error> {
        let sql = concat!("SELECT ", columns!(), " FROM users WHERE proxy_subject = ?");
        self.connection.row(sql, &[(&subject_hash(subject)).into()], user).await
    }

    /// The user with this identity at a single-sign-on provider.
    pub async fn user_by_sso(&mut self, identity: &SsoIdentity) -> Result<Option<User>, Error> {
        let sql = concat!("SELECT ", columns!(), " FROM users WHERE sso_provider = ? AND sso_subject = ?");
        self.connection.row(sql, &[(&identity.provider).into(), (&identity.subject).into()], user).await
    }

    /// Those of `ids` that exist, by id.
    pub async fn users_among(&mut self, ids: &[UserId]) -> Result<Vec<User>, Error> {
        let sql = repeated(concat!("SELECT ", columns!(), " FROM users WHERE id IN (?...) ORDER BY id"), BATCH);
        let mut users = Vec::new();
        for batch in batches(ids.iter().map(|id| id.0)) {
            users.extend(self.connection.rows(sql, &batch, user).await?);
        }
        Ok(users)
    }

    /// Everybody, by id, with the number of accounts that they own.
    pub async fn users(&mut self) -> Result<Vec<(User, u64)>, Error> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            ", COALESCE(owned.accounts, 0) FROM users \
             LEFT JOIN (SELECT user_id, COUNT(*) AS accounts FROM accounts GROUP BY user_id) owned \
             ON owned.user_id = users.id ORDER BY users.id"
        );
        self.connection.rows(sql, &[], |row| Ok((user(row)?, row.count()?))).await
    }

    /// Whether there is anybody at all.
    pub async fn users_exist(&mut self) -> Result<bool, Error> {
        let sql = "SELECT COUNT(*) FROM (SELECT id FROM users LIMIT 1) AS somebody";
        Ok(self.number(sql, &[]).await? > 0)
    }

    /// How many users there are.
    pub async fn user_count(&mut self) -> Result<u64, Error> {
        self.number("SELECT COUNT(*) FROM users", &[]).await
    }

    /// How many administrators there are.
    pub async fn admin_count(&mut self) -> Result<u64, Error> {
        self.number("SELECT COUNT(*) FROM users WHERE is_admin = 1", &[]).await
    }

    /// Whether somebody other than `except` has exactly this name.
    pub async fn name_taken(&mut self, name: &str, except: Option<UserId>) -> Result<bool, Error> {
        if !is_storable(name) {
            return Ok(false);
        }
        let params = [name.into(), except.map_or(0, |id| id.0).into()];
        Ok(self.number("SELECT COUNT(*) FROM users WHERE name = ? AND id <> ?", &params).await? > 0)
    }

    /// Whether somebody other than `except` has this address, in lower case.
    pub async fn email_taken(&mut self, email: &str, except: Option<UserId>) -> Result<bool, Error> {
        if !is_storable(email) {
            return Ok(false);
        }
        let params = [email.into(), except.map_or(0, |id| id.0).into()];
        Ok(self.number("SELECT COUNT(*) FROM users WHERE email = ? AND id <> ?", &params).await? > 0)
    }

    /// The names that fold to `name_key`, see [`NewUser::name_key`].
    pub async fn names_like(&mut self, name_key: &str) -> Result<Vec<String>, Error> {
        self.connection
            .rows("SELECT name FROM users WHERE name_key = ? ORDER BY id", &[name_key.into()], |row| row.text())
            .await
    }

    /// The hash of the user's password; `None` for who has no password, or isn't there.
    pub async fn password_hash(&mut self, id: UserId) -> Result<Option<String>, Error> {
        let sql = "SELECT password FROM users WHERE id = ?";
        Ok(self.connection.row(sql, &[id.into()], |row| row.opt_text()).await?.flatten())
    }

    /// Whether the user is bound to a subject of the auth proxy.
    pub async fn has_proxy_subject(&mut self, id: UserId) -> Result<bool, Error> {
        let sql = "SELECT COUNT(*) FROM users WHERE id = ? AND proxy_subject IS NOT NULL";
        Ok(self.number(sql, &[id.into()]).await? > 0)
    }

    /// Whether a user whose name folds to `name_key` was deleted for good, see [`Write::delete_user`].
    pub async fn is_tombstoned(&mut self, name_key: &str) -> Result<bool, Error> {
        Ok(self.number("SELECT COUNT(*) FROM deleted_names WHERE name_key = ?", &[name_key.into()]).await? > 0)
    }

    /// Whether a user bound to that subject of the auth proxy was deleted for good, see [`Write::delete_user`].
    pub async fn is_subject_tombstoned(&mut self, subject: &str) -> Result<bool, Error> {
        self.is_tombstoned(&subject_key(&subject_hash(subject))).await
    }

    pub(crate) async fn number(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, Error> {
        u64::try_from(self.connection.int(sql, params).await?).map_err(|_| Error::Corrupt("a negative count"))
    }
}

/// Who becomes an administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminRule {
    /// This user.
    Yes,
    /// Not this user.
    No,
    /// This user if there is nobody else.
    IfFirst,
}

/// A user to be created.
#[derive(Debug, Clone)]
pub struct NewUser<'a> {
    /// At most 191 characters.
    pub name: &'a str,
    /// The NFKC casefold of the name: names with the same one look alike.
    pub name_key: &'a str,
    /// In lower case, at most 191 characters.
    pub email: &'a str,
    /// Where the address comes from.
    pub email_source: EmailSource,
    /// The hash of the password; `None` for who signs in otherwise.
    pub password_hash: Option<&'a str>,
    /// Whether it is an administrator.
    pub admin: AdminRule,
    /// The identity at a single-sign-on provider.
    pub sso: Option<&'a SsoIdentity>,
    /// What an auth proxy knows the user by beside the name: issuer and subject in one text of any length.
    pub proxy_subject: Option<&'a str>,
}

/// Why a user could not be created or renamed.
#[derive(Debug, thiserror::Error)]
pub enum CreateUserError {
    /// Somebody has exactly this name.
    #[error("this name is taken")]
    NameTaken,
    /// Somebody has this address.
    #[error("this e-mail address is taken")]
    EmailTaken,
    /// Somebody has this identity at the provider or the proxy.
    #[error("this identity belongs to another user")]
    IdentityTaken,
    /// Writing failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Write {
    /// Creates a user. A tombstone of the name is lifted.
    pub async fn create_user(&mut self, new: &NewUser<'_>, now: Timestamp) -> Result<User, CreateUserError> {
        self.check_free(new.name, new.email, None).await?;
        let proxy_subject = new.proxy_subject.map(subject_hash);
        let admin = match new.admin {
            AdminRule::Yes => 1,
            AdminRule::No => 0,
            AdminRule::IfFirst => 2,
        };
        // Whether it is the first is found in the same statement.
        let sql = "INSERT INTO users (name, name_key, email, email_source, password, is_admin, sso_provider, sso_subject, \
             proxy_subject, created_at, updated_at) \
             SELECT ?, ?, ?, ?, ?, \
             CASE ? WHEN 1 THEN 1 WHEN 2 THEN CASE WHEN EXISTS (SELECT 1 FROM users) THEN 0 ELSE 1 END ELSE 0 END, \
             ?, ?, ?, ?, ?";
        let params = [
            new.name.into(),
            new.name_key.into(),
            new.email.into(),
            new.email_source.as_str().into(),
            new.password_hash.into(),
            Param::from(admin),
            new.sso.map(|sso| sso.provider.as_str()).into(),
            new.sso.map(|sso| sso.subject.as_str()).into(),
            proxy_subject.as_ref().map(Hash::as_slice).into(),
            now.into(),
            now.into(),
        ];
        let id = match self.connection.insert(sql, &params).await {
            Err(Error::Duplicate) => return Err(CreateUserError::IdentityTaken),
            inserted => UserId(inserted?),
        };
        let lift = "DELETE FROM deleted_names WHERE name_key = ?";
        self.connection.execute(lift, &[new.name_key.into()]).await?;
        if let Some(subject) = &proxy_subject {
            self.connection.execute(lift, &[(&subject_key(subject)).into()]).await?;
        }
        Ok(self.user(id).await?.ok_or(Error::Gone)?)
    }

    /// Deletes a user with everything that is theirs. A tombstone keeps an auth proxy from bringing the name back, and the
    /// subject to which the user was bound.
    ///
    /// Returns the names of the icons that no account uses any more.
    pub async fn delete_user(&mut self, id: UserId, tombstone: bool, now: Timestamp) -> Result<Vec<String>, Error> {
        let Some(user) = self.user(id).await? else { return Ok(Vec::new()) };
        let orphaned = "SELECT DISTINCT icon FROM accounts WHERE user_id = ? AND icon IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM accounts others WHERE others.icon = accounts.icon \
             AND (others.user_id IS NULL OR others.user_id <> ?))";
        let icons = self.connection.rows(orphaned, &[id.into(), id.into()], |row| row.text()).await?;
        if tombstone {
            self.bury(id, now).await?;
        }
        self.connection.execute("DELETE FROM resets WHERE email = ?", &[(&user.email).into()]).await?;
        // The accounts first, in the order in which a claimed counter and its log take their locks.
        self.connection.execute("DELETE FROM accounts WHERE user_id = ?", &[id.into()]).await?;
        self.connection.execute("DELETE FROM users WHERE id = ?", &[id.into()]).await?;
        Ok(icons)
    }

    async fn bury(&mut self, id: UserId, now: Timestamp) -> Result<(), Error> {
        let lift = "DELETE FROM deleted_names WHERE name_key IN (SELECT name_key FROM users WHERE id = ?)";
        self.connection.execute(lift, &[id.into()]).await?;
        let bury = "INSERT INTO deleted_names (name_key, deleted_at) SELECT name_key, ? FROM users WHERE id = ?";
        self.connection.execute(bury, &[now.into(), id.into()]).await?;
        let sql = "SELECT proxy_subject FROM users WHERE id = ? AND proxy_subject IS NOT NULL";
        let Some(subject) = self.connection.row(sql, &[id.into()], |row| row.blob()).await? else { return Ok(()) };
        let key = subject_key(&subject);
        self.connection.execute("DELETE FROM deleted_names WHERE name_key = ?", &[(&key).into()]).await?;
        let bury = "INSERT INTO deleted_names (name_key, deleted_at) VALUES (?, ?)";
        self.connection.execute(bury, &[(&key).into(), now.into()]).await.map(drop)
    }

    /// As [`Store::touch_user`], within this transaction.
    pub async fn touch_user(&mut self, id: UserId, now: Timestamp) -> Result<(), Error> {
        self.change("UPDATE users SET last_seen_at = ? WHERE id = ?", &[now.into(), id.into()]).await
    }

    /// Makes the user an administrator, or no longer one.
    pub async fn set_admin(&mut self, id: UserId, is_admin: bool, now: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE users SET is_admin = ?, updated_at = ? WHERE id = ?";
        self.change(sql, &[is_admin.into(), now.into(), id.into()]).await
    }

    /// Gives the user another name and address, which may be the present ones.
    pub async fn set_name_and_email(
        &mut self,
        id: UserId,
        name: &str,
        name_key: &str,
        email: &str,
        source: EmailSource,
        now: Timestamp,
    ) -> Result<(), CreateUserError> {
        self.check_free(name, email, Some(id)).await?;
        let sql = "UPDATE users SET name = ?, name_key = ?, email = ?, email_source = ?, updated_at = ? WHERE id = ?";
        let params = [name.into(), name_key.into(), email.into(), source.as_str().into(), now.into(), id.into()];
        Ok(self.change(sql, &params).await?)
    }

    /// Replaces the hash of the user's password; `None` takes the password away.
    pub async fn set_password(&mut self, id: UserId, hash: Option<&str>, now: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE users SET password = ?, updated_at = ? WHERE id = ?";
        self.change(sql, &[hash.into(), now.into(), id.into()]).await
    }

    /// Replaces the user's own preference values.
    pub async fn set_preferences(
        &mut self,
        id: UserId,
        preferences: &Preferences,
        now: Timestamp,
    ) -> Result<(), Error> {
        let text = serde_json::to_string(&preferences.0).map_err(Error::database)?;
        let sql = "UPDATE users SET preferences = ?, updated_at = ? WHERE id = ?";
        self.change(sql, &[(&text).into(), now.into(), id.into()]).await
    }

    /// Switches the user off, or on again with `None`.
    pub async fn set_disabled(&mut self, id: UserId, since: Option<Timestamp>, now: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE users SET disabled_at = ?, updated_at = ? WHERE id = ?";
        self.change(sql, &[since.into(), now.into(), id.into()]).await
    }

    /// Gives the user another identity at a single-sign-on provider, or none.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when it is another user's.
    pub async fn set_sso(&mut self, id: UserId, sso: Option<&SsoIdentity>, now: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE users SET sso_provider = ?, sso_subject = ?, updated_at = ? WHERE id = ?";
        let provider = sso.map(|sso| sso.provider.as_str());
        let subject = sso.map(|sso| sso.subject.as_str());
        self.change(sql, &[provider.into(), subject.into(), now.into(), id.into()]).await
    }

    /// Binds the user to a subject of the auth proxy, see [`NewUser::proxy_subject`].
    ///
    /// # Errors
    /// [`Error::Duplicate`] when another user is bound to it.
    pub async fn set_proxy_subject(&mut self, id: UserId, subject: &str, now: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE users SET proxy_subject = ?, updated_at = ? WHERE id = ?";
        self.change(sql, &[(&subject_hash(subject)).into(), now.into(), id.into()]).await
    }

    /// Forgets to which subject of the auth proxy the user is bound, so that the next one of that name can be.
    pub async fn clear_proxy_subject(&mut self, id: UserId, now: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE users SET proxy_subject = NULL, updated_at = ? WHERE id = ?";
        self.change(sql, &[now.into(), id.into()]).await
    }

    async fn check_free(&mut self, name: &str, email: &str, except: Option<UserId>) -> Result<(), CreateUserError> {
        if self.name_taken(name, except).await? {
            return Err(CreateUserError::NameTaken);
        }
        if self.email_taken(email, except).await? {
            return Err(CreateUserError::EmailTaken);
        }
        Ok(())
    }

    /// Changes exactly one row.
    pub(crate) async fn change(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<(), Error> {
        match self.connection.execute(sql, params).await? {
            0 => Err(Error::Gone),
            _ => Ok(()),
        }
    }
}

impl Store {
    /// Notes that the user did something.
    pub async fn touch_user(&self, id: UserId, now: Timestamp) -> Result<(), Error> {
        self.run(Job::TouchUser(id, now)).await.map(drop)
    }
}

/// What stands for the hash of a subject among the keys of names, none of which has a capital letter.
fn subject_key(hash: &[u8]) -> String {
    format!("SUBJECT {}", data_encoding::HEXLOWER.encode(hash))
}

fn subject_hash(subject: &str) -> Hash {
    Sha256::digest(subject).into()
}
