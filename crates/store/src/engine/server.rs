//! PostgreSQL and MySQL/MariaDB, which differ little here.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{
    Arguments as _, AssertSqlSafe, Connection as _, Database, Encode, Executor, IntoArguments, MySql, Pool, Postgres,
    Transaction, Type,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::Param;
use crate::{Error, OpenError};

/// The advisory lock of PostgreSQL that the write transaction holds: `sixpin` in ASCII.
pub(super) const LOCK: i64 = 0x7369_7870_696e;

/// A pool of connections, and the lock of the write transaction within this process: waiting for it costs no
/// connection.
pub(crate) struct Server<DB: Database> {
    pool: Pool<DB>,
    writing: Arc<Mutex<()>>,
}

/// A connection in use.
pub(crate) enum Lease<DB: Database> {
    Pooled(PoolConnection<DB>),
    Transaction(Transaction<'static, DB>, Option<OwnedMutexGuard<()>>),
    Unpooled(DB::Connection),
}

pub(super) async fn connect_postgres(url: &str) -> Result<Server<Postgres>, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(OpenError::url)?;
    let options = options.statement_cache_capacity(256).application_name("sixpin");
    let pool = tuned(PgPoolOptions::new()).connect_with(options).await.map_err(OpenError::server)?;
    Ok(Server { pool, writing: Arc::default() })
}

pub(super) async fn connect_mysql(url: &str) -> Result<Server<MySql>, OpenError> {
    let options = MySqlConnectOptions::from_str(url).map_err(OpenError::url)?;
    let options = options.statement_cache_capacity(256);
    let pool = tuned(MySqlPoolOptions::new()).after_connect(|connection, _| {
        Box::pin(async move {
            // The default of PostgreSQL. MySQL's locks gaps between rows, which causes deadlocks and is of no use here.
            connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await.map(drop)
        })
    });
    let pool = pool.connect_with(options).await.map_err(OpenError::server)?;
    Ok(Server { pool, writing: Arc::default() })
}

/// Idle time after which a connection is tried before it is used: the server may have been restarted.
const IDLE: Duration = Duration::from_secs(2);

fn tuned<DB: Database>(options: PoolOptions<DB>) -> PoolOptions<DB> {
    options
        .max_connections(16)
        .acquire_timeout(Duration::from_secs(15))
        .max_lifetime(Duration::from_mins(30))
        .idle_timeout(Duration::from_mins(5))
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
}

// The state of waiting for a connection is boxed: otherwise that of every request would be five kilobytes larger, on
// SQLite too.
impl<DB: Database> Server<DB> {
    pub(super) async fn pooled(&self) -> Result<Lease<DB>, Error> {
        Ok(Lease::Pooled(Box::pin(self.pool.acquire()).await?))
    }

    pub(super) async fn transaction(&self) -> Result<Lease<DB>, Error> {
        Ok(Lease::Transaction(Box::pin(self.pool.begin()).await?, None))
    }

    /// Begins a transaction, one at a time in this process.
    pub(super) async fn exclusive(&self) -> Result<Lease<DB>, Error> {
        let turn = Arc::clone(&self.writing).lock_owned().await;
        Ok(Lease::Transaction(Box::pin(self.pool.begin()).await?, Some(turn)))
    }

    /// Opens a connection outside the pool.
    pub(super) async fn unpooled(&self) -> Result<Lease<DB>, Error> {
        let options = self.pool.connect_options();
        Ok(Lease::Unpooled(DB::Connection::connect_with(&options).await?))
    }
}

impl<DB: Database> Lease<DB> {
    fn connection(&mut self) -> &mut DB::Connection {
        match self {
            Lease::Pooled(connection) => connection,
            Lease::Transaction(transaction, _) => transaction,
            Lease::Unpooled(connection) => connection,
        }
    }

    pub(super) async fn commit(self) -> Result<(), Error> {
        match self {
            Lease::Pooled(_) => Ok(()),
            Lease::Transaction(transaction, _turn) => Ok(transaction.commit().await?),
            Lease::Unpooled(connection) => Ok(connection.close().await?),
        }
    }
}

pub(super) async fn rows<DB>(
    lease: &mut Lease<DB>,
    sql: &'static str,
    params: &[Param<'_>],
) -> Result<Vec<DB::Row>, Error>
where
    DB: Database,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'q> Option<i64>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<&'q str>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<&'q [u8]>: Encode<'q, DB> + Type<DB>,
{
    Ok(sqlx::query_with(sql, arguments::<DB>(params)?).fetch_all(lease.connection()).await?)
}

pub(super) async fn execute<DB>(
    lease: &mut Lease<DB>,
    sql: &'static str,
    params: &[Param<'_>],
) -> Result<DB::QueryResult, Error>
where
    DB: Database,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'q> Option<i64>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<&'q str>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<&'q [u8]>: Encode<'q, DB> + Type<DB>,
{
    Ok(sqlx::query_with(sql, arguments::<DB>(params)?).execute(lease.connection()).await?)
}

fn arguments<DB>(params: &[Param<'_>]) -> Result<DB::Arguments, Error>
where
    DB: Database,
    for<'q> Option<i64>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<&'q str>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<&'q [u8]>: Encode<'q, DB> + Type<DB>,
{
    let mut arguments = DB::Arguments::default();
    for param in params {
        match *param {
            Param::Int(value) => arguments.add(value),
            Param::Text(value) => arguments.add(value),
            Param::Blob(value) => arguments.add(value),
        }
        .map_err(Error::database)?;
    }
    Ok(arguments)
}

/// Runs a statement of the schema, which can't be prepared on every engine.
pub(super) async fn define<DB>(lease: &mut Lease<DB>, statement: String) -> Result<(), Error>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    lease.connection().execute(sqlx::raw_sql(AssertSqlSafe(statement))).await?;
    Ok(())
}

/// Returns the options of a table whose texts compare exactly, as on the other engines: by character, with trailing
/// spaces. MySQL and MariaDB have different names for that collation.
pub(super) async fn exact_collation(lease: &mut Lease<MySql>) -> Result<&'static str, Error> {
    let version: String = sqlx::query_scalar("SELECT VERSION()").fetch_one(lease.connection()).await?;
    Ok(if version.contains("MariaDB") {
        "ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
    } else {
        "ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin"
    })
}

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
        let Some(failure) = error.as_database_error() else { return Error::database(error) };
        if failure.is_unique_violation() {
            return Error::Duplicate;
        }
        if failure.code().as_deref() == Some("22021") {
            return Error::Unstorable("a text with a NUL character cannot be stored");
        }
        // Deadlock or serialization failure: 40P01 and 40001 of PostgreSQL, 1213 and 1205 of MySQL.
        let deadlock = match failure.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
            Some(failure) => matches!(failure.number(), 1205 | 1213),
            None => matches!(failure.code().as_deref(), Some("40001" | "40P01")),
        };
        if deadlock { Error::busy(error) } else { Error::database(error) }
    }
}
