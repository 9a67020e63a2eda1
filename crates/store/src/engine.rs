//! The differences between SQLite, PostgreSQL and MySQL/MariaDB, and nothing else: connections, transactions,
//! placeholders, new IDs, column types, and the errors that are told apart.
//!
//! The SQL of the other modules is written once, with `?` for a parameter. `?...` stands for many of them, see
//! [`with_values`].

mod health;
mod param;
mod row;
mod server;
mod sqlite;
mod text;
mod trouble;

use sqlx::{MySql, Postgres};

use crate::hash::sha256;
use crate::{Database, Error, OpenError};
pub(crate) use param::Param;
pub(crate) use row::{FromColumn, Row};
pub(crate) use text::{with_rows, with_values};

/// Number of values or rows in a statement that takes many.
pub(crate) const BATCH: usize = 50;

/// Returns IDs, in order and each once, as the parameters of statements that take [`BATCH`] of them. The last ID fills
/// up the last batch.
pub(crate) fn batches(ids: impl Iterator<Item = i64>) -> Vec<[Param<'static>; BATCH]> {
    let mut ids: Vec<i64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids.chunks(BATCH)
        .map(|chunk| std::array::from_fn(|index| Param::Int(chunk.get(index).or(chunk.last()).copied())))
        .collect()
}

/// Whether a text can be stored. PostgreSQL accepts no NUL character, not even in a text to compare with.
pub(crate) fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}

/// A database in use.
pub(crate) enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(server::Server<Postgres>),
    Mysql(server::Server<MySql>),
}

/// A connection: one that reads, or the one that writes.
pub(crate) enum Connection {
    Sqlite(sqlite::Lease),
    Postgres(server::Lease<Postgres>),
    Mysql(server::Lease<MySql>),
}

impl Engine {
    /// Connects to a database. Creates nothing but an empty SQLite file, and changes nothing.
    pub(crate) async fn connect(database: &Database) -> Result<Engine, OpenError> {
        Ok(match database {
            Database::Sqlite { path } => Engine::Sqlite(sqlite::Sqlite::connect(path).await?),
            Database::Postgres { url } => Engine::Postgres(server::connect_postgres(url).await?),
            Database::Mysql { url } => Engine::Mysql(server::connect_mysql(url).await?),
        })
    }

    /// Whether concurrent small writes should share a transaction: where only one transaction can write at a time, and
    /// a commit costs a sync of the disk.
    pub(crate) fn shares_commits(&self) -> bool {
        matches!(self, Engine::Sqlite(_))
    }

    /// Returns a connection for reading.
    pub(crate) async fn reader(&self) -> Result<Connection, Error> {
        Ok(match self {
            Engine::Sqlite(sqlite) => Connection::Sqlite(sqlite.reader().await?),
            Engine::Postgres(server) => Connection::Postgres(server.pooled().await?),
            Engine::Mysql(server) => Connection::Mysql(server.pooled().await?),
        })
    }

    /// Returns a connection for reading much, which may take long.
    pub(crate) async fn patient_reader(&self) -> Result<Connection, Error> {
        let mut connection = self.reader().await?;
        match &mut connection {
            Connection::Sqlite(_) => {}
            Connection::Postgres(lease) => {
                lease.take_long();
                lease.run("SET statement_timeout = 0").await?;
            }
            Connection::Mysql(lease) => lease.take_long(),
        }
        Ok(connection)
    }

    /// Begins the write transaction: the only one, among all copies of the program. With `pace` it may take long.
    pub(crate) async fn writer(&self, pace: Pace) -> Result<Connection, Error> {
        match self {
            Engine::Sqlite(sqlite) => Ok(Connection::Sqlite(sqlite.writer(pace).await?)),
            Engine::Postgres(server) => {
                let mut lease = server.exclusive(pace).await?;
                if pace == Pace::Long {
                    lease.run("SET LOCAL lock_timeout = '60s'; SET LOCAL statement_timeout = 0").await?;
                }
                let mut connection = Connection::Postgres(lease);
                connection.execute("SELECT pg_advisory_xact_lock(?)", &[server::LOCK.into()]).await?;
                Ok(connection)
            }
            Engine::Mysql(server) => {
                let mut connection = Connection::Mysql(server.exclusive(pace).await?);
                // Written, not only locked: the nodes of a cluster see each other's writes alone.
                connection.execute("UPDATE write_lock SET n = n + 1 WHERE id = 1", &[]).await?;
                Ok(connection)
            }
        }
    }

