//! Links by mail with which users who lost a password or a security key regain access.

use jiff::Timestamp;
use vault::UserId;

use crate::rows::{columns, insert};
use crate::{Error, Hash, MayPurge, Read, Write};

/// The credential that a link replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetKind {
    /// The password.
    Password,
    /// The security keys.
    Webauthn,
}

impl ResetKind {
    fn as_str(self) -> &'static str {
        match self {
            ResetKind::Password => "password",
            ResetKind::Webauthn => "webauthn",
        }
    }
}

/// A link that was sent, the latest of its kind to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reset {
    /// The SHA-256 of the token in the link.
    pub hash: Hash,
    /// The user whom it was made for; `None` if no user had the address.
    pub user: Option<UserId>,
    /// When it was sent.
    pub created_at: Timestamp,
}

columns! {
    /// Reads a link.
    fn read_reset() -> Reset from reset_columns! {
        hash: "hash",
        user: "user_id",
        created_at: "created_at",
    }
}

impl Read {
    /// The link that was sent to this address, in lower case, however old; `None` for a damaged one too.
    pub async fn reset(&mut self, kind: ResetKind, email: &str) -> Result<Option<Reset>, Error> {
        let sql = concat!("SELECT ", reset_columns!(), " FROM resets WHERE kind = ? AND email = ?");
        self.undamaged("resets", sql, &[kind.as_str().into(), email.into()], |row, _| read_reset(row)).await
    }
}

impl Write {
    /// Stores a link, in place of an earlier one of its kind.
    pub async fn set_reset(&mut self, kind: ResetKind, email: &str, reset: &Reset) -> Result<(), Error> {
        self.delete_reset(kind, email).await?;
        let (sql, params) = insert!(resets {
            kind: kind.as_str(),
            email: email,
            hash: &reset.hash,
            user_id: reset.user,
            created_at: reset.created_at,
        });
        self.connection.execute(sql, &params).await.map(drop)
    }

    /// Deletes the links that were sent before. Returns their number.
    pub async fn purge_resets(&mut self, _: MayPurge, before: Timestamp) -> Result<u64, Error> {
        self.connection.execute("DELETE FROM resets WHERE created_at < ?", &[before.into()]).await
    }

    /// Deletes the link, once it is used.
    pub async fn delete_reset(&mut self, kind: ResetKind, email: &str) -> Result<(), Error> {
        let sql = "DELETE FROM resets WHERE kind = ? AND email = ?";
        self.connection.execute(sql, &[kind.as_str().into(), email.into()]).await.map(drop)
    }
}
