//! The examination of a whole database.

use crate::{Damage, Error, Read, Store};

/// What is wrong with a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// Faults of the file as a whole, on SQLite; at most 20.
    pub file: Vec<String>,
    /// Rows that can't be read, or not all of them.
    pub rows: Vec<Damage>,
}

impl Store {
    /// Reads everything. This takes as long as the database is large, and holds one connection for reading.
    pub async fn examine(&self) -> Result<Findings, Error> {
        let mut read = self.read_long().await?;
        let mut file = read.connection.quick_check().await?;
        match read.examine_rows().await {
            Err(error) if !file.is_empty() => file.push(format!("the rest can't be read: {}", error.chain())),
            examined => examined?,
        }
        Ok(Findings { file, rows: self.damages.list() })
    }

    /// Looks for faults of the file as a whole, on SQLite; at most 20.
    pub async fn check_file(&self) -> Result<Vec<String>, Error> {
        self.read().await?.connection.quick_check().await
    }
}

impl Read {
    async fn examine_rows(&mut self) -> Result<(), Error> {
        self.settings().await?;
        self.users().await?;
        self.examine_accounts().await?;
        self.examine_groups().await?;
        self.examine_shares().await?;
        self.examine_sessions().await?;
        self.examine_tokens().await?;
        self.examine_security_keys().await?;
        self.examine_icons().await?;
        self.examine_logs().await
    }
}
