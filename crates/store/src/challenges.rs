//! Challenges: what a browser was asked to sign, until it answers or the time for that is over.

use jiff::Timestamp;
use serde_json::Value;

use crate::{Error, Hash, Write};

impl Write {
    /// Remembers what goes with a challenge. `id` is the SHA-256 of the challenge and of what it is bound to.
    pub async fn put_challenge(&mut self, id: &Hash, data: &Value, expires_at: Timestamp) -> Result<(), Error> {
        let data = data.to_string();
        let sql = "INSERT INTO challenges (id, data, expires_at) VALUES (?, ?, ?)";
        self.connection.execute(sql, &[id.into(), (&data).into(), expires_at.into()]).await.map(drop)
    }

    /// Takes what goes with a challenge, which is used up then; `None` if there is no such challenge, or its time is over.
    pub async fn take_challenge(&mut self, id: &Hash, now: Timestamp) -> Result<Option<Value>, Error> {
        let sql = "SELECT data FROM challenges WHERE id = ? AND expires_at > ?";
        let data = self.connection.row(sql, &[id.into(), now.into()], |row| row.text()).await?;
        self.connection.execute("DELETE FROM challenges WHERE id = ?", &[id.into()]).await?;
        let read = |data: String| {
            serde_json::from_str(&data).map_err(|_| Error::Corrupt("a challenge whose data are not JSON"))
        };
        data.map(read).transpose()
    }

    /// Forgets the challenges whose time is over.
    pub async fn purge_challenges(&mut self, now: Timestamp) -> Result<u64, Error> {
        self.connection.execute("DELETE FROM challenges WHERE expires_at <= ?", &[now.into()]).await
    }
}
