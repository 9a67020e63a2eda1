//! Users.

mod changes;

use std::fmt;

use jiff::Timestamp;
use vault::{EmailSource, Preferences, SsoIdentity, User, UserId};

use crate::damage::Reading;
use crate::engine::{Row, batches, is_storable, with_values};
use crate::hash::sha256;
use crate::rows::{columns, insert, update};
use crate::{Error, Hash, Read, Write};

columns! {
    /// Reads a user; damaged values are replaced, as far as they aren't the user's name and address.
    pub(crate) fn read_user(reading: &Reading<'_>) -> User from user_columns! {
        id: "users.id",
        name: "users.name",
        email: "users.email",
        email_source: "users.email_source",
        is_admin: "users.is_admin",
        disabled_at: "users.disabled_at",
        sso_provider: "users.sso_provider" as Result<Option<String>, Error>,
        sso_subject: "users.sso_subject" as Result<Option<String>, Error>,
        preferences: "users.preferences" as Result<Option<Preferences>, Error>,
        last_seen_at: "users.last_seen_at",
        created_at: "users.created_at",
    } => {
        let place: (&str, &dyn fmt::Display) = ("users", &id);
        let provider = reading.value_or(place, sso_provider, None)?;
        let subject = reading.value_or(place, sso_subject, None)?;
        User {
            id,
            name,
            email,
            email_source: reading.value_or(place, email_source, EmailSource::Local)?,
            is_admin: reading.value_or(place, is_admin, false)?,
            // Whether they were disabled can't be known then.
            disabled_at: reading.value_or(place, disabled_at, Some(Timestamp::UNIX_EPOCH))?,
            sso: provider.zip(subject).map(|(provider, subject)| SsoIdentity { provider, subject }),
            preferences: reading.value_or(place, preferences, None)?.unwrap_or_default(),
            last_seen_at: reading.value_or(place, last_seen_at, None)?,
            created_at: reading.value_or(place, created_at, Timestamp::UNIX_EPOCH)?,
        }
    }
}

impl Read {
    /// The user with this ID.
    pub async fn user(&mut self, id: UserId) -> Result<Option<User>, Error> {
        let sql = concat!("SELECT ", user_columns!(), " FROM users WHERE id = ?");
        self.one("users", sql, &[id.into()], read_user).await
    }

    /// The user with exactly this name.
    pub async fn user_by_name(&mut self, name: &str) -> Result<Option<User>, Error> {
        let sql = concat!("SELECT ", user_columns!(), " FROM users WHERE name = ?");
        self.one("users", sql, &[name.into()], read_user).await
    }

    /// The user with this address, in lower case.
    pub async fn user_by_email(&mut self, email: &str) -> Result<Option<User>, Error> {
        if !is_storable(email) {
            return Ok(None);
        }
        let sql = concat!("SELECT ", user_columns!(), " FROM users WHERE email = ?");
        self.one("users", sql, &[email.into()], read_user).await
    }

    /// The user bound to this subject of the auth proxy, see [`NewUser::proxy_subject`].
    pub async fn user_by_proxy_subject(&mut self, subject: &str) -> Result<Option<User>, Error> {
        let sql = concat!("SELECT ", user_columns!(), " FROM users WHERE proxy_subject = ?");
        self.one("users", sql, &[(&sha256(subject)).into()], read_user).await
    }

    /// The user with this identity at a single-sign-on provider.
    pub async fn user_by_sso(&mut self, identity: &SsoIdentity) -> Result<Option<User>, Error> {
        let sql = concat!("SELECT ", user_columns!(), " FROM users WHERE sso_provider = ? AND sso_subject = ?");
        self.one("users", sql, &[(&identity.provider).into(), (&identity.subject).into()], read_user).await
    }

    /// The users with these IDs, ordered by ID; unknown IDs are left out.
    pub async fn users_among(&mut self, ids: &[UserId]) -> Result<Vec<User>, Error> {
        let sql = with_values(concat!("SELECT ", user_columns!(), " FROM users WHERE id IN (?...) ORDER BY id"));
        let mut users = Vec::new();
        for batch in batches(ids.iter().map(|id| id.0)) {
            users.extend(self.readable("users", sql, &batch, read_user).await?);
        }
        Ok(users)
    }

    /// All users, ordered by ID, each with the number of accounts that they own.
    pub async fn users(&mut self) -> Result<Vec<(User, u64)>, Error> {
        let sql = concat!(
            "SELECT ",
            user_columns!(),
            ", COALESCE(owned.accounts, 0) FROM users \
             LEFT JOIN (SELECT user_id, COUNT(*) AS accounts FROM accounts GROUP BY user_id) owned \
             ON owned.user_id = users.id ORDER BY users.id"
        );
        self.readable("users", sql, &[], |row, reading| Ok((read_user(row, reading)?, row.read()?))).await
    }

