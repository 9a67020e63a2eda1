//! PostgreSQL and MySQL/MariaDB, which differ little here.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::database::HasStatementCache;
use sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{
    Arguments as _, AssertSqlSafe, Connection as _, Database, Encode, Executor, IntoArguments, MySql, Pool, Postgres,
    Type,
};
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use super::health::{Health, PATIENCE};
use super::{Pace, Param};
use crate::{Error, OpenError};

/// The advisory lock of PostgreSQL that the write transaction holds: `sixpin` in ASCII.
pub(super) const LOCK: i64 = 0x7369_7870_696e;

/// A database that runs statements without parameters and answers.
pub(crate) trait Dialect: Database + HasStatementCache {
    /// Runs statements, separated by semicolons where the database allows several.
    fn run(
        connection: &mut Self::Connection,
        statements: &'static str,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;
}

impl Dialect for Postgres {
    async fn run(connection: &mut Self::Connection, statements: &'static str) -> Result<(), sqlx::Error> {
        connection.execute(sqlx::raw_sql(statements)).await.map(drop)
    }
}

impl Dialect for MySql {
    async fn run(connection: &mut Self::Connection, statements: &'static str) -> Result<(), sqlx::Error> {
        connection.execute(sqlx::raw_sql(statements)).await.map(drop)
    }
}

/// A pool of connections, and the lock of the write transaction within this process: waiting for it costs no
/// connection.
pub(crate) struct Server<DB: Dialect> {
    pool: Pool<DB>,
    health: Arc<Health<DB>>,
    writing: Arc<Mutex<()>>,
    /// Whether prepared statements are kept. If not, for a pooler that gives each transaction another connection of its
    /// own, everything happens within transactions: a statement is prepared and run there.
    keeps_statements: bool,
}

/// A connection in use. If it is dropped within a transaction, that is rolled back; if within a call, it is closed.
pub(crate) struct Lease<DB: Dialect> {
    connection: Option<Source<DB>>,
    health: Arc<Health<DB>>,
    /// Maximum time for a call.
    limit: Duration,
    in_transaction: bool,
    keeps_statements: bool,
    /// Whether a call was begun that didn't end.
    in_call: bool,
    turn: Option<OwnedMutexGuard<()>>,
}

enum Source<DB: Dialect> {
    Pooled(PoolConnection<DB>),
    Unpooled(DB::Connection),
}

/// Maximum time for a call of work that takes long: a migration, an import, the removal of old rows.
const LONG: Duration = Duration::from_mins(30);
/// Maximum time that a write waits for the others of this process, while the server answers.
const TURN: Duration = Duration::from_secs(10);

pub(super) async fn connect_postgres(url: &str) -> Result<Server<Postgres>, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(|error| OpenError::url(url, error))?;
    // Poolers may need another capacity, or none, which the address says then.
    let options =
        if url.contains("statement-cache-capacity=") { options } else { options.statement_cache_capacity(STATEMENTS) };
    let options = options.application_name("sixpin");
    try_once::<Postgres>(&options).await?;
    let pool = tuned(PgPoolOptions::new()).after_connect(|connection, _| {
        Box::pin(async move {
            // For those whose program is gone or has given up. Not as options of the connection, which poolers refuse.
            let limits = "SET statement_timeout = '10s'; SET lock_timeout = '2s'; SET idle_in_transaction_session_timeout = '60s'";
            connection.execute(sqlx::raw_sql(limits)).await.map(drop)
        })
    });
    Ok(Server::new(pool.connect_lazy_with(options), !url.contains("statement-cache-capacity=0")))
}

pub(super) async fn connect_mysql(url: &str) -> Result<Server<MySql>, OpenError> {
    let options = MySqlConnectOptions::from_str(url).map_err(|error| OpenError::url(url, error))?;
    let options =
        if url.contains("statement-cache-capacity=") { options } else { options.statement_cache_capacity(STATEMENTS) };
    try_once::<MySql>(&options).await?;
    let pool = tuned(MySqlPoolOptions::new()).after_connect(|connection, _| {
        Box::pin(async move {
            // The default of PostgreSQL. MySQL's locks gaps between rows, which causes deadlocks and is of no use here.
            connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED").await?;
            connection.execute("SET SESSION innodb_lock_wait_timeout = 2").await.map(drop)
        })
    });
    Ok(Server::new(pool.connect_lazy_with(options), !url.contains("statement-cache-capacity=0")))
}

