//! What black-box tests need: real programs (the server, reverse proxies, databases, a mail server), started for one
//! test and stopped with it, and a client that sends exactly the bytes it is told.
//!
//! The tests themselves are in `tests/`: one `#[test]` for each scenario. Everything listens on loopback, on ports of
//! its own, and keeps its files in a folder that is removed afterwards, so that tests can run in parallel.

#![expect(clippy::disallowed_methods, reason = "tests depend on the environment of the machine")]

pub mod certificates;
pub mod checkout;
pub mod gatekeeper;
pub mod http;
pub mod instance;
pub mod mail_server;
pub mod mariadb;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod tap;
pub mod tools;
