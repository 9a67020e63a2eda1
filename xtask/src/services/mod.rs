//! Servers that the tests start for themselves: on loopback, on a free port, with a data folder that goes away.

pub(crate) mod apache;
pub(crate) mod caddy;
pub(crate) mod certificates;
pub(crate) mod front;
pub(crate) mod gatekeeper;
pub(crate) mod haproxy;
pub(crate) mod mail;
pub(crate) mod mariadb;
pub(crate) mod nginx;
pub(crate) mod postgres;
pub(crate) mod recipe;
pub(crate) mod sixpin;
pub(crate) mod tap;

use anyhow::Result;
use tempfile::TempDir;

/// A folder for one service, open to the account that the service runs as, removed when dropped.
///
/// It lies in the system's folder for temporary files: the account of a database server can't be expected to reach
/// the checkout, and the path of a Unix socket must be short.
fn folder(service: &str) -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix(&format!("sixpin-{service}-")).tempdir()?)
}