    /// Begins a transaction next to others, for a few rows. Only where commits aren't shared.
    pub(crate) async fn transaction(&self) -> Result<Connection, Error> {
        match self {
            Engine::Sqlite(sqlite) => Ok(Connection::Sqlite(sqlite.writer(Pace::Request).await?)),
            Engine::Postgres(server) => Ok(Connection::Postgres(server.transaction(Pace::Request).await?)),
            Engine::Mysql(server) => Ok(Connection::Mysql(server.transaction(Pace::Request).await?)),
        }
    }

    /// Returns a connection that may change the schema: the only one, among all copies of the program. It is a
    /// transaction where the engine's definitions are transactional; [`Connection::commit`] ends it everywhere.
    pub(crate) async fn migrator(&self) -> Result<Connection, Error> {
        match self {
            Engine::Sqlite(_) | Engine::Postgres(_) => self.writer(Pace::Long).await,
            Engine::Mysql(server) => {
                // Not from the pool: the lock is the connection's, and ends with it even when this is cancelled.
                let mut connection = Connection::Mysql(server.unpooled().await?);
                let name: Option<String> = connection.row("SELECT DATABASE()", &[], |row| row.read()).await?.flatten();
                // Locks are the whole server's, and their names have at most 64 characters. MySQL 9.6 has no MD5().
                let hash = data_encoding::HEXLOWER.encode(&sha256(name.unwrap_or_default())[..16]);
                let lock = format!("sixpin.{hash}");
                let granted = connection.row("SELECT GET_LOCK(?, 60)", &[(&lock).into()], |row| row.read()).await?;
                if granted.flatten() == Some(1_i64) {
                    Ok(connection)
                } else {
                    Err(Error::busy("another copy is migrating the database"))
                }
            }
        }
    }
}

/// How long the calls of a transaction may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// As long as somebody waits for an answer.
    Request,
    /// As long as work on much data takes.
    Long,
}

impl Connection {
    /// Returns all rows of a query, each read by `read`.
    pub(crate) async fn rows<T: Send>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
        mut read: impl FnMut(&mut Row<'_>) -> Result<T, Error> + Send,
    ) -> Result<Vec<T>, Error> {
        trace(sql);
        match self {
            Connection::Sqlite(lease) => sqlite::rows(lease, sql, params, read),
            Connection::Postgres(lease) => {
                let rows = server::rows(lease, text::numbered(sql), params).await?;
                rows.iter().map(|row| read(&mut Row::postgres(row))).collect()
            }
            Connection::Mysql(lease) => {
                let rows = server::rows(lease, sql, params).await?;
                rows.iter().map(|row| read(&mut Row::mysql(row))).collect()
            }
        }
    }

    /// Returns the first row of a query, if any.
    pub(crate) async fn row<T: Send>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
        read: impl FnMut(&mut Row<'_>) -> Result<T, Error> + Send,
    ) -> Result<Option<T>, Error> {
        Ok(self.rows(sql, params, read).await?.into_iter().next())
    }

