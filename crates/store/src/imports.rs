//! Imports: the accounts that a user added from files in one go, so that they can be taken back in one go.

use jiff::Timestamp;
use vault::{AccountId, GroupId, ImportId, UserId};

use crate::engine::{Param, batches, with_values};
use crate::rows::{Statement, columns, insert};
use crate::{Error, MayPurge, Read, UserWrite, Write};

/// An import as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredImport {
    /// Its ID.
    pub id: ImportId,
    /// The formats of its files, for people: `Aegis, 2FAS Auth`.
    pub source: String,
    /// When the accounts were added.
    pub created_at: Timestamp,
    /// The number of its accounts that the user still owns.
    pub accounts: u64,
}

/// What was deleted when an import was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoneImport {
    /// The accounts.
    pub accounts: Vec<AccountId>,
    /// The groups: those that the import had added, if they are empty now.
    pub groups: Vec<GroupId>,
}

columns! {
    /// Reads an import. The placeholder is its user.
    fn read_import() -> StoredImport from import_columns! {
        id: "imports.id",
        source: "imports.source",
        created_at: "imports.created_at",
        accounts: "(SELECT COUNT(*) FROM imported_accounts JOIN accounts ON accounts.id = imported_accounts.account_id \
                  WHERE imported_accounts.import_id = imports.id AND accounts.user_id = imports.user_id)",
    }
}

impl Read {
    /// The user's imports that are remembered, the latest first.
    pub async fn imports(&mut self, user: UserId) -> Result<Vec<StoredImport>, Error> {
        let sql = concat!("SELECT ", import_columns!(), " FROM imports WHERE user_id = ? ORDER BY id DESC");
        self.readable("imports", sql, &[user.into()], |row, _| read_import(row)).await
    }
}

impl UserWrite {
    /// Remembers the accounts and the groups that a user has added by an import. `source` names the formats.
    pub async fn record_import(
        &mut self,
        user: UserId,
        source: &str,
        accounts: &[AccountId],
        groups: &[GroupId],
        now: Timestamp,
    ) -> Result<ImportId, Error> {
        self.require(user)?;
        let (sql, params) = insert!(imports { user_id: user, source: source, created_at: now });
        let import = ImportId(self.connection.insert(sql, &params).await?);
        let accounts: Vec<Statement<'_, 2>> =
            accounts.iter().map(|id| insert!(imported_accounts { account_id: *id, import_id: import })).collect();
        self.insert_rows(&accounts).await?;
        let groups: Vec<Statement<'_, 2>> =
            groups.iter().map(|id| insert!(imported_groups { group_id: *id, import_id: import })).collect();
        self.insert_rows(&groups).await?;
        Ok(import)
    }

    /// Deletes the accounts of an import that its user still owns, and the groups that it added, if they are empty then.
    /// `None` if the user has no such import.
    pub async fn undo_import(
        &mut self,
        user: UserId,
        import: ImportId,
        now: Timestamp,
    ) -> Result<Option<UndoneImport>, Error> {
        self.require(user)?;
        let known = "SELECT COUNT(*) FROM imports WHERE id = ? AND user_id = ?";
        if self.number(known, &[import.into(), user.into()]).await? == 0 {
            return Ok(None);
        }
        let sql = "SELECT accounts.id FROM imported_accounts JOIN accounts ON accounts.id = imported_accounts.account_id \
             WHERE imported_accounts.import_id = ? AND accounts.user_id = ? ORDER BY accounts.id";
        let accounts: Vec<AccountId> =
            self.connection.rows(sql, &[import.into(), user.into()], |row| row.read()).await?;
        let delete = with_values("DELETE FROM accounts WHERE user_id = ? AND id IN (?...)");
        for batch in batches(accounts.iter().map(|id| id.0)) {
            let params: Vec<Param<'_>> = std::iter::once(user.into()).chain(batch).collect();
            self.connection.execute(delete, &params).await?;
        }
        let sql = "SELECT account_groups.id FROM imported_groups \
             JOIN account_groups ON account_groups.id = imported_groups.group_id \
             WHERE imported_groups.import_id = ? AND account_groups.user_id = ? \
             AND NOT EXISTS (SELECT 1 FROM memberships WHERE memberships.group_id = account_groups.id)";
        let groups: Vec<GroupId> = self.connection.rows(sql, &[import.into(), user.into()], |row| row.read()).await?;
        for group in &groups {
            self.delete_group(*group, now).await?;
        }
        self.change("DELETE FROM imports WHERE id = ?", &[import.into()]).await?;
        Ok(Some(UndoneImport { accounts, groups }))
    }
}

impl Write {
    /// Forgets the imports that were made before `before`; their accounts stay.
    pub async fn purge_imports(&mut self, _: MayPurge, before: Timestamp) -> Result<u64, Error> {
        self.connection.execute("DELETE FROM imports WHERE created_at < ?", &[before.into()]).await
    }
}
