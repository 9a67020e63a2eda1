//! Security keys and passkeys: the WebAuthn credentials with which users sign in. They are found by the SHA-256 of
//! their credential ID, which is too long for an index of some engines.

use jiff::Timestamp;
use vault::UserId;

use crate::damage::Reading;
use crate::engine::{Param, Row};
use crate::hash::sha256;
use crate::rows::{columns, insert, update};
use crate::seal::{Place, Sealer};
use crate::{Error, Hash, Read, UserWrite, Write};

const PUBLIC_KEY: &str = "security_keys.public_key";

/// The values with which a security key is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSecurityKey {
    /// Its owner.
    pub user: UserId,
    /// Its credential ID (WebAuthn): up to 1023 bytes.
    pub credential: Vec<u8>,
    /// The user handle (WebAuthn), by which the key knows its owner: 32 hexadecimal digits, the same for all keys of a
    /// user.
    pub handle: String,
    /// Its name, given by its owner.
    pub alias: Option<String>,
    /// The public key that verifies its signatures, in the caller's form.
    pub public_key: Vec<u8>,
    /// The signature counter of its last use.
    pub counter: u32,
    /// Whether it may be copied to other devices; `None` if that wasn't noted at the registration.
    pub backup_eligible: Option<bool>,
    /// The domain for which it was made.
    pub rp_id: String,
    /// The page on which it was made.
    pub origin: String,
    /// The ways in which a browser can reach it.
    pub transports: Vec<String>,
    /// Its model, as a UUID.
    pub aaguid: Option<String>,
    /// The format of its attestation; `none` without one.
    pub attestation_format: String,
}

/// A registered security key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityKey {
    /// The ID of its row.
    pub id: i64,
    /// The values of its registration, with the present alias and counter.
    pub registered: NewSecurityKey,
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
    /// When it was registered.
    pub created_at: Timestamp,
}

columns! {
    /// Reads a security key.
    fn read_security_key(sealer: &Sealer) -> SecurityKey from security_key_columns! {
        id: "id",
        user: "user_id",
        credential: "credential",
        handle: "handle",
        alias: "alias",
        public_key: "public_key" as Vec<u8>,
        counter: "counter",
        backup_eligible: "backup_eligible",
        rp_id: "rp_id",
        origin: "origin",
        transports: "transports" as String,
        aaguid: "aaguid",
        attestation_format: "attestation_format",
        disabled_at: "disabled_at",
        created_at: "created_at",
    } => {
        let opened = sealer.open(Place { column: PUBLIC_KEY, row: id }, &public_key);
        let registered = NewSecurityKey {
            user,
            credential,
            handle,
            alias,
            public_key: opened.ok_or(Error::Corrupt("a security key that cannot be deciphered"))?.to_vec(),
            counter,
            backup_eligible,
            rp_id,
            origin,
            transports: transports.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            aaguid,
            attestation_format,
        };
        SecurityKey { id, registered, disabled_at, created_at }
    }
}

impl Read {
    /// The key with this credential ID, disabled or not; `None` for a damaged one too.
    pub async fn security_key(&mut self, credential: &[u8]) -> Result<Option<SecurityKey>, Error> {
        let sql = concat!("SELECT ", security_key_columns!(), " FROM security_keys WHERE credential_hash = ?");
        let hash = sha256(credential);
        let read = |row: &mut Row<'_>, reading: &Reading<'_>| read_security_key(row, reading.sealer);
        self.undamaged("security_keys", sql, &[(&hash).into()], read).await
    }

    /// The user's keys, disabled or not, the oldest first.
    pub async fn security_keys(&mut self, user: UserId) -> Result<Vec<SecurityKey>, Error> {
        let sql = concat!("SELECT ", security_key_columns!(), " FROM security_keys WHERE user_id = ? ORDER BY id");
        let read = |row: &mut Row<'_>, reading: &Reading<'_>| read_security_key(row, reading.sealer);
        self.readable("security_keys", sql, &[user.into()], read).await
    }

    /// Reads all rows, so that what is damaged is noted.
    pub(crate) async fn examine_security_keys(&mut self) -> Result<(), Error> {
        let sql = concat!("SELECT ", security_key_columns!(), " FROM security_keys");
        let read = |row: &mut Row<'_>, reading: &Reading<'_>| read_security_key(row, reading.sealer).map(drop);
        self.readable("security_keys", sql, &[], read).await.map(drop)
    }

