//! Icons, while the instance keeps them in the database.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use vault::AccountId;

use crate::engine::{BATCH, Row, batches, repeated};
use crate::seal::{Place, Sealer};
use crate::{Error, Read, Write};

const CONTENT: &str = "icons.content";

impl Read {
    /// The content of the icon with this name.
    pub async fn icon(&mut self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let sealer = &self.sealer;
        let read = |row: &mut Row<'_>| content(sealer, row.int()?, &row.blob()?);
        self.connection.row("SELECT id, content FROM icons WHERE name = ?", &[name.into()], read).await
    }

    /// The names of all icons.
    pub async fn icon_names(&mut self) -> Result<Vec<String>, Error> {
        self.connection.rows("SELECT name FROM icons ORDER BY id", &[], |row| row.text()).await
    }

    /// The names of the icons of some accounts, of those that are here.
    pub async fn icons_of(&mut self, accounts: &[AccountId]) -> Result<HashSet<String>, Error> {
        let sql = repeated(
            "SELECT icons.name FROM accounts JOIN icons ON icons.name = accounts.icon WHERE accounts.id IN (?...)",
            BATCH,
        );
        let mut names = HashSet::new();
        for batch in batches(accounts.iter().map(|id| id.0)) {
            names.extend(self.connection.rows(sql, &batch, |row| row.text()).await?);
        }
        Ok(names)
    }

    /// The names of the icons that accounts have, wherever those are kept.
    pub async fn icons_in_use(&mut self) -> Result<HashSet<String>, Error> {
        let sql = "SELECT DISTINCT icon FROM accounts WHERE icon IS NOT NULL";
        Ok(self.connection.rows(sql, &[], |row| row.text()).await?.into_iter().collect())
    }

    /// The content of the icons of some accounts, by name, of those that are here.
    pub async fn icon_contents_of(&mut self, accounts: &[AccountId]) -> Result<HashMap<String, Vec<u8>>, Error> {
        let sql = repeated(
            "SELECT name, id, content FROM icons WHERE name IN (SELECT icon FROM accounts WHERE id IN (?...))",
            BATCH,
        );
        let sealer = &self.sealer;
        let mut contents = HashMap::new();
        for batch in batches(accounts.iter().map(|id| id.0)) {
            let read = |row: &mut Row<'_>| Ok((row.text()?, content(sealer, row.int()?, &row.blob()?)?));
            contents.extend(self.connection.rows(sql, &batch, read).await?);
        }
        Ok(contents)
    }
}

fn content(sealer: &Sealer, id: i64, bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut opened = sealer
        .open(Place { column: CONTENT, row: id }, bytes)
        .ok_or(Error::Corrupt("an icon that cannot be deciphered"))?;
    Ok(std::mem::take(&mut *opened))
}

impl Write {
    /// Adds an icon.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when there is one of this name.
    pub async fn add_icon(&mut self, name: &str, content: &[u8], now: Timestamp) -> Result<(), Error> {
        // What is sealed is bound to the row, whose id must exist first.
        let empty: &[u8] = &[];
        let sql = "INSERT INTO icons (name, content, created_at) VALUES (?, ?, ?)";
        let id = self.connection.insert(sql, &[name.into(), empty.into(), now.into()]).await?;
        let sealed = self.sealer.seal(Place { column: CONTENT, row: id }, content)?;
        self.change("UPDATE icons SET content = ? WHERE id = ?", &[sealed.as_slice().into(), id.into()]).await
    }

    /// Deletes the icon with this name, if there is one.
    pub async fn delete_icon(&mut self, name: &str) -> Result<(), Error> {
        self.connection.execute("DELETE FROM icons WHERE name = ?", &[name.into()]).await.map(drop)
    }

    /// Deletes the icons from before `added_before` that no account has.
    pub async fn purge_icons(&mut self, added_before: Timestamp) -> Result<(), Error> {
        let sql = "DELETE FROM icons WHERE created_at < ? \
             AND NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.icon = icons.name)";
        self.connection.execute(sql, &[added_before.into()]).await.map(drop)
    }

    /// Deletes all icons.
    pub async fn delete_icons(&mut self) -> Result<(), Error> {
        self.connection.execute("DELETE FROM icons", &[]).await.map(drop)
    }
}
