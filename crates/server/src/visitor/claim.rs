//! The identity of a request behind an auth proxy, before it is used.

use authproxy::{Identity, Refusal};
use http::request::Parts;

/// Whom a trusted proxy names, or why nobody is believed. Nothing has been logged, looked up or made because of it:
/// public routes take no notice of it.
#[derive(Debug, Clone)]
pub struct Claim(pub Result<Identity, Refusal>);

impl Claim {
    /// What tells the person of a request from others: the same for all requests of one person, and empty for nobody.
    pub fn key(parts: &Parts) -> String {
        match parts.extensions.get() {
            Some(Self(Ok(identity))) => identity.key().to_owned(),
            _ => String::new(),
        }
    }
}
