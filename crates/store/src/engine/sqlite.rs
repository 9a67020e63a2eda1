//! SQLite: one connection that writes, and a few that read. Statements run in the calling task: a lookup takes a few
//! microseconds, a trip to another thread several times that. Calls that may block (on locks, on the disk) announce it
//! to the runtime.

mod place;

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, params_from_iter, types::ToSqlOutput, types::ValueRef};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use self::place::File;
use super::{Pace, Param, Row};
use crate::{Error, OpenError};

/// Maximum wait for another process that writes, while a request waits, and otherwise.
const BUSY_TIMEOUT: Duration = Duration::from_millis(2500);
const LONG_BUSY_TIMEOUT: Duration = Duration::from_mins(1);

/// Maximum wait for the other writes of this process, while a request waits, and otherwise.
const TURN: Duration = Duration::from_secs(10);
const LONG_TURN: Duration = Duration::from_mins(30);

/// Maximum number of attempts to switch on the write-ahead log, for which SQLite doesn't wait by itself.
const MAX_ATTEMPTS: usize = 500;

/// Time between two of these attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// The connections to one file.
pub(crate) struct Sqlite {
    file: Arc<File>,
    writer: Arc<AsyncMutex<Connection>>,
    readers: Arc<Readers>,
}

/// The connections that read: the idle ones, and a permit for each that may exist.
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    permits: Arc<Semaphore>,
}

/// A connection in use.
pub(crate) enum Lease {
    Reader { connection: Option<Connection>, readers: Arc<Readers>, _permit: OwnedSemaphorePermit },
    Writer(OwnedMutexGuard<Connection>, Arc<File>),
}

impl Sqlite {
    pub(super) async fn connect(path: &Path) -> Result<Sqlite, OpenError> {
        create(path)?;
        place::check_writable(path)?;
        let unusable = |error: Error| OpenError::File { path: path.to_owned(), source: error };
        let writer = switch_to_wal(open(path).map_err(unusable)?, path).await?;
        // The log is synced at every commit, so that acknowledged writes are durable.
        writer.pragma_update(None, "synchronous", "FULL").map_err(|error| unusable(error.into()))?;
        // What is deleted or sealed anew is overwritten, not left in free pages.
        writer
            .pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))
            .map_err(|error| unusable(error.into()))?;
        let parallel = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        let readers =
            Readers { path: path.to_owned(), idle: Mutex::default(), permits: Arc::new(Semaphore::new(parallel)) };
        let file = File::at(path).map_err(|error| unusable(Error::database(error)))?;
        Ok(Sqlite { file: Arc::new(file), writer: Arc::new(AsyncMutex::new(writer)), readers: Arc::new(readers) })
    }

    pub(super) async fn reader(&self) -> Result<Lease, Error> {
        self.file.check()?;
        let readers = Arc::clone(&self.readers);
        let permit = timeout(TURN, Arc::clone(&readers.permits).acquire_owned()).await;
        let permit =
            permit.map_err(|_| Error::busy("other reads take too long"))?.map_err(|_| Error::Corrupt("closed"))?;
        let idle = readers.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| open_reader(&readers.path), Ok)?;
        Ok(Lease::Reader { connection: Some(connection), readers, _permit: permit })
    }

    /// Begins the write transaction, with the write lock from the start: one that asks for it later can fail at once.
    pub(super) async fn writer(&self, pace: Pace) -> Result<Lease, Error> {
        self.file.check()?;
        let (turn, busy) = match pace {
            Pace::Request => (TURN, BUSY_TIMEOUT),
            Pace::Long => (LONG_TURN, LONG_BUSY_TIMEOUT),
        };
        let connection = timeout(turn, Arc::clone(&self.writer).lock_owned()).await;
        let connection = connection.map_err(|_| Error::busy("another write takes too long"))?;
        connection.busy_timeout(busy)?;
        block(|| connection.prepare_cached("BEGIN IMMEDIATE")?.execute([]))?;
        Ok(Lease::Writer(connection, Arc::clone(&self.file)))
    }
}

