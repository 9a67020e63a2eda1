//! Limits of a file.

/// Maximum size of a file, in bytes.
pub const MAX_BYTES: usize = 16 << 20;

/// Maximum number of entries in a file.
pub const MAX_ENTRIES: usize = 10_000;