/// Opens a connection outside the pool, whose errors don't say why it can't.
async fn try_once<DB: Database>(options: &<DB::Connection as sqlx::Connection>::Options) -> Result<(), OpenError> {
    let trial = async { DB::Connection::connect_with(options).await?.close().await };
    match timeout(FIRST_CONTACT, trial).await {
        Ok(outcome) => outcome.map_err(OpenError::server),
        Err(_) => Err(OpenError::server("it doesn't answer")),
    }
}

/// Maximum time of an attempt to connect at the start.
const FIRST_CONTACT: Duration = Duration::from_secs(5);
/// Number of prepared statements that a connection keeps.
const STATEMENTS: usize = 256;
/// Idle time after which a connection is tried before it is used: the server may have been restarted.
const IDLE: Duration = Duration::from_secs(2);

fn tuned<DB: Database>(options: PoolOptions<DB>) -> PoolOptions<DB> {
    options
        .max_connections(16)
        .acquire_timeout(PATIENCE)
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
impl<DB: Dialect> Server<DB> {
    fn new(pool: Pool<DB>, keeps_statements: bool) -> Self {
        Server { health: Health::new(pool.clone()), pool, writing: Arc::default(), keeps_statements }
    }

    pub(super) async fn pooled(&self) -> Result<Lease<DB>, Error> {
        let mut lease = self.acquire().await?;
        if !self.keeps_statements {
            lease.begin().await?;
        }
        Ok(lease)
    }

    async fn acquire(&self) -> Result<Lease<DB>, Error> {
        self.health.check()?;
        // The pool has a limit of its own, which a connection that is being tried may outlast.
        let acquired = match Box::pin(timeout(PATIENCE, self.pool.acquire())).await {
            Ok(acquired) => acquired.map_err(Error::from),
            Err(_) => Err(Error::away("no connection in time")),
        };
        let connection = acquired.inspect_err(|error| self.health.note(error))?;
        Ok(self.lease(Source::Pooled(connection), PATIENCE))
    }

    pub(super) async fn transaction(&self, pace: Pace) -> Result<Lease<DB>, Error> {
        let mut lease = self.acquire().await?;
        lease.begin().await?;
        if pace == Pace::Long {
            lease.take_long();
        }
        Ok(lease)
    }

    /// Begins a transaction, one at a time in this process.
    pub(super) async fn exclusive(&self, pace: Pace) -> Result<Lease<DB>, Error> {
        let limit = if pace == Pace::Long { LONG } else { TURN };
        let turn = self.health.while_there(limit, Arc::clone(&self.writing).lock_owned()).await?;
        let mut lease = self.transaction(pace).await?;
        lease.turn = Some(turn);
        Ok(lease)
    }

    /// Opens a connection outside the pool.
    pub(super) async fn unpooled(&self) -> Result<Lease<DB>, Error> {
        let options = self.pool.connect_options();
        Ok(self.lease(Source::Unpooled(DB::Connection::connect_with(&options).await?), LONG))
    }

    fn lease(&self, connection: Source<DB>, limit: Duration) -> Lease<DB> {
        let health = Arc::clone(&self.health);
        Lease {
            connection: Some(connection),
            health,
            limit,
            in_transaction: false,
            keeps_statements: self.keeps_statements,
            in_call: false,
            turn: None,
        }
    }
}

impl<DB: Dialect> Lease<DB> {
    fn connection(&mut self) -> Result<&mut DB::Connection, Error> {
        match &mut self.connection {
            Some(Source::Pooled(connection)) => Ok(connection),
            Some(Source::Unpooled(connection)) => Ok(connection),
            None => Err(Error::Corrupt("no connection")),
        }
    }

    /// Runs a call within the time that it may take.
    async fn call<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut DB::Connection) -> Result<T, sqlx::Error>,
    ) -> Result<T, Error> {
        let limit = self.limit;
        self.in_call = true;
        let outcome = match timeout(limit, work(self.connection()?)).await {
            Ok(outcome) => {
                self.in_call = false;
                outcome.map_err(Error::from)
            }
            Err(_) => Err(Error::away("a statement takes too long")),
        };
        outcome.inspect_err(|error| {
            self.in_call |= matches!(error, Error::Away(_));
            self.health.note(error);
        })
    }

    /// Lets the following calls take long.
    pub(super) fn take_long(&mut self) {
        self.limit = LONG;
    }

    /// Runs statements about the connection itself.
    pub(super) async fn run(&mut self, statements: &'static str) -> Result<(), Error> {
        self.call(async |connection| DB::run(connection, statements).await).await
    }

    async fn begin(&mut self) -> Result<(), Error> {
        self.run("BEGIN").await?;
        self.in_transaction = true;
        Ok(())
    }

    pub(super) async fn commit(mut self) -> Result<(), Error> {
        if matches!(self.connection, Some(Source::Unpooled(_))) || !self.in_transaction {
            return Ok(());
        }
        let done = self.run("COMMIT").await;
        self.in_transaction = done.is_err();
        done.map_err(|error| match error {
            // It may have come about all the same.
            Error::Away(cause) => Error::OutcomeUnknown(cause),
            error => error,
        })
    }
}

