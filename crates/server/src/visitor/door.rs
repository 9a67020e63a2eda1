//! The kinds of listeners.

/// The kind of listener that accepted a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Serves users: `LISTEN`.
    Main,
    /// Serves programs: only tokens authenticate, from any peer.
    TokensOnly,
}