    /// Returns the integer of a query that has one row: a count, for example.
    pub(crate) async fn int(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<i64, Error> {
        self.row(sql, params, |row| row.read()).await?.ok_or(Error::Corrupt("a count without a row"))
    }

    /// Changes rows. Returns the number of rows that matched.
    pub(crate) async fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64, Error> {
        trace(sql);
        match self {
            Connection::Sqlite(lease) => sqlite::execute(lease, sql, params),
            Connection::Postgres(lease) => {
                Ok(server::execute(lease, text::numbered(sql), params).await?.rows_affected())
            }
            Connection::Mysql(lease) => Ok(server::execute(lease, sql, params).await?.rows_affected()),
        }
    }

    /// Inserts one row into a table with an `id`. Returns its ID.
    pub(crate) async fn insert(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<i64, Error> {
        trace(sql);
        match self {
            Connection::Sqlite(lease) => sqlite::insert(lease, sql, params),
            Connection::Postgres(lease) => {
                let rows = server::rows(lease, text::returning_id(sql), params).await?;
                let row = rows.first().ok_or(Error::Corrupt("an insert without a row"))?;
                Row::postgres(row).read()
            }
            Connection::Mysql(lease) => {
                let done = server::execute(lease, sql, params).await?;
                i64::try_from(done.last_insert_id()).map_err(|_| Error::Corrupt("an ID beyond 63 bits"))
            }
        }
    }

    /// Runs one statement of the schema, see [`text::definition`].
    pub(crate) async fn define(&mut self, statement: &'static str) -> Result<(), Error> {
        match self {
            Connection::Sqlite(lease) => sqlite::define(lease, &text::definition(statement, &text::SQLITE)),
            Connection::Postgres(lease) => server::define(lease, text::definition(statement, &text::POSTGRES)).await,
            Connection::Mysql(lease) => {
                let collation = server::exact_collation(lease).await?;
                let types = text::Types { table: collation, ..text::MYSQL };
                match server::define(lease, text::definition(statement, &types)).await {
                    // Definitions aren't transactional there: an interrupted migration may have got as far as this.
                    Err(error) if trouble::is_already_defined(&error) => Ok(()),
                    done => done,
                }
            }
        }
    }

    /// Returns the names of the database's tables.
    pub(crate) async fn tables(&mut self) -> Result<Vec<String>, Error> {
        let sql = match self {
            Connection::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table'",
            Connection::Postgres(_) => {
                "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = current_schema()"
            }
            Connection::Mysql(_) => "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
        };
        self.rows(sql, &[], |row| row.read()).await
    }

    /// Looks for damage of the file as a whole, on SQLite: returns what is wrong, at most 20 lines.
    pub(crate) async fn quick_check(&mut self) -> Result<Vec<String>, Error> {
        if !matches!(self, Connection::Sqlite(_)) {
            return Ok(Vec::new());
        }
        let lines: Vec<String> = match self.rows("PRAGMA quick_check(20)", &[], |row| row.read()).await {
            Err(error) if sqlite::is_malformed(&error) => vec![error.chain()],
            lines => lines?,
        };
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    /// Returns the number of nodes of the cluster (Galera) that the server belongs to; `None` if it is in none.
    pub(crate) async fn cluster_size(&mut self) -> Result<Option<u32>, Error> {
        if !matches!(self, Connection::Mysql(_)) {
            return Ok(None);
        }
        let read = |row: &mut Row<'_>| {
            row.read::<String>()?;
            row.read::<String>()
        };
        let size = self.row("SHOW STATUS LIKE 'wsrep_cluster_size'", &[], read).await?;
        Ok(size.and_then(|size| size.parse().ok()))
    }

    /// Begins a part of the transaction that can be undone alone. Only where commits are shared.
    pub(crate) async fn savepoint(&mut self) -> Result<(), Error> {
        self.execute("SAVEPOINT part", &[]).await.map(drop)
    }

    /// Ends the part, and undoes it unless `keep` is set.
    pub(crate) async fn end_savepoint(&mut self, keep: bool) -> Result<(), Error> {
        if !keep {
            self.execute("ROLLBACK TO part", &[]).await?;
        }
        self.execute("RELEASE part", &[]).await.map(drop)
    }

    /// Commits the transaction, which is durable then. A transaction that is dropped instead is rolled back.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        match self {
            Connection::Sqlite(lease) => sqlite::commit(&lease),
            Connection::Postgres(lease) => lease.commit().await,
            Connection::Mysql(lease) => lease.commit().await,
        }
    }
}

/// Logs a statement without its parameters, so that the statements of a request can be counted.
fn trace(sql: &'static str) {
    tracing::trace!(target: "store::statement", "{sql}");
}
