//! The listener that a connection came in by.

/// Which of the listeners a connection came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The entrance for users.
    Main,
    /// The entrance for programs: only tokens authenticate, from any peer.
    TokensOnly,
}
