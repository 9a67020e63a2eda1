//! The user of a request, for its line in the log, which is written outside of authentication.

use std::sync::{Arc, OnceLock};

use http::request::Parts;
use vault::UserId;

/// The user of a request, once they are authenticated.
#[derive(Debug, Clone, Default)]
pub struct Requester(Arc<OnceLock<UserId>>);

impl Requester {
    /// Notes the authenticated user of a request.
    pub fn note(parts: &Parts, user: UserId) {
        if let Some(requester) = parts.extensions.get::<Self>() {
            // A request has one user.
            let _ = requester.0.set(user);
        }
    }

    /// Returns the user.
    pub fn user(&self) -> Option<UserId> {
        self.0.get().copied()
    }
}
