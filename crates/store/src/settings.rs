//! The settings that an administrator changed, or added.

use serde_json::Value;

use crate::engine::{Row, is_storable};
use crate::{Error, Read, Write};

impl Read {
    /// All stored settings with their values, in the order of their creation.
    pub async fn settings(&mut self) -> Result<Vec<(String, Value)>, Error> {
        let read = |row: &mut Row<'_>| Ok((row.text()?, json(&row.text()?)?));
        self.connection.rows("SELECT name, value FROM settings ORDER BY id", &[], read).await
    }

    /// The value stored for `name`.
    pub async fn setting(&mut self, name: &str) -> Result<Option<Value>, Error> {
        if !is_storable(name) {
            return Ok(None);
        }
        let read = |row: &mut Row<'_>| json(&row.text()?);
        self.connection.row("SELECT value FROM settings WHERE name = ?", &[name.into()], read).await
    }
}

impl Write {
    /// Stores a value for `name`, in place of an earlier one.
    pub async fn set_setting(&mut self, name: &str, value: &Value) -> Result<(), Error> {
        let text = value.to_string();
        let params = [(&text).into(), name.into()];
        if self.connection.execute("UPDATE settings SET value = ? WHERE name = ?", &params).await? == 0 {
            self.connection.insert("INSERT INTO settings (value, name) VALUES (?, ?)", &params).await?;
        }
        Ok(())
    }

    /// Forgets the value of `name`; answers whether there was one.
    pub async fn delete_setting(&mut self, name: &str) -> Result<bool, Error> {
        Ok(self.connection.execute("DELETE FROM settings WHERE name = ?", &[name.into()]).await? > 0)
    }
}

fn json(text: &str) -> Result<Value, Error> {
    serde_json::from_str(text).map_err(|_| Error::Corrupt("a setting that is not JSON"))
}