    /// The number of the user's keys, disabled or not.
    pub async fn security_key_count(&mut self, user: UserId) -> Result<u64, Error> {
        self.number("SELECT COUNT(*) FROM security_keys WHERE user_id = ?", &[user.into()]).await
    }
}

impl UserWrite {
    /// Registers a key.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when a key with this credential ID is registered, for any user.
    pub async fn create_security_key(&mut self, new: &NewSecurityKey, now: Timestamp) -> Result<(), Error> {
        self.require(new.user)?;
        let hash = sha256(&new.credential);
        let transports = new.transports.join(",");
        let (sql, params) = insert!(security_keys {
            user_id: new.user,
            credential: &new.credential,
            credential_hash: &hash,
            handle: &new.handle,
            alias: new.alias.as_ref(),
            public_key: Param::UNSEALED,
            counter: new.counter,
            backup_eligible: new.backup_eligible,
            rp_id: &new.rp_id,
            origin: &new.origin,
            transports: &transports,
            aaguid: new.aaguid.as_ref(),
            attestation_format: &new.attestation_format,
            created_at: now,
        });
        let id = self.connection.insert(sql, &params).await?;
        self.check_data_key().await?;
        let sealed = self.sealer.seal(Place { column: PUBLIC_KEY, row: id }, &new.public_key)?;
        let (sql, params) = update!(security_keys { public_key: &sealed } where id: id);
        self.change(sql, &params).await
    }

    /// Renames a key of the user. Returns whether there was such a key.
    pub async fn rename_security_key(&mut self, user: UserId, credential: &[u8], alias: &str) -> Result<bool, Error> {
        self.require(user)?;
        let hash = sha256(credential);
        let (sql, params) = update!(security_keys { alias: alias } where user_id: user, credential_hash: &hash);
        Ok(self.connection.execute(sql, &params).await? > 0)
    }

    /// Deletes a key of the user, and ends the sessions that stand on it, or all but one. Returns whether there was
    /// such a key.
    pub async fn delete_security_key(
        &mut self,
        user: UserId,
        credential: &[u8],
        except: Option<&Hash>,
    ) -> Result<bool, Error> {
        self.require(user)?;
        let hash = sha256(credential);
        let sql = "SELECT id FROM security_keys WHERE user_id = ? AND credential_hash = ?";
        let Some(id) = self.connection.row(sql, &[user.into(), (&hash).into()], |row| row.read()).await? else {
            return Ok(false);
        };
        self.connection.execute("DELETE FROM security_keys WHERE id = ?", &[i64::into(id)]).await?;
        self.end_key_sessions(id, except).await?;
        Ok(true)
    }

    /// Deletes all keys of the user, and ends the sessions that stand on them. Returns the number of keys.
    pub async fn delete_security_keys(&mut self, user: UserId) -> Result<u64, Error> {
        self.require(user)?;
        let sessions = "DELETE FROM sessions WHERE user_id = ? AND basis LIKE 'key %'";
        self.connection.execute(sessions, &[user.into()]).await?;
        self.connection.execute("DELETE FROM security_keys WHERE user_id = ?", &[user.into()]).await
    }
}

impl Write {
    /// Notes that a key was used with this signature counter. Returns whether it may be used: it isn't disabled, and
    /// its counter advanced, unless it has none, which is always 0.
    pub async fn use_security_key(&mut self, id: i64, counter: u32) -> Result<bool, Error> {
        let sql = "UPDATE security_keys SET counter = ? \
             WHERE id = ? AND disabled_at IS NULL AND (counter < ? OR (counter = 0 AND 0 = ?))";
        let counter = counter.into();
        Ok(self.connection.execute(sql, &[counter, id.into(), counter, counter]).await? > 0)
    }

    /// Disables a key, and ends the sessions that stand on it.
    pub async fn disable_security_key(&mut self, id: i64, now: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE security_keys SET disabled_at = ? WHERE id = ? AND disabled_at IS NULL";
        self.connection.execute(sql, &[now.into(), id.into()]).await?;
        self.end_key_sessions(id, None).await
    }
}
