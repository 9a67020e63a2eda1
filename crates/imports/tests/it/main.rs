//! Tests of the crate from outside.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::needless_pass_by_value, reason = "tests hand over what they made in place")]

mod compat;
mod costs;
mod counts;
mod damaged;
mod files;
mod hostile;
mod made;
mod passwords;
mod sweep;
