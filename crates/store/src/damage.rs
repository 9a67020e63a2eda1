//! Damaged rows: those with values that the schema doesn't allow, or that don't open. A damaged row costs that row
//! alone, and the log names it once.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::Error;
use crate::engine::Row;
use crate::seal::Sealer;

/// Maximum number of damaged rows that are remembered, and so named in the log.
const MAX_KNOWN: usize = 1000;

/// A row that can't be read, or not all of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    /// Its table.
    pub table: &'static str,
    /// Its ID.
    pub row: String,
    /// What is wrong.
    pub problem: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.table, self.row, self.problem)
    }
}

/// The damage that was met so far.
#[derive(Debug, Default)]
pub(crate) struct Damages(Mutex<BTreeSet<Damage>>);

impl Damages {
    /// Remembers a damage. The log gets a line the first time.
    pub(crate) fn note(&self, table: &'static str, row: impl fmt::Display, error: &Error) {
        let damage = Damage { table, row: row.to_string(), problem: error.to_string() };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MAX_KNOWN && !known.contains(&damage) {
            tracing::error!(
                table,
                row = damage.row,
                problem = damage.problem,
                "a row of the database is damaged: restore it from a backup; `sixpin doctor database` lists all of them"
            );
            known.insert(damage);
        }
    }

    /// All of it, by table and row.
    pub(crate) fn list(&self) -> Vec<Damage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// What rows are read with: the key to their sealed values, and the record of damage.
pub(crate) struct Reading<'a> {
    pub(crate) sealer: &'a Sealer,
    pub(crate) damages: &'a Damages,
}

impl Reading<'_> {
    /// Returns a value, or what stands in for one that is damaged, which is noted.
    ///
    /// # Errors
    /// Those of the database, the disk and the network.
    pub(crate) fn value_or<T>(
        &self,
        (table, row): (&'static str, &dyn fmt::Display),
        value: Result<T, Error>,
        substitute: T,
    ) -> Result<T, Error> {
        match value {
            Err(error) if error.is_damage() => {
                self.damages.note(table, row, &error);
                Ok(substitute)
            }
            value => value,
        }
    }

    /// Reads a row whose first column names it. A damaged one is noted.
    ///
    /// # Errors
    /// Those of `read`.
    pub(crate) fn row<T>(
        &self,
        table: &'static str,
        row: &mut Row<'_>,
        read: impl FnOnce(&mut Row<'_>, &Reading<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let start = row.clone();
        read(row, self).inspect_err(|error| {
            if error.is_damage() {
                self.damages.note(table, start.name(), error);
            }
        })
    }
}
