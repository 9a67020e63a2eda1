//! Personal access tokens.

use jiff::Timestamp;
use vault::{User, UserId};

use crate::damage::Reading;
use crate::engine::{Row, is_storable};
use crate::rows::{columns, insert};
use crate::users::{read_user, user_columns};
use crate::{Error, Hash, MayPurge, Read, UserWrite, Write};

/// A personal access token. The token itself isn't stored, only its SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its public identifier: 80 hexadecimal digits.
    pub id: String,
    /// Its owner.
    pub user: UserId,
    /// Its name, given by its owner.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// Whether it was revoked.
    pub revoked: bool,
    /// Whether it may change data where tokens may only read unless they have this right: behind an auth proxy.
    pub may_write: bool,
    /// Its last use that was noted.
    pub last_used_at: Option<Timestamp>,
}

impl Token {
    /// Whether it is neither revoked nor expired.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        !self.revoked && now < self.expires_at
    }
}

columns! {
    /// Reads a token.
    fn read_token() -> Token from token_columns! {
        id: "tokens.id",
        user: "tokens.user_id",
        name: "tokens.name",
        created_at: "tokens.created_at",
        expires_at: "tokens.expires_at",
        revoked: "tokens.revoked",
        may_write: "tokens.may_write",
        last_used_at: "tokens.last_used_at",
    }
}

impl Read {
    /// The token with this hash, valid or not; `None` for a damaged one too.
    pub async fn token(&mut self, hash: &Hash) -> Result<Option<Token>, Error> {
        let sql = concat!("SELECT ", token_columns!(), " FROM tokens WHERE hash = ?");
        self.undamaged("tokens", sql, &[hash.into()], |row, _| read_token(row)).await
    }

    /// The token with this hash, valid or not, and its owner; `None` for damaged ones too.
    pub async fn token_bearer(&mut self, hash: &Hash) -> Result<Option<(Token, User)>, Error> {
        let sql = concat!(
            "SELECT ",
            token_columns!(),
            ", ",
            user_columns!(),
            " FROM tokens JOIN users ON users.id = tokens.user_id WHERE tokens.hash = ?"
        );
        let read = |row: &mut Row<'_>, reading: &Reading<'_>| Ok((read_token(row)?, read_user(row, reading)?));
        self.undamaged("tokens", sql, &[hash.into()], read).await
    }

    /// The user's tokens, but for revoked ones, the oldest first.
    pub async fn tokens(&mut self, user: UserId) -> Result<Vec<Token>, Error> {
        let sql = concat!(
            "SELECT ",
            token_columns!(),
            " FROM tokens WHERE user_id = ? AND revoked = 0 ORDER BY created_at, id"
        );
        self.readable("tokens", sql, &[user.into()], |row, _| read_token(row)).await
    }

    /// Reads all rows, so that what is damaged is noted.
    pub(crate) async fn examine_tokens(&mut self) -> Result<(), Error> {
        let sql = concat!("SELECT ", token_columns!(), " FROM tokens");
        let read = |row: &mut Row<'_>, _: &Reading<'_>| read_token(row).map(drop);
        self.readable("tokens", sql, &[], read).await.map(drop)
    }

    /// The number of the user's tokens, expired or not, but for revoked ones.
    pub async fn token_count(&mut self, user: UserId) -> Result<u64, Error> {
        self.number("SELECT COUNT(*) FROM tokens WHERE user_id = ? AND revoked = 0", &[user.into()]).await
    }
}

impl UserWrite {
    /// Adds a token with this hash.
    pub async fn create_token(&mut self, hash: &Hash, token: &Token) -> Result<(), Error> {
        self.require(token.user)?;
        let (sql, params) = insert!(tokens {
            id: &token.id,
            user_id: token.user,
            name: &token.name,
            hash: hash,
            created_at: token.created_at,
            expires_at: token.expires_at,
            revoked: token.revoked,
            may_write: token.may_write,
            last_used_at: token.last_used_at,
        });
        self.connection.execute(sql, &params).await.map(drop)
    }

    /// Revokes one of the user's tokens. Returns whether there was such a token that wasn't revoked.
    pub async fn revoke_token(&mut self, user: UserId, id: &str) -> Result<bool, Error> {
        self.require(user)?;
        if !is_storable(id) {
            return Ok(false);
        }
        let sql = "UPDATE tokens SET revoked = 1 WHERE user_id = ? AND id = ? AND revoked = 0";
        Ok(self.connection.execute(sql, &[user.into(), id.into()]).await? > 0)
    }

    /// Revokes all of the user's tokens. Returns their number.
    pub async fn revoke_tokens(&mut self, user: UserId) -> Result<u64, Error> {
        self.require(user)?;
        let sql = "UPDATE tokens SET revoked = 1 WHERE user_id = ? AND revoked = 0";
        self.connection.execute(sql, &[user.into()]).await
    }
}

impl Write {
    /// Deletes the tokens that expired before. Returns their number.
    pub async fn purge_tokens(&mut self, _: MayPurge, expired_before: Timestamp) -> Result<u64, Error> {
        self.connection.execute("DELETE FROM tokens WHERE expires_at < ?", &[expired_before.into()]).await
    }
}
