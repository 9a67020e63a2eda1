//! The data key, which seals all secret values and is itself sealed ("wrapped") with the master key.

use zeroize::Zeroizing;

use crate::engine::{Connection, Param, Row};
use crate::rows::{insert, update};
use crate::seal::{FillRandom, MasterKeys, Place, Sealer};
use crate::{Error, OpenError};

/// The data key, wiped from memory when dropped.
pub(crate) type DataKey = Zeroizing<[u8; 32]>;

/// Returns the place of the wrapped data key.
fn place(row: i64) -> Place {
    Place { column: "data_keys.wrapped", row }
}

/// The sealed data key of a database.
pub(crate) struct Wrapped {
    id: i64,
    sealed: Vec<u8>,
}

/// Reads the sealed data key of a database, if it has one.
pub(crate) async fn wrapped(connection: &mut Connection) -> Result<Option<Wrapped>, Error> {
    let read = |row: &mut Row<'_>| Ok(Wrapped { id: row.read()?, sealed: row.read()? });
    let rows = connection.rows("SELECT id, wrapped FROM data_keys ORDER BY id", &[], read).await?;
    // MySQL's definitions aren't transactional: an interruption may have left an empty one, which was never used.
    Ok(rows.into_iter().find(|row| !row.sealed.is_empty()))
}

/// Opens the data key of a database, with its ID. A key that only a previous master key opens is wrapped anew.
pub(crate) async fn open(
    connection: &mut Connection,
    wrapped: &Wrapped,
    keys: &MasterKeys,
    random: FillRandom,
) -> Result<(i64, DataKey), OpenError> {
    let Wrapped { id, sealed } = wrapped;
    for (index, master) in std::iter::once(&keys.current).chain(&keys.previous).enumerate() {
        let Some(opened) = Sealer::new(master.bytes(), random).open(place(*id), sealed) else { continue };
        let mut key = DataKey::default();
        key.copy_from_slice(opened.first_chunk::<32>().ok_or(Error::Corrupt("a data key that is too short"))?);
        if index > 0 {
            wrap(connection, *id, &key, keys, random).await?;
        }
        return Ok((*id, key));
    }
    Err(OpenError::WrongKey)
}

/// Makes a data key, and returns it with its ID.
pub(crate) async fn create(
    connection: &mut Connection,
    keys: &MasterKeys,
    random: FillRandom,
) -> Result<(i64, DataKey), Error> {
    let mut key = DataKey::default();
    random(key.as_mut_slice());
    let (sql, params) = insert!(data_keys { wrapped: Param::UNSEALED });
    let id = connection.insert(sql, &params).await?;
    wrap(connection, id, &key, keys, random).await?;
    Ok((id, key))
}

/// Seals the data key with the current master key, and stores it.
async fn wrap(
    connection: &mut Connection,
    id: i64,
    key: &DataKey,
    keys: &MasterKeys,
    random: FillRandom,
) -> Result<(), Error> {
    let wrapped = Sealer::new(keys.current.bytes(), random).seal(place(id), key.as_slice())?;
    let (sql, params) = update!(data_keys { wrapped: &wrapped } where id: id);
    connection.execute(sql, &params).await.map(drop)
}
