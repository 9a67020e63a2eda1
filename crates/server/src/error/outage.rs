//! Times at which the database or the disk is of no use.

use std::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::StatusCode;

use super::Error;
use crate::messages::Message;

/// What is wrong. It passes by itself, or once somebody has made room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outage {
    /// The database doesn't answer. The store logs it.
    Away,
    /// Other transactions were in the way for too long.
    Busy,
    /// The database went away during a commit.
    OutcomeUnknown,
    /// The disk is full.
    Full,
    /// The database or the disk can only be read.
    ReadOnly,
}

/// Minimum time between two log lines of one kind.
const QUIET: Duration = Duration::from_mins(1);
/// When each kind was logged last.
static LOGGED: [Mutex<Option<Instant>>; 5] = [const { Mutex::new(None) }; 5];

impl Outage {
    /// Returns the kind of an error of a file, if it is one.
    pub(super) fn of_file(error: &io::Error) -> Option<Self> {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(Self::Full),
            io::ErrorKind::ReadOnlyFilesystem => Some(Self::ReadOnly),
            _ => None,
        }
    }

    /// Returns it as an answer. The cause is logged, at most once a minute: it concerns every request.
    pub(super) fn noted(self, cause: &dyn std::error::Error) -> Error {
        let mut last = LOGGED[self as usize].lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() > QUIET) {
            *last = Some(Instant::now());
            let cause = chain(cause);
            tracing::error!(cause, "{self}; requests are answered {} meanwhile", self.status().as_u16());
        }
        self.into()
    }

    /// The status of the answer.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Full => StatusCode::INSUFFICIENT_STORAGE,
            Self::Away | Self::Busy | Self::OutcomeUnknown | Self::ReadOnly => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The message of the answer.
    pub(super) fn message(self) -> Message {
        match self {
            Self::Away | Self::Busy => Message::DatabaseAway,
            Self::OutcomeUnknown => Message::OutcomeUnknown,
            Self::Full => Message::DiskFull,
            Self::ReadOnly => Message::DatabaseReadOnly,
        }
    }

    /// Seconds after which a request may be tried again.
    pub(super) fn retry_after(self) -> u64 {
        match self {
            Self::Busy => 1,
            Self::Away | Self::OutcomeUnknown => 5,
            Self::Full | Self::ReadOnly => 60,
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Away => "the database doesn't answer",
            Self::Busy => "other transactions are in the way",
            Self::OutcomeUnknown => "the database stopped answering during a commit: its outcome is unknown",
            Self::Full => "the disk is full",
            Self::ReadOnly => "the database or the disk can only be read",
        })
    }
}

impl From<Outage> for Error {
    fn from(outage: Outage) -> Self {
        Self::Outage(outage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_of_the_database_has_its_answer() {
        let cause = || "cause".into();
        for (failure, status, wait) in [
            (store::Error::Busy(cause()), 503, "1"),
            (store::Error::Away(cause()), 503, "5"),
            (store::Error::OutcomeUnknown(cause()), 503, "5"),
            (store::Error::Full(cause()), 507, "60"),
            (store::Error::ReadOnly(cause()), 503, "60"),
        ] {
            let shown = failure.to_string();
            let error = Error::from(failure);
            assert_eq!(error.status().as_u16(), status, "{shown}");
            assert_eq!(error.headers()["retry-after"], wait, "{shown}");
        }
    }

    #[test]
    fn a_full_disk_is_told_wherever_it_is_met() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = Error::from(anyhow::Error::from(full).context("an icon can't be stored"));
        assert_eq!(error.status().as_u16(), 507);
    }
}
