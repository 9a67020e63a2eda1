//! The network beyond us.

pub mod address;
pub mod collections;
pub mod http;
