//! Facts about the client of a request that are known before the caller is authenticated.

pub mod browser;
pub mod claim;
pub mod client;
pub mod door;
pub mod language;
pub mod user_agent;
