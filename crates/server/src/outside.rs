//! The network beyond us.

pub mod address;
pub mod collections;
pub mod http;
pub mod jwks;
pub mod sso;
