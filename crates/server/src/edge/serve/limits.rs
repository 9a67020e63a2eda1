//! What clients may take.

use std::time::Duration;

use crate::config::Config;

/// A request may have this many header fields.
pub(super) const HEAD_FIELDS: usize = 64;

/// What the clients of one listener may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections that are open at once; further ones wait until others end.
    pub connections: usize,
    /// How long a request's head may take, from when the connection is ready for it; and how long the agreement on TLS.
    pub head: Duration,
    /// How long a request's body may take, from when it is first waited for.
    pub body: Duration,
    /// How long a client may take until it reads on.
    pub reading: Duration,
}

impl Limits {
    /// The limits of a configuration.
    pub fn of(config: &Config) -> Self {
        Self {
            connections: config.connections,
            head: Duration::from_secs(20),
            body: Duration::from_mins(2),
            reading: Duration::from_mins(1),
        }
    }
}
