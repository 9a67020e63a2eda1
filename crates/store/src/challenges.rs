//! Challenges: what a browser was asked to sign, until it answers or the challenge expires.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::rows::insert;
use crate::{Error, Hash, MayPurge, Write};

impl Write {
    /// Stores the data of a challenge. `id` is the SHA-256 of the challenge and of the values that it is bound to.
    pub async fn put_challenge(&mut self, id: &Hash, data: &Value, expires_at: Timestamp) -> Result<(), Error> {
        let data = data.to_string();
        let (sql, params) = insert!(challenges { id: id, data: &data, expires_at: expires_at });
        self.connection.execute(sql, &params).await.map(drop)
    }

    /// Returns the data of a challenge and deletes it, so that it is used once; `None` if there is no such challenge,
    /// or it expired or is damaged. One that expires later than after `lifetime` was given out by a clock that has been set
    /// back since: it would live too long.
    pub async fn take_challenge(
        &mut self,
        id: &Hash,
        now: Timestamp,
        lifetime: SignedDuration,
    ) -> Result<Option<Value>, Error> {
        let sql = "SELECT data FROM challenges WHERE id = ? AND expires_at > ? AND expires_at <= ?";
        let latest = now.checked_add(lifetime).unwrap_or(Timestamp::MAX);
        let params = [id.into(), now.into(), latest.into()];
        let data = self.undamaged("challenges", sql, &params, |row, _| row.read::<Value>()).await?;
        self.connection.execute("DELETE FROM challenges WHERE id = ?", &[id.into()]).await?;
        Ok(data)
    }

    /// Deletes the expired challenges. Returns their number.
    pub async fn purge_challenges(&mut self, _: MayPurge, now: Timestamp) -> Result<u64, Error> {
        self.connection.execute("DELETE FROM challenges WHERE expires_at <= ?", &[now.into()]).await
    }
}
