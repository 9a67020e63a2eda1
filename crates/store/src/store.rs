//! The open store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::attempts::{MAX_ATTEMPTS, pause};
use crate::committer::Committer;
use crate::damage::Damages;
use crate::engine::{Connection, Engine, Pace};
use crate::seal::{FillRandom, KeySource, Prover, Sealer};
use crate::{Database, Error, OpenError, Read, Write, data_key, schema};

/// An open database. Clones are cheap and are the same store.
#[derive(Clone)]
pub struct Store {
    pub(crate) engine: Arc<Engine>,
    pub(crate) sealer: Arc<Sealer>,
    csrf: Prover,
    decoys: Prover,
    pub(crate) random: FillRandom,
    pub(crate) damages: Arc<Damages>,
    /// Where concurrent small writes share their commits.
    pub(crate) committer: Option<Committer>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Opens a database: creates or migrates its schema and, the first time, makes the data key, which is sealed with
    /// the keys of `source`. Several copies of the program may do so at the same time: one of them finds the database
    /// new.
    ///
    /// # Errors
    /// When this version can't use the database with these keys; nothing has been changed then.
    pub async fn open(
        database: &Database,
        source: &(impl KeySource + Sync),
        random: FillRandom,
    ) -> Result<Store, OpenError> {
        let mut attempt = 1;
        loop {
            match Store::open_once(database, source, random).await {
                // Another copy of the program on another node of a cluster was in the way.
                Err(OpenError::Store(Error::Busy(_))) if attempt < MAX_ATTEMPTS => pause(random, attempt).await,
                outcome => return outcome,
            }
            attempt += 1;
        }
    }

    async fn open_once(
        database: &Database,
        source: &(impl KeySource + Sync),
        random: FillRandom,
    ) -> Result<Store, OpenError> {
        let engine = Engine::connect(database).await?;
        let mut connection = engine.migrator().await?;
        let version = schema::version(&mut connection).await?;
        let wrapped = if version < schema::KEYED { None } else { data_key::wrapped(&mut connection).await? };
        if wrapped.is_none() && version > schema::KEYED {
            return Err(Error::Corrupt("its data key is missing").into());
        }
        let keys = source.master_keys(wrapped.is_none()).map_err(OpenError::NoKey)?;
        schema::begin(&mut connection, version).await?;
        let (key_id, data_key) = match wrapped {
            Some(wrapped) => data_key::open(&mut connection, &wrapped, &keys, random).await?,
            None => data_key::create(&mut connection, &keys, random).await?,
        };
        schema::finish(&mut connection, version).await?;
        // Proves that writing works, also where there was nothing to do.
        match connection.execute("UPDATE schema_version SET version = version", &[]).await {
            Err(Error::ReadOnly(_)) => return Err(OpenError::ReadOnly),
            done => done?,
        };
        connection.commit().await?;
        let sealer = Arc::new(Sealer::of_data_key(key_id, &data_key, random));
        let csrf = Prover::new(&data_key, "csrf");
        let decoys = Prover::new(&data_key, "decoys");
        let engine = Arc::new(engine);
        let committer = engine.shares_commits().then(|| Committer::start(&engine)).transpose();
        let committer = committer.map_err(Error::database)?;
        Ok(Store { committer, engine, sealer, csrf, decoys, random, damages: Arc::default() })
    }

    /// The prover of CSRF tokens: the same in every copy of the program, and as long as the database lives.
    pub fn csrf(&self) -> &Prover {
        &self.csrf
    }

    /// The prover from which made-up values are derived, such as the security keys of addresses without a user.
    pub fn decoys(&self) -> &Prover {
        &self.decoys
    }

    /// Returns a connection for reading.
    pub async fn read(&self) -> Result<Read, Error> {
        Ok(self.reading(self.engine.reader().await?))
    }

    /// Returns the write transaction, once it is free.
    pub async fn write(&self) -> Result<Write, Error> {
        self.begin(Pace::Request).await
    }

    /// Does the same as [`write`](Self::write), for work on much data that nobody waits for: it may take long.
    pub async fn write_long(&self) -> Result<Write, Error> {
        self.begin(Pace::Long).await
    }

    async fn begin(&self, pace: Pace) -> Result<Write, Error> {
        let start = Instant::now();
        let limit = if pace == Pace::Long { Duration::from_mins(1) } else { Duration::from_secs(1) };
        let mut attempt = 1;
        loop {
            match self.engine.writer(pace).await {
                Ok(connection) => return Ok(Write::new(self.reading(connection))),
                Err(Error::Busy(error)) if start.elapsed() < limit && attempt < MAX_ATTEMPTS => {
                    tracing::debug!(%error, "trying again");
                    pause(self.random, attempt).await;
                }
                Err(error) => return Err(error),
            }
            attempt += 1;
        }
    }

    /// Returns the number of nodes of the cluster (Galera) that the server belongs to; `None` if it is in none.
    pub async fn cluster_size(&self) -> Result<Option<u32>, Error> {
        self.read().await?.connection.cluster_size().await
    }

    /// Returns a connection for reading much, which may take long.
    pub(crate) async fn read_long(&self) -> Result<Read, Error> {
        Ok(self.reading(self.engine.patient_reader().await?))
    }

    fn reading(&self, connection: Connection) -> Read {
        Read { connection, sealer: Arc::clone(&self.sealer), damages: Arc::clone(&self.damages) }
    }
}
