//! The identity of a request behind an auth proxy, before it is used.

use authproxy::{Identity, Refusal};
use http::request::Parts;

/// The identity that a trusted proxy states, or why the request has none. Nothing has been logged, looked up or created
/// because of it: public routes ignore it.
#[derive(Debug, Clone)]
pub struct StatedIdentity(pub Result<Identity, Refusal>);

impl StatedIdentity {
    /// Returns the key of the request's user: the same for all requests of one user, and empty without an identity.
    pub fn key(parts: &Parts) -> String {
        match parts.extensions.get() {
            Some(Self(Ok(identity))) => identity.key().to_owned(),
            _ => String::new(),
        }
    }
}
