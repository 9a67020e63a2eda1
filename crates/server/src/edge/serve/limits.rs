//! Limits for clients.

use std::time::Duration;

use crate::config::Config;

/// Maximum number of header fields of a request.
pub(super) const MAX_FIELDS: usize = 64;

/// The limits for clients of one listener.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Maximum number of open connections. Further ones wait until others end.
    pub connections: usize,
    /// Maximum time for the head of a request, from when the connection is ready for it; also for the TLS handshake.
    pub head: Duration,
    /// Maximum time for the body of a request, from the first read on.
    pub body: Duration,
    /// Maximum time that a client may pause reading.
    pub reading: Duration,
}

impl Limits {
    /// Returns the limits of a configuration.
    pub fn from_config(config: &Config) -> Self {
        Self {
            connections: config.connections,
            head: Duration::from_secs(20),
            body: Duration::from_mins(2),
            reading: Duration::from_mins(1),
        }
    }
}
