//! What is known of who sent a request before anybody has asked who they are.

pub mod browser;
pub mod claim;
pub mod client;
pub mod door;
pub mod language;
pub mod user_agent;