    /// Whether there is any user.
    pub async fn users_exist(&mut self) -> Result<bool, Error> {
        Ok(self.number("SELECT COUNT(*) FROM (SELECT id FROM users LIMIT 1) AS first", &[]).await? > 0)
    }

    /// The number of users.
    pub async fn user_count(&mut self) -> Result<u64, Error> {
        self.number("SELECT COUNT(*) FROM users", &[]).await
    }

    /// The number of administrators.
    pub async fn admin_count(&mut self) -> Result<u64, Error> {
        self.number("SELECT COUNT(*) FROM users WHERE is_admin = 1", &[]).await
    }

    /// Whether a user other than `except` has exactly this name.
    pub async fn name_taken(&mut self, name: &str, except: Option<UserId>) -> Result<bool, Error> {
        if !is_storable(name) {
            return Ok(false);
        }
        let params = [name.into(), except.map_or(0, |id| id.0).into()];
        Ok(self.number("SELECT COUNT(*) FROM users WHERE name = ? AND id <> ?", &params).await? > 0)
    }

    /// Whether a user other than `except` has this address, in lower case.
    pub async fn email_taken(&mut self, email: &str, except: Option<UserId>) -> Result<bool, Error> {
        if !is_storable(email) {
            return Ok(false);
        }
        let params = [email.into(), except.map_or(0, |id| id.0).into()];
        Ok(self.number("SELECT COUNT(*) FROM users WHERE email = ? AND id <> ?", &params).await? > 0)
    }

    /// The names of the users with this [`name_key`](NewUser::name_key), ordered by ID.
    pub async fn names_like(&mut self, name_key: &str) -> Result<Vec<String>, Error> {
        let sql = "SELECT name FROM users WHERE name_key = ? ORDER BY id";
        self.readable("users", sql, &[name_key.into()], |row, _| row.read()).await
    }

    /// The names of all users but `except`.
    pub async fn names(&mut self, except: Option<UserId>) -> Result<Vec<String>, Error> {
        let sql = "SELECT name FROM users WHERE id <> ? ORDER BY id";
        self.readable("users", sql, &[except.map_or(0, |id| id.0).into()], |row, _| row.read()).await
    }

    /// The hash of the user's password; `None` for a user without a password, or an unknown user.
    pub async fn password_hash(&mut self, id: UserId) -> Result<Option<String>, Error> {
        let sql = "SELECT password FROM users WHERE id = ?";
        Ok(self.connection.row(sql, &[id.into()], |row| row.read()).await?.flatten())
    }

    /// Whether the user is bound to a subject of the auth proxy.
    pub async fn has_proxy_subject(&mut self, id: UserId) -> Result<bool, Error> {
        let sql = "SELECT COUNT(*) FROM users WHERE id = ? AND proxy_subject IS NOT NULL";
        Ok(self.number(sql, &[id.into()]).await? > 0)
    }

    /// Whether a user with this [`name_key`](NewUser::name_key) was deleted with a tombstone, see
    /// [`Write::delete_user`].
    pub async fn is_tombstoned(&mut self, name_key: &str) -> Result<bool, Error> {
        Ok(self.number("SELECT COUNT(*) FROM deleted_names WHERE name_key = ?", &[name_key.into()]).await? > 0)
    }

    /// Whether a user bound to this subject of the auth proxy was deleted with a tombstone, see [`Write::delete_user`].
    pub async fn is_subject_tombstoned(&mut self, subject: &str) -> Result<bool, Error> {
        self.is_tombstoned(&subject_key(&sha256(subject))).await
    }
}

/// Whether a new user becomes an administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminRule {
    /// They do.
    Yes,
    /// They don't.
    No,
    /// They do if there is no other user.
    IfFirst,
}

/// The values of a user that is created.
#[derive(Debug, Clone)]
pub struct NewUser<'a> {
    /// The name, of at most 191 characters.
    pub name: &'a str,
    /// The NFKC casefold of the name, the same for names that look alike.
    pub name_key: &'a str,
    /// The address, in lower case, of at most 191 characters.
    pub email: &'a str,
    /// The source of the address.
    pub email_source: EmailSource,
    /// The hash of the password; `None` for a user who signs in without one.
    pub password_hash: Option<&'a str>,
    /// Whether the user becomes an administrator.
    pub admin: AdminRule,
    /// The identity at a single-sign-on provider.
    pub sso: Option<&'a SsoIdentity>,
    /// The user's stable identifier at an auth proxy, next to the name: issuer and subject in one text of any length.
    pub proxy_subject: Option<&'a str>,
}