impl Lease {
    fn connection(&self) -> Result<&Connection, Error> {
        match self {
            Lease::Reader { connection, .. } => connection.as_ref().ok_or(Error::Corrupt("no connection")),
            Lease::Writer(connection, _) => Ok(connection),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        match self {
            Lease::Reader { connection, readers, .. } => {
                let mut idle = readers.idle.lock().unwrap_or_else(PoisonError::into_inner);
                idle.extend(connection.take());
            }
            Lease::Writer(connection, _) => {
                if !connection.is_autocommit()
                    && let Err(error) = connection.execute_batch("ROLLBACK")
                {
                    tracing::error!(%error, "a transaction could not be rolled back");
                }
            }
        }
    }
}

pub(super) fn rows<T>(
    lease: &Lease,
    sql: &str,
    params: &[Param<'_>],
    mut read: impl FnMut(&mut Row<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut statement = lease.connection()?.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(params))?;
    let mut answer = Vec::new();
    while let Some(row) = rows.next()? {
        answer.push(read(&mut Row::sqlite(row))?);
    }
    Ok(answer)
}

pub(super) fn execute(lease: &Lease, sql: &str, params: &[Param<'_>]) -> Result<u64, Error> {
    let changed = lease.connection()?.prepare_cached(sql)?.execute(params_from_iter(params))?;
    Ok(changed as u64)
}

pub(super) fn insert(lease: &Lease, sql: &str, params: &[Param<'_>]) -> Result<i64, Error> {
    Ok(lease.connection()?.prepare_cached(sql)?.insert(params_from_iter(params))?)
}

pub(super) fn define(lease: &Lease, statement: &str) -> Result<(), Error> {
    Ok(lease.connection()?.execute_batch(statement)?)
}

pub(super) fn commit(lease: &Lease) -> Result<(), Error> {
    let connection = lease.connection()?;
    if let Lease::Writer(_, file) = lease {
        file.check()?;
    }
    block(|| connection.prepare_cached("COMMIT")?.execute([]))?;
    Ok(())
}

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Param::Int(value) => value.map_or(ValueRef::Null, ValueRef::Integer),
            Param::Text(value) => value.map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes())),
            Param::Blob(value) => value.map_or(ValueRef::Null, ValueRef::Blob),
        }))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE, SQLITE_IOERR_SHMSIZE};
        match error.sqlite_error() {
            Some(failure)
                if matches!(failure.extended_code, SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY) =>
            {
                Error::Duplicate
            }
            Some(failure) if failure.code == ErrorCode::DiskFull || failure.extended_code == SQLITE_IOERR_SHMSIZE => {
                Error::Full(error.into())
            }
            Some(failure) if failure.code == ErrorCode::ReadOnly => Error::ReadOnly(error.into()),
            Some(failure) if matches!(failure.code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Error::busy(error)
            }
            _ => Error::database(error),
        }
    }
}

/// Whether SQLite gave up at a page that is none.
pub(super) fn is_malformed(error: &Error) -> bool {
    let Error::Database(cause) = error else { return false };
    let code = cause.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code);
    code == Some(ErrorCode::DatabaseCorrupt)
}

/// Runs a call that may take milliseconds, without blocking the other tasks of this thread where the runtime allows it.
fn block<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// Creates the file if it is missing, readable by its owner alone: SQLite would leave that to the umask.
fn create(path: &Path) -> Result<(), OpenError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(place::unusable(path, &error)),
    }
}

fn open(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(LONG_BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(256);
    // Otherwise every query whose plan might depend on a value is prepared anew each time, for several times its cost.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

fn open_reader(path: &Path) -> Result<Connection, Error> {
    let connection = open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Switches on the write-ahead log, so that readers and the writer don't block each other.
async fn switch_to_wal(connection: Connection, path: &Path) -> Result<Connection, OpenError> {
    for _ in 0..MAX_ATTEMPTS {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
            Ok(mode) if mode.eq_ignore_ascii_case("wal") => return Ok(connection),
            Ok(_) => return Err(OpenError::NetworkFileSystem { path: path.to_owned() }),
            Err(error) => match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => tokio::time::sleep(PAUSE).await,
                Some(ErrorCode::DatabaseCorrupt) => return Err(OpenError::Damaged { path: path.to_owned() }),
                Some(ErrorCode::NotADatabase) => return Err(OpenError::NotADatabase { path: path.to_owned() }),
                Some(ErrorCode::SystemIoFailure | ErrorCode::FileLockingProtocolFailed) => {
                    return Err(OpenError::NetworkFileSystem { path: path.to_owned() });
                }
                _ => return Err(OpenError::File { path: path.to_owned(), source: error.into() }),
            },
        }
    }
    Err(OpenError::InUse { path: path.to_owned() })
}
