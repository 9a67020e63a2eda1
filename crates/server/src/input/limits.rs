//! The limits of a request's size, and the errors beyond them.

use std::time::Duration;

use vault::UserId;

use crate::budget::{Budget, Held};

/// The limits of a request's size.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Maximum size of a JSON body or a form, in bytes.
    pub body: usize,
    /// Maximum size of a multipart body with all its files, in bytes.
    pub upload: usize,
    /// Maximum number of fields of a form or a query. Elements of lists count one by one, fields inside of others once
    /// for each level.
    pub fields: usize,
    /// Maximum number of values of a JSON body, on all levels: one takes up to 72 bytes.
    pub values: usize,
}

/// Maximum size of a body that isn't counted against the memory for bodies, in bytes.
const SMALL: usize = 64 * 1024;

impl Limits {
    /// The limits for strangers, and for the pages' own routes.
    pub const SMALL: Self = Self { body: SMALL, upload: SMALL, ..Self::DEFAULT };
    /// The limits for known users, on all routes of the API that take no files.
    pub const DEFAULT: Self = Self { body: 2 << 20, upload: 2 << 20, fields: 10_000, values: 50_000 };
    /// The limits for known users on routes that take files.
    pub const FILES: Self = Self { upload: 16 << 20, ..Self::DEFAULT };

    /// Returns the smaller of both in each respect.
    fn min(self, other: Self) -> Self {
        Self {
            body: self.body.min(other.body),
            upload: self.upload.min(other.upload),
            fields: self.fields.min(other.fields),
            values: self.values.min(other.values),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The authenticated user of a request, with the memory for larger bodies, of which each user has a share. In the
/// extensions of requests; without it, the sender is a stranger.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The user.
    pub user: UserId,
    /// The memory for the bodies of all users, in bytes.
    pub memory: Budget<UserId>,
    /// Maximum time that a body waits for memory.
    pub wait: Duration,
}

/// How much of a body may be read for whom.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    pub(super) limits: Limits,
    sender: Option<Sender>,
}

impl Terms {
    /// Returns the terms for a sender, on a route with these limits.
    pub(super) fn new(limits: Limits, sender: Option<Sender>) -> Self {
        let limits = if sender.is_some() { limits } else { limits.min(Limits::SMALL) };
        Self { limits, sender }
    }

    /// Waits for the memory of a body of this length; small ones need none.
    ///
    /// # Errors
    /// [`Unreadable::NoRoom`] when none gets free in time.
    pub(super) async fn hold_memory(&self, length: usize) -> Result<Option<Held>, Unreadable> {
        let Some(sender) = self.sender.as_ref().filter(|_| length > SMALL) else { return Ok(None) };
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        match tokio::time::timeout(sender.wait, sender.memory.acquire(sender.user, length)).await {
            Ok(Ok(held)) => Ok(Some(held)),
            _ => Err(Unreadable::NoRoom),
        }
    }
}

/// Why a request's input can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The body is larger than the limit.
    #[error("the body is too large")]
    TooLarge,
    /// The form, the query or the JSON has more fields than the limit.
    #[error("the form, the query or the JSON has too many fields")]
    TooManyFields,
    /// The connection failed before the body was there.
    #[error("the body did not arrive whole")]
    Interrupted,
    /// The memory for bodies is taken up by others, or by this user's other requests.
    #[error("there is no room for the body")]
    NoRoom,
}
