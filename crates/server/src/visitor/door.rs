//! The listener that a connection came in by.

/// Which of the listeners a connection came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Where people come in.
    Main,
    /// Where tokens alone say who is asking, from whomever they come.
    TokensOnly,
}
