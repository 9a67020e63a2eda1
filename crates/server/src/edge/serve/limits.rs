//! Limits for clients.

use std::time::Duration;

use super::body::Pace;
use crate::config::Config;

/// Maximum number of header fields of a request.
pub(super) const MAX_FIELDS: usize = 64;

/// The limits for clients of one listener.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Maximum number of open connections. A further one takes the place of one that does nothing, or waits.
    pub connections: usize,
    /// Maximum time for the head of a request, from when the connection is ready for it; also for the TLS handshake.
    pub head: Duration,
    /// How fast the body of a request has to arrive, from the first read on.
    pub body: Pace,
    /// Maximum time that a client may pause reading.
    pub reading: Duration,
}

impl Limits {
    /// Returns the limits of a configuration.
    pub fn from_config(config: &Config) -> Self {
        Self {
            connections: config.connections,
            head: Duration::from_secs(10),
            body: Pace { time: Duration::from_secs(20), rate: 64 * 1024 },
            reading: Duration::from_mins(1),
        }
    }
}
