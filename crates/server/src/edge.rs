//! The layers around the routes, and the server that accepts connections.

pub mod cors;
pub mod csrf;
pub mod headers;
pub mod host;
pub mod identity;
pub mod lang;
pub mod log;
pub mod overrides;
pub mod real_ip;
pub mod refusal;
pub mod serve;
pub mod throttle;