/// The reason why a user could not be created or renamed.
#[derive(Debug, thiserror::Error)]
pub enum CreateUserError {
    /// A user has exactly this name.
    #[error("this name is taken")]
    NameTaken,
    /// A user has this address.
    #[error("this e-mail address is taken")]
    EmailTaken,
    /// A user has this identity at the provider or the proxy.
    #[error("this identity belongs to another user")]
    IdentityTaken,
    /// Writing failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Write {
    /// Creates a user, and removes the tombstones of the name and the subject.
    pub async fn create_user(&mut self, new: &NewUser<'_>, now: Timestamp) -> Result<User, CreateUserError> {
        self.check_free(new.name, new.email, None).await?;
        let proxy_subject = new.proxy_subject.map(sha256);
        let is_admin = match new.admin {
            AdminRule::Yes => true,
            AdminRule::No => false,
            AdminRule::IfFirst => !self.users_exist().await?,
        };
        let (sql, params) = insert!(users {
            name: new.name,
            name_key: new.name_key,
            email: new.email,
            email_source: new.email_source,
            password: new.password_hash,
            is_admin: is_admin,
            sso_provider: new.sso.map(|sso| &sso.provider),
            sso_subject: new.sso.map(|sso| &sso.subject),
            proxy_subject: proxy_subject.as_ref(),
            created_at: now,
            updated_at: now,
        });
        let id = match self.connection.insert(sql, &params).await {
            Err(Error::Duplicate) => return Err(CreateUserError::IdentityTaken),
            inserted => UserId(inserted?),
        };
        self.remove_tombstone(new.name_key).await?;
        if let Some(subject) = &proxy_subject {
            self.remove_tombstone(&subject_key(subject)).await?;
        }
        Ok(self.user(id).await?.ok_or(Error::Gone)?)
    }

    async fn add_tombstones(&mut self, id: UserId, now: Timestamp) -> Result<(), Error> {
        let sql = "SELECT name_key, proxy_subject FROM users WHERE id = ?";
        let read = |row: &mut Row<'_>| Ok((row.read()?, row.read()?));
        let row: Option<(String, Option<Hash>)> = self.connection.row(sql, &[id.into()], read).await?;
        let Some((name_key, subject)) = row else { return Ok(()) };
        for key in std::iter::once(name_key).chain(subject.map(|hash| subject_key(&hash))) {
            self.remove_tombstone(&key).await?;
            let (sql, params) = insert!(deleted_names { name_key: &key, deleted_at: now });
            self.connection.execute(sql, &params).await?;
        }
        Ok(())
    }

    async fn remove_tombstone(&mut self, key: &str) -> Result<(), Error> {
        self.connection.execute("DELETE FROM deleted_names WHERE name_key = ?", &[key.into()]).await.map(drop)
    }

    /// Does the same as [`Store::touch_user`](crate::Store::touch_user), within this transaction.
    pub async fn touch_user(&mut self, id: UserId, now: Timestamp) -> Result<(), Error> {
        let (sql, params) = update!(users { last_seen_at: now } where id: id);
        self.change(sql, &params).await
    }

    /// Replaces the name and the address of a single-sign-on provider's user; either may be the present one.
    pub async fn set_provided_name_and_email(
        &mut self,
        id: UserId,
        name: &str,
        name_key: &str,
        email: &str,
        now: Timestamp,
    ) -> Result<(), CreateUserError> {
        self.write_name_and_email(id, name, name_key, email, EmailSource::Sso, now).await
    }

    /// Replaces the hash of a password that a sign-in has proven, if it is still `proven`.
    pub async fn renew_password(&mut self, id: UserId, proven: &str, hash: &str, now: Timestamp) -> Result<(), Error> {
        let (sql, params) = update!(users { password: hash, updated_at: now } where id: id, password: proven);
        self.connection.execute(sql, &params).await.map(drop)
    }

    /// Writes the user's name and address. Links that were mailed to another address of the user are deleted: it may be
    /// someone else's by now.
    async fn write_name_and_email(
        &mut self,
        id: UserId,
        name: &str,
        name_key: &str,
        email: &str,
        source: EmailSource,
        now: Timestamp,
    ) -> Result<(), CreateUserError> {
        self.check_free(name, email, Some(id)).await?;
        let (sql, params) = update!(users {
            name: name,
            name_key: name_key,
            email: email,
            email_source: source,
            updated_at: now,
        } where id: id);
        self.change(sql, &params).await?;
        let links = "DELETE FROM resets WHERE user_id = ? AND email <> ?";
        self.connection.execute(links, &[id.into(), email.into()]).await?;
        Ok(())
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
}

/// Returns the key of a subject's tombstone. Keys of names have no capital letters, so the two can't collide.
fn subject_key(hash: &Hash) -> String {
    format!("SUBJECT {}", data_encoding::HEXLOWER.encode(hash))
}
