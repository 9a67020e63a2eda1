//! The server: HTTP, sign-in and the command line of `sixpin`.

pub mod api;
pub mod auth;
pub mod cli;
pub mod config;
pub mod edge;