impl<DB: Dialect> Drop for Lease<DB> {
    fn drop(&mut self) {
        let Some(Source::Pooled(connection)) = self.connection.take() else { return };
        let turn = self.turn.take();
        if self.in_call {
            // Not back to the pool, which would wait for the call to end.
            drop(connection.detach());
        } else if self.in_transaction {
            roll_back(connection, turn);
        }
    }
}

/// Rolls back in the background, during which no other write of this process begins.
fn roll_back<DB: Dialect>(mut connection: PoolConnection<DB>, turn: Option<OwnedMutexGuard<()>>) {
    let Ok(runtime) = Handle::try_current() else {
        drop(connection.detach());
        return;
    };
    runtime.spawn(async move {
        if !matches!(timeout(PATIENCE, DB::run(&mut connection, "ROLLBACK")).await, Ok(Ok(()))) {
            drop(connection.detach());
        }
        drop(turn);
    });
}

pub(super) async fn rows<DB>(
    lease: &mut Lease<DB>,
    sql: &'static str,
    params: &[Param<'_>],
) -> Result<Vec<DB::Row>, Error>
where
    DB: Dialect,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'q> Option<i64>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<&'q str>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<&'q [u8]>: Encode<'q, DB> + Type<DB>,
{
    let (arguments, is_kept) = (arguments::<DB>(params)?, lease.keeps_statements);
    lease
        .call(async |connection| sqlx::query_with(sql, arguments).persistent(is_kept).fetch_all(connection).await)
        .await
}

pub(super) async fn execute<DB>(
    lease: &mut Lease<DB>,
    sql: &'static str,
    params: &[Param<'_>],
) -> Result<DB::QueryResult, Error>
where
    DB: Dialect,
    DB::Arguments: IntoArguments<DB>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    for<'q> Option<i64>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<&'q str>: Encode<'q, DB> + Type<DB>,
    for<'q> Option<&'q [u8]>: Encode<'q, DB> + Type<DB>,
{
    let (arguments, is_kept) = (arguments::<DB>(params)?, lease.keeps_statements);
    lease.call(async |connection| sqlx::query_with(sql, arguments).persistent(is_kept).execute(connection).await).await
}

fn arguments<DB>(params: &[Param<'_>]) -> Result<DB::Arguments, Error>
where
    DB: Dialect,
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
    DB: Dialect,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    lease.call(async |connection| connection.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await).await.map(drop)
}

/// Returns the options of a table whose texts compare exactly, as on the other engines: by character, with trailing
/// spaces. MySQL and MariaDB have different names for that collation.
pub(super) async fn exact_collation(lease: &mut Lease<MySql>) -> Result<&'static str, Error> {
    let version: String =
        lease.call(async |connection| sqlx::query_scalar("SELECT VERSION()").fetch_one(connection).await).await?;
    Ok(if version.contains("MariaDB") {
        "ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
    } else {
        "ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin"
    })
}
