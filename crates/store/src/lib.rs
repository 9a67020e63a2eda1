//! The store: everything that Sixpin keeps, in SQLite, PostgreSQL or MySQL/MariaDB. The only crate that speaks SQL.
//!
//! There are three ways in:
//! - [`Store::read`] gives a connection for reading;
//! - [`Store::write`] gives *the* write transaction, of which there is one at a time: what it reads can't change before
//!   it commits, and two can't deadlock;
//! - a few small writes of the busiest requests are functions of [`Store`] itself, and share their commits.
//!
//! Nouns read, verbs write. What is secret is sealed before it reaches the database, see [`MasterKeys`].

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the methods of Row<'a> are those of one lifetime, readers of rows must take any"
)]

mod accounts;
mod challenges;
mod committer;
mod engine;
mod error;
mod groups;
mod icons;
mod logs;
mod resets;
mod rows;
mod schema;
mod scope;
mod seal;
mod security_keys;
mod sessions;
mod settings;
mod shares;
mod throttles;
mod tokens;
mod users;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::sync::Arc;

use zeroize::Zeroizing;

use committer::Committer;
use engine::{Connection, Engine, Param, Row};
use rows::{insert, update};
use seal::{Place, Sealer};

pub use accounts::Counts;
pub use error::{Error, OpenError};
pub use logs::{NewSignIn, OtpLog, SignIn, SignOut};
pub use resets::{Reset, ResetKind};
pub use seal::{FillRandom, Key, KeyError, MasterKeys, Prover};
pub use security_keys::{NewSecurityKey, SecurityKey};
pub use sessions::Session;
pub use shares::Recipient;
pub use throttles::{Throttle, ThrottleKey};
pub use tokens::Token;
pub use users::{AdminRule, CreateUserError, NewUser};

/// SHA-256 of something secret that identifies: a session's cookie, a token.
pub type Hash = [u8; 32];

/// Which database to use.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// A SQLite file; made if it is missing, its folder isn't.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A database of a PostgreSQL server.
    Postgres {
        /// `postgres://user:password@host:port/database`.
        url: String,
    },
    /// A database of a MySQL or MariaDB server.
    Mysql {
        /// `mysql://user:password@host:port/database`.
        url: String,
    },
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // URLs hold a password.
        match self {
            Database::Sqlite { path } => f.debug_struct("Sqlite").field("path", path).finish(),
            Database::Postgres { .. } => f.write_str("Postgres"),
            Database::Mysql { .. } => f.write_str("Mysql"),
        }
    }
}

/// Which one it is, for people; no password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::Sqlite { path } => write!(f, "the SQLite file {}", path.display()),
            Database::Postgres { .. } => f.write_str("a PostgreSQL server"),
            Database::Mysql { .. } => f.write_str("a MySQL or MariaDB server"),
        }
    }
}

/// An open database. Clones are cheap and are the same store.
#[derive(Clone)]
pub struct Store {
    engine: Arc<Engine>,
    sealer: Arc<Sealer>,
    csrf: Prover,
    /// Only where concurrent small writes share their commits.
    committer: Option<Committer>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// A connection for reading. Their number is limited: hold one at a time, and none while waiting for something else of the
/// store.
pub struct Read {
    connection: Connection,
    sealer: Arc<Sealer>,
}

/// The write transaction. Dropping it without [`commit`](Write::commit) undoes it.
///
/// Who holds it uses it for everything: [`Store::write`] and the small writes of [`Store`] wait until it ends.
pub struct Write(Read);

impl Store {
    /// Opens a database: creates or migrates its schema and, the first time, makes the data key, which `keys` wraps.
    /// Several copies of the program may do so at the same time.
    ///
    /// # Errors
    /// When the database can't be used with these keys by this version; nothing has been changed then.
    pub async fn open(database: &Database, keys: &MasterKeys, random: FillRandom) -> Result<Store, OpenError> {
        let engine = Engine::connect(database).await?;
        let mut connection = engine.migrator().await?;
        let version = schema::version(&mut connection).await?;
        schema::begin(&mut connection, version).await?;
        let data_key = match data_key(&mut connection, keys, random).await? {
            Some(key) => key,
            None if version > schema::KEYED => return Err(Error::Corrupt("its data key is missing").into()),
            None => new_data_key(&mut connection, keys, random).await?,
        };
        schema::finish(&mut connection, version).await?;
        connection.commit().await?;
        let sealer = Arc::new(Sealer::new(&data_key, random));
        let csrf = Prover::new(&data_key, "csrf");
        let engine = Arc::new(engine);
        let committer = engine.shares_commits().then(|| Committer::start(&engine)).transpose();
        Ok(Store { committer: committer.map_err(Error::database)?, engine, sealer, csrf })
    }

