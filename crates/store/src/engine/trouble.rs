//! The errors of database servers that are told apart.

use crate::Error;

/// Whether a definition failed because the table, the column or the index exists already.
pub(super) fn is_already_defined(error: &Error) -> bool {
    let Error::Database(source) = error else { return false };
    let Some(error) = source.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error) else {
        return false;
    };
    error
        .try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()
        .is_some_and(|error| matches!(error.number(), 1050 | 1060 | 1061))
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) {
            return Error::Corrupt("a value of another type");
        }
        let Some(failure) = error.as_database_error() else {
            let is_away = matches!(
                error,
                sqlx::Error::Io(_)
                    | sqlx::Error::Tls(_)
                    | sqlx::Error::Protocol(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::PoolClosed
                    | sqlx::Error::WorkerCrashed
            );
            return if is_away { Error::away(error) } else { Error::database(error) };
        };
        if failure.is_unique_violation() {
            return Error::Duplicate;
        }
        if failure.code().as_deref() == Some("22021") {
            return Error::Unstorable("a text with a NUL character cannot be stored");
        }
        let trouble = match failure.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
            Some(failure) => mysql_trouble(failure.number(), failure.message()),
            None => postgres_trouble(failure.code().as_deref().unwrap_or_default()),
        };
        match trouble {
            Trouble::InTheWay => Error::busy(error),
            Trouble::Away => Error::away(error),
            Trouble::Full => Error::Full(error.into()),
            Trouble::ReadOnly => Error::ReadOnly(error.into()),
            Trouble::Other => Error::database(error),
        }
    }
}

/// The kinds of errors of a server that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    InTheWay,
    Away,
    Full,
    ReadOnly,
    Other,
}

/// By SQLSTATE (PostgreSQL manual, appendix A).
fn postgres_trouble(code: &str) -> Trouble {
    match code {
        // Serialization failure, deadlock, lock not available.
        "40001" | "40P01" | "55P03" => Trouble::InTheWay,
        "53100" => Trouble::Full,
        "25006" => Trouble::ReadOnly,
        // Too many connections; cancelled, shutting down, crashed, starting; idle in a transaction for too long.
        "53300" | "57014" | "57P01" | "57P02" | "57P03" | "25P03" => Trouble::Away,
        code if code.starts_with("08") => Trouble::Away,
        _ => Trouble::Other,
    }
}

/// By number (MySQL and MariaDB error references).
fn mysql_trouble(number: u16, message: &str) -> Trouble {
    match number {
        // Lock wait timeout, deadlock.
        1205 | 1213 => Trouble::InTheWay,
        // Disk full, table full.
        1021 | 1114 => Trouble::Full,
        // Errors of the file system have the number of the system: 28 is ENOSPC.
        3 | 1026 | 1030 if message.contains(" 28 ") || message.contains("rrcode: 28") => Trouble::Full,
        // An option of the server, a transaction or an engine that can only be read.
        1290 | 1792 | 1836 => Trouble::ReadOnly,
        // Too many connections, shutdown, killed, a node of a cluster that isn't ready, a statement that took too long.
        1040 | 1053 | 1317 | 1927 | 1047 | 1969 | 3024 | 3168 => Trouble::Away,
        _ => Trouble::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Trouble, mysql_trouble, postgres_trouble};

    #[test]
    fn the_errors_of_a_server_are_told_apart() {
        for (code, trouble) in [
            ("40001", Trouble::InTheWay),
            ("53100", Trouble::Full),
            ("25006", Trouble::ReadOnly),
            ("57P03", Trouble::Away),
            ("08006", Trouble::Away),
            ("42P01", Trouble::Other),
        ] {
            assert_eq!(postgres_trouble(code), trouble, "{code}");
        }
        for (number, message, trouble) in [
            (1213, "Deadlock found", Trouble::InTheWay),
            (1114, "The table 'a' is full", Trouble::Full),
            (1030, "Got error 28 \"No space left on device\" from storage engine InnoDB", Trouble::Full),
            (1030, "Got error 122 from storage engine", Trouble::Other),
            (1290, "The MariaDB server is running with the --read-only option", Trouble::ReadOnly),
            (1047, "WSREP has not yet prepared node for application use", Trouble::Away),
            (1054, "Unknown column", Trouble::Other),
        ] {
            assert_eq!(mysql_trouble(number, message), trouble, "{number}");
        }
    }
}
