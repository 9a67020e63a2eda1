//! Links that let somebody in again who lost a password or a security key.

use jiff::Timestamp;

use crate::{Error, Hash, Read, Write};

/// What a link replaces.
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

/// A link that was sent, the latest of its kind for an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reset {
    /// SHA-256 of the token in the link.
    pub hash: Hash,
    /// When it was sent.
    pub created_at: Timestamp,
}

impl Read {
    /// The link that was sent to this address, in lower case, however old.
    pub async fn reset(&mut self, kind: ResetKind, email: &str) -> Result<Option<Reset>, Error> {
        let sql = "SELECT hash, created_at FROM resets WHERE kind = ? AND email = ?";
        let read = |row: &mut crate::engine::Row<'_>| {
            let hash = row.blob()?.try_into().map_err(|_| Error::Corrupt("a hash of another length"))?;
            Ok(Reset { hash, created_at: row.time()? })
        };
        self.connection.row(sql, &[kind.as_str().into(), email.into()], read).await
    }
}

impl Write {
    /// Remembers a link, in place of an earlier one of its kind.
    pub async fn set_reset(&mut self, kind: ResetKind, email: &str, reset: &Reset) -> Result<(), Error> {
        self.delete_reset(kind, email).await?;
        let sql = "INSERT INTO resets (kind, email, hash, created_at) VALUES (?, ?, ?, ?)";
        let params = [kind.as_str().into(), email.into(), (&reset.hash).into(), reset.created_at.into()];
        self.connection.execute(sql, &params).await.map(drop)
    }

    /// Forgets the links that were sent before.
    pub async fn purge_resets(&mut self, before: Timestamp) -> Result<u64, Error> {
        self.connection.execute("DELETE FROM resets WHERE created_at < ?", &[before.into()]).await
    }

    /// Forgets the link: it is used up.
    pub async fn delete_reset(&mut self, kind: ResetKind, email: &str) -> Result<(), Error> {
        let sql = "DELETE FROM resets WHERE kind = ? AND email = ?";
        self.connection.execute(sql, &[kind.as_str().into(), email.into()]).await.map(drop)
    }
}