    /// Makes the CSRF tokens: the same in every copy of the program, and for as long as the database lives.
    pub fn csrf(&self) -> &Prover {
        &self.csrf
    }

    /// A connection for reading.
    pub async fn read(&self) -> Result<Read, Error> {
        Ok(Read { connection: self.engine.reader().await?, sealer: Arc::clone(&self.sealer) })
    }

    /// The write transaction, once nobody else has it.
    pub async fn write(&self) -> Result<Write, Error> {
        Ok(Write(Read { connection: self.engine.writer().await?, sealer: Arc::clone(&self.sealer) }))
    }
}

impl Write {
    /// Makes all that was written durable.
    pub async fn commit(self) -> Result<(), Error> {
        self.0.connection.commit().await
    }
}

impl Deref for Write {
    type Target = Read;

    fn deref(&self) -> &Read {
        &self.0
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut Read {
        &mut self.0
    }
}

/// The data key, wiped from memory when dropped.
type DataKey = Zeroizing<Hash>;

/// Where the wrapped data key stands.
fn key_place(row: i64) -> Place {
    Place { column: "data_keys.wrapped", row }
}

/// The data key of a database that has one. Wraps it anew if a previous master key opened it.
async fn data_key(
    connection: &mut Connection,
    keys: &MasterKeys,
    random: FillRandom,
) -> Result<Option<DataKey>, OpenError> {
    let read = |row: &mut Row<'_>| Ok((row.read::<i64>()?, row.read::<Vec<u8>>()?));
    let rows = connection.rows("SELECT id, wrapped FROM data_keys ORDER BY id", &[], read).await?;
    // An empty one was left where definitions aren't transactional, by an interruption before it was used.
    let Some((id, wrapped)) = rows.into_iter().find(|(_, wrapped)| !wrapped.is_empty()) else { return Ok(None) };
    for (index, master) in std::iter::once(&keys.current).chain(&keys.previous).enumerate() {
        let Some(opened) = Sealer::new(master.bytes(), random).open(key_place(id), &wrapped) else { continue };
        let mut key = DataKey::default();
        let bytes: &Hash = opened.first_chunk().ok_or(Error::Corrupt("a data key that is too short"))?;
        key.copy_from_slice(bytes);
        if index > 0 {
            wrap(connection, id, &key, keys, random).await?;
        }
        return Ok(Some(key));
    }
    Err(OpenError::WrongKey)
}

async fn new_data_key(connection: &mut Connection, keys: &MasterKeys, random: FillRandom) -> Result<DataKey, Error> {
    let mut key = DataKey::default();
    random(key.as_mut_slice());
    let (sql, params) = insert!(data_keys { wrapped: Param::UNSEALED });
    let id = connection.insert(sql, &params).await?;
    wrap(connection, id, &key, keys, random).await?;
    Ok(key)
}

async fn wrap(
    connection: &mut Connection,
    id: i64,
    key: &DataKey,
    keys: &MasterKeys,
    random: FillRandom,
) -> Result<(), Error> {
    let wrapped = Sealer::new(keys.current.bytes(), random).seal(key_place(id), key.as_slice())?;
    let (sql, params) = update!(data_keys { wrapped: &wrapped } where id: id);
    connection.execute(sql, &params).await.map(drop)
}
