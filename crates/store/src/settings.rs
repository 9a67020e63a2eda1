//! Settings that an administrator changed or added.

use serde_json::Value;

use crate::engine::is_storable;
use crate::rows::{insert, update};
use crate::{AdminWrite, Error, Read};

impl Read {
    /// All stored settings with their values, in the order of their creation.
    pub async fn settings(&mut self) -> Result<Vec<(String, Value)>, Error> {
        let sql = "SELECT name, value FROM settings ORDER BY id";
        self.connection.rows(sql, &[], |row| Ok((row.read()?, row.read()?))).await
    }

    /// The stored value of `name`.
    pub async fn setting(&mut self, name: &str) -> Result<Option<Value>, Error> {
        if !is_storable(name) {
            return Ok(None);
        }
        self.connection.row("SELECT value FROM settings WHERE name = ?", &[name.into()], |row| row.read()).await
    }
}

impl AdminWrite {
    /// Stores a value for `name`, in place of an earlier one.
    pub async fn set_setting(&mut self, name: &str, value: &Value) -> Result<(), Error> {
        let text = value.to_string();
        let (sql, params) = update!(settings { value: &text } where name: name);
        if self.connection.execute(sql, &params).await? == 0 {
            let (sql, params) = insert!(settings { name: name, value: &text });
            self.connection.insert(sql, &params).await?;
        }
        Ok(())
    }

    /// Deletes the stored value of `name`. Returns whether there was one.
    pub async fn delete_setting(&mut self, name: &str) -> Result<bool, Error> {
        Ok(self.connection.execute("DELETE FROM settings WHERE name = ?", &[name.into()]).await? > 0)
    }
}
