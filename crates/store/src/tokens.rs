//! Personal access tokens.

use jiff::Timestamp;
use vault::{User, UserId};

use crate::committer::Job;
use crate::engine::{Row, is_storable};
use crate::users::{columns, user};
use crate::{Error, Hash, Read, Store, Write};

/// A personal access token, without the token itself, of which only the SHA-256 is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Identifies it in lists: 80 hexadecimal digits.
    pub id: String,
    /// Whose.
    pub user: UserId,
    /// What its owner calls it.
    pub name: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// Taken back: it is no longer valid.
    pub revoked: bool,
    /// Whether it may change something, where tokens may not by themselves: behind an auth proxy.
    pub may_write: bool,
    /// The last use that was noted.
    pub last_used_at: Option<Timestamp>,
}

impl Token {
    /// Whether it opens anything at that time.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        !self.revoked && now < self.expires_at
    }
}

macro_rules! token_columns {
    () => {
        "tokens.id, tokens.user_id, tokens.name, tokens.created_at, tokens.expires_at, tokens.revoked, \
         tokens.may_write, tokens.last_used_at"
    };
}

impl Read {
    /// The token with this hash, valid or not.
    pub async fn token(&mut self, hash: &Hash) -> Result<Option<Token>, Error> {
        let sql = concat!("SELECT ", token_columns!(), " FROM tokens WHERE hash = ?");
        self.connection.row(sql, &[hash.into()], token).await
    }

    /// The token with this hash, valid or not, and its owner.
    pub async fn token_bearer(&mut self, hash: &Hash) -> Result<Option<(Token, User)>, Error> {
        let sql = concat!(
            "SELECT ",
            token_columns!(),
            ", ",
            columns!(),
            " FROM tokens JOIN users ON users.id = tokens.user_id WHERE tokens.hash = ?"
        );
        self.connection.row(sql, &[hash.into()], |row| Ok((token(row)?, user(row)?))).await
    }

    /// The user's tokens that aren't revoked, the oldest first.
    pub async fn tokens_of(&mut self, user: UserId) -> Result<Vec<Token>, Error> {
        let sql = concat!(
            "SELECT ",
            token_columns!(),
            " FROM tokens WHERE user_id = ? AND revoked = 0 ORDER BY created_at, id"
        );
        self.connection.rows(sql, &[user.into()], token).await
    }

    /// How many tokens of the user aren't revoked, expired or not.
    pub async fn token_count(&mut self, user: UserId) -> Result<u64, Error> {
        self.number("SELECT COUNT(*) FROM tokens WHERE user_id = ? AND revoked = 0", &[user.into()]).await
    }
}

fn token(row: &mut Row<'_>) -> Result<Token, Error> {
    Ok(Token {
        id: row.text()?,
        user: UserId(row.int()?),
        name: row.text()?,
        created_at: row.time()?,
        expires_at: row.time()?,
        revoked: row.flag()?,
        may_write: row.flag()?,
        last_used_at: row.opt_time()?,
    })
}

impl Store {
    /// Notes that the token was used.
    pub async fn touch_token(&self, hash: &Hash, now: Timestamp) -> Result<(), Error> {
        self.run(Job::TouchToken(*hash, now)).await.map(drop)
    }
}

impl Write {
    /// Adds a token with this hash.
    pub async fn create_token(&mut self, hash: &Hash, token: &Token) -> Result<(), Error> {
        let sql = "INSERT INTO tokens (id, user_id, name, hash, created_at, expires_at, revoked, may_write, \
             last_used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let params = [
            (&token.id).into(),
            token.user.into(),
            (&token.name).into(),
            hash.into(),
            token.created_at.into(),
            token.expires_at.into(),
            token.revoked.into(),
            token.may_write.into(),
            token.last_used_at.into(),
        ];
        self.connection.execute(sql, &params).await.map(drop)
    }

    /// Takes one of the user's tokens back; answers whether there was such a one, still good.
    pub async fn revoke_token(&mut self, user: UserId, id: &str) -> Result<bool, Error> {
        if !is_storable(id) {
            return Ok(false);
        }
        let sql = "UPDATE tokens SET revoked = 1 WHERE user_id = ? AND id = ? AND revoked = 0";
        Ok(self.connection.execute(sql, &[user.into(), id.into()]).await? > 0)
    }

    /// Takes all of the user's tokens back.
    pub async fn revoke_tokens_of(&mut self, user: UserId) -> Result<u64, Error> {
        let sql = "UPDATE tokens SET revoked = 1 WHERE user_id = ? AND revoked = 0";
        self.connection.execute(sql, &[user.into()]).await
    }

    /// Forgets the tokens that expired before.
    pub async fn purge_tokens(&mut self, expired_before: Timestamp) -> Result<u64, Error> {
        self.connection.execute("DELETE FROM tokens WHERE expires_at < ?", &[expired_before.into()]).await
    }
}
