//! Settings that an administrator changed or added.

use serde_json::Value;

use crate::damage::Reading;
use crate::engine::{Row, is_storable};
use crate::rows::{insert, update};
use crate::{AdminWrite, Error, Read};

const TABLE: &str = "settings";

impl Read {
    /// All stored settings with their values, in the order of their creation; `None` is a damaged value.
    pub async fn settings(&mut self) -> Result<Vec<(String, Option<Value>)>, Error> {
        let sql = "SELECT name, value FROM settings ORDER BY id";
        let read = |row: &mut Row<'_>, reading: &Reading<'_>| {
            let name: String = row.read()?;
            let value = reading.value_or((TABLE, &name), row.read::<Result<Value, Error>>()?.map(Some), None)?;
            Ok((name, value))
        };
        self.readable(TABLE, sql, &[], read).await
    }

    /// The stored value of `name`; `None` for a damaged one too.
    pub async fn setting(&mut self, name: &str) -> Result<Option<Value>, Error> {
        if !is_storable(name) {
            return Ok(None);
        }
        let sql = "SELECT name, value FROM settings WHERE name = ?";
        let read = |row: &mut Row<'_>, _: &Reading<'_>| {
            row.read::<String>()?;
            row.read()
        };
        self.undamaged(TABLE, sql, &[name.into()], read).await
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
