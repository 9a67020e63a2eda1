//! Facts about the client of a request that are known before the caller is authenticated.

pub mod browser;
pub mod client;
pub mod door;
pub mod host;
pub mod identity;
pub mod language;
pub mod requester;
pub mod user_agent;
