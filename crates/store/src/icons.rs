//! Icons, while the instance keeps them in the database.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use vault::AccountId;

use crate::damage::Reading;
use crate::engine::{Param, Row, batches, with_values};
use crate::rows::{columns, insert, update};
use crate::seal::{Place, Sealer};
use crate::{AdminWrite, Error, MayPurge, Read, UserWrite, Write};

const CONTENT: &str = "icons.content";

/// The name and the content of an icon.
type NamedIcon = (String, Vec<u8>);

columns! {
    /// Reads an icon.
    fn read_icon(sealer: &Sealer) -> NamedIcon from icon_columns! {
        id: "icons.id",
        name: "icons.name",
        content: "icons.content" as Vec<u8>,
    } => {
        let opened = sealer.open(Place { column: CONTENT, row: id }, &content);
        let mut opened = opened.ok_or(Error::Corrupt("an icon that cannot be deciphered"))?;
        (name, std::mem::take(&mut *opened))
    }
}

impl Read {
    /// The content of the icon with this name.
    pub async fn icon(&mut self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let sql = concat!("SELECT ", icon_columns!(), " FROM icons WHERE name = ?");
        let icon = self.one("icons", sql, &[name.into()], |row, reading| read_icon(row, reading.sealer)).await?;
        Ok(icon.map(|(_, content)| content))
    }

    /// Reads all rows, so that what is damaged is noted.
    pub(crate) async fn examine_icons(&mut self) -> Result<(), Error> {
        let sql = concat!("SELECT ", icon_columns!(), " FROM icons");
        let read = |row: &mut Row<'_>, reading: &Reading<'_>| read_icon(row, reading.sealer).map(drop);
        self.readable("icons", sql, &[], read).await.map(drop)
    }

    /// The names of all icons in the database.
    pub async fn icon_names(&mut self) -> Result<Vec<String>, Error> {
        self.connection.rows("SELECT name FROM icons ORDER BY id", &[], |row| row.read()).await
    }

    /// The names of these accounts' icons, as far as they are in the database.
    pub async fn account_icons(&mut self, accounts: &[AccountId]) -> Result<HashSet<String>, Error> {
        let sql = with_values(
            "SELECT icons.name FROM accounts JOIN icons ON icons.name = accounts.icon WHERE accounts.id IN (?...)",
        );
        let mut names = HashSet::new();
        for batch in batches(accounts.iter().map(|id| id.0)) {
            names.extend(self.connection.rows(sql, &batch, |row| row.read()).await?);
        }
        Ok(names)
    }

    /// The names of all icons that accounts use, in the database or not.
    pub async fn icons_in_use(&mut self) -> Result<HashSet<String>, Error> {
        let sql = "SELECT DISTINCT icon FROM accounts WHERE icon IS NOT NULL";
        Ok(self.connection.rows(sql, &[], |row| row.read()).await?.into_iter().collect())
    }

    /// The contents of these accounts' icons by name, as far as they are in the database.
    pub async fn account_icon_contents(&mut self, accounts: &[AccountId]) -> Result<HashMap<String, Vec<u8>>, Error> {
        let sql = with_values(concat!(
            "SELECT ",
            icon_columns!(),
            " FROM icons WHERE name IN (SELECT icon FROM accounts WHERE id IN (?...))"
        ));
        let mut contents = HashMap::new();
        for batch in batches(accounts.iter().map(|id| id.0)) {
            contents.extend(self.readable("icons", sql, &batch, |row, reading| read_icon(row, reading.sealer)).await?);
        }
        Ok(contents)
    }
}

impl UserWrite {
    /// The number of icons that the user has added and no account has; 0 for the operator.
    pub async fn unused_icon_count(&mut self) -> Result<u64, Error> {
        let Some(user) = self.holder() else { return Ok(0) };
        let sql = "SELECT COUNT(*) FROM added_icons WHERE user_id = ? \
             AND NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.icon = added_icons.name)";
        self.number(sql, &[user.into()]).await
    }

    /// Notes that the user has added an icon, wherever it is kept.
    pub async fn note_icon(&mut self, name: &str, now: Timestamp) -> Result<(), Error> {
        let Some(user) = self.holder() else { return Ok(()) };
        let (sql, params) = insert!(added_icons { name: name, user_id: user, created_at: now });
        self.connection.execute(sql, &params).await.map(drop)
    }

    /// Forgets who added an icon: it is removed.
    pub async fn forget_icon(&mut self, name: &str) -> Result<(), Error> {
        self.connection.execute("DELETE FROM added_icons WHERE name = ?", &[name.into()]).await.map(drop)
    }

    /// Adds an icon.
    ///
    /// # Errors
    /// [`Error::Duplicate`] when there is one of this name.
    pub async fn add_icon(&mut self, name: &str, content: &[u8], now: Timestamp) -> Result<(), Error> {
        self.check_data_key().await?;
        let (sql, params) = insert!(icons { name: name, content: Param::UNSEALED, created_at: now });
        let id = self.connection.insert(sql, &params).await?;
        let sealed = self.sealer.seal(Place { column: CONTENT, row: id }, content)?;
        let (sql, params) = update!(icons { content: &sealed } where id: id);
        self.change(sql, &params).await
    }

    /// Deletes the icon with this name, if there is one.
    pub async fn delete_icon(&mut self, name: &str) -> Result<(), Error> {
        self.connection.execute("DELETE FROM icons WHERE name = ?", &[name.into()]).await.map(drop)
    }
}

impl Write {
    /// Forgets who added icons before.
    pub async fn purge_added_icons(&mut self, _: MayPurge, added_before: Timestamp) -> Result<(), Error> {
        let sql = "DELETE FROM added_icons WHERE created_at < ?";
        self.connection.execute(sql, &[added_before.into()]).await.map(drop)
    }

    /// Deletes the icons that were added before and that no account uses.
    pub async fn purge_icons(&mut self, _: MayPurge, added_before: Timestamp) -> Result<(), Error> {
        let sql = "DELETE FROM icons WHERE created_at < ? \
             AND NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.icon = icons.name)";
        self.connection.execute(sql, &[added_before.into()]).await.map(drop)
    }
}

impl AdminWrite {
    /// Deletes all icons.
    pub async fn delete_icons(&mut self) -> Result<(), Error> {
        self.connection.execute("DELETE FROM icons", &[]).await.map(drop)
    }
}
