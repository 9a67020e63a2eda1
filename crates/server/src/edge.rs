//! What surrounds every request.

pub mod peer;
