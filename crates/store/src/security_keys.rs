//! Security keys and passkeys: WebAuthn credentials by which somebody signs in.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use vault::UserId;

use crate::engine::{Param, Row};
use crate::seal::{Place, Sealer};
use crate::{Error, Hash, Read, Write};

const PUBLIC_KEY: &str = "security_keys.public_key";

/// A security key to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSecurityKey {
    /// Whose.
    pub user: UserId,
    /// By which the key is known (WebAuthn, "credential ID"): up to 1023 bytes.
    pub credential: Vec<u8>,
    /// By which the key knows its user (WebAuthn, "user handle"): 32 hexadecimal digits, the same for all keys of a user.
    pub handle: String,
    /// What its owner calls it.
    pub alias: Option<String>,
    /// What verifies its signatures, in the caller's form.
    pub public_key: Vec<u8>,
    /// The signature counter of its last use.
    pub counter: u32,
    /// Whether it may be copied to other devices; `None` if nobody noted it at the registration.
    pub backup_eligible: Option<bool>,
    /// The domain for which it was made.
    pub rp_id: String,
    /// The page on which it was made.
    pub origin: String,
    /// How a browser can reach it.
    pub transports: Vec<String>,
    /// Its model, as a UUID.
    pub aaguid: Option<String>,
    /// How it vouched for itself; `none` for not at all.
    pub attestation_format: String,
}

/// A registered security key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityKey {
    /// The row's number.
    pub id: i64,
    /// What it was registered with; the alias and the counter are the present ones.
    pub registered: NewSecurityKey,
    /// Since when it is refused.
    pub disabled_at: Option<Timestamp>,
    /// Since when it is registered.
    pub created_at: Timestamp,
}

/// The beginning of a query that [`security_key`] reads.
macro_rules! select {
    () => {
        "SELECT id, user_id, credential, handle, alias, public_key, counter, backup_eligible, rp_id, origin, transports, \
         aaguid, attestation_format, disabled_at, created_at FROM security_keys "
    };
}

impl Read {
    /// The key with this credential ID, disabled or not.
    pub async fn security_key(&mut self, credential: &[u8]) -> Result<Option<SecurityKey>, Error> {
        let sql = concat!(select!(), "WHERE credential_hash = ?");
        let sealer = &self.sealer;
        self.connection.row(sql, &[(&hash(credential)).into()], |row| security_key(row, sealer)).await
    }

    /// The user's keys, the oldest first, disabled ones too.
    pub async fn security_keys_of(&mut self, user: UserId) -> Result<Vec<SecurityKey>, Error> {
        let sql = concat!(select!(), "WHERE user_id = ? ORDER BY id");
        let sealer = &self.sealer;
        self.connection.rows(sql, &[user.into()], |row| security_key(row, sealer)).await
    }

    /// How many keys the user has, disabled ones too.
    pub async fn security_key_count(&mut self, user: UserId) -> Result<u64, Error> {
        self.number("SELECT COUNT(*) FROM security_keys WHERE user_id = ?", &[user.into()]).await
    }
}

fn security_key(row: &mut Row<'_>, sealer: &Sealer) -> Result<SecurityKey, Error> {
    let id = row.int()?;
    let user = UserId(row.int()?);
    let credential = row.blob()?;
    let handle = row.text()?;
    let alias = row.opt_text()?;
    let opened = sealer.open(Place { column: PUBLIC_KEY, row: id }, &row.blob()?);
    let public_key = opened.ok_or(Error::Corrupt("a security key that cannot be deciphered"))?.to_vec();
    let registered = NewSecurityKey {
        user,
        credential,
        handle,
        alias,
        public_key,
        counter: u32::try_from(row.int()?).map_err(|_| Error::Corrupt("an impossible signature counter"))?,
        backup_eligible: row.opt_int()?.map(|flag| flag != 0),
        rp_id: row.text()?,
        origin: row.text()?,
        transports: row.text()?.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        aaguid: row.opt_text()?,
        attestation_format: row.text()?,
    };
    Ok(SecurityKey { id, registered, disabled_at: row.opt_time()?, created_at: row.time()? })
}

impl Write {
    /// Registers a key.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when anybody has registered a key with this credential ID.
    pub async fn create_security_key(&mut self, new: &NewSecurityKey, now: Timestamp) -> Result<(), Error> {
        // What is sealed is bound to the row, whose id must exist first.
        let sql = "INSERT INTO security_keys (user_id, credential, credential_hash, handle, alias, public_key, counter, \
             backup_eligible, rp_id, origin, transports, aaguid, attestation_format, created_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let hash = hash(&new.credential);
        let transports = new.transports.join(",");
        let params = [
            new.user.into(),
            new.credential.as_slice().into(),
            (&hash).into(),
            (&new.handle).into(),
            new.alias.as_deref().into(),
            Param::Blob(Some(&[])),
            i64::from(new.counter).into(),
            new.backup_eligible.map(i64::from).into(),
            (&new.rp_id).into(),
            (&new.origin).into(),
            (&transports).into(),
            new.aaguid.as_deref().into(),
            (&new.attestation_format).into(),
            now.into(),
        ];
        let id = self.connection.insert(sql, &params).await?;
        let sealed = self.sealer.seal(Place { column: PUBLIC_KEY, row: id }, &new.public_key)?;
        let sql = "UPDATE security_keys SET public_key = ? WHERE id = ?";
        self.change(sql, &[sealed.as_slice().into(), id.into()]).await
    }

    /// Gives one of the user's keys another name; answers whether there was such a key.
    pub async fn rename_security_key(&mut self, user: UserId, credential: &[u8], alias: &str) -> Result<bool, Error> {
        let sql = "UPDATE security_keys SET alias = ? WHERE user_id = ? AND credential_hash = ?";
        let hash = hash(credential);
        Ok(self.connection.execute(sql, &[alias.into(), user.into(), (&hash).into()]).await? > 0)
    }

    /// Notes that a key was used with this signature counter. Answers whether it may be: it isn't disabled, and its counter
    /// didn't stand still or go back, unless it has none.
    pub async fn use_security_key(&mut self, id: i64, counter: u32) -> Result<bool, Error> {
        let sql = "UPDATE security_keys SET counter = ? \
             WHERE id = ? AND disabled_at IS NULL AND (counter < ? OR (counter = 0 AND 0 = ?))";
        let counter = i64::from(counter).into();
        Ok(self.connection.execute(sql, &[counter, id.into(), counter, counter]).await? > 0)
    }

    /// Refuses a key from now on.
    pub async fn disable_security_key(&mut self, id: i64, now: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE security_keys SET disabled_at = ? WHERE id = ? AND disabled_at IS NULL";
        self.connection.execute(sql, &[now.into(), id.into()]).await.map(drop)
    }

    /// Removes one of the user's keys; answers whether there was such a key.
    pub async fn delete_security_key(&mut self, user: UserId, credential: &[u8]) -> Result<bool, Error> {
        let sql = "DELETE FROM security_keys WHERE user_id = ? AND credential_hash = ?";
        Ok(self.connection.execute(sql, &[user.into(), (&hash(credential)).into()]).await? > 0)
    }

    /// Removes all keys of the user.
    pub async fn delete_security_keys_of(&mut self, user: UserId) -> Result<u64, Error> {
        self.connection.execute("DELETE FROM security_keys WHERE user_id = ?", &[user.into()]).await
    }
}

/// Credential IDs are too long for an index of some engines.
fn hash(credential: &[u8]) -> Hash {
    Sha256::digest(credential).into()
}
