//! The result of reading a file.

use std::collections::BTreeMap;

use vault::AccountDraft;

use crate::{Format, ImportedAccount, RawEntry, RejectedEntry};

/// The content of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// The file's format.
    pub format: Format,
    /// One result per entry, in the file's order. Items without a one-time password, such as a note among passwords,
    /// are left out.
    pub entries: Vec<Result<ImportedAccount, RejectedEntry>>,
    /// The groups that the file lists by themselves, in its order. Accounts may be in others.
    pub groups: Vec<ImportedGroup>,
    /// What the file can't say, or says only in part.
    pub warnings: Vec<Warning>,
}

/// A group in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedGroup {
    /// Its name.
    pub name: String,
    /// Whether it is offered as a chip above the list.
    pub show_in_chips: bool,
}

impl Import {
    /// Returns an import without warnings, the names of its accounts tidied.
    pub(crate) fn new(format: Format, entries: Vec<Result<ImportedAccount, RejectedEntry>>) -> Import {
        let entries = entries.into_iter().map(|entry| entry.map(ImportedAccount::with_tidy_names)).collect();
        Import::untidied(format, entries)
    }

    /// Returns an import without warnings, the names of its accounts as they are.
    pub(crate) fn untidied(format: Format, entries: Vec<Result<ImportedAccount, RejectedEntry>>) -> Import {
        Import { format, entries, groups: Vec::new(), warnings: Vec::new() }
    }

    /// Rejects the entries whose names or secrets are longer than an account may have them.
    pub(crate) fn within_bounds(self) -> Import {
        let check = |(position, entry): (usize, Result<ImportedAccount, RejectedEntry>)| {
            let imported = entry?;
            let AccountDraft { service, name, parameters, .. } = &imported.account;
            let Err(reason) = imported.account.check_sizes() else { return Ok(imported) };
            let raw = RawEntry {
                kind: parameters.otp_type.as_str().to_owned(),
                service: service.clone().unwrap_or_default(),
                account: name.clone(),
            };
            Err(RejectedEntry::new(position, raw, reason.into()))
        };
        Import { entries: (1..).zip(self.entries).map(check).collect(), ..self }
    }
}

impl Warning {
    /// Maximum number of names in a warning.
    const NAMES: usize = 10;

    /// Returns the warning that credentials of these kinds are left out, if there are any.
    pub(crate) fn of_left_out(kinds: BTreeMap<String, usize>) -> Option<Warning> {
        let mut named: Vec<(String, usize)> = kinds.into_iter().collect();
        let others = named.split_off(named.len().min(Warning::NAMES));
        if !others.is_empty() {
            named.push(("of other kinds".to_owned(), others.iter().map(|(_, number)| number).sum()));
        }
        (!named.is_empty()).then_some(Warning::LeftOut(named))
    }

    /// Returns the warning that these accounts were shared, if there are any.
    pub(crate) fn of_shared(described: impl Iterator<Item = String>) -> Option<Warning> {
        let named: Vec<String> = described.take(Warning::NAMES + 1).collect();
        (!named.is_empty()).then(|| Warning::Shared(Warning::some(named)))
    }

    /// Returns the warning that accounts of these names are in the trash, if there are any.
    pub(crate) fn of_trashed(format: Format, names: Vec<String>) -> Option<Warning> {
        (!names.is_empty()).then(|| Warning::Trashed { format, names: Warning::some(names) })
    }

    /// Returns the warning that accounts of these names are in the recycle bin, if there are any.
    pub(crate) fn of_binned(format: Format, names: Vec<String>) -> Option<Warning> {
        let number = names.len();
        (number > 0).then(|| Warning::Binned { format, number, names: Warning::some(names) })
    }

    /// Returns the first names.
    fn some(mut names: Vec<String>) -> Vec<String> {
        if names.len() > Warning::NAMES {
            names.truncate(Warning::NAMES);
            names.push("…".to_owned());
        }
        names
    }
}

/// A warning about a whole file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// Google Authenticator spreads many accounts over several QR codes, and some of a batch are missing.
    #[error(
        "QR codes of this export are missing: {}; scan them too, and import them together or one after the other",
        missing.iter().map(|index| format!("{} of {size}", index + 1)).collect::<Vec<_>>().join(", ")
    )]
    MissingCodes {
        /// The number of QR codes in the batch.
        size: usize,
        /// The missing ones, counted from 0.
        missing: Vec<usize>,
    },
    /// Accounts that are in the trash of the other app are among the others.
    #[error("in the trash of {format}, and imported all the same: {}", names.join(", "))]
    Trashed {
        /// The format.
        format: Format,
        /// Their names, a few at most.
        names: Vec<String>,
    },
    /// Accounts that were shared. Holds their names, a few at most, with those of the users.
    #[error("was shared, which an import can't do: share it again if it should be: {}", .0.join("; "))]
    Shared(Vec<String>),
    /// Accounts that are in the recycle bin of the other app.
    #[error("{number} in the recycle bin of {format}, and left out: {}", names.join("; "))]
    Binned {
        /// The format.
        format: Format,
        /// Their number.
        number: usize,
        /// Their names, a few at most.
        names: Vec<String>,
    },
    /// Credentials of other kinds than one-time passwords. Holds the kinds with their numbers.
    #[error("left out, since only one-time passwords are imported: {}", .0.iter().map(|(kind, number)| format!("{number} {kind}")).collect::<Vec<_>>().join(", "))]
    LeftOut(Vec<(String, usize)>),
    /// Parts of the format's database are in other files.
    #[error("this file of {0} only lists others: bring them along as well")]
    OtherFiles(Format),
    /// The format holds neither digits nor periods nor algorithms.
    #[error(
        "{0} exports neither digits nor periods: check the codes of accounts that aren't of 6 digits every 30 seconds"
    )]
    OnlySecrets(Format),
    /// The format holds no periods.
    #[error("{0} exports no periods: check the codes of accounts that change at another pace than every 30 seconds")]
    NoPeriods(Format),
    /// An old version of the format lacks the parameters of accounts.
    #[error(
        "this old backup of {0} lacks parameters: check the codes of accounts that aren't time-based with 6 digits"
    )]
    NoParameters(Format),
}
